//! Names of things. Each id is its own type, so two of them can never be swapped by mistake.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares ids that are texts. (The one macro of this file: ten equal impls would hide a slip.)
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_ids! {
    /// What is owned: a chat session, a routing domain. The key of the `owner` table.
    ThingId,
    /// A chat session; on the wire `chatId`. Unguessable.
    SessionId,
    /// An interaction of the Interaction Server. For a chat it equals the session's id.
    InteractionId,
    /// A contact of the contact house (UCS).
    ContactId,
    /// An agent's account name, which is also the `personId` of transcripts.
    AgentId,
    /// A node's name: `[a-z0-9-]{1,32}`.
    NodeId,
    /// One start of one node.
    BootId,
    /// A medium: `chat`, `email` and whatever a media server brings.
    MediaType,
    /// A queue of interactions.
    QueueName,
    /// A group of agents.
    GroupName,
    /// Something that agents are good at, each to his level.
    SkillName,
    /// A participant's wire name: 16 hex digits, new for each join.
    UserId,
}

/// A participant within its session: a small number, from 1, never used twice.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ParticipantId(pub u32);

impl ParticipantId {
    /// The server itself, which is no participant.
    pub const NOBODY: Self = Self(0);
}

/// Position of an event in the log of its thing. The first event has 1; there are no gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const NONE: Self = Self(0);

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl From<&SessionId> for ThingId {
    fn from(session: &SessionId) -> Self {
        Self(session.0.clone())
    }
}

impl From<&SessionId> for InteractionId {
    fn from(session: &SessionId) -> Self {
        Self(session.0.clone())
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
