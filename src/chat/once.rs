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
    let answers = if let Command::Bots(wish) = command { wish.answers() } else { None };
    Ok(Some(Key { id, print: print(command, salt), answers }))
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
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
    let tag = hmac::sign(&key, &request(command));
    crate::base::chance::to_hex(&tag.as_ref()[..16])
}

/// The request as text. Prints of it are in the log, so it must stay as it is, to the letter.
fn request(command: &Command) -> Vec<u8> {
    let request = match command.clone().as_asked() {
        Command::Join(join) => serde_json::to_vec(&join),
        Command::Say(say) => serde_json::to_vec(&say),
        Command::Notify(notify) => serde_json::to_vec(&notify),
        Command::ChangeData(change) => serde_json::to_vec(&change),
        Command::Leave(leave) => serde_json::to_vec(&leave),
        Command::SayOutside(outside) => serde_json::to_vec(&outside),
        Command::AskOutside(asked) => serde_json::to_vec(&asked.wish),
        Command::Bots(wish) => serde_json::to_vec(&wish),
        Command::Close(_)
        | Command::CloseIfNoAgents(_)
        | Command::PlaceOnHold
        | Command::BeginIdleAnew
        | Command::Transferred(_)
        | Command::SetLanguage(_)
        | Command::ControlIdle(_)
        | Command::NameContact { .. }
        | Command::TimePassed => Ok(Vec::new()),
    };
    debug_assert!(request.is_ok(), "a wish is plain data and can always be written");
    request.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::command::{Join, Start};
    use crate::chat::testing::{Stage, agent, customer, once, start};

    #[test]
    fn what_was_made_up_for_a_request_is_no_part_of_its_print() {
        let start = Start { password: Some("secret".into()), ..start() };
        let join = Join { once: once("m1"), start: Some(Box::new(start)), ..agent("bob") };
        let stage = Stage::with(&[customer("ann")]);
        let say = crate::chat::command::Say { once: once("m2"), ..stage.saying("ann", "hello") };

        assert_eq!(
            text(&Command::Join(Box::new(join))),
            "{\"person\":\"bob\",\"nickname\":\"bob\",\"role\":\"AGENT\",\"visibility\":\"ALL\",\
             \"protocol\":\"BASIC\",\"client_version\":106,\"time_zone_offset\":0,\"text\":null,\
             \"user_data\":{},\"start\":{\"subject\":\"a question\",\"tenant\":\"Environment\",\
             \"service\":\"customer-support\",\"queue\":\"chat-inbound\",\"media_type\":\"chat\"}}"
        );
        assert_eq!(
            text(&Command::Say(say)),
            "{\"who\":1,\"visibility\":\"ALL\",\"receiver\":null,\"text\":\"hello\",\
             \"message_type\":null,\"treat_as\":null,\"attributes\":{}}"
        );
    }

    fn text(command: &Command) -> String {
        String::from_utf8(request(command)).unwrap()
    }
}
