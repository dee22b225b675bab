//! Time as a value. Rules get `now` as an argument; only a shell asks the [`Clock`].

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::time::Duration;

/// Milliseconds since 1970, UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

/// The pause after an attempt in vain, of which the first one is 1: twice as long each time, but never
/// longer than the longest, unless the first one is.
pub fn growing_pause(attempt: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = first.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(longest.max(first))
}

/// Where time comes from. The node has the wall clock; tests turn the hands themselves.
pub trait Clock: Send + Sync {
    fn now(&self) -> Millis;
}

impl Millis {
    /// How long after `earlier` this is; nothing if it is not after it.
    pub fn since(self, earlier: Millis) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000
    }
}

/// A time as transcripts and properties show it: `2026-11-21T12:34:56Z`.
pub fn utc(at: Millis) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.to_string()
}

/// A time as people write it, `2026-11-21T12:34:56Z`, with or without parts of a second.
pub fn from_utc(text: &str) -> Option<Millis> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Millis)
}

impl Add<Duration> for Millis {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Millis {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_whole_seconds_of_utc() {
        assert_eq!(utc(Millis(1_795_264_496_789)), "2026-11-21T12:34:56Z");
        assert_eq!(from_utc("2026-11-21T12:34:56.789Z"), Some(Millis(1_795_264_496_789)));
        assert_eq!(from_utc("2026-11-21"), None);
    }
}
