//! One interaction as the domain remembers it.

use crate::base::{AgentId, Epoch, InteractionId, Millis, Position, Process, UserData};
use crate::interaction::event::{Added, Attributes};
use crate::interaction::ids::{QueueName, Ticket};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    pub id: InteractionId,
    pub attributes: Arc<Attributes>,
    pub user_data: Arc<UserData>,
    pub queue: QueueName,
    pub placed_at: Millis,
    /// Its turn in the queue. An invitation that fails does not cost it.
    pub turn: Position,
    pub stage: Stage,
    /// Agents who handle it.
    pub parties: BTreeMap<AgentId, Added>,
    /// Agents who are in its chat session, as far as the session told.
    pub in_session: BTreeSet<AgentId>,
    /// Who said no to it, or let it go, and when.
    pub refusals: BTreeMap<AgentId, Refusal>,
    pub session: SessionPhase,
    /// The process that owns its session, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Process>,
    /// Everything of its session up to here was taken in.
    pub cursor: Position,
    /// The claim under which its session was last told to live somewhere.
    pub address_epoch: Option<Epoch>,
    /// Since when nothing can happen to it any more.
    pub over_since: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Queued,
    Inviting { agent: AgentId, ticket: Ticket, deadline: Millis },
    Handling,
    Stopped { reason: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionPhase {
    /// It is a piece of work; it never had a session.
    Never,
    Online,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub at: Millis,
    /// Tells refusals of the same time apart.
    pub position: Position,
}

impl Interaction {
    pub fn is_stopped(&self) -> bool {
        matches!(self.stage, Stage::Stopped { .. })
    }

    pub fn is_online(&self) -> bool {
        self.session == SessionPhase::Online
    }

    /// The agent who is invited, with his ticket.
    pub fn invited(&self) -> Option<(&AgentId, Ticket)> {
        match &self.stage {
            Stage::Inviting { agent, ticket, .. } => Some((agent, *ticket)),
            Stage::Queued | Stage::Handling | Stage::Stopped { .. } => None,
        }
    }

    /// Who refused it last.
    pub fn latest_refuser(&self) -> Option<&AgentId> {
        let latest = self.refusals.iter().max_by_key(|(_, refusal)| refusal.position);
        latest.map(|(agent, _)| agent)
    }
}
