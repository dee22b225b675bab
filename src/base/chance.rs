//! Chance as a value. Nothing below the node throws dice; whoever needs an unguessable name gets a
//! [`Chance`] handed in.

/// A source of random bytes. The node has a cryptographic one; a simulation has its seed.
pub trait Chance: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A name of `n_characters` letters and digits, each with log2(62) ≈ 5.95 bits.
pub fn token(chance: &dyn Chance, n_characters: usize) -> String {
    let mut text = String::with_capacity(n_characters);
    let mut bytes = [0_u8; 32];
    while text.len() < n_characters {
        chance.fill(&mut bytes);
        // 248 = 4 × 62: what lies above would make the first letters likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let room = n_characters - text.len();
        text.extend(fair.take(room).map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
    }
    text
}

/// `n_bytes` random bytes as hex digits.
pub fn hex(chance: &dyn Chance, n_bytes: usize) -> String {
    let mut bytes = vec![0; n_bytes];
    chance.fill(&mut bytes);
    to_hex(&bytes)
}

/// Bytes as upper-case hex digits, the form of user ids and keys on the wire.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of a text of hex digits, or nothing if it is none.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    #[test]
    fn a_token_has_the_asked_length_and_only_letters_and_digits() {
        let token = token(&Counting::default(), 22);

        assert_eq!(token.len(), 22);
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn hex_comes_back() {
        assert_eq!(from_hex(&to_hex(&[0, 17, 255])), Some(vec![0, 17, 255]));
        assert_eq!(from_hex("0g"), None);
        assert_eq!(from_hex("abc"), None);
    }

    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Chance for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, Ordering::Relaxed);
            }
        }
    }
}
