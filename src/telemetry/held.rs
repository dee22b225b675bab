//! A gauge that counts what exists: it goes up when something begins and down when that is dropped,
//! however it ends. So a count survives panics and is never forgotten.

use metrics::Gauge;

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
