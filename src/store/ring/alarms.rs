//! The alarms on a ring: one partition an hour, all hours read from the first that may still have one
//! to now. Every process reads all of them; who does what is not settled here.

use super::hours::Hours;
use super::rows::hour;
use super::store::RingStore;
use crate::base::Millis;
use crate::owned::{StoreError, StoreFuture};
use crate::ownership::alarm::Alarm;
use crate::ownership::door::AlarmTable;
use futures_util::future::try_join_all;
use std::sync::{MutexGuard, PoisonError};

/// How many hours are read at once.
const HOURS_AT_ONCE: usize = 24;

/// How many alarms are told at once.
const MOST_TOLD: usize = 1_000;

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
