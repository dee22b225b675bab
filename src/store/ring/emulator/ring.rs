//! The three replicas, and what is on its way to them. A delivery is carried out by whoever comes by
//! after it was due: nobody can tell the difference, and nothing runs by itself.

use super::replica::{Mutation, Replica};
use crate::base::Chance;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

pub const N_REPLICAS: usize = 3;
pub const QUORUM: usize = 2;

/// A ring in this process. Clones are the same ring.
#[derive(Clone)]
pub struct Emulator {
    replicas: Arc<Mutex<Replicas>>,
    chance: Arc<dyn Chance>,
}

#[derive(Default)]
pub(super) struct Replicas {
    kept: [Replica; N_REPLICAS],
    is_down: [bool; N_REPLICAS],
    on_their_way: Vec<Delivery>,
}

pub(super) struct Delivery {
    pub due: Instant,
    pub replica: usize,
    pub mutations: Arc<[Mutation]>,
    /// How many replicas have it.
    pub n_arrived: Arc<AtomicUsize>,
}

impl Emulator {
    pub fn new(chance: Arc<dyn Chance>) -> Self {
        Self { replicas: Arc::default(), chance }
    }

    /// Stops a replica from answering. What is sent to it comes when it is up again.
    pub fn take_down(&self, replica: usize) {
        self.replicas().is_down[replica] = true;
    }

    pub fn bring_up(&self, replica: usize) {
        self.replicas().is_down[replica] = false;
    }

    /// The replicas at this moment, with everything that has arrived.
    pub(super) fn replicas(&self) -> MutexGuard<'_, Replicas> {
        let mut replicas = self.replicas.lock().unwrap_or_else(PoisonError::into_inner);
        replicas.receive(Instant::now());
        replicas
    }

    /// A number below 256.
    pub(super) fn dice(&self) -> u8 {
        let mut dice = [0];
        self.chance.fill(&mut dice);
        dice[0]
    }
}

impl Replicas {
    pub fn send(&mut self, delivery: Delivery) {
        self.on_their_way.push(delivery);
    }

    pub fn is_up(&self, replica: usize) -> bool {
        !self.is_down[replica]
    }

    pub fn at(&self, replica: usize) -> &Replica {
        &self.kept[replica]
    }

    /// Carries out what is due, in the order in which it is due.
    fn receive(&mut self, now: Instant) {
        let is_here = |delivery: &Delivery| delivery.due <= now && !self.is_down[delivery.replica];
        let mut here: Vec<_> =
            self.on_their_way.extract_if(.., |delivery| is_here(delivery)).collect();
        here.sort_by_key(|delivery| delivery.due);
        for Delivery { replica, mutations, n_arrived, .. } in here {
            for mutation in mutations.iter() {
                self.kept[replica].apply(mutation);
            }
            n_arrived.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Chance from a seed: the same in every run.
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut mixed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let mixed = (mixed ^ (mixed >> 31)).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}
