//! A gauge that counts what exists: it goes up when something begins and down when that is dropped,
//! however it ends. So a count survives panics and is never forgotten.

use metrics::Gauge;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One unit of a gauge, for as long as it lives.
pub struct Held(Gauge);

impl Held {
    pub fn one_of(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// A count of what exists that can be read, which a gauge cannot.
#[derive(Clone, Default)]
pub struct Tally(Arc<AtomicUsize>);

/// One unit of a tally, for as long as it lives.
pub struct Tallied(Tally);

impl Tally {
    pub fn one(&self) -> Tallied {
        self.0.fetch_add(1, Ordering::Relaxed);
        Tallied(self.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Tallied {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
