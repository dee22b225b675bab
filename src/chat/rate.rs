//! How fast a session may be spoken in: a token bucket. It is known to this process only; a
//! restoration starts it empty, which forgives and never punishes.

use crate::base::Millis;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Used up at `at`, in thousandths of one send.
    used: u64,
    at: Millis,
}

/// So many a second, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

impl Bucket {
    /// How many sends fit in now.
    pub fn room(&self, now: Millis, rate: Rate) -> u64 {
        (u64::from(rate.burst) * 1_000).saturating_sub(self.level(now, rate)) / 1_000
    }

    pub fn take(&mut self, now: Millis, rate: Rate) {
        self.used = self.level(now, rate) + 1_000;
        self.at = now;
    }

    fn level(&self, now: Millis, rate: Rate) -> u64 {
        let passed = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.used.saturating_sub(passed.saturating_mul(u64::from(rate.per_second)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_fits_in_and_then_the_pace_rules() {
        let rate = Rate { per_second: 5, burst: 3 };
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert!(0 < bucket.room(Millis(1_000), rate));
            bucket.take(Millis(1_000), rate);
        }

        assert_eq!(bucket.room(Millis(1_000), rate), 0);
        assert_eq!(bucket.room(Millis(1_199), rate), 0);
        assert_eq!(bucket.room(Millis(1_200), rate), 1);
        assert_eq!(bucket.room(Millis(9_000), rate), 3);
    }
}
