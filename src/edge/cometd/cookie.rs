//! The cookie by which clients of one browser are known, and by which a balancer may lead them to the
//! node that holds them. It proves nothing about a customer.

use crate::base::Chance;
use crate::base::chance::token;
use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderValue};

pub const NAME: &str = "BAYEUX_BROWSER";

/// Letters and digits of a name that is given here.
const LENGTH: usize = 22;

/// What the request says of its browser. Anything else than what could be given here is nobody's.
pub fn of(request: &HttpRequest) -> Option<String> {
    let lines = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';'));
    let value = cookies.find_map(|one| one.trim().strip_prefix(NAME)?.strip_prefix('='))?;
    let is_ours = value.len() == LENGTH && value.chars().all(|c| c.is_ascii_alphanumeric());
    is_ours.then(|| value.to_owned())
}

/// A name for a browser that has none.
pub fn new_browser(chance: &dyn Chance) -> String {
    token(chance, LENGTH)
}

/// What sets it. Behind TLS it also comes from pages of other sites, to each of which it is another.
pub fn set(browser: &str, request: &HttpRequest) -> Option<HeaderValue> {
    let is_secure = request.connection_info().scheme() == "https";
    let across_sites = if is_secure { "; Secure; SameSite=None; Partitioned" } else { "" };
    HeaderValue::from_str(&format!("{NAME}={browser}; Path=/; HttpOnly{across_sites}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_browser_is_known_by_its_cookie_among_others() {
        let name = "a".repeat(LENGTH);
        let of = |line: String| {
            of(&TestRequest::default().insert_header((COOKIE, line)).to_http_request())
        };

        assert_eq!(of(format!("x=1; {NAME}={name}; y=2")), Some(name.clone()));
        assert_eq!(of(format!("{NAME}X={name}")), None);
        assert_eq!(of(format!("{NAME}={name}a")), None);
        assert_eq!(of(format!("{NAME}=\"; Domain=x")), None);
    }

    #[test]
    fn only_behind_tls_the_cookie_comes_from_pages_of_other_sites() {
        let plain = TestRequest::default().to_http_request();
        let secure = TestRequest::default().insert_header(("x-forwarded-proto", "https"));

        assert_eq!(set("b", &plain).unwrap(), "BAYEUX_BROWSER=b; Path=/; HttpOnly");
        let set = set("b", &secure.to_http_request()).unwrap();
        assert_eq!(set, "BAYEUX_BROWSER=b; Path=/; HttpOnly; Secure; SameSite=None; Partitioned");
    }
}
