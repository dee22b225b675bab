//! How long something has lasted, with what lasts at this moment.

use crate::base::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Time in a state: what is over, and since when it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    #[serde(default)]
    past_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Millis>,
}

impl Spell {
    /// What lasts already goes on.
    pub fn begin(&mut self, at: Millis) {
        self.since.get_or_insert(at);
    }

    pub fn end(&mut self, at: Millis) {
        if let Some(since) = self.since.take() {
            self.past_ms += millis(at.since(since));
        }
    }

    /// A new day: only what lasts goes on, and counts from here.
    pub fn begin_day(&mut self, at: Millis) {
        self.past_ms = 0;
        self.since = self.since.map(|since| since.max(at));
    }

    /// One that is over.
    #[cfg(test)]
    pub fn lasted(span: Duration) -> Self {
        Self { past_ms: millis(span), since: None }
    }

    /// How much of it is over.
    pub fn past(&self) -> Duration {
        Duration::from_millis(self.past_ms)
    }

    /// Since when it lasts, if it does.
    pub fn since(&self) -> Option<Millis> {
        self.since
    }

    pub fn is_on(&self) -> bool {
        self.since.is_some()
    }

    pub fn upto(&self, now: Millis) -> Duration {
        let lasting = self.since.map_or(Duration::ZERO, |since| now.since(since));
        self.past() + lasting
    }
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_counts_up_to_the_moment_and_a_new_day_forgets_what_was_before() {
        let mut spell = Spell::default();
        spell.begin(Millis(1_000));
        spell.begin(Millis(2_000));
        assert_eq!(spell.upto(Millis(3_000)), Duration::from_secs(2));
        spell.end(Millis(5_000));
        assert_eq!(spell.upto(Millis(9_000)), Duration::from_secs(4));

        spell.begin(Millis(10_000));
        spell.begin_day(Millis(12_000));

        assert_eq!(spell.upto(Millis(13_000)), Duration::from_secs(1));
        assert!(spell.is_on());
    }
}
