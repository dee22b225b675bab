//! Which claims this process holds, and in which lanes the fences against them are put. Pure: it
//! judges what was read, and reads nothing.
//!
//! Only what is held counts. A claim that was given up, or that this process has begun to supersede
//! by another, is answered like a fenced one from that moment on, so that nothing left over from a
//! dead actor can acknowledge. That is why no process puts fences into its own lane.

use super::rows::Fence;
use crate::base::{Claim, Epoch, Lane, Process, ThingId};
use crate::owned::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// With more fences than this, a lane is too dear to be read for every append.
const MOST_FENCES: usize = 64;

/// The work under one claim that is not done yet. Each piece holds it for reading; who waits until
/// there is none asks for writing.
pub type Work = Arc<RwLock<()>>;

/// Held while something under a claim is outstanding.
pub type Busy = OwnedRwLockReadGuard<()>;

#[derive(Debug)]
pub struct Holdings {
    process: Process,
    /// The number of the lane for new claims.
    k: u32,
    held: BTreeMap<ThingId, Held>,
    /// How many claims stand in each lane.
    n_held: BTreeMap<Lane, usize>,
}

#[derive(Debug)]
struct Held {
    epoch: Epoch,
    lane: Lane,
    /// Being released: nothing new may begin.
    is_over: bool,
    work: Work,
}

impl Holdings {
    /// Nothing is held; new claims go to this lane.
    pub fn new(lane: &Lane) -> Self {
        let (held, n_held) = (BTreeMap::new(), BTreeMap::new());
        Self { process: lane.process(), k: lane.k, held, n_held }
    }

    /// The lane for new claims.
    pub fn current_lane(&self) -> Lane {
        let Process { node, boot } = self.process.clone();
        Lane { node, boot, k: self.k }
    }

    /// The lanes in which something is held.
    pub fn lanes(&self) -> Vec<Lane> {
        self.n_held.keys().cloned().collect()
    }

    pub fn n_lanes(&self) -> u32 {
        self.k + 1
    }

    pub fn is_own(&self, lane: &Lane) -> bool {
        lane.is_of(&self.process)
    }

    /// Holds a claim from now on, and supersedes an older one on the same thing. To be called before
    /// the claim is written.
    pub fn take(&mut self, thing: &ThingId, epoch: Epoch, lane: &Lane) {
        if self.held.get(thing).is_some_and(|held| epoch <= held.epoch) {
            return;
        }
        self.drop_claim(thing);
        let held = Held { epoch, lane: lane.clone(), is_over: false, work: Work::default() };
        self.held.insert(thing.clone(), held);
        *self.n_held.entry(lane.clone()).or_default() += 1;
    }

    /// Begins a piece of work under a claim, if it is held.
    pub fn enter(&self, claim: &Claim) -> Result<Busy, StoreError> {
        let held = self.check(claim)?;
        // Only who gives the claim up asks for writing, and then it is over already.
        held.work.clone().try_read_owned().map_err(|_| fenced(claim, claim.epoch()))
    }

    /// Lets nothing new begin under a claim, and tells what is still outstanding.
    pub fn begin_to_end(&mut self, claim: &Claim) -> Option<Work> {
        let held = self.held.get_mut(claim.thing())?;
        if held.epoch != claim.epoch() {
            return None;
        }
        held.is_over = true;
        Some(held.work.clone())
    }

    /// Holds a claim no longer.
    pub fn forget(&mut self, claim: &Claim) {
        if self.held.get(claim.thing()).is_some_and(|held| held.epoch == claim.epoch()) {
            self.drop_claim(claim.thing());
        }
    }

    /// What all fences of a lane say of one claim.
    pub fn judge(&self, claim: &Claim, fences: &[Fence]) -> Result<(), StoreError> {
        let of_thing = fences.iter().filter(|fence| fence.thing == *claim.thing());
        match of_thing.map(|fence| fence.below).max() {
            Some(below) if claim.epoch() < below => Err(fenced(claim, below)),
            Some(_) | None => self.check(claim).map(drop),
        }
    }

    /// Takes away what the fences of a lane have ended, and tells it. Opens a fresh lane when this one
    /// has become crowded.
    pub fn clear(&mut self, lane: &Lane, fences: &[Fence]) -> Vec<Claim> {
        if MOST_FENCES < fences.len() && *lane == self.current_lane() {
            self.k += 1;
        }
        let mut ended = vec![];
        for Fence { thing, below } in fences {
            let Some(held) = self.held.get(thing) else { continue };
            if held.lane == *lane && held.epoch < *below {
                ended.push(Claim::won(thing.clone(), held.epoch, held.lane.clone()));
                self.drop_claim(thing);
            }
        }
        ended
    }

    /// Claims that stand in crowded lanes. Renewed, they stand in the fresh one.
    pub fn crowded(&self) -> Vec<Claim> {
        let current = self.current_lane();
        let old = self.held.iter().filter(|(_, held)| held.lane != current && !held.is_over);
        old.map(|(thing, held)| Claim::won(thing.clone(), held.epoch, held.lane.clone())).collect()
    }

    fn check(&self, claim: &Claim) -> Result<&Held, StoreError> {
        match self.held.get(claim.thing()) {
            Some(held) if held.epoch == claim.epoch() && !held.is_over => Ok(held),
            Some(held) => Err(fenced(claim, held.epoch)),
            None => Err(fenced(claim, claim.epoch())),
        }
    }

    fn drop_claim(&mut self, thing: &ThingId) {
        let Some(held) = self.held.remove(thing) else { return };
        if let Some(n_held) = self.n_held.get_mut(&held.lane) {
            *n_held -= 1;
            if *n_held == 0 {
                self.n_held.remove(&held.lane);
            }
        }
    }
}

/// The newest claim known is the own one, if it was this process that gave it up.
fn fenced(claim: &Claim, newest: Epoch) -> StoreError {
    StoreError::Fenced { ours: claim.epoch(), newest: newest.max(claim.epoch()) }
}
