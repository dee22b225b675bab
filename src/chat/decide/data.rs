//! What may be in texts and user data, and who may set what (DECISIONS D1).

use super::{Decided, check_room_left, present};
use crate::base::UserData;
use crate::base::user_data::Value;
use crate::chat::command::ChangeData;
use crate::chat::draft::{Audience, Draft};
use crate::chat::effect::Count;
use crate::chat::event::{Fact, Key};
use crate::chat::participant::Role;
use crate::chat::state::Session;
use crate::owned::Scene;

/// Keys that a customer may not set: they would let him pretend to be somebody else, or steer the
/// routing. `*` at the end stands for anything.
const RESERVED_FOR_SERVERS: &[&str] = &[
    "GCTI_Chat_SetPartyStyle",
    "GCTI_Chat_PartyStyle",
    "GCTI_Chat_SessionPassword",
    "GCTI_Chat_AsyncStatus",
    "GCTI_Chat_AsyncCheckAt",
    "ChatServer*",
    "IWAttachment*",
    "ContactId",
    "IsOnline",
    "csg_*",
    "cse_*",
];

pub fn change(
    session: &Session,
    scene: &Scene<'_, Session>,
    change: ChangeData,
    key: Option<Key>,
) -> Decided {
    let who = present(session, change.who)?;
    check_room_left(session, scene)?;
    let (added, dropped) = admit(who.joined.role, change.added);
    let mut merged = (*session.user_data).clone();
    merged.merge(&added);
    merged.check(&scene.policy.user_data)?;
    let mut draft = Draft::new(session, scene.now, key);
    if !added.is_empty() {
        draft.record(
            Audience::of(crate::chat::Visibility::Int),
            Fact::DataChanged { who: change.who, added },
        );
    }
    if !dropped.is_empty() {
        draft.count(Count::DroppedData { session: None, keys: dropped });
    }
    Ok(draft.finish())
}

/// Parts the keys that this role may set from those that it may not.
pub fn admit(role: Role, data: UserData) -> (UserData, Vec<String>) {
    if role != Role::Client {
        return (clean(data), Vec::new());
    }
    let (reserved, fine): (Vec<_>, Vec<_>) =
        data.0.into_iter().partition(|(key, _)| is_reserved(key));
    let dropped = reserved.into_iter().map(|(key, _)| key).collect();
    (clean(UserData(fine.into_iter().collect())), dropped)
}

fn is_reserved(key: &str) -> bool {
    RESERVED_FOR_SERVERS.iter().any(|reserved| match reserved.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *reserved,
    })
}

fn clean(data: UserData) -> UserData {
    let entries = data.0.into_iter().map(|(key, value)| {
        let value = match value {
            Value::Text(text) => Value::Text(clean_text(text)),
            Value::List(list) => Value::List(clean(list)),
            Value::Number(number) => Value::Number(number),
        };
        (clean_text(key), value)
    });
    UserData(entries.collect())
}

/// Removes control characters other than tab and line ends: no screen needs them, and a transcript
/// cannot hold them.
pub fn clean_text(text: String) -> String {
    let is_fine = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    if text.chars().all(is_fine) { text } else { text.chars().filter(|c| is_fine(*c)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_cannot_set_what_belongs_to_servers_and_an_agent_can() {
        let data = || {
            let pairs = [("ChatServerHost", "evil"), ("GCTI_LanguageName", "English")];
            pairs.into_iter().collect::<UserData>()
        };

        let (kept, dropped) = admit(Role::Client, data());
        assert_eq!(kept, UserData::default().with("GCTI_LanguageName", "English"));
        assert_eq!(dropped, ["ChatServerHost"]);
        assert_eq!(admit(Role::Agent, data()), (data(), vec![]));
    }

    #[test]
    fn control_characters_go_and_line_ends_stay() {
        assert_eq!(clean_text("a\0b\u{1b}[2Jc\tд\r\n".into()), "ab[2Jc\tд\r\n");
    }
}
