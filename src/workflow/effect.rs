//! What a script wishes of the world, in the order in which it is to be done.

use crate::base::{Change, Millis, QueueName, UserData};
use crate::workflow::strategy::{Selection, Target};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Attach(Change),
    PlaceInQueue(QueueName),
    PlaceInWorkbin {
        workbin: String,
        owner: String,
    },
    /// Takes the place of an earlier request of this script.
    Route(RoutingRequest),
    /// Nobody is looked for any more.
    CancelRoute {
        request: u64,
    },
    Ask {
        request: u64,
        esp: EspRequest,
    },
    SendTranscript {
        request: u64,
        to: String,
    },
    Stop {
        reason: String,
    },
    /// Something is wrong that people should know of.
    Complain(String),
}

/// Whom to look for, with nothing in it that is still to be computed but the agents' side of skill
/// expressions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingRequest {
    pub request: u64,
    pub targets: Vec<Target>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
    pub priority: i64,
    /// By how much the priority grows with each minute in the queue.
    #[serde(default)]
    pub priority_growth: i64,
    #[serde(default)]
    pub selection: Selection,
    pub until: Millis,
}

/// A request to another server, by the External Services Protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EspRequest {
    pub application_type: String,
    pub application: Option<String>,
    pub service: String,
    pub method: String,
    pub parameters: UserData,
}
