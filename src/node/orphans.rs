//! What becomes of a session that a process left behind, although nobody asks for it: it goes on, or,
//! where sessions are not restored, it ends in order. In both cases its record and its interaction
//! hear of everything that was acknowledged.

use crate::base::ThingId;
use crate::chat::{Command, LeaveReason, Session};
use crate::config::{Restoration, Settings};
use crate::ownership::actor::Things;
use crate::ownership::restoration::Asker;
use crate::ownership::{Absent, Unanswered};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    GoesOn,
    Ends,
}

impl Fate {
    pub fn of(settings: &Settings) -> Self {
        match settings.session_restoration_mode {
            Restoration::Simple => Self::GoesOn,
            Restoration::None => Self::Ends,
        }
    }
}

/// Takes a session over if nobody serves it.
pub async fn settle(sessions: &Things<Session>, thing: &ThingId, fate: Fate) -> Result<(), Absent> {
    match fate {
        Fate::GoesOn => sessions.wake_unless_asleep(thing).await,
        // What is served, or was handed on in order, is no orphan.
        Fate::Ends => match sessions.for_asker(Asker::Anyone).wake_unless_asleep(thing).await {
            Err(Absent::NotRestored) => end(sessions, thing).await,
            other => other,
        },
    }
}

async fn end(sessions: &Things<Session>, thing: &ThingId) -> Result<(), Absent> {
    let close = Command::Close(LeaveReason::RemovedByServer);
    let unavailable = |what: &str| Absent::Unavailable(what.to_owned());
    match sessions.perform(thing, close).await {
        Ok(_) => tracing::info!(%thing, "its node is gone, so it ends"),
        Err(Unanswered::Rejected(why)) => tracing::debug!(%thing, %why, "not ended"),
        Err(Unanswered::Absent(absent)) => return Err(absent),
        Err(Unanswered::Busy) => return Err(unavailable("too many requests wait for it")),
        Err(Unanswered::TimedOut) => return Err(unavailable("no answer in time")),
    }
    Ok(())
}
