//! The threads that owned things live on. A thing always lands on the same one, so its work needs no
//! lock and its neighbours' is spread.

use crate::base::ThingId;
use actix::prelude::*;

/// One arbiter per core; none for a simulation, where everything lives on the caller's own.
#[derive(Clone, Debug, Default)]
pub struct Arbiters(Vec<ArbiterHandle>);

impl Arbiters {
    /// Starts so many threads.
    pub fn start(n_threads: usize) -> Self {
        Self((0..n_threads).map(|_| Arbiter::new().handle()).collect())
    }

    /// Everything on the arbiter of whoever starts it.
    pub fn one() -> Self {
        Self::default()
    }

    pub fn of(&self, thing: &ThingId) -> Option<&ArbiterHandle> {
        // FNV-1a: stable, and spread enough for names that are random already.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = thing.0.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        let n_arbiters = u64::try_from(self.0.len()).ok().filter(|n| 0 < *n)?;
        self.0.get(usize::try_from(hash % n_arbiters).ok()?)
    }

    /// Ends the threads, after what they have begun.
    pub fn stop(&self) {
        for arbiter in &self.0 {
            arbiter.stop();
        }
    }
}
