//! When a bot is asked once more.

use crate::base::time::growing_pause;
use std::time::Duration;

/// However often the pause was doubled.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause after an attempt; the first one is 1.
pub fn pause(attempt: u32, first: Duration) -> Duration {
    growing_pause(attempt, first, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_not_for_ever() {
        let second = Duration::from_secs(1);
        let pauses = [1, 2, 3, 5, 6, 40].map(|attempt| pause(attempt, second).as_secs());

        assert_eq!(pauses, [1, 2, 4, 16, 30, 30]);
    }
}
