//! When a bot is asked once more.

use std::time::Duration;

/// However often the pause was doubled.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause after an attempt; the first one is 1.
pub fn pause(attempt: u32, first: Duration) -> Duration {
    let doubled = first.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST_PAUSE.max(first))
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
