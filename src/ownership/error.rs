//! Why a thing could not be reached, or did not answer.

use crate::base::{Position, Process};
use crate::owned::Refusal;
use serde::{Deserialize, Serialize};

/// A thing that is not active here and cannot be made so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Absent {
    #[error("there is no such session")]
    NotFound,
    /// Over for ever; its history can be read.
    #[error("the session is closed")]
    Closed,
    /// Nobody has it in memory, and whoever asked did not want it woken for that.
    #[error("the session sleeps")]
    Asleep { upto: Position },
    /// A living process owns it, and there is no way there from here.
    #[error("the session is served by {0}")]
    Elsewhere(Process),
    /// It ended its actor again and again, or cannot be read. Its history is kept for whoever mends
    /// it.
    #[error("the session is closed for repair")]
    InRepair,
    /// Its owner is gone, and here a session ends with its process.
    #[error("the session's node is gone, and sessions are not restored")]
    NotRestored,
    /// Its owner is gone, and for whoever asks it is not brought back. Others will see to it.
    #[error("the session's node is gone, and it waits to be restored")]
    AwaitsRestoration,
    #[error("the store does not answer: {0}")]
    Unavailable(String),
}

/// Why a wish has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered<R> {
    /// The rules said no.
    #[error("{0}")]
    Rejected(R),
    #[error(transparent)]
    Absent(Absent),
    /// Too many wishes wait already. Nothing was done.
    #[error("too many requests wait for this session")]
    Busy,
    /// No answer in time. With the same key, asking again is safe.
    #[error("no answer in time")]
    TimedOut,
}

impl<R> From<Refusal<R>> for Unanswered<R> {
    fn from(refusal: Refusal<R>) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            Refusal::Busy => Self::Busy,
            Refusal::Suspended | Refusal::Gone | Refusal::Lost => Self::TimedOut,
        }
    }
}
