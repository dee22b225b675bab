//! The time that a node goes by: that of the machine, without its jumps. A clock that is set by an
//! hour would otherwise end every chat at once, since all of them would have been silent for so long.

use crate::base::{Clock, Millis};
use crate::node::world::WallClock;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// It follows the clock of the machine by at most this part of the time that passes: all that a
/// time server does to a clock bit by bit, and an hour in a day.
const FOLLOWS: u32 = 20;

/// Off by more, it is told.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// The clock of this process. Begins with the time of the machine, then goes on with the time that
/// really passes, and follows the machine's clock slowly if that is set. Never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub struct SteadyClock;

static HANDS: Mutex<Option<Hands>> = Mutex::new(None);

#[derive(Clone, Copy)]
struct Hands {
    /// Since 1970.
    shown: Duration,
    read: Instant,
    is_told: bool,
}

impl Clock for SteadyClock {
    fn now(&self) -> Millis {
        Millis(u64::try_from(turned().0.as_millis()).unwrap_or(u64::MAX))
    }
}

impl SteadyClock {
    /// By how many seconds the clock of the machine is ahead of this one; negative if it is behind.
    pub fn seconds_off(self) -> f64 {
        let (shown, wall) = turned();
        wall.as_secs_f64() - shown.as_secs_f64()
    }
}

/// What the clock shows now, and what that of the machine shows.
fn turned() -> (Duration, Duration) {
    let wall = Duration::from_millis(WallClock.now().0);
    let mut hands = HANDS.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let before = hands.unwrap_or(Hands { shown: wall, read: now, is_told: false });
    let shown = turn(before.shown, now.saturating_duration_since(before.read), wall);
    let is_off = WORTH_TELLING < shown.abs_diff(wall);
    *hands = Some(Hands { shown, read: now, is_told: is_off });
    drop(hands);
    if is_off && !before.is_told {
        let (machine, followed) = (wall.as_secs(), shown.as_secs());
        tracing::warn!(
            machine,
            followed,
            "the clock of this machine was set; it is followed slowly"
        );
    }
    (shown, wall)
}

/// What to show after some time has passed.
fn turn(shown: Duration, passed: Duration, wall: Duration) -> Duration {
    let steady = shown + passed;
    let most = passed / FOLLOWS;
    match wall.checked_sub(steady) {
        Some(behind) => steady + behind.min(most),
        None => steady - (steady - wall).min(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3_600);
    const NOW: Duration = Duration::from_secs(1_795_264_496);

    #[test]
    fn as_long_as_nobody_sets_the_clock_it_is_followed_exactly() {
        assert_eq!(turn(NOW, SECOND, NOW + SECOND), NOW + SECOND);
        let late = SECOND + Duration::from_millis(3);
        assert_eq!(turn(NOW, SECOND, NOW + late), NOW + late);
    }

    #[test]
    fn a_clock_that_is_set_is_followed_slowly_in_both_directions() {
        assert_eq!(turn(NOW, SECOND, NOW + HOUR), NOW + SECOND + SECOND / FOLLOWS);
        assert_eq!(turn(NOW, SECOND, NOW - HOUR), NOW + SECOND - SECOND / FOLLOWS);
    }

    #[test]
    fn it_never_goes_back_and_gets_there_in_the_end() {
        let (mut shown, mut wall) = (NOW, NOW - HOUR);
        for _ in 0..21 * 3_600 {
            let next = turn(shown, SECOND, wall + SECOND);
            assert!(shown < next);
            (shown, wall) = (next, wall + SECOND);
        }

        assert_eq!(shown, wall);
    }

    #[test]
    fn its_time_is_that_of_the_machine_when_nothing_happened() {
        let off = SteadyClock.seconds_off();

        assert!(off.abs() < 2.0, "{off}");
        assert!(SteadyClock.now() <= SteadyClock.now());
    }
}
