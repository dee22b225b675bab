//! What became of what was offered, and what was handled, in the course of a day.

use crate::interaction::statistics::spell::millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Counts of one medium, of an agent or of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub n_offered: u64,
    pub n_accepted: u64,
    pub n_rejected: u64,
    pub n_missed: u64,
    /// Taken back before there was an answer.
    pub n_withdrawn: u64,
    /// Handled to its end, or to that of whoever had it.
    pub n_handled: u64,
    pub handled_ms: u64,
    pub longest_handled_ms: u64,
}

impl Work {
    pub fn handle(&mut self, handled: Duration) {
        let handled = millis(handled);
        self.n_handled += 1;
        self.handled_ms += handled;
        self.longest_handled_ms = self.longest_handled_ms.max(handled);
    }
}
