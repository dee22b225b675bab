//! The same request, carried out once: keys and prints. A client that got no answer asks again with
//! the same key; the answer is the first one, from the stored event itself.

use crate::chat::command::{Command, Once};
use crate::chat::error::Rejection;
use crate::chat::event::Key;
use aws_lc_rs::hmac;

const LONGEST_ID: usize = 64;

/// The key under which a wish's events are stored, or nothing if its sender gave none.
pub fn key_of(command: &Command, salt: &str) -> Result<Option<Key>, Rejection> {
    let Some(id) = command.key() else { return Ok(None) };
    Ok(Some(Key { id, print: print(command, salt) }))
}

/// Whether a client's message id may stand in the log.
pub fn check(once: &Once) -> Result<(), Rejection> {
    let fine = !once.id.is_empty()
        && once.id.len() <= LONGEST_ID
        && once.id.bytes().all(|byte| byte.is_ascii_graphic());
    if fine { Ok(()) } else { Err(Rejection::BadKey) }
}

/// What was asked, under a key of the session: the request itself may have to be masked, so it is
/// not kept.
fn print(command: &Command, salt: &str) -> String {
    let request = match command {
        Command::Join(join) => serde_json::to_vec(join),
        Command::Say(say) => serde_json::to_vec(say),
        Command::Notify(notify) => serde_json::to_vec(notify),
        Command::ChangeData(change) => serde_json::to_vec(change),
        Command::Leave(leave) => serde_json::to_vec(leave),
        Command::Close(_) | Command::NameContact { .. } | Command::TimePassed => Ok(Vec::new()),
    };
    debug_assert!(request.is_ok(), "a wish is plain data and can always be written");
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
    let tag = hmac::sign(&key, &request.unwrap_or_default());
    crate::base::chance::to_hex(&tag.as_ref()[..16])
}
