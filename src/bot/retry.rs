//! When a bot is asked once more.

use std::time::Duration;

/// However often the pause was doubled.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its body says what the bot does.
    Answered,
    /// Another attempt may do better.
    Again,
    /// None will.
    Refused,
}

/// What an HTTP status means. A redirection is a refusal: it would lead where the operator did not.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Answered,
        408 | 425 | 429 | 500..=599 => Verdict::Again,
        _ => Verdict::Refused,
    }
}

/// The pause after an attempt; the first one is 1.
pub fn pause(attempt: u32, first: Duration) -> Duration {
    let doubled = first.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST_PAUSE.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, expected) in [
            (200, Verdict::Answered),
            (204, Verdict::Answered),
            (302, Verdict::Refused),
            (401, Verdict::Refused),
            (404, Verdict::Refused),
            (429, Verdict::Again),
            (503, Verdict::Again),
        ] {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }

    #[test]
    fn pauses_grow_and_not_for_ever() {
        let second = Duration::from_secs(1);
        let pauses = [1, 2, 3, 5, 6, 40].map(|attempt| pause(attempt, second).as_secs());

        assert_eq!(pauses, [1, 2, 4, 16, 30, 30]);
    }
}
