//! What a strategy has come to with one interaction. It is stored with the interaction.

use crate::base::{Millis, UserData};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a script rests after something that no port is there for.
pub const PAUSE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    pub strategy: String,
    pub block: String,
    /// `Script['…']`
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub variables: UserData,
    /// `Result['…']`
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub result: UserData,
    pub awaits: Awaits,
    /// The number of the last request, so that answers to earlier ones are known as such.
    #[serde(default)]
    pub last_request: u64,
}

/// What must happen before it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Awaits {
    /// Nothing: the block is to be begun.
    Turn,
    /// Something went wrong; then the same block again.
    Pause {
        until: Millis,
    },
    /// The last agent is asked before all others.
    LastAgent {
        request: u64,
        until: Millis,
        /// When the whole block is over.
        block_until: Millis,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempts_left: Option<i64>,
    },
    Agent {
        request: u64,
        until: Millis,
    },
    Answer {
        request: u64,
        until: Millis,
    },
    Time {
        until: Millis,
    },
}

impl Script {
    /// Before the first block of a strategy. Its requests are numbered on from the last one that any
    /// strategy has made of the interaction.
    pub fn begin((strategy, start): (&str, &str), last_request: u64) -> Self {
        Self {
            strategy: strategy.to_owned(),
            block: start.to_owned(),
            variables: UserData::default(),
            result: UserData::default(),
            awaits: Awaits::Turn,
            last_request,
        }
    }

    /// Rests before it goes on, where it stands.
    pub fn paused(self, now: Millis) -> Self {
        Self { awaits: Awaits::Pause { until: now + PAUSE }, ..self }
    }

    /// The number of the request whose answer it waits for.
    pub fn awaited_request(&self) -> Option<u64> {
        match self.awaits {
            Awaits::LastAgent { request, .. }
            | Awaits::Agent { request, .. }
            | Awaits::Answer { request, .. } => Some(request),
            Awaits::Turn | Awaits::Pause { .. } | Awaits::Time { .. } => None,
        }
    }

    /// When it wants to be looked at again, if nothing happens before.
    pub fn next_deadline(&self) -> Option<Millis> {
        match self.awaits {
            Awaits::Turn => None,
            Awaits::Pause { until }
            | Awaits::LastAgent { until, .. }
            | Awaits::Agent { until, .. }
            | Awaits::Answer { until, .. }
            | Awaits::Time { until } => Some(until),
        }
    }
}
