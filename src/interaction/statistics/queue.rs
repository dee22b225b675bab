//! What has become of all that came into a queue.

use crate::interaction::statistics::spell::millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Answers are counted by how soon they came: within so many seconds. Whatever is promised to
/// customers ("80 % within 20 seconds") can then be read off without having been known before.
pub const WITHIN_SECONDS: [u64; 8] = [10, 20, 30, 60, 120, 300, 600, 1_800];

/// Counts of a day, of one medium in one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueTally {
    /// Placed in it, those that came back too.
    pub n_entered: u64,
    /// An agent had it, from this queue.
    pub n_answered: u64,
    /// Of the answered: within so many of [`WITHIN_SECONDS`], the smallest that holds.
    pub n_answered_within: [u64; WITHIN_SECONDS.len()],
    /// Its customer left before any agent had it.
    pub n_abandoned: u64,
    /// Stopped in the queue by somebody else than its customer.
    pub n_stopped: u64,
    /// Taken out of it and placed elsewhere before anybody had it.
    pub n_moved: u64,
    /// How long the answered had waited, all together, and the longest of them.
    pub answered_wait_ms: u64,
    pub longest_answered_wait_ms: u64,
    pub abandoned_wait_ms: u64,
    pub longest_abandoned_wait_ms: u64,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    Answered,
    Abandoned,
    Stopped,
    Moved,
}

impl QueueTally {
    pub fn count(&mut self, end: WaitEnd, wait: Duration) {
        let waited = millis(wait);
        match end {
            WaitEnd::Answered => {
                self.n_answered += 1;
                self.answered_wait_ms += waited;
                self.longest_answered_wait_ms = self.longest_answered_wait_ms.max(waited);
                if let Some(idx) = WITHIN_SECONDS.iter().position(|most| waited <= most * 1_000) {
                    self.n_answered_within[idx] += 1;
                }
            }
            WaitEnd::Abandoned => {
                self.n_abandoned += 1;
                self.abandoned_wait_ms += waited;
                self.longest_abandoned_wait_ms = self.longest_abandoned_wait_ms.max(waited);
            }
            WaitEnd::Stopped => self.n_stopped += 1,
            WaitEnd::Moved => self.n_moved += 1,
        }
    }

    /// Takes in what another medium of the same queue has.
    pub fn add(&mut self, other: &Self) {
        self.n_entered += other.n_entered;
        self.n_answered += other.n_answered;
        let within = self.n_answered_within.iter_mut().zip(other.n_answered_within);
        within.for_each(|(n, more)| *n += more);
        self.n_abandoned += other.n_abandoned;
        self.n_stopped += other.n_stopped;
        self.n_moved += other.n_moved;
        self.answered_wait_ms += other.answered_wait_ms;
        self.longest_answered_wait_ms =
            self.longest_answered_wait_ms.max(other.longest_answered_wait_ms);
        self.abandoned_wait_ms += other.abandoned_wait_ms;
        self.longest_abandoned_wait_ms =
            self.longest_abandoned_wait_ms.max(other.longest_abandoned_wait_ms);
    }

    /// The share of customers who had an agent within so many seconds, in thousandths: of all who
    /// were answered or gave up. Nothing, if there was none, or if that limit is not counted.
    pub fn service_level(&self, within_seconds: u64) -> Option<u64> {
        let limit = WITHIN_SECONDS.iter().position(|most| *most == within_seconds)?;
        let n_all = self.n_answered + self.n_abandoned;
        let n_in_time: u64 = self.n_answered_within[..=limit].iter().sum();
        (0 < n_all).then(|| n_in_time * 1_000 / n_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_level_counts_those_who_gave_up_and_not_those_who_were_sent_elsewhere() {
        let mut tally = QueueTally::default();
        assert_eq!(tally.service_level(20), None);
        let seconds = Duration::from_secs;
        for (end, waited) in [
            (WaitEnd::Answered, 5),
            (WaitEnd::Answered, 20),
            (WaitEnd::Answered, 21),
            (WaitEnd::Abandoned, 3),
            (WaitEnd::Moved, 1),
            (WaitEnd::Stopped, 1),
        ] {
            tally.count(end, seconds(waited));
        }

        assert_eq!(tally.service_level(10), Some(250));
        assert_eq!(tally.service_level(20), Some(500));
        assert_eq!(tally.service_level(30), Some(750));
        assert_eq!(tally.service_level(25), None, "no such limit");
        assert_eq!(tally.answered_wait_ms, 46_000);
        assert_eq!(tally.longest_answered_wait_ms, 21_000);
    }
}
