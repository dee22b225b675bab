//! What is too long, too fast or too much.

use crate::chat::error::Rejection;
use crate::chat::event::Event;
use crate::chat::state::Session;
use crate::owned::Scene;
use std::sync::Arc;

pub fn check_length(text: &str, most: usize) -> Result<(), Rejection> {
    if most < text.len() {
        return Err(Rejection::TextTooLong { got: text.len(), most });
    }
    Ok(())
}

/// Refuses what comes faster than one session may send, counting what this batch already sends.
pub fn check_pace(scene: &Scene<'_, Session>) -> Result<(), Rejection> {
    let sends = |event: &&Arc<Event>| event.fact.is_send();
    let drafted = scene.drafted.iter().filter(sends).count();
    if scene.room.sends_left(scene.now, scene.policy) <= drafted as u64 {
        return Err(Rejection::TooFast);
    }
    Ok(())
}

/// Refuses what would make the transcript longer than a restoration can carry. Leaving is exempt.
pub fn check_room_left(session: &Session, scene: &Scene<'_, Session>) -> Result<(), Rejection> {
    if scene.policy.most_events <= session.last.0 {
        return Err(Rejection::TooManyEvents { most: scene.policy.most_events });
    }
    if scene.policy.most_bytes <= session.n_bytes {
        return Err(Rejection::TranscriptTooLarge { most: scene.policy.most_bytes });
    }
    Ok(())
}
