//! Why something ended, or somebody is not ready.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// The agent missed it.
    Expired,
    Stopped,
    LoggedOut,
    MediaRemoved,
    /// It was placed in another queue.
    Moved,
    /// Whoever invited him has thought better of it, or has it no longer.
    Withdrawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoveReason {
    Left,
    LeftSession,
    LoggedOut,
    PlacedInQueue,
    Stopped,
    PlacedInWorkbin,
    /// A colleague has accepted it from him.
    Transferred,
    /// He looked on, and nobody was left who handled it.
    NobodyHandles,
    /// Nobody who handled it did anything for too long.
    HandlingTimeout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutReason {
    Asked,
    ConnectionLost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReadyCause {
    Asked,
    /// An invitation was missed.
    Forced,
}
