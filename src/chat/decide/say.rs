//! Messages.

use super::data::clean_text;
use super::{Decided, check_room_left, present};
use crate::base::{ParticipantId, UserData};
use crate::chat::command::Say;
use crate::chat::draft::{Audience, Draft};
use crate::chat::effect::Count;
use crate::chat::error::Rejection;
use crate::chat::event::{Event, Fact, Key, Words};
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;
use crate::owned::Scene;
use std::sync::Arc;

pub fn say(session: &Session, scene: &Scene<'_, Session>, say: Say, key: Option<Key>) -> Decided {
    let author = present(session, say.who)?;
    check_pace(scene)?;
    check_room_left(session, scene)?;
    check_length(&say.text, scene.policy.longest_text)?;
    say.attributes.check(&scene.policy.user_data)?;
    let text = clean_text(say.text);
    if text.trim().is_empty() && say.attributes.is_empty() {
        return Err(Rejection::EmptyText);
    }
    let audience = audience(session, author, say.visibility, say.receiver)?;
    let mut draft = Draft::new(session, scene.now, key);
    draft.count(Count::Message { party: party(author) });
    let words = Words { text, message_type: say.message_type, treat_as: say.treat_as };
    draft.record(audience, Fact::Said { who: say.who, words, attributes: say.attributes });
    Ok(draft.finish())
}

/// Who may see what this author says. What an unseen participant says is seen by nobody who cannot
/// see him.
pub fn audience(
    session: &Session,
    author: &Participant,
    wished: Visibility,
    receiver: Option<ParticipantId>,
) -> Result<Audience, Rejection> {
    let visibility = wished.max(author.joined.visibility);
    if !visibility.reaches(author.joined.role) {
        return Err(Rejection::NotAllowed("this role cannot speak with this visibility"));
    }
    if let Some(receiver) = receiver {
        check_receiver(session, author, receiver)?;
    }
    Ok(Audience { visibility, receiver })
}

/// A direct message goes to somebody who is here and whom the author can see.
fn check_receiver(
    session: &Session,
    author: &Participant,
    receiver: ParticipantId,
) -> Result<(), Rejection> {
    if author.joined.role == Role::Client {
        return Err(Rejection::NotAllowed("customers cannot send direct messages"));
    }
    let known = session.participant(receiver).filter(|known| known.is_here());
    let seen = known.filter(|known| known.joined.visibility.reaches(author.joined.role));
    if seen.is_some() { Ok(()) } else { Err(Rejection::NoSuchReceiver) }
}

pub fn check_length(text: &str, most: usize) -> Result<(), Rejection> {
    if most < text.len() {
        return Err(Rejection::TextTooLong { got: text.len(), most });
    }
    Ok(())
}

/// Refuses what comes faster than one session may send, counting what this batch already sends.
pub fn check_pace(scene: &Scene<'_, Session>) -> Result<(), Rejection> {
    let sends = |event: &&Arc<Event>| is_send(&event.fact);
    let drafted = scene.drafted.iter().filter(sends).count();
    if scene.room.sends_left(scene.now, scene.policy) <= drafted as u64 {
        return Err(Rejection::TooFast);
    }
    Ok(())
}

/// Whether an event counts against the pace of a session.
pub fn is_send(fact: &Fact) -> bool {
    match fact {
        Fact::Said { .. } | Fact::Noticed { .. } | Fact::DataChanged { .. } => true,
        Fact::Joined { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => false,
    }
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

/// Attributes of an event as everybody sees them: bots are marked in every event of theirs.
pub fn shown_attributes(author: &Participant, attributes: &UserData) -> UserData {
    let mut shown = attributes.clone();
    if author.is_bot() {
        let style = UserData::default().with("style", "BOT");
        add_system(&mut shown, "party-info", style);
    }
    shown
}

/// Puts something under `GCTI_SYSTEM`, where the server's own attributes stand.
pub fn add_system(attributes: &mut UserData, key: &str, value: impl Into<crate::base::Value>) {
    let system = match attributes.get("GCTI_SYSTEM") {
        Some(crate::base::Value::List(list)) => list.clone(),
        Some(crate::base::Value::Text(_) | crate::base::Value::Number(_)) | None => {
            UserData::default()
        }
    };
    attributes.set("GCTI_SYSTEM", system.with(key, value));
}
