//! The print by which a receiver knows that a request is ours, and of now.

use crate::base::chance::to_hex;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// The header it stands in: `t=<seconds since 1970>,v1=<hex>`.
pub const HEADER: &str = "Holdfast-Signature";

/// What is older was heard by somebody else and is said again.
const FRESH_SECONDS: u64 = 300;

/// HMAC-SHA256 of `<seconds>.<body>` under the receiver's secret.
pub fn sign(secret: &str, seconds: u64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut signed = hmac::Context::with_key(&key);
    signed.update(format!("{seconds}.").as_bytes());
    signed.update(body);
    format!("t={seconds},v1={}", to_hex(signed.sign().as_ref()).to_lowercase())
}

/// Whether a header is the print of this body under this secret, and fresh.
pub fn is_signed(secret: &str, header: &str, now_seconds: u64, body: &[u8]) -> bool {
    let time = header.strip_prefix("t=").and_then(|rest| rest.split_once(',')).map(|(t, _)| t);
    let Some(seconds) = time.and_then(|time| time.parse::<u64>().ok()) else { return false };
    let expected = sign(secret, seconds, body);
    let is_same = verify_slices_are_equal(expected.as_bytes(), header.as_bytes()).is_ok();
    is_same && seconds.abs_diff(now_seconds) <= FRESH_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    /// Made by `printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn a_print_is_that_of_the_field() {
        let print = sign(SECRET, 1_700_000_000, b"{}");

        let expected = "e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";
        assert_eq!(print, format!("t=1700000000,v1={expected}"));
    }

    #[test]
    fn only_the_print_of_the_same_words_of_now_is_good() {
        let print = sign(SECRET, 1_000, b"{}");

        assert!(is_signed(SECRET, &print, 1_000, b"{}") && is_signed(SECRET, &print, 1_300, b"{}"));
        assert!(!is_signed(SECRET, &print, 1_301, b"{}"));
        assert!(!is_signed(SECRET, &print, 1_000, b"{} "));
        assert!(!is_signed("another secret!!", &print, 1_000, b"{}"));
        for strange in ["", "t=", "t=1000", "t=x,v1=1", "t=1000,v1=", "v1=1,t=1000"] {
            assert!(!is_signed(SECRET, strange, 1_000, b"{}"), "{strange}");
        }
    }
}
