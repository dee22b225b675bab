//! The plan of a drain: how many things move in a second and at a time, where each goes, and how long
//! one is waited for. Pure; who carries it out is the node.

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

/// How many things may be on their way at a time. A thing that is on its way serves nobody, so it is
/// better to move few quickly than many slowly: more go at a time while they arrive quickly, fewer as
/// soon as they do not.
#[derive(Clone, Debug)]
pub struct Window {
    n_at_once: usize,
    /// How many came quickly since it was last widened.
    n_quick: usize,
    /// Who began before this has said what there was to say about too large a window.
    narrowed: Millis,
}

impl Window {
    /// Who arrives within so long shows that there is room for more.
    const QUICK: Duration = Duration::from_millis(150);

    /// Who takes longer shows that there are too many.
    const SLOW: Duration = Duration::from_millis(400);

    const FIRST: usize = 4;

    /// However quickly they arrive.
    pub const MOST: usize = 64;

    pub fn n_at_once(&self) -> usize {
        self.n_at_once
    }

    /// How many must be on their way at a time for so many to have moved in time, at this pace each.
    pub fn needed(n_left: usize, mean: Duration, time_left: Duration) -> usize {
        let needed = (n_left as u128 * mean.as_millis()).div_ceil(time_left.as_millis().max(1));
        usize::try_from(needed).unwrap_or(usize::MAX).min(Self::MOST)
    }

    /// Something that began to move then came to nothing. However quickly it did, that is no reason
    /// for more.
    pub fn failed(&mut self, began: Millis, now: Millis) {
        if Self::SLOW < now.since(began) && self.narrowed <= began {
            *self = Self { n_at_once: (self.n_at_once / 2).max(1), n_quick: 0, narrowed: now };
        }
    }

    /// Something that began to move then has arrived.
    pub fn arrived(&mut self, began: Millis, now: Millis) {
        self.failed(began, now);
        if now.since(began) <= Self::QUICK {
            self.n_quick += 1;
        }
        if self.n_at_once <= self.n_quick {
            self.n_at_once = (self.n_at_once + 1).min(Self::MOST);
            self.n_quick = 0;
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self { n_at_once: Self::FIRST, n_quick: 0, narrowed: Millis(0) }
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
    fn quick_moves_widen_the_window_up_to_its_bound() {
        let mut window = Window::default();

        let mut now = Millis(1_000);
        for _ in 0..20 {
            for _ in 0..window.n_at_once() {
                window.arrived(now, now + Duration::from_millis(20));
            }
            now = now + Duration::from_millis(20);
        }
        let after_some = window.n_at_once();
        for _ in 0..10_000 {
            window.arrived(now, now + Duration::from_millis(20));
        }

        assert!((20..=24).contains(&after_some), "{after_some}");
        assert_eq!(window.n_at_once(), 64);
    }

    #[test]
    fn slow_moves_of_one_time_narrow_it_once() {
        let mut window = Window { n_at_once: 40, ..Window::default() };

        for i in 0..40 {
            window.arrived(Millis(1_000 + i), Millis(2_000 + i));
        }

        assert_eq!(window.n_at_once(), 20);
    }

    #[test]
    fn one_at_a_time_goes_on_however_slow() {
        let mut window = Window::default();

        for second in 1..60 {
            window.arrived(Millis(second * 10_000), Millis(second * 10_000 + 5_000));
        }

        assert_eq!(window.n_at_once(), 1);
    }

    #[test]
    fn what_comes_to_nothing_quickly_is_no_reason_for_more() {
        let mut window = Window::default();

        for _ in 0..100 {
            window.failed(Millis(1_000), Millis(1_001));
        }

        assert_eq!(window.n_at_once(), 4);
    }

    #[test]
    fn as_many_are_needed_as_get_all_of_them_there_in_time() {
        let seconds = Duration::from_secs;

        assert_eq!(Window::needed(2_000, seconds(1), seconds(290)), 7);
        assert_eq!(Window::needed(3, Duration::ZERO, seconds(290)), 0);
        assert_eq!(Window::needed(2_000, seconds(1), Duration::ZERO), 64);
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
