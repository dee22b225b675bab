//! The plan of a drain: how many things move at a time, where each goes, and how long one is waited
//! for. Pure; who carries it out is the node.

use crate::base::{Millis, Process, ThingId};
use crate::ownership::placement;
use std::time::Duration;

/// A thing that is not quiet moves after so long in any case.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Spreads moves evenly over time.
#[derive(Clone, Debug)]
pub struct Pace {
    a_second: u64,
    /// Since when it counts, and how many were let go since.
    begun: Option<Millis>,
    n_gone: u64,
}

impl Pace {
    pub fn new(a_second: u64) -> Self {
        Self { a_second: a_second.max(1), begun: None, n_gone: 0 }
    }

    /// How many may go now. Time in which nobody went is not saved up beyond a second's worth.
    pub fn allow(&mut self, now: Millis) -> usize {
        let begun = *self.begun.get_or_insert(now);
        if now < begun {
            // The clock was set back. Until it were there again, nobody would go.
            self.begin_at(now);
            return self.allow(now);
        }
        let passed = u64::try_from(now.since(begun).as_millis()).unwrap_or(u64::MAX);
        let due = 1 + passed.saturating_mul(self.a_second) / 1_000;
        let allowed = due.saturating_sub(self.n_gone);
        if self.a_second < allowed {
            self.begin_at(now);
            return usize::try_from(self.a_second).unwrap_or(usize::MAX);
        }
        usize::try_from(allowed).unwrap_or(usize::MAX)
    }

    fn begin_at(&mut self, now: Millis) {
        self.begun = Some(now);
        self.n_gone = 0;
    }

    /// Notes how many went.
    pub fn went(&mut self, n: usize) {
        self.n_gone += n as u64;
    }
}

/// Where a thing may go, the best first: never back to who drains.
pub fn targets(thing: &ThingId, accepting: &[Process], me: &Process) -> Vec<Process> {
    let mut targets = placement::ranked(thing, accepting);
    targets.retain(|process| process.node != me.node);
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_spread_over_the_second() {
        let mut pace = Pace::new(200);
        let mut n_moved = 0;
        for tick in 0..=20 {
            let allowed = pace.allow(Millis(1_000 + tick * 50));
            assert!(allowed <= 11, "{allowed} at once");
            pace.went(allowed);
            n_moved += allowed;
        }
        assert_eq!(n_moved, 201);
    }

    #[test]
    fn a_second_in_which_nobody_could_go_is_not_made_good_in_one_heap() {
        let mut pace = Pace::new(10);
        let first = pace.allow(Millis(0));
        pace.went(first);

        assert_eq!(pace.allow(Millis(60_000)), 10);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let mut pace = Pace::new(10);
        let first = pace.allow(Millis(3_600_000));
        pace.went(first);

        let after = pace.allow(Millis(1_000));
        pace.went(after);

        assert_eq!(after, 1);
        assert_eq!(pace.allow(Millis(1_100)), 1);
    }

    #[test]
    fn who_drains_is_no_target() {
        let process = |node: &str| Process { node: node.into(), boot: "1".into() };
        let all = [process("a"), process("b"), process("c")];

        let targets = targets(&ThingId("x".into()), &all, &process("a"));

        assert_eq!(targets.len(), 2);
        assert!(targets.iter().all(|target| target.node.0 != "a"));
    }
}
