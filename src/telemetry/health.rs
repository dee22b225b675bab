//! What a node knows of its own health, and what it answers to those who ask. Asking is cheap: the
//! facts are kept up by those who change them.

use crate::base::Millis;
use crate::telemetry::queues::QueueBoard;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

/// Where a node stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Starting,
    Ready,
    /// An operator has taken it out of the balancer's rotation; it goes on with what it has.
    Offline,
    Draining,
    Stopping,
}

/// The facts. Shared by the node, which writes them, and the health listener, which reads them.
#[derive(Debug)]
pub struct Health {
    phase: AtomicU8,
    /// Since when the store has acknowledged without a break, or [`STALLED`].
    store_works_since: AtomicU64,
    too_many_suspended: AtomicBool,
    /// What stands beside the metrics that are counted.
    pub queues: QueueBoard,
}

const STALLED: u64 = u64::MAX;

/// More things than one of so many that wait for the store, and the node is better left alone.
const ONE_OF: usize = 5;

/// An answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 or 503.
    pub status: u16,
    pub text: &'static str,
}

impl Answer {
    const fn good(text: &'static str) -> Self {
        Self { status: 200, text }
    }

    const fn bad(text: &'static str) -> Self {
        Self { status: 503, text }
    }
}

impl Default for Health {
    fn default() -> Self {
        let phase = AtomicU8::new(Phase::Starting as u8);
        let queues = QueueBoard::default();
        Self { phase, store_works_since: 0.into(), too_many_suspended: false.into(), queues }
    }
}

impl Health {
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub fn phase(&self) -> Phase {
        let number = self.phase.load(Ordering::Acquire);
        let all = [Phase::Starting, Phase::Ready, Phase::Offline, Phase::Draining];
        let found = all.into_iter().find(|phase| *phase as u8 == number);
        found.unwrap_or(Phase::Stopping)
    }

    /// Notes that the store does not acknowledge.
    pub fn store_stalled(&self) {
        self.store_works_since.store(STALLED, Ordering::Release);
    }

    /// Notes that the store acknowledges now.
    pub fn store_works(&self, now: Millis) {
        let since = &self.store_works_since;
        // Somebody else has noted it already, and that is the time that counts.
        let _ = since.compare_exchange(STALLED, now.0, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Since when the store has acknowledged without a break; nothing while it does not.
    pub fn store_works_since(&self) -> Option<Millis> {
        let since = self.store_works_since.load(Ordering::Acquire);
        (since != STALLED).then_some(Millis(since))
    }

    /// Notes how many of the things that are active here wait for a store that does not answer.
    pub fn note_suspended(&self, n_suspended: usize, n_active: usize) {
        let is_too_many = n_active < n_suspended.saturating_mul(ONE_OF);
        self.too_many_suspended.store(is_too_many, Ordering::Release);
    }

    /// Whether the process lives. A stalled store is no reason to kill it.
    pub fn livez(&self) -> Answer {
        Answer::good("alive")
    }

    /// Whether new traffic may be sent here.
    pub fn readyz(&self) -> Answer {
        match self.phase() {
            Phase::Starting => Answer::bad("starting"),
            Phase::Offline => Answer::bad("out of rotation"),
            Phase::Draining => Answer::bad("draining"),
            Phase::Stopping => Answer::bad("stopping"),
            Phase::Ready if self.store_works_since().is_none() => {
                Answer::bad("the store does not answer")
            }
            Phase::Ready if self.too_many_suspended.load(Ordering::Acquire) => {
                Answer::bad("too many sessions wait for the store")
            }
            Phase::Ready => Answer::good("ready"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_ready_only_between_its_start_and_its_drain_and_while_the_store_works() {
        let health = Health::default();
        assert_eq!(health.readyz(), Answer::bad("starting"));

        health.enter(Phase::Ready);
        assert_eq!(health.readyz(), Answer::good("ready"));

        health.store_stalled();
        assert_eq!(health.readyz(), Answer::bad("the store does not answer"));
        assert_eq!(health.livez().status, 200);
        assert_eq!(health.store_works_since(), None);

        health.store_works(Millis(70));
        health.store_works(Millis(80));
        assert_eq!(health.store_works_since(), Some(Millis(70)));
        health.note_suspended(2, 10);
        assert_eq!(health.readyz(), Answer::good("ready"));

        health.note_suspended(3, 10);
        assert_eq!(health.readyz(), Answer::bad("too many sessions wait for the store"));

        health.note_suspended(0, 0);
        assert_eq!(health.readyz(), Answer::good("ready"));

        health.enter(Phase::Offline);
        assert_eq!(health.readyz(), Answer::bad("out of rotation"));

        health.enter(Phase::Draining);
        assert_eq!(health.readyz(), Answer::bad("draining"));

        health.enter(Phase::Stopping);
        assert_eq!(health.phase(), Phase::Stopping);
    }
}
