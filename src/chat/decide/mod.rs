//! What is answered to a wish. [`decide`] reads the state and changes nothing.

mod bots;
mod data;
mod going;
mod hold;
mod idle;
mod join;
mod language;
mod leave;
mod limits;
mod notice;
mod outside;
mod say;
mod timers;

pub use data::clean_text;
pub use language::language_of;

use crate::base::{ContactId, ParticipantId, UserData, property};
use crate::chat::answer::Answer;
use crate::chat::audience::Audience;
use crate::chat::command::{Command, Once};
use crate::chat::draft::Draft;
use crate::chat::effect::{Count, Effect};
use crate::chat::error::Rejection;
use crate::chat::event::{Event, Fact, Key};
use crate::chat::once;
use crate::chat::participant::Participant;
use crate::chat::state::Session;
use crate::owned::{Decision, Scene};
use std::sync::Arc;

type Decided = Result<Decision<Session>, Rejection>;

pub fn decide(session: &Session, scene: &Scene<'_, Session>, command: Command) -> Decided {
    let key = key_of(session, &command)?;
    if let Some(key) = &key
        && let Some(event) = scene.room.find(scene.drafted, &key.id)
    {
        return repeat(&event, key);
    }
    if session.closed.is_some() {
        return match command {
            // Nothing is left to do, and nobody to tell.
            Command::TimePassed
            | Command::Close(_)
            | Command::CloseIfNoAgents(_)
            | Command::Transferred(_)
            | Command::NameContact { .. } => Ok(nothing(session)),
            Command::Join(_)
            | Command::Say(_)
            | Command::Notify(_)
            | Command::ChangeData(_)
            | Command::SayOutside(_)
            | Command::AskOutside(_)
            | Command::PlaceOnHold
            | Command::BeginIdleAnew
            | Command::SetLanguage(_)
            | Command::ControlIdle(_)
            | Command::Bots(_)
            | Command::Leave(_) => Err(Rejection::Closed),
        };
    }
    match command {
        Command::Join(join) => join::join(session, scene, *join, key),
        Command::Say(say) => say::say(session, scene, say, key),
        Command::Notify(notify) => notice::notify(session, scene, notify, key),
        Command::ChangeData(change) => data::change(session, scene, change, key),
        Command::Leave(leave) => leave::leave(session, scene, &leave, key),
        Command::Close(reason) => Ok(leave::close(session, scene.now, reason)),
        Command::CloseIfNoAgents(reason) => {
            Ok(leave::close_if_no_agents(session, scene.now, reason))
        }
        Command::SayOutside(outside) => outside::say_outside(session, scene, *outside, key),
        Command::AskOutside(asked) => ask_outside(session, scene, asked.wish, key),
        Command::PlaceOnHold => hold::hold(session, scene),
        Command::BeginIdleAnew => hold::begin_anew(session, scene),
        Command::Transferred(by) => hold::transferred(session, scene, &by),
        Command::SetLanguage(language) => language::set(session, scene, language),
        Command::ControlIdle(wish) => idle::control(session, scene, wish),
        Command::Bots(wish) => bots::wish(session, scene, *wish, key),
        Command::NameContact { contact, attributes } => {
            Ok(name_contact(session, scene, contact, attributes))
        }
        Command::TimePassed => Ok(timers::time_passed(session, scene)),
    }
}

/// What the wish led to is kept under the name that the workflow has for it.
fn ask_outside(
    session: &Session,
    scene: &Scene<'_, Session>,
    wish: Command,
    key: Option<Key>,
) -> Decided {
    let mut decision = decide(session, scene, wish)?;
    if let Some(first) = decision.events.first_mut() {
        first.key = key.map(Box::new);
    }
    Ok(decision)
}

/// What a contact's record says of him counts like his own word, and no more: agents write on it.
fn name_contact(
    session: &Session,
    scene: &Scene<'_, Session>,
    contact: ContactId,
    mut attributes: UserData,
) -> Decision<Session> {
    attributes.0.retain(|key, _| !property::is_closed_to_customers(key));
    let mut draft = Draft::new(session, scene.now, None);
    if session.started.is_some() && session.contact.as_ref() != Some(&contact) {
        draft.record(Audience::everyone(), Fact::ContactFound { contact, attributes });
    }
    draft.finish()
}

fn key_of(session: &Session, command: &Command) -> Result<Option<Key>, Rejection> {
    if let Some(once) = once_of(command) {
        once::check(once)?;
    }
    let salt = match command {
        Command::Join(join) if join.start.is_some() => {
            // A session that is asked for twice was started with the salt of the first time.
            let given = join.start.as_ref().map(|start| start.salt.clone());
            session.started.as_ref().map(|started| started.salt.clone()).or(given)
        }
        Command::Join(_)
        | Command::Say(_)
        | Command::Notify(_)
        | Command::ChangeData(_)
        | Command::Leave(_)
        | Command::Close(_)
        | Command::CloseIfNoAgents(_)
        | Command::SayOutside(_)
        | Command::AskOutside(_)
        | Command::PlaceOnHold
        | Command::BeginIdleAnew
        | Command::Transferred(_)
        | Command::SetLanguage(_)
        | Command::ControlIdle(_)
        | Command::Bots(_)
        | Command::NameContact { .. }
        | Command::TimePassed => session.started.as_ref().map(|started| started.salt.clone()),
    };
    once::key_of(command, &salt.unwrap_or_default())
}

fn once_of(command: &Command) -> Option<&Once> {
    match command {
        Command::Join(join) => join.once.as_ref(),
        Command::Say(say) => say.once.as_ref(),
        Command::Notify(notify) => notify.once.as_ref(),
        Command::ChangeData(change) => change.once.as_ref(),
        Command::Leave(leave) => leave.once.as_ref(),
        Command::SayOutside(outside) => outside.once.as_ref(),
        Command::AskOutside(asked) => Some(&asked.once),
        Command::Bots(wish) => wish.once(),
        Command::Close(_)
        | Command::CloseIfNoAgents(_)
        | Command::PlaceOnHold
        | Command::BeginIdleAnew
        | Command::Transferred(_)
        | Command::SetLanguage(_)
        | Command::ControlIdle(_)
        | Command::NameContact { .. }
        | Command::TimePassed => None,
    }
}

/// The first answer again, if it was the same request.
fn repeat(event: &Event, key: &Key) -> Decided {
    if event.key.as_ref().map(|first| &first.print) != Some(&key.print) {
        return Err(Rejection::KeyReused);
    }
    let participant = event.fact.newcomer();
    let answer = Answer { position: event.position, participant, repeated: true };
    let effects = vec![Effect::Count(Count::Duplicate)];
    Ok(Decision { events: Vec::new(), effects, answer })
}

fn nothing(session: &Session) -> Decision<Session> {
    let answer = Answer { position: session.last, participant: None, repeated: false };
    Decision { events: Vec::new(), effects: Vec::new(), answer }
}

/// A participant who is in the session now.
fn present(session: &Session, who: ParticipantId) -> Result<&Arc<Participant>, Rejection> {
    let known = session.participant(who).ok_or(Rejection::NotInSession(who))?;
    if known.is_here() { Ok(known) } else { Err(Rejection::HasLeft(who)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Position;
    use crate::chat::command::{AfterAction, Join, Leave, Say};
    use crate::chat::testing::{Stage, agent, customer, once, start};
    use crate::owned::Thing;

    #[test]
    fn the_same_request_with_the_same_key_gets_the_first_answer_again() {
        let mut stage = Stage::with(&[customer("ann")]);
        let first = say(&mut stage, "ann", "1", "hello").unwrap();
        stage.say("ann", "more").unwrap();

        let again = say(&mut stage, "ann", "1", "hello").unwrap();

        assert_eq!(again, Answer { repeated: true, ..first });
        assert_eq!(stage.texts("ann"), ["hello", "more"]);
    }

    #[test]
    fn another_request_with_the_same_key_is_refused() {
        let mut stage = Stage::with(&[customer("ann")]);
        say(&mut stage, "ann", "1", "hello").unwrap();

        assert_eq!(say(&mut stage, "ann", "1", "hello!"), Err(Rejection::KeyReused));
        let mut leave = leave_of(&stage, "ann");
        leave.once = once("1");
        assert_eq!(stage.perform(Command::Leave(leave)), Err(Rejection::KeyReused));
    }

    #[test]
    fn keys_belong_to_a_participant() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        let first = say(&mut stage, "ann", "1", "hello").unwrap();
        let second = say(&mut stage, "bob", "1", "hello").unwrap();

        assert!(!second.repeated);
        assert!(first.position < second.position);
    }

    #[test]
    fn two_agents_may_come_with_the_same_key() {
        let mut stage = Stage::with(&[customer("ann")]);
        let mut come = |name: &str| {
            stage.join(Join { once: once("1"), ..agent(name) }).map(|answer| answer.repeated)
        };

        assert_eq!(come("bob"), Ok(false));
        assert_eq!(come("eve"), Ok(false));
        assert_eq!(come("bob"), Ok(true));
    }

    #[test]
    fn a_repeated_start_finds_the_same_session_though_its_salt_is_new() {
        let mut stage = Stage::empty();
        let coming = |salt: &str| {
            let start =
                Some(Box::new(crate::chat::command::Start { salt: salt.into(), ..start() }));
            Join { once: once("1"), start, user_id: salt.into(), ..customer("ann") }
        };

        let first = stage.join(coming("a")).unwrap();
        let again = stage.join(coming("b")).unwrap();
        let other = stage.join(Join { nickname: "eve".into(), ..coming("c") });

        assert_eq!(again, Answer { repeated: true, ..first });
        assert_eq!(other, Err(Rejection::KeyReused));
    }

    #[test]
    fn a_repeated_request_is_answered_after_leaving_and_after_the_end() {
        let mut stage = Stage::with(&[customer("ann")]);
        let first = say(&mut stage, "ann", "1", "hello").unwrap();
        let leave = Command::Leave(Leave { once: once("2"), ..leave_of(&stage, "ann") });
        let left = stage.perform(leave.clone()).unwrap();

        assert_eq!(say(&mut stage, "ann", "1", "hello").unwrap().position, first.position);
        assert_eq!(stage.perform(leave).unwrap(), Answer { repeated: true, ..left });
        assert_eq!(say(&mut stage, "ann", "3", "late"), Err(Rejection::Closed));
    }

    #[test]
    fn a_repeated_request_within_one_batch_is_found_too() {
        let stage = Stage::with(&[customer("ann")]);
        let wish = Command::Say(Say { once: once("1"), ..stage.saying("ann", "hello") });
        let (now, policy) = (stage.now, &stage.policy);
        let scene = Scene { room: &stage.room, drafted: &[], now, policy };
        let first = stage.session.decide(&scene, wish.clone()).unwrap();
        let drafted: Vec<_> = first.events.into_iter().map(Arc::new).collect();
        let mut next = stage.session.clone();
        drafted.iter().for_each(|event| next.apply(event));

        let scene = Scene { room: &stage.room, drafted: &drafted, now, policy };
        let again = next.decide(&scene, wish).unwrap();

        assert!(again.answer.repeated && again.events.is_empty());
        assert_eq!(again.answer.position, first.answer.position);
        assert!(matches!(again.effects[..], [Effect::Count(Count::Duplicate)]));
    }

    #[test]
    fn a_key_is_found_again_after_a_replay() {
        let mut stage = Stage::with(&[customer("ann")]);
        say(&mut stage, "ann", "1", "hello").unwrap();
        let (session, room) = Session::replay(None, stage.room.transcript.clone());
        (stage.session, stage.room) = (session, room);

        assert!(say(&mut stage, "ann", "1", "hello").unwrap().repeated);
        assert_eq!(say(&mut stage, "ann", "1", "other"), Err(Rejection::KeyReused));
    }

    #[test]
    fn a_key_is_a_short_printable_word() {
        let mut stage = Stage::with(&[customer("ann")]);

        for bad in ["", "a b", "a\n", "ä", &"x".repeat(65)] {
            assert_eq!(say(&mut stage, "ann", bad, "hello"), Err(Rejection::BadKey), "{bad}");
        }
        assert!(say(&mut stage, "ann", &"x".repeat(64), "hello").is_ok());
    }

    #[test]
    fn a_contact_is_named_once() {
        let mut stage = Stage::with(&[customer("ann")]);
        let name = |contact: &str| Command::NameContact {
            contact: contact.into(),
            attributes: UserData::default()
                .with("LastName", "Lee")
                .with("IsOnline", "0")
                .with("GCTI_Chat_AsyncStatus", 2),
        };

        stage.perform(name("c1")).unwrap();
        stage.perform(name("c1")).unwrap();

        assert_eq!(stage.session.last, Position(2));
        assert_eq!(stage.session.contact, Some("c1".into()));
        assert_eq!(stage.session.user_data.text("LastName").as_deref(), Some("Lee"));
        for planted in ["IsOnline", "GCTI_Chat_AsyncStatus"] {
            assert_eq!(stage.session.user_data.get(planted), None, "{planted}");
        }
        let mut unborn = Stage::empty();
        unborn.perform(name("c1")).unwrap();
        assert_eq!(unborn.session.last, Position::NONE);
    }

    fn say(stage: &mut Stage, name: &str, key: &str, text: &str) -> Result<Answer, Rejection> {
        let wish = Say { once: once(key), ..stage.saying(name, text) };
        stage.perform(Command::Say(wish))
    }

    fn leave_of(stage: &Stage, name: &str) -> Leave {
        let (asker, who) = (stage.who(name), stage.who(name));
        Leave { once: None, asker, who, after: AfterAction::KeepAlive, text: None }
    }
}
