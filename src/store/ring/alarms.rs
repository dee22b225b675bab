//! The alarms on a ring: one partition an hour, all hours read from the first that may still have one
//! to now. Every process reads all of them; who does what is not settled here.

use super::rows::hour;
use super::store::RingStore;
use crate::base::Millis;
use crate::owned::{StoreError, StoreFuture};
use crate::ownership::alarm::Alarm;
use crate::ownership::door::AlarmTable;
use futures_util::future::try_join_all;
use std::sync::{MutexGuard, PoisonError};

/// How many hours a process that does not know better looks back. What slept for longer wakes when
/// somebody asks for it.
const LOOK_BACK: i32 = 30 * 24;

/// An alarm may still come into an hour that has passed, from a clock that runs behind: so many of
/// the last hours are read every time.
const LATE_HOURS: i32 = 2;

/// After so many hours all of them are read again, for alarms that came later still.
const LOOK_ALL_AGAIN: i32 = 6;

/// How many hours are read at once.
const HOURS_AT_ONCE: usize = 24;

/// How many alarms are told at once.
const MOST_TOLD: usize = 1_000;

/// Which hours have been found empty for good, as far as one process knows. Pure.
#[derive(Debug, Default)]
pub struct Hours {
    /// Everything before it is done.
    first: Option<i32>,
    /// When all were read last.
    all_read_at: i32,
}

impl Hours {
    /// Where to begin at an hour.
    fn first(&mut self, now: i32) -> i32 {
        match self.first {
            Some(first) if now - self.all_read_at < LOOK_ALL_AGAIN => first.min(now),
            Some(_) | None => {
                self.all_read_at = now;
                (now - LOOK_BACK).max(0)
            }
        }
    }

    /// Everything before an hour was read and is empty.
    fn finish_before(&mut self, first: i32, now: i32) {
        self.first = Some(first.min(now - LATE_HOURS).max(0));
    }

    /// Something came into an hour.
    fn look_again_from(&mut self, hour: i32) {
        self.first = self.first.map(|first| first.min(hour));
    }
}

impl AlarmTable for RingStore {
    fn set(&self, alarm: &Alarm) -> StoreFuture<()> {
        let (store, alarm) = (self.clone(), alarm.clone());
        Box::pin(async move {
            let Alarm { at, thing, epoch } = &alarm;
            store.redrive.step(|| store.rows.insert_alarm(*at, thing, *epoch)).await?;
            store.alarm_hours().look_again_from(hour(*at));
            Ok(())
        })
    }

    fn due(&self, now: Millis) -> StoreFuture<Vec<Alarm>> {
        let store = self.clone();
        Box::pin(async move { store.read_due(now).await })
    }

    fn clear(&self, alarm: &Alarm) -> StoreFuture<()> {
        let (store, alarm) = (self.clone(), alarm.clone());
        Box::pin(async move { store.redrive.step(|| store.rows.delete_alarm(&alarm)).await })
    }
}

impl RingStore {
    fn alarm_hours(&self) -> MutexGuard<'_, Hours> {
        self.memory.alarm_hours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_due(&self, now: Millis) -> Result<Vec<Alarm>, StoreError> {
        let last = hour(now);
        let first = self.alarm_hours().first(last);
        let hours: Vec<i32> = (first..=last).collect();
        let mut due = vec![];
        let mut first_left = None;
        for hours in hours.chunks(HOURS_AT_ONCE) {
            let read = |hour: &i32| {
                let hour = *hour;
                async move { self.redrive.step(|| self.rows.alarms(hour, now)).await }
            };
            for (hour, alarms) in hours.iter().zip(try_join_all(hours.iter().map(read)).await?) {
                if !alarms.is_empty() {
                    first_left.get_or_insert(*hour);
                }
                due.extend(alarms);
            }
            if MOST_TOLD <= due.len() {
                break;
            }
        }
        self.alarm_hours().finish_before(first_left.unwrap_or(last), last);
        due.truncate(MOST_TOLD);
        Ok(due)
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
