//! Whether the ring answers, judged by what became of statements: it is lost when no quorum has
//! answered for a while and several tries in a row failed, and back with the first answer. Time
//! comes in, so that each change is told exactly once, whatever the order of the outcomes.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So long without an answer, and the ring is lost.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// A process that was frozen finds one statement unanswered when it wakes; that proves nothing.
const FEWEST_FAILURES: u32 = 2;

/// What an outcome has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No quorum has answered for so long.
    Lost(Duration),
    Back,
}

/// The outcomes so far. A time is that since the start of the process.
#[derive(Debug, Default)]
pub struct Reach {
    last_answer: AtomicU64,
    n_failed: AtomicU32,
    is_lost: AtomicBool,
    changing: Mutex<()>,
}

impl Reach {
    /// Notes an answer of a quorum.
    pub fn answered(&self, now: Duration) -> Option<Change> {
        self.last_answer.fetch_max(millis(now), Ordering::AcqRel);
        self.n_failed.store(0, Ordering::Release);
        if !self.is_lost.load(Ordering::Acquire) {
            return None;
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_lost.swap(false, Ordering::AcqRel).then_some(Change::Back)
    }

    /// Notes that a statement was not answered.
    pub fn failed(&self, now: Duration) -> Option<Change> {
        let n_failed = self.n_failed.fetch_add(1, Ordering::AcqRel) + 1;
        if n_failed < FEWEST_FAILURES || self.silence(now) < PATIENCE {
            return None;
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_lost.swap(true, Ordering::AcqRel) {
            return None;
        }
        let silence = self.silence(now);
        if silence < PATIENCE {
            // An answer came in between, and whoever brought it saw nothing lost.
            self.is_lost.store(false, Ordering::Release);
            return None;
        }
        Some(Change::Lost(silence))
    }

    /// How long no quorum has answered.
    pub fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_millis(self.last_answer.load(Ordering::Acquire)))
    }

    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_once() {
        let reach = Reach::default();

        assert_eq!(reach.answered(at(1)), None);
        assert_eq!(reach.failed(at(2)), None);
        assert_eq!(reach.failed(at(3)), None);
        assert_eq!(reach.failed(at(4)), Some(Change::Lost(at(3))));
        assert_eq!(reach.failed(at(5)), None);
        assert!(reach.is_lost());
        assert_eq!(reach.answered(at(6)), Some(Change::Back));
        assert_eq!(reach.answered(at(7)), None);
        assert!(!reach.is_lost());
    }

    #[test]
    fn one_failure_after_a_long_sleep_of_the_process_proves_nothing() {
        let reach = Reach::default();
        reach.answered(at(1));

        assert_eq!(reach.failed(at(100)), None);
        assert_eq!(reach.answered(at(101)), None);
    }

    #[test]
    fn failures_between_answers_lose_nothing() {
        let reach = Reach::default();

        for second in 1..60 {
            assert_eq!(reach.failed(at(second)), None);
            assert_eq!(reach.answered(at(second)), None);
        }
    }

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }
}
