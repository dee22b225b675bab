//! The print by which a bot knows that a request is ours, and of now.

use crate::base::chance::to_hex;
use aws_lc_rs::hmac;

/// The header it stands in: `t=<seconds since 1970>,v1=<hex>`.
pub const HEADER: &str = "Holdfast-Signature";

/// HMAC-SHA256 of `<seconds>.<body>` under the bot's secret.
pub fn sign(secret: &str, seconds: u64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut signed = hmac::Context::with_key(&key);
    signed.update(format!("{seconds}.").as_bytes());
    signed.update(body);
    format!("t={seconds},v1={}", to_hex(signed.sign().as_ref()).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn a_print_is_that_of_the_field() {
        let print = sign("0123456789abcdef", 1_700_000_000, b"{}");

        let expected = "e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";
        assert_eq!(print, format!("t=1700000000,v1={expected}"));
    }
}
