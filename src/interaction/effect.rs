//! What the domain asks of the world. Everything else is heard by listeners at once, and may be
//! looked up by whoever missed it.

use crate::base::{AgentId, InteractionId, Millis, UserData};
use crate::interaction::ids::{QueueName, ServerName};
use crate::interaction::running::Service;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tells the submitter that nobody will handle this any more, unless it is because its session
    /// ended. Told again for as long as the session runs.
    InteractionStopped {
        interaction: InteractionId,
        submitted_by: ServerName,
        reason: String,
    },
    /// Asks another house for what a strategy wishes. Asked again after a restoration, under the same
    /// number.
    AskService {
        interaction: InteractionId,
        request: u64,
        service: Service,
        /// Until then its strategy waits for the answer.
        until: Millis,
        user_data: Arc<UserData>,
    },
    Warn(Warning),
}

/// What an operator should hear.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error("agent '{agent}' has no capacity rule, the default applies")]
    NoCapacity { agent: AgentId },
    #[error("{0}")]
    Workflow(String),
    /// Its condition gives no value for some interactions, again and again.
    #[error("view '{view}' of queue '{queue}': {fault}")]
    View { queue: QueueName, view: String, fault: String },
}
