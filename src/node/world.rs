//! Time and chance of the real world: the one place where the wall clock is read and dice are thrown.

use crate::base::{Chance, Clock, Millis};
use rand::Rng;
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A cryptographic source of random bytes, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dice;

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
