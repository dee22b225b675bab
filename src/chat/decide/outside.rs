//! Messages and notices of workflows and other systems. Their author comes in with his first word, in
//! the same decision, and stays: he is reused for each word of the same nickname and visibility, keeps
//! no session alive, and leaves none behind him (decision 0028).

use super::Decided;
use super::data::clean_text;
use super::limits::check_length;
use super::notice::tell;
use super::say::speak;
use crate::base::{ParticipantId, UserData};
use crate::chat::audience::Audience;
use crate::chat::command::{Notify, Outside, Say, Speech};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{Fact, Key};
use crate::chat::participant::{ClientVersion, Joined, Protocol, Role, Style};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;

pub fn say_outside(
    session: &Session,
    scene: &Scene<'_, Session>,
    mut outside: Outside,
    key: Option<Key>,
) -> Decided {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    outside.nickname = nickname(std::mem::take(&mut outside.nickname), scene.policy)?;
    let mut draft = Draft::new(session, scene.now, key);
    let who = match voice(session, &outside) {
        Some(who) => who,
        None => come(&mut draft, &outside),
    };
    let Outside { visibility, speech, attributes, .. } = outside;
    let (once, receiver) = (None, None);
    match speech {
        Speech::Message { text, message_type } => {
            let treat_as = None;
            let say =
                Say { once, who, visibility, receiver, text, message_type, treat_as, attributes };
            speak(&mut draft, scene, say)?;
        }
        Speech::Notice(notice) => {
            let notify = Notify { once, who, visibility, receiver, notice, attributes };
            tell(&mut draft, scene, notify)?;
        }
    }
    Ok(draft.finish())
}

fn nickname(given: String, policy: &Policy) -> Result<String, Rejection> {
    let nickname = clean_text(given);
    check_length(&nickname, policy.longest_nickname)?;
    if nickname.trim().is_empty() { Err(Rejection::NoNickname) } else { Ok(nickname) }
}

/// Who has spoken under this name to the same people before.
fn voice(session: &Session, outside: &Outside) -> Option<ParticipantId> {
    let mut here = session.here().filter(|known| known.is_outside());
    let known = here.find(|known| {
        known.joined.nickname == outside.nickname && known.joined.visibility == outside.visibility
    });
    known.map(|known| known.joined.id)
}

fn come(draft: &mut Draft, outside: &Outside) -> ParticipantId {
    let id = draft.session.next_participant();
    let joined = Joined {
        id,
        user_id: outside.user_id.clone(),
        person: None,
        nickname: outside.nickname.clone(),
        role: Role::External,
        style: Style::Human,
        visibility: outside.visibility,
        protocol: Protocol::Esp,
        client_version: ClientVersion::NEWEST,
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default(),
        bot: None,
    };
    let fact = Fact::Joined { joined: Box::new(joined), started: None };
    draft.record_beside(Audience::of(outside.visibility), fact);
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Position;
    use crate::chat::command::{AfterAction, NoticeWish};
    use crate::chat::event::Notice;
    use crate::chat::participant::Visibility;
    use crate::chat::testing::{Stage, agent, customer, once, outside, supervisor};
    use crate::chat::{Answer, Command};
    use crate::owned::Thing;

    #[test]
    fn the_voice_of_a_workflow_comes_with_its_first_word_and_is_used_again() {
        let mut stage = Stage::with(&[customer("ann")]);

        let first = say(&mut stage, outside("flow", "welcome")).unwrap();
        let second = say(&mut stage, outside("flow", "somebody comes")).unwrap();
        say(&mut stage, outside("clock", "it is late")).unwrap();

        assert_eq!((first.position, first.participant), (Position(3), None));
        assert_eq!(second.position, Position(4));
        let voices = stage.session.participants.values().filter(|known| known.is_outside());
        let names: Vec<_> = voices.map(|voice| voice.nickname.as_str()).collect();
        assert_eq!(names, ["flow", "clock"]);
        assert_eq!(stage.texts("ann"), ["welcome", "somebody comes", "it is late"]);
    }

    #[test]
    fn what_is_for_others_is_said_by_a_voice_that_the_customer_does_not_know_of() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), monitor]);
        for visibility in [Visibility::Int, Visibility::Vip] {
            say(&mut stage, Outside { visibility, ..outside("flow", "a hard case") }).unwrap();
        }

        let n_lines = |name: &str| {
            stage.view(name, crate::chat::transcript::From::Id(Default::default())).lines.len()
        };
        assert_eq!((n_lines("ann"), n_lines("bob"), n_lines("sue")), (2, 4, 7));
    }

    #[test]
    fn the_same_request_is_carried_out_once_and_answered_with_the_word_not_the_coming() {
        let mut stage = Stage::with(&[customer("ann")]);
        let wish = || Outside { once: once("m1"), ..outside("flow", "welcome") };
        let first = say(&mut stage, wish()).unwrap();

        let again = say(&mut stage, Outside { user_id: "other".into(), ..wish() }).unwrap();
        let others = say(&mut stage, Outside { client: "crm".into(), ..wish() }).unwrap();
        let changed = Outside { nickname: "other".into(), ..wish() };
        assert_eq!(say(&mut stage, changed), Err(Rejection::KeyReused));

        assert_eq!(again, Answer { repeated: true, ..first });
        assert!(!others.repeated && first.position < others.position);
        (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
        assert_eq!(say(&mut stage, wish()).unwrap(), again);
    }

    #[test]
    fn a_word_that_is_refused_leaves_no_voice_behind() {
        let mut stage = Stage::with(&[customer("ann")]);
        let last = stage.session.last;

        assert_eq!(say(&mut stage, outside("flow", "")), Err(Rejection::EmptyText));
        assert_eq!(say(&mut stage, outside(" ", "hello")), Err(Rejection::NoNickname));
        let nickname = outside(&"x".repeat(129), "hello");
        assert!(matches!(say(&mut stage, nickname), Err(Rejection::TextTooLong { .. })));
        let notice = NoticeWish::PushUrl("javascript:alert(1)".into());
        let wish = Outside { speech: Speech::Notice(notice), ..outside("flow", "") };
        assert!(matches!(say(&mut stage, wish), Err(Rejection::NotAllowed(_))));

        assert_eq!(stage.session.last, last);
    }

    #[test]
    fn a_workflow_may_give_notice_of_something() {
        let mut stage = Stage::with(&[customer("ann")]);
        let notice = NoticeWish::PushUrl("https://example.com".into());

        let speech = Speech::Notice(notice);
        let told = say(&mut stage, Outside { speech, ..outside("flow", "") }).unwrap();

        assert_eq!(told.position, Position(3));
        let last = stage.last();
        assert!(matches!(&last.fact, Fact::Noticed { notice: Notice::PushUrl { .. }, .. }));
    }

    #[test]
    fn a_voice_keeps_no_session_alive_and_does_not_leave() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        say(&mut stage, outside("flow", "welcome")).unwrap();

        stage.leave("ann");
        stage.leave("bob");

        assert!(stage.session.closed.is_some());
        assert_eq!(stage.leavings().len(), 2);
        assert_eq!(say(&mut stage, outside("flow", "too late")), Err(Rejection::Closed));
    }

    #[test]
    fn nobody_removes_the_voice_of_a_workflow() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        say(&mut stage, outside("flow", "welcome")).unwrap();

        let removal = stage.leave_with("bob", "flow", AfterAction::KeepAlive);

        assert!(matches!(removal, Err(Rejection::NotAllowed(_))));
    }

    #[test]
    fn nobody_speaks_in_a_session_that_was_not_started() {
        let mut stage = Stage::empty();

        assert_eq!(say(&mut stage, outside("flow", "hello")), Err(Rejection::NotStarted));
    }

    fn say(stage: &mut Stage, outside: Outside) -> Result<Answer, Rejection> {
        stage.perform(Command::SayOutside(Box::new(outside)))
    }
}
