//! For tests: rehearsals that must go as they are written.

use crate::workflow::rehearsal::{Rehearsal, rehearse};
use crate::workflow::state::Script;
use crate::workflow::strategy::Process;

/// Plays the lines with a strategy; every line must be wished as it says.
pub(super) fn play(process: &Process, strategy: &str, lines: &str) {
    for line in rehearse(process, strategy, lines).unwrap() {
        assert_eq!(line.expected, None, "{} => {} in {lines}", line.event, line.wished);
    }
}

/// A rehearsal of which one may ask more than what is wished. After each event it goes on with what
/// another node would have read.
pub(super) struct Player(Rehearsal);

impl Player {
    pub(super) fn new(strategy: &str, start: &str) -> Self {
        Self(Rehearsal::new(strategy, start))
    }

    pub(super) fn perform(&mut self, process: &Process, event: &str) -> String {
        let wished = self.0.perform(process, event).unwrap();
        let stored = serde_json::to_string(&self.0.script).unwrap();
        let restored: Option<Script> = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, self.0.script);
        self.0.script = restored;
        wished
    }

    pub(super) fn script(&self) -> Option<&Script> {
        self.0.script.as_ref()
    }
}
