//! The ring against the contract, over emulated replicas, and what only it can promise.

mod appends;
mod keeps_the_contract;
mod many_owners;
mod purges;
mod take_overs;
mod verifies;

use super::emulator::{Emulator, Link, Seeded};
use super::processes::Processes;
use super::store::RingStore;
use crate::base::{Clock, Lane, Millis};
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// The time of the runtime, which jumps when nobody has anything to do.
struct Hands(Instant);

impl Clock for Hands {
    fn now(&self) -> Millis {
        Millis(u64::try_from(self.0.elapsed().as_millis()).unwrap() + 1_000_000)
    }
}

/// One ring, and as many processes as a test needs.
struct Rig {
    chance: Arc<Seeded>,
    emulator: Emulator,
    hands: Arc<Hands>,
}

impl Rig {
    fn new(seed: u64) -> Self {
        let chance = Arc::new(Seeded::new(seed));
        let emulator = Emulator::new(chance.clone());
        Self { chance, emulator, hands: Arc::new(Hands(Instant::now())) }
    }

    /// A process, and its way to the ring.
    fn process(&self, lane: &Lane) -> (RingStore, Link) {
        let link = self.emulator.link();
        link.keep_journal();
        let rows = Arc::new(link.clone());
        (RingStore::new(rows, lane, self.hands.clone(), self.chance.clone()), link)
    }

    /// As many processes as there are lanes in claims.
    fn processes(&self, link: Link) -> Processes {
        Processes::new(Arc::new(link), self.hands.clone(), self.chance.clone())
    }
}

/// Shown if the test fails.
#[expect(clippy::print_stdout, reason = "a test program shows it only beside a failure")]
fn name_seed(seed: u64) {
    println!("SEED {seed}");
}

/// What of a journal begins so.
fn of(link: &Link, beginning: &str) -> Vec<String> {
    let mut journal = link.journal();
    journal.retain(|entry| entry.starts_with(beginning));
    journal
}

/// Waits until so many entries of a journal begin so.
async fn wait_for(link: &Link, beginning: &str, n: usize) {
    while of(link, beginning).len() < n {
        sleep(std::time::Duration::from_micros(100)).await;
    }
}
