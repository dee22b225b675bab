//! The promises of the door to the alarms.

use super::{epoch, insist};
use crate::base::{Millis, ThingId};
use crate::ownership::alarm::Alarm;
use crate::ownership::door::AlarmTable;

/// A store may keep alarms in buckets of an hour.
const HOUR: u64 = 3_600_000;

/// Every promise of this file, one after the other.
pub async fn all(store: &impl AlarmTable) {
    an_alarm_is_due_from_its_time_on_the_earliest_first(store).await;
    an_alarm_set_again_is_the_same(store).await;
    alarms_of_a_thing_under_several_claims_are_several(store).await;
    what_is_cleared_is_gone_and_may_be_cleared_again(store).await;
    an_alarm_that_waited_for_days_is_still_told(store).await;
    an_alarm_that_comes_into_an_hour_that_is_over_is_told(store).await;
}

pub async fn an_alarm_is_due_from_its_time_on_the_earliest_first(store: &impl AlarmTable) {
    let noon = Millis(1_000 * HOUR);
    let alarms = [alarm("order-late", noon, 1_800), alarm("order-early", noon, 60)];
    let next_hour = alarm("order-next", noon, 4_000);
    for one in alarms.iter().chain([&next_hour]) {
        insist(|| store.set(one)).await.unwrap();
    }
    let [late, early] = alarms;

    assert_eq!(told(store, "order", at(noon, 59)).await, []);
    assert_eq!(told(store, "order", at(noon, 60)).await, std::slice::from_ref(&early));
    assert_eq!(told(store, "order", at(noon, 3_999)).await, [early.clone(), late.clone()]);
    assert_eq!(told(store, "order", at(noon, 4_000)).await, [early, late, next_hour]);
}

pub async fn an_alarm_set_again_is_the_same(store: &impl AlarmTable) {
    let noon = Millis(1_100 * HOUR);
    let one = alarm("again", noon, 5);
    insist(|| store.set(&one)).await.unwrap();

    insist(|| store.set(&one)).await.unwrap();

    assert_eq!(told(store, "again", at(noon, 9)).await, [one]);
}

pub async fn alarms_of_a_thing_under_several_claims_are_several(store: &impl AlarmTable) {
    let noon = Millis(1_200 * HOUR);
    let first = alarm("several", noon, 5);
    let second = Alarm { epoch: epoch(2), ..first.clone() };
    let later = alarm("several", noon, 6);
    for one in [&first, &second, &later] {
        insist(|| store.set(one)).await.unwrap();
    }

    insist(|| store.clear(&first)).await.unwrap();

    assert_eq!(told(store, "several", at(noon, 9)).await, [second, later]);
}

pub async fn what_is_cleared_is_gone_and_may_be_cleared_again(store: &impl AlarmTable) {
    let noon = Millis(1_300 * HOUR);
    let (gone, stays) = (alarm("clear-gone", noon, 5), alarm("clear-stays", noon, 5));
    insist(|| store.set(&gone)).await.unwrap();
    insist(|| store.set(&stays)).await.unwrap();

    for _ in 0..2 {
        insist(|| store.clear(&gone)).await.unwrap();
    }

    assert_eq!(told(store, "clear", at(noon, 9)).await, [stays]);
}

pub async fn an_alarm_that_waited_for_days_is_still_told(store: &impl AlarmTable) {
    let noon = Millis(1_400 * HOUR);
    let old = alarm("waited", noon, 5);
    insist(|| store.set(&old)).await.unwrap();

    assert_eq!(told(store, "waited", at(noon, 9 * 86_400)).await, std::slice::from_ref(&old));
    assert_eq!(told(store, "waited", at(noon, 9 * 86_400 + 5)).await, [old], "until it is cleared");
}

pub async fn an_alarm_that_comes_into_an_hour_that_is_over_is_told(store: &impl AlarmTable) {
    let noon = Millis(1_700 * HOUR);
    assert_eq!(told(store, "behind", noon).await, []);

    let late = Alarm { at: Millis(noon.0 - HOUR), ..alarm("behind", noon, 0) };
    insist(|| store.set(&late)).await.unwrap();

    assert_eq!(told(store, "behind", at(noon, 1)).await, [late]);
}

/// What is due of the things whose name begins so: others may use the store as well.
async fn told(store: &impl AlarmTable, beginning: &str, now: Millis) -> Vec<Alarm> {
    let mut due = insist(|| store.due(now)).await.unwrap();
    let beginning = format!("alarm-{beginning}");
    due.retain(|alarm| alarm.thing.0.starts_with(&beginning));
    due
}

fn alarm(name: &str, noon: Millis, seconds: u64) -> Alarm {
    let thing = ThingId(format!("alarm-{name}"));
    Alarm { at: at(noon, seconds), thing, epoch: epoch(1) }
}

fn at(noon: Millis, seconds: u64) -> Millis {
    Millis(noon.0 + seconds * 1_000)
}
