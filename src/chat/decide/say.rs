//! Messages.

use super::data::{admit_attributes, clean_text, word};
use super::limits::{check_length, check_pace, check_room_left};
use super::{Decided, hold, present};
use crate::chat::audience::audience;
use crate::chat::command::Say;
use crate::chat::draft::Draft;
use crate::chat::effect::Count;
use crate::chat::error::Rejection;
use crate::chat::event::{Fact, Key, Words};
use crate::chat::participant::{Participant, Role};
use crate::chat::state::Session;
use crate::owned::Scene;

pub fn say(session: &Session, scene: &Scene<'_, Session>, say: Say, key: Option<Key>) -> Decided {
    let mut draft = Draft::new(session, scene.now, key);
    speak(&mut draft, scene, say)?;
    Ok(draft.finish())
}

/// Lets somebody who is there speak.
pub fn speak(draft: &mut Draft, scene: &Scene<'_, Session>, say: Say) -> Result<(), Rejection> {
    let session = &draft.session;
    let author = present(session, say.who)?.clone();
    check_pace(scene)?;
    check_room_left(session, scene)?;
    check_length(&say.text, scene.policy.longest_text)?;
    let (attributes, dropped) = admit_attributes(say.attributes);
    attributes.check(&scene.policy.user_data)?;
    let text = clean_text(say.text);
    if text.trim().is_empty() && attributes.is_empty() {
        return Err(Rejection::EmptyText);
    }
    let message_type = say.message_type.map(word).transpose()?;
    let audience = audience(session, &author, say.visibility, say.receiver)?;
    draft.count(Count::Message { party: party(&author) });
    draft.count_dropped(dropped);
    let words = Words { text, message_type, treat_as: say.treat_as };
    draft.record(audience, Fact::Said { who: say.who, words, attributes });
    hold::wake(draft, scene, &author, audience);
    Ok(())
}

fn party(author: &Participant) -> &'static str {
    if author.is_bot() {
        return "bot";
    }
    match author.joined.role {
        Role::Client => "client",
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::External => "external",
        Role::System => "system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ParticipantId, UserData, Value};
    use crate::chat::Command;
    use crate::chat::attributes::shown_attributes;
    use crate::chat::participant::{Protocol, Visibility};
    use crate::chat::testing::{Stage, agent, bot, coach, customer, join, supervisor};
    use crate::owned::{Room, Thing};
    use std::sync::Arc;

    #[test]
    fn each_role_may_speak_with_the_visibilities_that_it_can_see() {
        let allowed = [
            (Role::Client, vec![Visibility::All]),
            (Role::Agent, vec![Visibility::All, Visibility::Int]),
            (Role::Supervisor, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
            (Role::External, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
            (Role::System, vec![Visibility::All, Visibility::Int, Visibility::Vip]),
        ];
        for (role, allowed) in allowed {
            for visibility in [Visibility::All, Visibility::Int, Visibility::Vip] {
                let mut stage = Stage::with(&[join("x", role, Protocol::Basic)]);
                let say = Say { visibility, ..stage.saying("x", "psst") };

                let said = stage.perform(Command::Say(say));

                assert_eq!(said.is_ok(), allowed.contains(&visibility), "{role:?} {visibility:?}");
            }
        }
    }

    #[test]
    fn a_message_is_seen_by_those_whom_its_visibility_reaches() {
        let monitor = supervisor("sue", Visibility::Vip);
        let people = [customer("ann"), agent("bob"), agent("carl"), monitor];
        let seen_by = |visibility| {
            let mut stage = Stage::with(&people);
            let say = Say { visibility, ..stage.saying("sue", "hm") };
            stage.perform(Command::Say(say)).unwrap();
            let mut stage2 = Stage::with(&people);
            let say = Say { visibility, ..stage2.saying("bob", "hm") };
            let by_bob = stage2.perform(Command::Say(say)).is_ok();
            let names = ["ann", "bob", "carl", "sue"];
            let sees = |stage: &Stage| names.map(|name| !stage.texts(name).is_empty());
            (sees(&stage), by_bob.then(|| sees(&stage2)))
        };

        // A monitor's words stay with supervisors, whatever he wished.
        let only_sue = [false, false, false, true];
        assert_eq!(seen_by(Visibility::All), (only_sue, Some([true, true, true, true])));
        assert_eq!(seen_by(Visibility::Int), (only_sue, Some([false, true, true, true])));
        assert_eq!(seen_by(Visibility::Vip), (only_sue, None));
    }

    #[test]
    fn a_coach_speaks_to_colleagues_only() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);

        stage.say("eve", "offer a refund").unwrap();

        assert_eq!(stage.last().visibility, Visibility::Int);
        assert_eq!(stage.texts("ann"), [""; 0]);
        assert_eq!(stage.texts("bob"), ["offer a refund"]);
    }

    #[test]
    fn a_direct_message_is_seen_by_two() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("eve")]);
        let say = Say { receiver: Some(stage.who("ann")), ..stage.saying("bob", "for you") };

        stage.perform(Command::Say(say)).unwrap();

        assert_eq!(stage.texts("ann"), ["for you"]);
        assert_eq!(stage.texts("bob"), ["for you"]);
        assert_eq!(stage.texts("eve"), [""; 0]);
    }

    #[test]
    fn a_direct_message_goes_to_somebody_who_is_here_and_known() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("eve"), monitor]);
        stage.leave("eve");
        let mut tell = |from: &str, to: &str| {
            let say = Say { receiver: Some(stage.who(to)), ..stage.saying(from, "psst") };
            stage.perform(Command::Say(say)).map(|_| ())
        };

        assert_eq!(tell("bob", "eve"), Err(Rejection::NoSuchReceiver));
        assert_eq!(tell("bob", "sue"), Err(Rejection::NoSuchReceiver));
        assert_eq!(tell("sue", "sue"), Ok(()));
        assert!(matches!(tell("ann", "bob"), Err(Rejection::NotAllowed(_))));
    }

    #[test]
    fn who_is_unseen_does_not_show_himself_by_a_direct_message() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve"), monitor]);

        for (from, to) in [("eve", "ann"), ("sue", "ann"), ("sue", "bob")] {
            let say = Say { receiver: Some(stage.who(to)), ..stage.saying(from, "psst") };
            let said = stage.perform(Command::Say(say));
            assert!(matches!(said, Err(Rejection::NotAllowed(_))), "{from} to {to}");
        }
    }

    #[test]
    fn a_text_is_needed_cleaned_and_not_endless() {
        let mut stage = Stage::with(&[customer("ann")]);

        assert_eq!(stage.say("ann", " \u{7}\n"), Err(Rejection::EmptyText));
        let long = stage.say("ann", &"ä".repeat(32 * 1024 + 1));
        assert_eq!(long, Err(Rejection::TextTooLong { got: 65_538, most: 65_536 }));
        stage.say("ann", "he\0llo").unwrap();
        assert_eq!(stage.texts("ann"), ["hello"]);
    }

    #[test]
    fn rich_content_needs_no_text_beside_it() {
        let mut stage = Stage::with(&[customer("ann")]);
        let attributes = UserData::default().with("structured-content", "{}");
        let say = Say { attributes, ..stage.saying("ann", "") };

        assert!(stage.perform(Command::Say(say)).is_ok());
    }

    #[test]
    fn attributes_are_checked_and_the_servers_own_cannot_be_forged() {
        let mut stage = Stage::with(&[customer("ann")]);
        let forged = UserData::default()
            .with("GCTI_\u{1}SYSTEM", UserData::default().with("quit-reason-code", "4"))
            .with("mine", "o\u{1b}k");
        let say = Say { attributes: forged, ..stage.saying("ann", "hello") };
        stage.perform(Command::Say(say)).unwrap();

        assert_eq!(stage.dropped(), ["GCTI_SYSTEM"]);
        let mine = UserData::default().with("mine", "ok");
        assert!(matches!(&stage.last().fact, Fact::Said { attributes, .. } if *attributes == mine));
        let large = UserData::default().with("a", "x".repeat(9_000));
        let say = Say { attributes: large, ..stage.saying("ann", "hello") };
        assert!(matches!(stage.perform(Command::Say(say)), Err(Rejection::UserData(_))));
    }

    #[test]
    fn a_message_type_is_a_word() {
        let mut stage = Stage::with(&[customer("ann")]);
        let typed = |kind: String, stage: &Stage| {
            Command::Say(Say { message_type: Some(kind), ..stage.saying("ann", "hello") })
        };

        let long = stage.perform(typed("x".repeat(257), &stage));
        assert_eq!(long, Err(Rejection::TextTooLong { got: 257, most: 256 }));
        stage.perform(typed("te\0xt".into(), &stage)).unwrap();
        assert!(matches!(
            &stage.last().fact,
            Fact::Said { words, .. } if words.message_type.as_deref() == Some("text")
        ));
    }

    #[test]
    fn a_session_has_a_pace() {
        let mut stage = Stage::with(&[customer("ann")]);
        for _ in 0..20 {
            stage.say("ann", "hello").unwrap();
        }

        assert_eq!(stage.say("ann", "hello"), Err(Rejection::TooFast));
        stage.now = stage.now + std::time::Duration::from_millis(200);
        stage.say("ann", "hello").unwrap();
        assert_eq!(stage.say("ann", "hello"), Err(Rejection::TooFast));
    }

    #[test]
    fn the_pace_counts_what_the_same_batch_will_send() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.policy.send_burst = 2;
        let mut next = stage.session.clone();
        let mut drafted = Vec::new();
        let mut said = || {
            let (now, policy) = (stage.now, &stage.policy);
            let scene = Scene { room: &stage.room, drafted: &drafted, now, policy };
            let decision = next.decide(&scene, Command::Say(stage.saying("ann", "hello")))?;
            for event in decision.events.into_iter().map(Arc::new) {
                next.apply(&event);
                drafted.push(event);
            }
            Ok(())
        };

        assert_eq!(said(), Ok(()));
        assert_eq!(said(), Ok(()));
        assert_eq!(said(), Err(Rejection::TooFast));
        let _ = stage.room.committed(&next, &drafted, stage.now, &stage.policy);
        assert_eq!(stage.room.sends_left(stage.now, &stage.policy), 0);
    }

    #[test]
    fn a_session_has_only_so_many_bytes_attributes_included() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.policy.most_bytes = 100;
        let attributes = UserData::default().with("a", "x".repeat(120));
        let say = Say { attributes, ..stage.saying("ann", "hello") };

        stage.perform(Command::Say(say)).unwrap();

        let most = 100;
        assert_eq!(stage.say("ann", "more"), Err(Rejection::TranscriptTooLarge { most }));
    }

    #[test]
    fn who_is_not_here_says_nothing() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.leave("bob");
        let nobody = ParticipantId(9);
        let say = Say { who: nobody, ..stage.saying("ann", "hello") };

        assert_eq!(stage.say("bob", "hello"), Err(Rejection::HasLeft(stage.who("bob"))));
        assert_eq!(stage.perform(Command::Say(say)), Err(Rejection::NotInSession(nobody)));
    }

    #[test]
    fn bots_are_marked_in_every_event_of_theirs() {
        let stage = Stage::with(&[customer("ann"), bot("max")]);
        let max = stage.session.participant(stage.who("max")).unwrap();

        let shown = shown_attributes(max, &UserData::default().with("mine", "1"));

        let style = UserData::default().with("style", "BOT");
        let system = Value::List(UserData::default().with("party-info", style));
        assert_eq!(shown, UserData::default().with("mine", "1").with("GCTI_SYSTEM", system));
    }
}
