//! How long the clients wait: between two looks for news, and before they try again what did not
//! work. Pure: chance is handed in as a number between 0 and 1.

use std::time::Duration;

const FIRST_LOOK: Duration = Duration::from_millis(500);
const LATEST_LOOK: Duration = Duration::from_secs(3);

const FIRST_TRY: Duration = Duration::from_millis(200);
const LATEST_TRY: Duration = Duration::from_secs(5);
/// A connection that has held for so long was not opened in vain.
const HELD: Duration = Duration::from_secs(5);

/// The pauses between looks for news: the longer nothing happens, the longer they are.
#[derive(Debug)]
pub struct Pace {
    next: Duration,
    /// What the server has asked for, for the next pause alone.
    at_least: Option<Duration>,
}

/// The pauses between tries. They are jittered, so that many clients do not come back at once.
#[derive(Debug)]
pub struct BackOff {
    most: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { next: FIRST_LOOK, at_least: None }
    }
}

impl Pace {
    /// Something happened: look again soon.
    pub fn hurry(&mut self) {
        *self = Self::default();
    }

    /// The server wants to be asked no sooner.
    pub fn no_sooner(&mut self, than: Option<Duration>) {
        self.at_least = than;
    }

    /// The pause before the next look.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.mul_f64(1.2).min(LATEST_LOOK);
        pause.max(self.at_least.take().unwrap_or_default())
    }
}

impl Default for BackOff {
    fn default() -> Self {
        Self { most: FIRST_TRY }
    }
}

impl BackOff {
    /// It worked.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// A connection is over that had held for so long. One that was only opened proves nothing.
    pub fn ended_after(&mut self, held: Duration) {
        if HELD <= held {
            self.forget();
        }
    }

    /// The pause before the next try: half of it certain, half of it by chance.
    pub fn pause(&mut self, chance: f64) -> Duration {
        let most = self.most;
        self.most = (most * 2).min(LATEST_TRY);
        most.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_until_something_happens() {
        let mut pace = Pace::default();
        let pauses: Vec<u128> = (0..12).map(|_| pace.pause().as_millis()).collect();
        assert_eq!(pauses[..3], [500, 600, 720]);
        assert_eq!(pauses[11], 3_000);

        pace.hurry();

        assert_eq!(pace.pause(), Duration::from_millis(500));
    }

    #[test]
    fn a_server_that_wants_to_be_left_alone_is_until_something_happens() {
        let mut pace = Pace::default();
        let half_a_minute = Duration::from_secs(30);

        pace.no_sooner(Some(half_a_minute));
        assert_eq!(pace.pause(), half_a_minute);
        assert_eq!(pace.pause(), Duration::from_millis(600), "it must say so again");
        pace.no_sooner(Some(half_a_minute));
        pace.hurry();

        assert_eq!(pace.pause(), Duration::from_millis(500));
    }

    #[test]
    fn tries_become_rarer_and_are_spread() {
        let mut back_off = BackOff::default();

        assert_eq!(back_off.pause(0.0), Duration::from_millis(100));
        assert_eq!(back_off.pause(1.0), Duration::from_millis(400));
        for _ in 0..10 {
            back_off.pause(0.5);
        }
        assert_eq!(back_off.pause(1.0), Duration::from_secs(5));
        back_off.forget();
        assert_eq!(back_off.pause(1.0), Duration::from_millis(200));
    }

    #[test]
    fn a_connection_that_hardly_held_changes_nothing() {
        let mut back_off = BackOff::default();
        back_off.pause(1.0);

        back_off.ended_after(Duration::from_millis(4_999));
        assert_eq!(back_off.pause(1.0), Duration::from_millis(400));

        back_off.ended_after(Duration::from_secs(5));
        assert_eq!(back_off.pause(1.0), Duration::from_millis(200));
    }
}
