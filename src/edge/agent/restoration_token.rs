//! The token by which an agent who comes into a session may have it brought back. It stands in the
//! user data of the session's interaction, so whoever was given the interaction has it. Any node can
//! tell whether it is right, without a look at any store; it is the same for the life of the session.

use crate::base::chance::{from_hex, to_hex};
use crate::base::{SessionId, UserData};
use crate::edge::handles::ClusterKey;
use aws_lc_rs::hmac;

/// Its name in user data. A secret: it never reaches a customer, a transcript or a log.
pub const RESTORATION_TOKEN: &str = "ChatServerWebapiToken";

/// The token of a session.
pub fn restoration_token(key: &ClusterKey, session: &SessionId) -> String {
    to_hex(hmac::sign(&derived(key), session.0.as_bytes()).as_ref())
}

/// Whether user data hold the token of this session.
pub fn brings_token(key: &ClusterKey, session: &SessionId, data: &UserData) -> bool {
    let token = data.text(RESTORATION_TOKEN).and_then(|text| from_hex(&text));
    let is_right = |tag: Vec<u8>| hmac::verify(&derived(key), session.0.as_bytes(), &tag).is_ok();
    token.is_some_and(is_right)
}

/// A key for this alone.
fn derived(key: &ClusterKey) -> hmac::Key {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.0[..]);
    let tag = hmac::sign(&key, b"restoration-token");
    hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_token_counts_for_its_session_and_key_alone() {
        let key = ClusterKey(Arc::new([7; 32]));
        let (chat, other) = (SessionId("chat".into()), SessionId("other".into()));
        let data = |text: &str| UserData::default().with(RESTORATION_TOKEN, text);
        let token = data(&restoration_token(&key, &chat));

        assert!(brings_token(&key, &chat, &token));
        assert!(!brings_token(&key, &other, &token));
        assert!(!brings_token(&ClusterKey(Arc::new([8; 32])), &chat, &token));
        assert!(!brings_token(&key, &chat, &data("")));
        assert!(!brings_token(&key, &chat, &data("no hex")));
        assert!(!brings_token(&key, &chat, &UserData::default()));
    }
}
