//! What is shown of the statistics at a moment: one row for each medium of a queue, one for each
//! agent, group, place and view.

use crate::base::{AgentId, Millis};
use crate::interaction::agent::Agent;
use crate::interaction::ids::{GroupName, MediaType, QueueName};
use crate::interaction::statistics::agent::{AgentTally, MediaTally};
use crate::interaction::statistics::queue::QueueTally;
use crate::interaction::statistics::spell::Spell;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub queue: QueueName,
    pub media: MediaType,
    pub n_waiting: u64,
    /// Of those, how many are offered to an agent.
    pub n_offered: u64,
    /// Since when the first of them waits.
    pub waiting_since: Option<Millis>,
    pub today: Arc<QueueTally>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRow {
    pub agent: AgentId,
    /// The place at which he is logged in; nothing, if he is not, or at none.
    pub place: Option<String>,
    pub is_logged_in: bool,
    /// To which he belonged when he came last.
    #[serde(default)]
    pub groups: Vec<GroupName>,
    pub logged_in: Spell,
    /// With one interaction at least, of whatever medium.
    pub busy: Spell,
    pub media: Vec<MediaRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRow {
    pub media: MediaType,
    pub ready: Spell,
    /// By reason.
    pub not_ready: BTreeMap<String, Spell>,
    pub delivering: Spell,
    pub handling: Spell,
    /// How many he handles at this moment.
    pub n_open: u64,
    pub n_offered: u64,
    pub n_accepted: u64,
    pub n_rejected: u64,
    pub n_missed: u64,
    pub n_withdrawn: u64,
    pub n_handled: u64,
    pub handled: Duration,
    pub longest_handled: Duration,
}

/// A row in which nothing has happened.
pub fn queue_row((queue, media): &(QueueName, MediaType)) -> QueueRow {
    QueueRow {
        queue: queue.clone(),
        media: media.clone(),
        n_waiting: 0,
        n_offered: 0,
        waiting_since: None,
        today: Arc::default(),
    }
}

/// The row of an agent; the second is he himself, if he is logged in.
pub fn agent_row(agent: &AgentId, logged_in: Option<&Agent>, tally: &AgentTally) -> AgentRow {
    AgentRow {
        agent: agent.clone(),
        place: logged_in.and_then(|one| one.place.clone()),
        is_logged_in: logged_in.is_some(),
        groups: tally.groups.clone(),
        logged_in: tally.logged_in,
        busy: tally.busy,
        media: tally.media.iter().map(|(media, tally)| media_row(media, tally)).collect(),
    }
}

pub fn media_row(media: &MediaType, tally: &MediaTally) -> MediaRow {
    MediaRow {
        media: media.clone(),
        ready: tally.ready,
        not_ready: tally.not_ready.clone(),
        delivering: tally.delivering,
        handling: tally.handling,
        n_open: u64::try_from(tally.open.len()).unwrap_or(u64::MAX),
        n_offered: tally.work.n_offered,
        n_accepted: tally.work.n_accepted,
        n_rejected: tally.work.n_rejected,
        n_missed: tally.work.n_missed,
        n_withdrawn: tally.work.n_withdrawn,
        n_handled: tally.work.n_handled,
        handled: Duration::from_millis(tally.work.handled_ms),
        longest_handled: Duration::from_millis(tally.work.longest_handled_ms),
    }
}
