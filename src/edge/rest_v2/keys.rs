//! The secure key: a sealed token that names session, participant and channel. Every node of a
//! cluster can open what another sealed, without asking a store. Nobody can read or make one.

use crate::base::chance::{from_hex, to_hex};
use crate::base::{Chance, Millis, ParticipantId, SessionId, UserId};
use crate::edge::handles::ClusterKey;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The form of the token; a later form gets another.
const VERSION: u8 = 1;
/// Which of the cluster's keys sealed it: the first, of one.
const KEY_ID: u8 = 1;
/// A token that is longer was not made here, and need not be opened to know.
const LONGEST: usize = 1_024;

/// What a token says. It is compared as a whole, so nothing of it can be swapped alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    #[serde(rename = "s")]
    pub session: SessionId,
    #[serde(rename = "u")]
    pub user: UserId,
    #[serde(rename = "p")]
    pub participant: ParticipantId,
    #[serde(rename = "c")]
    pub channel: Channel,
    /// The service that the chat came by, in keys of CometD: who comes with such a key alone, as for files,
    /// names none. A key of a push has it where the customer named it; the others are good on all.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// Where a token is good. One that leaked from one channel opens no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Rest,
    Cometd,
}

#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(flatten)]
    bearer: Bearer,
    #[serde(rename = "t")]
    issued_at: Millis,
    /// 128 random bits: no two tokens are alike, even for the same bearer.
    #[serde(rename = "r")]
    random: String,
}

/// Seals and opens tokens.
#[derive(Clone)]
pub struct Keys {
    sealing: Arc<LessSafeKey>,
    naming: Arc<hmac::Key>,
    chance: Arc<dyn Chance>,
}

impl Keys {
    /// Derives the keys of this edge from the one of the cluster.
    pub fn new(cluster_key: &ClusterKey, chance: Arc<dyn Chance>) -> Result<Self, Unspecified> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"holdfast customer keys");
        let root = salt.extract(cluster_key.0.as_ref());
        let sealing = UnboundKey::from(root.expand(&[b"secure key 1"], &AES_256_GCM)?);
        let naming = root.expand(&[b"session name 1"], hkdf::HKDF_SHA256.hmac_algorithm())?;
        Ok(Self {
            sealing: Arc::new(LessSafeKey::new(sealing)),
            naming: Arc::new(hmac::Key::from(naming)),
            chance,
        })
    }

    /// A new token, in hex digits.
    pub fn seal(&self, bearer: &Bearer, now: Millis) -> Result<String, Unspecified> {
        let random = crate::base::chance::hex(&*self.chance, 16);
        let content = Content { bearer: bearer.clone(), issued_at: now, random };
        let mut sealed = serde_json::to_vec(&content).map_err(|_| Unspecified)?;
        let mut nonce = [0; NONCE_LEN];
        self.chance.fill(&mut nonce);
        let head = [VERSION, KEY_ID];
        let unique = Nonce::assume_unique_for_key(nonce);
        self.sealing.seal_in_place_append_tag(unique, Aad::from(head), &mut sealed)?;
        Ok(to_hex(&[&head[..], &nonce[..], &sealed[..]].concat()))
    }

    /// Who bears a token, if it was sealed here and names the session and user that he says.
    pub fn open(&self, token: &str, session: &str, user: &str) -> Option<Bearer> {
        let Content { bearer, .. } = self.content(token)?;
        let is_his = is_same(&bearer.session.0, session) & is_same(&bearer.user.0, user);
        (is_his & (bearer.channel == Channel::Rest)).then_some(bearer)
    }

    /// Who bears a token that names its own session, as those of CometD do.
    pub fn open_alone(&self, token: &str) -> Option<Bearer> {
        let Content { bearer, .. } = self.content(token)?;
        (bearer.channel == Channel::Cometd).then_some(bearer)
    }

    /// The name that a creation with a client's own key leads to: the same on every node, and
    /// nobody's to guess.
    pub fn session_named(&self, parts: &[&str]) -> SessionId {
        let mut signing = hmac::Context::with_key(&self.naming);
        for part in parts {
            signing.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            signing.update(part.as_bytes());
        }
        let tag = signing.sign();
        SessionId(base62(tag.as_ref()))
    }

    fn content(&self, token: &str) -> Option<Content> {
        if LONGEST < token.len() {
            return None;
        }
        let mut bytes = from_hex(token)?;
        let (head, rest) = bytes.split_at_mut_checked(2)?;
        let (nonce, sealed) = rest.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let head = [head[0], head[1]];
        if head != [VERSION, KEY_ID] {
            return None;
        }
        let opened = self.sealing.open_in_place(nonce, Aad::from(head), sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

fn is_same(ours: &str, theirs: &str) -> bool {
    verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
}

/// 22 letters and digits from the first 17 bytes, as session ids are written.
fn base62(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = bytes.iter().take(16).fold(0_u128, |n, byte| (n << 8) | u128::from(*byte));
    let mut text = String::with_capacity(22);
    for _ in 0..22 {
        let digit = usize::try_from(number % 62).unwrap_or_default();
        text.push(char::from(ALPHABET[digit]));
        number /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    #[test]
    fn a_token_opens_for_its_bearer_and_for_nobody_else() {
        let keys = keys(7);
        let token = keys.seal(&bearer(), Millis(5)).unwrap();

        assert_eq!(keys.open(&token, "S1", "U1"), Some(bearer()));
        assert_eq!(keys.open(&token, "S2", "U1"), None);
        assert_eq!(keys.open(&token, "S1", "U2"), None);
        assert_eq!(keys.open(&token, "S1", ""), None);
        assert!(32 <= token.len() && token.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn another_node_with_the_same_cluster_key_opens_it_and_one_with_another_does_not() {
        let token = keys(7).seal(&bearer(), Millis(5)).unwrap();

        assert_eq!(keys(7).open(&token, "S1", "U1"), Some(bearer()));
        assert_eq!(keys(8).open(&token, "S1", "U1"), None);
    }

    #[test]
    fn no_bit_of_a_token_can_be_changed_and_no_part_left_out() {
        let keys = keys(7);
        let token = keys.seal(&bearer(), Millis(5)).unwrap();
        let bytes = from_hex(&token).unwrap();

        for n in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[n / 8] ^= 1 << (n % 8);
            assert_eq!(keys.open(&to_hex(&forged), "S1", "U1"), None, "bit {n}");
        }
        for n in 0..token.len() {
            assert_eq!(keys.open(&token[..n], "S1", "U1"), None, "{n} digits");
        }
        assert_eq!(keys.open("ÄÖÜ", "S1", "U1"), None);
    }

    #[test]
    fn a_token_opens_on_its_own_channel_only() {
        let keys = keys(7);
        let service = Some("sales".to_owned());
        let other = Bearer { channel: Channel::Cometd, service, ..bearer() };
        let (rest, cometd) = (keys.seal(&bearer(), Millis(5)), keys.seal(&other, Millis(5)));
        let (rest, cometd) = (rest.unwrap(), cometd.unwrap());

        assert_eq!(keys.open(&cometd, "S1", "U1"), None);
        assert_eq!(keys.open_alone(&rest), None);
        assert_eq!(keys.open_alone(&cometd), Some(other));
    }

    #[test]
    fn two_tokens_of_the_same_bearer_differ() {
        let keys = keys(7);

        assert_ne!(keys.seal(&bearer(), Millis(5)), keys.seal(&bearer(), Millis(5)));
    }

    #[test]
    fn a_name_is_the_same_for_the_same_key_only() {
        let named = |parts: &[&str]| keys(7).session_named(parts);

        assert_eq!(named(&["sales", "k"]), named(&["sales", "k"]));
        assert_ne!(named(&["sales", "k"]), named(&["salesk", ""]));
        assert_ne!(named(&["sales", "k"]), keys(8).session_named(&["sales", "k"]));
        assert_eq!(named(&["sales", "k"]).0.len(), 22);
    }

    fn bearer() -> Bearer {
        Bearer {
            session: "S1".into(),
            user: "U1".into(),
            participant: ParticipantId(1),
            channel: Channel::Rest,
            service: None,
        }
    }

    fn keys(cluster: u8) -> Keys {
        let cluster_key = ClusterKey(Arc::new([cluster; 32]));
        Keys::new(&cluster_key, Arc::new(Counting::default())).unwrap()
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
