//! What kind of interaction something is, and interactions among agents: one asks a colleague, or whoever
//! a queue finds, about an interaction that he handles. That is a child of it, with an invitation, a
//! handler and an end of its own.

use crate::base::{AgentId, InteractionId};
use crate::interaction::ids::QueueName;
use crate::interaction::party::Part;
use serde::{Deserialize, Serialize};

/// `InteractionType`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InteractionType {
    #[default]
    Inbound,
    Outbound,
    /// Among agents.
    Internal,
}

/// What a consultation belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    pub parent: InteractionId,
    /// Who asks. It is over when he handles the parent no more.
    pub by: AgentId,
    /// As what the other one comes into the chat of the parent.
    pub part: Part,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consulted {
    Agent(AgentId),
    /// Whoever takes it out of there.
    Queue(QueueName),
}

impl InteractionType {
    /// Its name on the wire and in conditions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "Inbound",
            Self::Outbound => "Outbound",
            Self::Internal => "Internal",
        }
    }

    pub(super) fn is_inbound(&self) -> bool {
        *self == Self::Inbound
    }
}

impl Consultation {
    /// `InteractionSubtype`
    pub fn subtype(part: Part) -> &'static str {
        match part {
            Part::Handler | Part::Conference => "InternalConferenceInvite",
            Part::Coach | Part::Monitor => "InternalConsultInvite",
        }
    }
}
