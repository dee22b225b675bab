//! The right to write. A [`Claim`] is made only when a claim on a thing was won; nobody can store
//! an event or run an owned thing without one.

use crate::base::{BootId, NodeId, ThingId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One generation of ownership of one thing. Epochs of a thing are ordered like the time stamps of
/// their claims (a `timeuuid`: its time, then its low bits, which are signed).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Epoch {
    /// Microseconds since 1970. Stamps of claims of one thing are at least 1 ms apart.
    pub micros: u64,
    /// Tells claims of the same time apart.
    pub tie: i64,
}

/// One start of one node. Another start of the same node is another process, and owns nothing of
/// what the one before owned.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    pub node: NodeId,
    pub boot: BootId,
}

/// Where the fences against one process are put: `<node>:<boot>:<k>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lane {
    pub node: NodeId,
    pub boot: BootId,
    pub k: u32,
}

/// Proof that this process owns a thing under an epoch. Only `ownership` and the stores call
/// [`Claim::won`]; a test of the house's rules holds them to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    thing: ThingId,
    epoch: Epoch,
    lane: Lane,
}

/// One row of the `owner` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    pub epoch: Epoch,
    pub lane: Lane,
    /// The owner's word that it has stopped for ever under this claim.
    pub released: Option<Released>,
}

/// Why an owner stopped of its own will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    Moved,
    Asleep,
}

impl Claim {
    pub fn won(thing: ThingId, epoch: Epoch, lane: Lane) -> Self {
        Self { thing, epoch, lane }
    }

    pub fn thing(&self) -> &ThingId {
        &self.thing
    }

    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn lane(&self) -> &Lane {
        &self.lane
    }
}

impl Lane {
    /// Whose lane it is.
    pub fn process(&self) -> Process {
        Process { node: self.node.clone(), boot: self.boot.clone() }
    }

    pub fn is_of(&self, process: &Process) -> bool {
        self.node == process.node && self.boot == process.boot
    }

    /// What stands for the lane of a creator that names none: a server of another program. No
    /// process of ours has an empty boot.
    pub fn of_stranger(creator: &str) -> Self {
        Self { node: creator.into(), boot: "".into(), k: 0 }
    }

    pub fn is_strange(&self) -> bool {
        self.boot.0.is_empty()
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.boot)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.micros, self.tie)
    }
}

impl FromStr for Epoch {
    type Err = NotAnEpoch;

    fn from_str(text: &str) -> Result<Self, NotAnEpoch> {
        let (micros, tie) = text.split_once('.').ok_or(NotAnEpoch)?;
        let micros = micros.parse().map_err(|_| NotAnEpoch)?;
        let tie = tie.parse().map_err(|_| NotAnEpoch)?;
        Ok(Self { micros, tie })
    }
}

/// A text that should have been `<micros>.<tie>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an epoch")]
pub struct NotAnEpoch;

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.node, self.boot, self.k)
    }
}

impl FromStr for Lane {
    type Err = NotALane;

    fn from_str(text: &str) -> Result<Self, NotALane> {
        let mut parts = text.splitn(3, ':');
        let (Some(node), Some(boot), Some(k)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotALane);
        };
        let k = k.parse().map_err(|_| NotALane)?;
        Ok(Self { node: node.into(), boot: boot.into(), k })
    }
}

/// A text that should have been `<node>:<boot>:<k>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a lane")]
pub struct NotALane;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_ordered_by_time_and_then_by_signed_tie() {
        let early = Epoch { micros: 1, tie: 9 };
        let negative = Epoch { micros: 2, tie: -1 };
        let positive = Epoch { micros: 2, tie: 1 };

        assert!(early < negative && negative < positive);
        assert_eq!(negative.to_string().parse(), Ok(negative));
    }

    #[test]
    fn lanes_come_back_from_their_text() {
        let lane = Lane { node: "node-a".into(), boot: "b1".into(), k: 3 };

        assert_eq!(lane.to_string().parse(), Ok(lane));
        assert_eq!("node-a".parse::<Lane>(), Err(NotALane));
    }
}
