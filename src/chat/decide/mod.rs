//! What is answered to a wish. [`decide`] reads the state and changes nothing.

mod data;
mod join;
mod leave;
mod notice;
mod say;
mod timers;

pub use data::clean_text;
pub use say::{add_system, is_send, shown_attributes};

use crate::base::ParticipantId;
use crate::chat::answer::Answer;
use crate::chat::command::{Command, Once};
use crate::chat::draft::{Audience, Draft};
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
        && let Some(event) = once::find(scene.room, scene.drafted, &key.id)
    {
        return repeat(&event, key);
    }
    if session.closed.is_some() {
        return match command {
            // Nothing is left to do, and nobody to tell.
            Command::TimePassed | Command::Close(_) | Command::NameContact { .. } => {
                Ok(nothing(session))
            }
            Command::Join(_)
            | Command::Say(_)
            | Command::Notify(_)
            | Command::ChangeData(_)
            | Command::Leave(_) => Err(Rejection::Closed),
        };
    }
    match command {
        Command::Join(join) => join::join(session, scene, *join, key),
        Command::Say(say) => say::say(session, scene, say, key),
        Command::Notify(notify) => notice::notify(session, scene, notify, key),
        Command::ChangeData(change) => data::change(session, scene, change, key),
        Command::Leave(leave) => leave::leave(session, scene.now, leave, key),
        Command::Close(reason) => Ok(leave::close(session, scene.now, reason)),
        Command::NameContact { contact, attributes } => {
            let mut draft = Draft::new(session, scene.now, None);
            if session.contact.as_ref() != Some(&contact) {
                draft.record(Audience::everyone(), Fact::ContactFound { contact, attributes });
            }
            Ok(draft.finish())
        }
        Command::TimePassed => Ok(timers::time_passed(session, scene)),
    }
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
        Command::Close(_) | Command::NameContact { .. } | Command::TimePassed => None,
    }
}

/// The first answer again, if it was the same request.
fn repeat(event: &Event, key: &Key) -> Decided {
    if event.key.as_ref().map(|first| &first.print) != Some(&key.print) {
        return Err(Rejection::KeyReused);
    }
    let participant = match &event.fact {
        Fact::Joined { joined, .. } => Some(joined.id),
        Fact::Said { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => None,
    };
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

/// Refuses what would make the transcript longer than a restoration can carry. Leaving is exempt.
fn check_room_left(session: &Session, scene: &Scene<'_, Session>) -> Result<(), Rejection> {
    if scene.policy.most_events <= session.last.0 {
        return Err(Rejection::TooManyEvents { most: scene.policy.most_events });
    }
    if scene.policy.most_bytes <= session.n_bytes {
        return Err(Rejection::TranscriptTooLarge { most: scene.policy.most_bytes });
    }
    Ok(())
}
