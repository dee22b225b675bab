//! What somebody is to an interaction, and how he is asked to it: the handler alone, colleagues
//! beside him, and those who look on.

use crate::base::{AgentId, Millis};
use crate::interaction::ids::Ticket;
use serde::{Deserialize, Serialize};

/// What a party is to an interaction (`VisibilityMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Routed, transferred or taken to him.
    #[default]
    Handler,
    /// Talks with the customer beside the handler, and handles it on when he goes.
    Conference,
    /// Is heard by colleagues alone.
    Coach,
    /// Only looks on.
    Monitor,
}

/// How a party came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Added {
    /// By this invitation: accepted, or joined in time and never answered.
    Accepted { ticket: Ticket },
    /// The agent was in the session when nobody handled it.
    JoinedSession,
    /// By his own wish, beside those who handle it.
    Intruded,
    /// By his own wish, out of a queue or a workbin.
    Pulled,
}

/// How a party comes to an interaction (`Operation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    #[default]
    RouteTo,
    Transfer,
    Conference,
    Intrude,
    Pull,
}

/// What somebody is invited or added for. Without a word: routing, to handle it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter: Option<AgentId>,
    #[serde(default)]
    pub operation: Operation,
    #[serde(default)]
    pub part: Part,
}

/// Somebody who has it, or looks on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    #[serde(flatten)]
    pub how: Added,
    #[serde(default, skip_serializing_if = "Part::is_handler")]
    pub part: Part,
}

/// An invitation that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub agent: AgentId,
    pub deadline: Millis,
    #[serde(default, skip_serializing_if = "Errand::is_routing")]
    pub errand: Errand,
}

impl Part {
    /// Whether the interaction is in good hands with him alone.
    pub fn handles(self) -> bool {
        match self {
            Self::Handler | Self::Conference => true,
            Self::Coach | Self::Monitor => false,
        }
    }

    /// Whether it takes one of the places that his capacity rule gives him.
    pub fn counts(self) -> bool {
        self != Self::Monitor
    }

    pub(super) fn is_handler(&self) -> bool {
        *self == Self::Handler
    }
}

impl Errand {
    pub fn transfer(inviter: AgentId) -> Self {
        Self { inviter: Some(inviter), operation: Operation::Transfer, part: Part::Handler }
    }

    pub fn conference(inviter: AgentId, part: Part) -> Self {
        Self { inviter: Some(inviter), operation: Operation::Conference, part }
    }

    pub fn assignment(supervisor: AgentId) -> Self {
        Self { inviter: Some(supervisor), ..Self::default() }
    }

    pub fn intrusion(part: Part) -> Self {
        Self { inviter: None, operation: Operation::Intrude, part }
    }

    pub fn pull() -> Self {
        Self { inviter: None, operation: Operation::Pull, part: Part::Handler }
    }

    pub(super) fn is_routing(&self) -> bool {
        *self == Self::default()
    }
}
