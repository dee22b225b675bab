//! What time brings: participants who were silent or away for too long are removed.

use super::leave::{Going, end_if_deserted, ended_by, go};
use crate::chat::draft::Draft;
use crate::chat::event::EndReason;
use crate::chat::state::Session;
use crate::owned::{Decision, Scene};

pub fn time_passed(session: &Session, scene: &Scene<'_, Session>) -> Decision<Session> {
    let mut draft = Draft::new(session, scene.now, None);
    for (who, reason) in scene.room.presence.overdue(session, scene.now, scene.policy) {
        let Some(participant) = session.participant(who) else { continue };
        go(&mut draft, Going { who, asker: None, reason, text: None });
        let by = ended_by(session, participant);
        end_if_deserted(&mut draft, by, EndReason::Disconnect);
        if draft.session.closed.is_some() {
            break;
        }
    }
    draft.finish()
}
