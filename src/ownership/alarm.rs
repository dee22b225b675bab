//! What sleeps, when it must wake, and who sees to it. Pure: it says what follows from what was
//! read, and reads nothing.
//!
//! An alarm is written before its thing falls asleep, and goes only when somebody has answered for
//! the thing under a later claim, or when it is over: a thing that sleeps always has an alarm.

use crate::base::{Epoch, Millis, Process, ThingId};
use crate::ownership::claim::{Location, Released};
use crate::ownership::placement;
use std::time::Duration;

/// After so long without success, an alarm falls to one process more.
const GRACE: Duration = Duration::from_secs(20);

/// When a thing that sleeps under a claim must wake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    pub at: Millis,
    pub thing: ThingId,
    /// The claim under which it fell asleep.
    pub epoch: Epoch,
}

/// What follows when an alarm has rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ringing {
    /// The thing sleeps: it is taken over.
    Wake,
    /// Somebody has claimed it since, or was about to let go of it. Whoever has it must answer for
    /// it before the alarm may go: a claim alone may have come to nothing.
    Ask,
    /// It is over, or it sleeps again under a later claim, whose alarm was written before.
    Over,
}

/// What to do about an alarm that has rung, as the newest claim on its thing stands.
pub fn plan_ringing(alarm: &Alarm, location: &Location) -> Ringing {
    if location.closed {
        return Ringing::Over;
    }
    match &location.newest {
        Some(row) if row.released == Some(Released::Asleep) => {
            if alarm.epoch < row.epoch {
                Ringing::Over
            } else {
                Ringing::Wake
            }
        }
        Some(_) | None => Ringing::Ask,
    }
}

/// Whether an alarm that has waited here for so long falls to a process: to the first one for its
/// thing, and in time to those after it, whatever keeps the first one.
pub fn falls_to(me: &Process, alarm: &Alarm, among: &[Process], waited: Duration) -> bool {
    let n_more = usize::try_from(waited.as_secs() / GRACE.as_secs()).unwrap_or(usize::MAX);
    let ranked = placement::ranked(&alarm.thing, among);
    ranked.iter().take(n_more.saturating_add(1)).any(|process| process == me)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Lane;
    use crate::ownership::claim::ClaimRow;

    #[test]
    fn what_sleeps_under_the_claim_of_its_alarm_is_woken() {
        assert_eq!(plan_ringing(&alarm(5), &claimed(5, Some(Released::Asleep))), Ringing::Wake);
    }

    #[test]
    fn what_slept_again_since_has_a_later_alarm() {
        assert_eq!(plan_ringing(&alarm(5), &claimed(6, Some(Released::Asleep))), Ringing::Over);
    }

    #[test]
    fn a_claim_alone_does_not_silence_an_alarm() {
        let moved = Some(Released::Moved);

        assert_eq!(plan_ringing(&alarm(5), &claimed(6, None)), Ringing::Ask);
        assert_eq!(plan_ringing(&alarm(5), &claimed(6, moved)), Ringing::Ask);
        assert_eq!(plan_ringing(&alarm(5), &claimed(5, None)), Ringing::Ask, "half asleep");
        assert_eq!(plan_ringing(&alarm(5), &Location::default()), Ringing::Ask);
    }

    #[test]
    fn what_is_closed_is_over() {
        let closed = Location { closed: true, ..claimed(5, Some(Released::Asleep)) };

        assert_eq!(plan_ringing(&alarm(5), &closed), Ringing::Over);
    }

    #[test]
    fn an_alarm_falls_to_one_process_and_in_time_to_another() {
        let all: Vec<_> = ["a", "b", "c"].into_iter().map(process).collect();
        let n_called = |seconds| {
            let waited = Duration::from_secs(seconds);
            all.iter().filter(|me| falls_to(me, &alarm(1), &all, waited)).count()
        };

        assert_eq!([0, 19, 20, 40, 9_999].map(n_called), [1, 1, 2, 3, 3]);
        assert!(!falls_to(&process("z"), &alarm(1), &all, Duration::from_secs(9_999)));
    }

    #[test]
    fn the_share_of_a_dead_process_falls_to_the_others() {
        let all: Vec<_> = ["a", "b", "c"].into_iter().map(process).collect();
        let first = all.iter().find(|me| falls_to(me, &alarm(1), &all, Duration::ZERO)).unwrap();
        let left: Vec<_> = all.iter().filter(|one| *one != first).cloned().collect();

        let called = left.iter().filter(|me| falls_to(me, &alarm(1), &left, Duration::ZERO));

        assert_eq!(called.count(), 1);
    }

    fn alarm(n: u64) -> Alarm {
        Alarm { at: Millis(7), thing: "s".into(), epoch: epoch(n) }
    }

    fn claimed(n: u64, released: Option<Released>) -> Location {
        let lane = Lane { node: "a".into(), boot: "1".into(), k: 0 };
        let newest = Some(ClaimRow { epoch: epoch(n), lane, released });
        Location { newest, ..Location::default() }
    }

    fn epoch(n: u64) -> Epoch {
        Epoch { micros: n * 1_000, tie: 0 }
    }

    fn process(node: &str) -> Process {
        Process { node: node.into(), boot: "1".into() }
    }
}
