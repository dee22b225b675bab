//! What may be in texts and user data, and who may set what (decision 0014, D1).

use super::limits::{check_length, check_pace, check_room_left};
use super::{Decided, present};
use crate::base::user_data::Value;
use crate::base::{UserData, property};
use crate::chat::attributes::SYSTEM_ATTRIBUTES;
use crate::chat::audience::Audience;
use crate::chat::command::ChangeData;
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{Fact, Key};
use crate::chat::participant::Role;
use crate::chat::state::Session;
use crate::owned::Scene;

/// How a party is shown, as the server has it among his data.
pub(super) const STYLE: &str = "GCTI_Chat_PartyStyle";

/// What a joiner proves his right to come in with. A customer could not set it, and nobody is shown it.
pub(super) const PASSWORD: &str = "GCTI_Chat_SessionPassword";
/// What proves the right to come in, or to have a session brought back, and is nobody else's
/// business.
const SECRETS: &[&str] = &[PASSWORD, "ChatServerWebapiToken"];

/// Message types and names of system commands are words, not texts.
const LONGEST_WORD: usize = 256;

pub fn change(
    session: &Session,
    scene: &Scene<'_, Session>,
    change: ChangeData,
    key: Option<Key>,
) -> Decided {
    let mut draft = Draft::new(session, scene.now, key);
    put(&mut draft, scene, change)?;
    Ok(draft.finish())
}

/// Lets somebody who is there change data of the session.
pub fn put(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    change: ChangeData,
) -> Result<(), Rejection> {
    let session = &draft.session;
    let who = present(session, change.who)?;
    check_pace(scene)?;
    check_room_left(session, scene)?;
    let (mut added, dropped) = admit(who.joined.role, change.added);
    drop_secrets(&mut added);
    let mut merged = (*session.user_data).clone();
    merged.merge(&added);
    merged.check(&scene.policy.user_data)?;
    if !added.is_empty() {
        draft.record(
            Audience::of(crate::chat::Visibility::Int),
            Fact::DataChanged { who: change.who, added },
        );
    }
    draft.count_dropped(dropped);
    Ok(())
}

/// Parts the keys that this role may set from those that it may not. Keys are cleaned first, or a
/// control character in it would carry a reserved key past the gate.
pub fn admit(role: Role, data: UserData) -> (UserData, Vec<String>) {
    let data = clean(data);
    if role != Role::Client {
        return (data, Vec::new());
    }
    let (reserved, fine): (Vec<_>, Vec<_>) =
        data.0.into_iter().partition(|(key, _)| property::is_closed_to_customers(key));
    let dropped = reserved.into_iter().map(|(key, _)| key).collect();
    (UserData(fine.into_iter().collect()), dropped)
}

/// Takes out what is told to the server and to nobody else.
pub(super) fn drop_secrets(data: &mut UserData) {
    for secret in SECRETS {
        data.0.remove(*secret);
    }
}

/// Attributes of an event without what only the server may say there.
pub fn admit_attributes(attributes: UserData) -> (UserData, Vec<String>) {
    let mut attributes = clean(attributes);
    let dropped = attributes.0.remove_entry(SYSTEM_ATTRIBUTES);
    (attributes, dropped.into_iter().map(|(key, _)| key).collect())
}

/// The same list without control characters in its keys and texts.
pub fn clean(data: UserData) -> UserData {
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

/// A short text that names a kind of something.
pub fn word(text: String) -> Result<String, Rejection> {
    check_length(&text, LONGEST_WORD)?;
    Ok(clean_text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Command;
    use crate::chat::event::EventId;
    use crate::chat::testing::{Stage, agent, customer};
    use crate::chat::transcript::From;

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

    #[test]
    fn every_key_that_steers_servers_is_dropped_from_a_customers_data() {
        let reserved = [
            "GCTI_Chat_SetPartyStyle",
            "GCTI_Chat_PartyStyle",
            "GCTI_Chat_SessionPassword",
            "GCTI_Chat_AsyncStatus",
            "GCTI_Chat_AsyncCheckAt",
            "GCTI_Original_Nickname",
            "ChatServerHost",
            "ChatServerWebapiToken",
            "ChatServer",
            "IWAttachmentX",
            "ContactId",
            "IsOnline",
            "csg_SessionEndedBy",
            "cse_AgentWaitMaxTime",
        ];
        let taken = [
            "GCTI_Chat_AsyncMode",
            "GCTI_LanguageName",
            "GCTI_LanguageCode",
            "GCTI_Chat_PushSubscribe",
            "GCTI_GMS_NodeId",
            "EmailAddress",
            "IdentifyCreateContact",
        ];
        let data: UserData = reserved.iter().chain(&taken).map(|key| (*key, "x")).collect();

        let (kept, mut dropped) = admit(Role::Client, data);

        let mut expected = reserved.map(str::to_owned).to_vec();
        expected.sort();
        dropped.sort();
        assert_eq!(dropped, expected);
        assert_eq!(kept, taken.iter().map(|key| (*key, "x")).collect());
    }

    #[test]
    fn a_control_character_does_not_carry_a_reserved_key_past_the_gate() {
        let data = UserData::default().with("Chat\u{1}ServerHost", "evil");

        assert_eq!(admit(Role::Client, data).1, ["ChatServerHost"]);
    }

    #[test]
    fn lists_in_lists_are_cleaned_too() {
        let list = |key: &str, text: &str| UserData::default().with(key, text);

        let (kept, _) = admit(Role::Agent, UserData::default().with("l", list("a\0", "b\0")));

        assert_eq!(kept, UserData::default().with("l", list("a", "b")));
    }

    #[test]
    fn changed_data_is_merged_and_seen_in_no_transcript() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        change_as(&mut stage, "ann", [("a", "1"), ("b", "1")]).unwrap();
        change_as(&mut stage, "bob", [("b", "2"), ("ChatServerHost", "x")]).unwrap();

        let expected: UserData =
            [("a", "1"), ("b", "2"), ("ChatServerHost", "x")].into_iter().collect();
        assert_eq!(*stage.session.user_data, expected);
        assert_eq!(stage.view("bob", From::Id(EventId(0))).lines.len(), 2);
    }

    #[test]
    fn a_token_or_password_that_is_sent_back_is_kept_from_everybody() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        let secrets = [("ChatServerWebapiToken", "t0ken"), (PASSWORD, "open sesame")];
        change_as(&mut stage, "bob", secrets).unwrap();

        assert_eq!(*stage.session.user_data, UserData::default());
    }

    #[test]
    fn a_change_of_nothing_but_reserved_keys_changes_nothing() {
        let mut stage = Stage::with(&[customer("ann")]);

        change_as(&mut stage, "ann", [("ContactId", "1"), ("IsOnline", "0")]).unwrap();

        assert_eq!(stage.session.last.0, 1);
        assert_eq!(stage.dropped(), ["ContactId", "IsOnline"]);
    }

    #[test]
    fn data_of_a_session_cannot_grow_beyond_its_limits_step_by_step() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.policy.user_data.most_keys = 3;

        change_as(&mut stage, "ann", [("a", "1"), ("b", "1")]).unwrap();
        let more = change_as(&mut stage, "ann", [("c", "1"), ("d", "1")]);

        assert!(matches!(more, Err(Rejection::UserData(_))));
    }

    #[test]
    fn changes_of_data_keep_to_the_pace_and_to_those_who_are_here() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.policy.send_burst = 1;

        change_as(&mut stage, "bob", [("a", "1"), ("b", "1")]).unwrap();
        let fast = change_as(&mut stage, "bob", [("a", "2"), ("b", "1")]);
        assert_eq!(fast.unwrap_err(), Rejection::TooFast);
        stage.leave("bob");
        let late = change_as(&mut stage, "bob", [("a", "2"), ("b", "1")]);
        assert_eq!(late.unwrap_err(), Rejection::HasLeft(stage.who("bob")));
    }

    fn change_as(
        stage: &mut Stage,
        name: &str,
        added: [(&str, &str); 2],
    ) -> Result<crate::chat::Answer, Rejection> {
        let (who, added) = (stage.who(name), added.into_iter().collect());
        stage.perform(Command::ChangeData(ChangeData { once: None, who, added }))
    }
}
