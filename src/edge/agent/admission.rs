//! Who asks over plain HTTP: each request brings its own proof.

use super::Api;
use super::account::Account;
use super::socket::bearer;
use super::ticket::{Credentials, Denial, log_in};
use actix_web::HttpRequest;
use actix_web::http::header;

/// A ticket as bearer, or name and password.
pub async fn admit(request: &HttpRequest, api: &Api) -> Result<Account, Denial> {
    if let Some(ticket) = bearer(request) {
        return api.redeem(&ticket).await.ok_or(Denial::Wrong);
    }
    log_in(api, basic(request).ok_or(Denial::Wrong)?).await
}

fn basic(request: &HttpRequest) -> Option<Credentials> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let text = String::from_utf8(from_base64(value.strip_prefix("Basic ")?.trim())?).ok()?;
    let (agent, password) = text.split_once(':')?;
    Some(Credentials { agent: agent.to_owned(), password: password.to_owned() })
}

/// Base64 as `Authorization` has it: 4 letters are 3 bytes, padded with `=`.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xFF_FFFF;
        n_bits += 6;
        if 8 <= n_bits {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_back_as_it_went() {
        assert_eq!(from_base64("YWRhOnNlY3JldA=="), Some(b"ada:secret".to_vec()));
        assert_eq!(from_base64("/+8="), Some(vec![0xFF, 0xEF]));
        assert_eq!(from_base64("not base64!"), None);
        assert_eq!(from_base64(""), Some(vec![]));
    }
}
