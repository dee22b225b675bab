//! One state of the model: the rows, the processes, and what the people outside have seen so far.

use super::bounds::{Beginning, Bounds};
use super::log::Log;
use super::rows::{Row, Rows};
use holdfast::base::Epoch;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub rows: Rows,
    pub nodes: Vec<Node>,
    pub n_takeovers: u8,
    pub n_crashes: u8,
    /// How often each wish was sent.
    pub tries: Vec<u8>,
    /// Under which claim each wish was first acknowledged.
    pub acknowledged: Vec<Option<Epoch>>,
    /// The longest history that anybody has seen.
    pub shown: Log,
    pub fault: Option<&'static str>,
}

/// One node. Another boot is another process, with a lane of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    pub boot: u8,
    pub stage: Stage,
    /// The newest claim that this process has begun.
    pub begun: Option<Epoch>,
    /// A write that an actor which died of a panic left with the store.
    pub left: Option<Left>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Idle,
    /// The claim is on its way. `early` are the claims of a read that began too soon (a mutant).
    Claiming {
        epoch: Epoch,
        early: Option<Vec<Row>>,
    },
    ReadingClaims {
        epoch: Epoch,
        must: Vec<Row>,
    },
    Fencing {
        epoch: Epoch,
        below: Vec<Epoch>,
        lanes: Vec<u8>,
    },
    Restoring {
        epoch: Epoch,
        below: Vec<Epoch>,
        must: Vec<Row>,
    },
    VerifyingNothing {
        epoch: Epoch,
        fenced: bool,
    },
    Sealing {
        epoch: Epoch,
        log: Log,
    },
    VerifyingSeal {
        epoch: Epoch,
        log: Log,
        fenced: bool,
    },
    Active {
        epoch: Epoch,
        log: Log,
        phase: Phase,
        /// Positions given up after an unknown outcome (a mutant).
        skipped: u8,
    },
}

/// What an owner has under way. `fenced` is what a verify that runs must see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Ready,
    Writing { batch: Log, read_in_flight: bool },
    Verifying { batch: Log, fenced: bool },
}

/// What a dead actor left with the store of its process, which goes on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    pub epoch: Epoch,
    pub log: Log,
    pub phase: Phase,
}

impl World {
    pub fn begin(bounds: &Bounds) -> Self {
        let idle = Node { boot: 0, stage: Stage::Idle, begun: None, left: None };
        let mut world = Self {
            rows: Rows::default(),
            nodes: vec![idle; bounds.n_nodes],
            n_takeovers: 0,
            n_crashes: 0,
            tries: vec![0; bounds.wishes.len()],
            acknowledged: vec![None; bounds.wishes.len()],
            shown: Log::default(),
            fault: None,
        };
        if bounds.beginning == Beginning::Served {
            world.create();
        }
        world
    }

    /// S0: claim and empty header are acknowledged before anybody hears of the thing.
    fn create(&mut self) {
        let epoch = Epoch { micros: 1_000, tie: 0 };
        self.rows.commit(Row::Claim(epoch, self.lane(0)));
        self.rows.commit(Row::Header { epoch, past: Log::default() });
        self.nodes[0].begun = Some(epoch);
        self.nodes[0].stage =
            Stage::Active { epoch, log: Log::default(), phase: Phase::Ready, skipped: 0 };
    }

    /// The number of a process's lane.
    pub fn lane(&self, node: usize) -> u8 {
        u8::try_from(node + usize::from(self.nodes[node].boot) * self.nodes.len()).unwrap()
    }

    pub fn all_acknowledged(&self) -> bool {
        self.acknowledged.iter().all(Option::is_some)
    }

    pub fn serving_epochs(&self) -> impl Iterator<Item = Epoch> {
        self.acknowledged.iter().flatten().copied()
    }

    /// Somebody outside sees this history (I3, I4).
    pub fn show(&mut self, log: Log) {
        if log.has_twin() {
            self.fault = Some("a message is shown twice");
        }
        if log.has_half_a_wish() {
            self.fault = Some("half a wish is shown");
        }
        if log.starts_with(self.shown) {
            self.shown = log;
        } else if !self.shown.starts_with(log) {
            self.fault = Some("a history is shown that contradicts an earlier one");
        }
    }

    /// A client is told that its message is stored (I1, I2).
    pub fn acknowledge(&mut self, epoch: Epoch, key: u8, log: Log) {
        self.acknowledged[usize::from(key)].get_or_insert(epoch);
        if self.misses_acknowledged(epoch, log) {
            self.fault = Some("an owner acknowledges while it misses an acknowledged message");
        }
        if self.nodes.iter().any(|node| node.stage.serves_above_without(epoch, key)) {
            self.fault = Some("an old owner acknowledged what the newer one does not hold");
        }
    }

    /// A claimant begins to serve (I2).
    pub fn activate(&mut self, node: usize, epoch: Epoch, log: Log) {
        if self.misses_acknowledged(epoch, log) {
            self.fault = Some("a new owner begins without an acknowledged message");
        }
        self.show(log);
        self.nodes[node].stage = Stage::Active { epoch, log, phase: Phase::Ready, skipped: 0 };
    }

    fn misses_acknowledged(&self, epoch: Epoch, log: Log) -> bool {
        (0..)
            .zip(&self.acknowledged)
            .any(|(key, by)| by.is_some_and(|by| by <= epoch) && !log.holds(key))
    }

    /// Every restoration that could be made now, by whomever, keeps all promises.
    pub fn is_restored_rightly_by_anybody(&self, bounds: &Bounds) -> bool {
        let epochs: Vec<Epoch> = self.rows.claims().map(|(epoch, ..)| epoch).collect();
        let committed: Vec<Row> = self.rows.committed_history(&epochs);
        let found =
            self.rows.restorations(&epochs, &|row| committed.contains(&row), bounds.run_end());
        found.into_iter().all(|log| self.is_right(log.unwrap_or_default()))
    }

    fn is_right(&self, log: Log) -> bool {
        let misses = (0..).zip(&self.acknowledged).any(|(key, by)| by.is_some() && !log.holds(key));
        !misses && log.starts_with(self.shown) && !log.has_twin() && !log.has_half_a_wish()
    }
}

impl Stage {
    fn serves_above_without(&self, epoch: Epoch, key: u8) -> bool {
        matches!(self, Self::Active { epoch: own, log, .. } if epoch < *own && !log.holds(key))
    }

    /// The rows that a read under way must return.
    pub fn must_mut(&mut self) -> Option<&mut Vec<Row>> {
        match self {
            Self::Claiming { early, .. } => early.as_mut(),
            Self::ReadingClaims { must, .. } | Self::Restoring { must, .. } => Some(must),
            Self::Idle
            | Self::Fencing { .. }
            | Self::VerifyingNothing { .. }
            | Self::Sealing { .. }
            | Self::VerifyingSeal { .. }
            | Self::Active { .. } => None,
        }
    }
}
