//! What the rest of the node holds of a ring: the rows, and what this process knows of its claims.

use super::hours::Hours;
use super::redrive::Redrive;
use super::rows::Rows;
use super::verifier::Verifier;
use crate::base::{Chance, Claim, ClaimRow, Clock, Epoch, Lane, ThingId};
use crate::owned::{StoreError, StoreFuture};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// The store of one process on a ring. Clones are the same store; another process, even of the same
/// node, has another one.
#[derive(Clone)]
pub struct RingStore {
    pub(super) rows: Arc<dyn Rows>,
    pub(super) verifier: Verifier,
    pub(super) redrive: Redrive,
    pub(super) memory: Arc<Memory>,
}

/// How many things may have been noted before their end.
const MOST_NOTED_EARLY: usize = 10_000;

/// What is noted between two steps.
#[derive(Default)]
pub(super) struct Memory {
    /// The claims below an opened one, which its seal makes worthless.
    below: Mutex<BTreeMap<ThingId, (Epoch, Vec<ClaimRow>)>>,
    /// The first hour whose purge is not done.
    pub(super) unfinished_hour: Mutex<Option<i32>>,
    /// Things that were noted to be purged before they were over, and where.
    pub(super) noted_early: Mutex<BTreeMap<ThingId, i32>>,
    /// Which hours may still have alarms.
    pub(super) alarm_hours: Mutex<Hours>,
}

impl RingStore {
    /// The store of the process that a lane names; the lane is its first.
    pub fn new(
        rows: Arc<dyn Rows>,
        lane: &Lane,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        let redrive = Redrive::new(chance);
        let verifier = Verifier::new(rows.clone(), lane, clock, redrive.clone());
        Self { rows, verifier, redrive, memory: Arc::default() }
    }

    /// The lane that new claims must name. It changes when it has become crowded.
    pub fn current_lane(&self) -> Lane {
        self.verifier.current_lane()
    }

    /// How many lanes this process has opened.
    pub fn n_lanes(&self) -> u32 {
        self.verifier.n_lanes()
    }

    /// Claims that stand in crowded lanes and are to be renewed, little by little.
    pub fn crowded(&self) -> Vec<Claim> {
        self.verifier.crowded()
    }

    /// Says yes when a look at the lane, begun after this call, shows that a claim still holds: for
    /// effects and timers that write nothing.
    pub fn is_mine(&self, claim: &Claim) -> StoreFuture<()> {
        let (verifier, claim) = (self.verifier.clone(), claim.clone());
        Box::pin(async move { verifier.verify_soon(&claim).await })
    }

    /// Looks at everything that this process holds, and ends when it was looked at. To be called when
    /// the process may have been replaced without noticing.
    pub async fn doubt(&self) {
        self.verifier.doubt().await;
    }

    /// Looks at what nobody has looked at for a second, without waiting for it. To be called every
    /// now and then.
    pub fn look_if_idle(&self) {
        self.verifier.look_if_idle();
    }

    /// Tells of claims of this process that were found fenced, whoever was looking.
    pub fn fenced(&self) -> mpsc::UnboundedReceiver<Claim> {
        self.verifier.listen()
    }

    /// Forgets a claim under which nothing was begun and nothing will be, without a word to others.
    pub fn forget(&self, claim: &Claim) {
        self.verifier.forget(claim);
        self.memory.take_below(claim);
    }
}

impl Memory {
    /// Remembers where a thing was noted that is not over yet. Who forgets one, because there are too
    /// many, leaves it to the note of its end.
    pub fn note_early(&self, thing: &ThingId, hour: i32) {
        let mut noted = self.noted_early.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MOST_NOTED_EARLY || noted.contains_key(thing) {
            noted.insert(thing.clone(), hour);
        }
    }

    pub fn take_noted_early(&self, thing: &ThingId) -> Option<i32> {
        self.noted_early.lock().unwrap_or_else(PoisonError::into_inner).remove(thing)
    }

    pub fn keep_below(&self, claim: &Claim, below: Vec<ClaimRow>) {
        let mut kept = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(claim.thing().clone(), (claim.epoch(), below));
    }

    pub fn take_below(&self, claim: &Claim) -> Vec<ClaimRow> {
        let mut kept = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(claim.thing()) {
            Some((epoch, _)) if *epoch == claim.epoch() => {
                kept.remove(claim.thing()).map(|(_, below)| below).unwrap_or_default()
            }
            Some(_) | None => vec![],
        }
    }
}

/// What is not ours and cannot be understood, or is ours and damaged.
pub(super) fn damaged(thing: &ThingId, what: impl Into<String>) -> StoreError {
    StoreError::Damaged { thing: thing.clone(), what: what.into() }
}
