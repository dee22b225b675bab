//! Which hours of the alarms must be read. Pure.

/// How many hours a process that does not know better looks back. What slept for longer wakes when
/// somebody asks for it.
const LOOK_BACK: i32 = 30 * 24;

/// An alarm may still come into an hour that has passed, from a clock that runs behind: so many of
/// the last hours are read every time.
const LATE_HOURS: i32 = 2;

/// After so many hours all of them are read again, for alarms that came later still.
const LOOK_ALL_AGAIN: i32 = 6;

/// Which hours have been found empty for good, as far as one process knows.
#[derive(Debug, Default)]
pub struct Hours {
    /// Everything before it is done.
    first: Option<i32>,
    /// When all were read last.
    all_read_at: i32,
}

impl Hours {
    /// Where to begin at an hour.
    pub fn first(&mut self, now: i32) -> i32 {
        match self.first {
            Some(first) if now - self.all_read_at < LOOK_ALL_AGAIN => first.min(now),
            Some(_) | None => {
                self.all_read_at = now;
                (now - LOOK_BACK).max(0)
            }
        }
    }

    /// Everything before an hour was read and is empty.
    pub fn finish_before(&mut self, first: i32, now: i32) {
        self.first = Some(first.min(now - LATE_HOURS).max(0));
    }

    /// Something came into an hour.
    pub fn look_again_from(&mut self, hour: i32) {
        self.first = self.first.map(|first| first.min(hour));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_done_are_read_again_only_now_and_then() {
        let mut hours = Hours::default();
        let mut first = |now: i32, left: i32| {
            let first = hours.first(now);
            hours.finish_before(left, now);
            first
        };

        assert_eq!(first(10_000, 10_000), 10_000 - LOOK_BACK);
        assert_eq!(first(10_001, 10_001), 9_998, "and the last ones every time");
        assert_eq!(first(10_005, 10_002), 9_999);
        assert_eq!(first(10_006, 10_006), 10_006 - LOOK_BACK);
        assert_eq!(first(10_007, 10_007), 10_004);
    }

    #[test]
    fn an_hour_with_something_left_is_read_again() {
        let mut hours = Hours::default();
        hours.first(10_000);
        hours.finish_before(9_000, 10_000);
        assert_eq!(hours.first(10_001), 9_000);

        hours.finish_before(10_001, 10_001);
        hours.look_again_from(9_500);

        assert_eq!(hours.first(10_002), 9_500);
    }

    #[test]
    fn a_clock_that_is_set_back_reads_what_it_can() {
        let mut hours = Hours::default();
        hours.first(10_000);
        hours.finish_before(10_000, 10_000);

        assert_eq!(hours.first(9_000), 9_000);
    }
}
