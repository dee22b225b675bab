//! What can happen to a script, and what a step knows of its interaction.

use crate::base::{AgentId, InteractionId, MediaType, Millis, QueueName, UserData};
use serde::{Deserialize, Serialize};

/// Why a step is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A view gave the interaction to the strategy.
    Begun,
    /// Perhaps a deadline is over; perhaps a condition holds that did not.
    Looked,
    /// The answer to a request. One to another request than the last is no longer wanted.
    Answered { request: u64, answer: Answer },
    /// An agent took what was routed.
    Routed { agent: AgentId },
    /// An agent rejected or missed it.
    Refused { agent: AgentId },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Done(UserData),
    Failed(String),
}

/// An interaction, as far as expressions can look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    pub id: InteractionId,
    /// The interaction for which this one was made.
    pub parent: Option<InteractionId>,
    pub media: MediaType,
    pub subtype: String,
    pub queue: QueueName,
    pub priority: i64,
    pub submitted_at: Millis,
    pub placed_at: Millis,
    /// Who handled it last.
    pub last_agent: Option<AgentId>,
    pub user_data: UserData,
}
