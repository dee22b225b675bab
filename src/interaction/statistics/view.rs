//! What the views of queues have given to their strategies, and what became of it there. That an
//! interaction comes to fulfil a condition is no event: what waits in a view is found out at the moment of
//! a look, and only what a view takes is counted.

use crate::base::Millis;
use crate::interaction::ids::QueueName;
use crate::interaction::statistics::spell::millis;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// A view, with its queue before it.
pub type ViewKey = (QueueName, String);

/// Counts of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewTally {
    /// Given to its strategy.
    pub n_taken: u64,
    /// An agent had it, from its strategy.
    pub n_routed: u64,
    /// Placed in a queue or in a workbin while its strategy had it, by whomever.
    pub n_moved: u64,
    /// Stopped while its strategy had it.
    pub n_stopped: u64,
    /// Left where it was when its strategy was at its end.
    pub n_returned: u64,
    /// Of what its strategy had: its customer left. What becomes of it counts beside.
    pub n_abandoned: u64,
    /// How long what was taken had lain in the queue, all together, and the longest.
    pub taken_wait_ms: u64,
    pub longest_taken_wait_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRow {
    pub queue: QueueName,
    pub view: String,
    /// Lies there, and this view would take it at this moment if it might have one more.
    pub n_waiting: u64,
    /// Since when the first of them lies there.
    pub waiting_since: Option<Millis>,
    /// Whether all that lies there was looked at.
    pub is_whole: bool,
    /// How many its strategy has.
    pub n_in_hand: u64,
    pub today: Arc<ViewTally>,
}

/// How a strategy ceased to have an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandEnd {
    Routed,
    Moved,
    Stopped,
    Returned,
}

impl ViewTally {
    pub fn take(&mut self, waited: Duration) {
        let waited = millis(waited);
        self.n_taken += 1;
        self.taken_wait_ms += waited;
        self.longest_taken_wait_ms = self.longest_taken_wait_ms.max(waited);
    }

    pub fn count(&mut self, end: HandEnd) {
        match end {
            HandEnd::Routed => self.n_routed += 1,
            HandEnd::Moved => self.n_moved += 1,
            HandEnd::Stopped => self.n_stopped += 1,
            HandEnd::Returned => self.n_returned += 1,
        }
    }
}

/// A row in which nothing has happened.
pub fn view_row((queue, view): &ViewKey) -> ViewRow {
    ViewRow {
        queue: queue.clone(),
        view: view.clone(),
        n_waiting: 0,
        waiting_since: None,
        is_whole: true,
        n_in_hand: 0,
        today: Arc::default(),
    }
}
