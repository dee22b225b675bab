//! Chance from the seed of a run, and clocks that do not agree.

use holdfast::base::{Chance, Clock, Millis};
use holdfast::store::ring::emulator::Seeded;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Clones throw the same dice.
#[derive(Clone)]
pub struct Dice(Arc<Seeded>);

impl Dice {
    /// Dice for one purpose: who throws more often elsewhere changes nothing here.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let begin = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xcbf2_9ce4_8422_2325;
        Self(Arc::new(Seeded::new(purpose.bytes().fold(begin, mix))))
    }

    pub fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n
    }

    pub fn one_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }
}

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// The clock of one node: it runs as time does, and shows what it likes.
pub struct Skewed {
    pub begun: Instant,
    pub shown_at_begin: Millis,
}

impl Clock for Skewed {
    fn now(&self) -> Millis {
        self.shown_at_begin + self.begun.elapsed()
    }
}
