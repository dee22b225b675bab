//! How much was slept on this node: the figures, and the same to be read, which a figure cannot be.

use crate::telemetry::meters;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one kind of things. Clones are the same counts.
#[derive(Clone, Default)]
pub struct Naps(Arc<Counts>);

#[derive(Default)]
struct Counts {
    n_slept: AtomicU64,
    n_woken: AtomicU64,
    n_overdue: AtomicU64,
}

impl Naps {
    /// Something fell asleep here.
    pub fn fell_asleep(&self) {
        meters().sleeps.increment(1);
        self.0.n_slept.fetch_add(1, Ordering::Relaxed);
    }

    /// Something that slept was woken here.
    pub fn woke(&self, reason: &'static str) {
        meters().wakes.of(reason).increment(1);
        self.0.n_woken.fetch_add(1, Ordering::Relaxed);
    }

    /// So many should have been woken by now, on whichever node.
    pub fn overdue(&self, n: usize) {
        meters().alarms_overdue.set(u32::try_from(n).unwrap_or(u32::MAX));
        self.0.n_overdue.store(n as u64, Ordering::Relaxed);
    }

    pub fn n_slept(&self) -> u64 {
        self.0.n_slept.load(Ordering::Relaxed)
    }

    pub fn n_woken(&self) -> u64 {
        self.0.n_woken.load(Ordering::Relaxed)
    }

    pub fn n_overdue(&self) -> u64 {
        self.0.n_overdue.load(Ordering::Relaxed)
    }
}
