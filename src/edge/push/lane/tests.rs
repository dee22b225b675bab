//! What waits, in which order, and what takes whose place.

use super::*;
use crate::base::Millis;
use crate::chat::event::EventId;
use crate::chat::push::{Carrier, Subscription};
use crate::telemetry::meters;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

#[tokio::test(start_paused = true)]
async fn a_newer_reminder_takes_the_place_of_the_one_of_the_same_customer_that_waits() {
    let (lane, room) = (Lane::default(), Arc::new(Semaphore::new(10)));
    for (session, who, attempt) in [("a", 1, 0), ("b", 1, 0), ("a", 2, 0), ("a", 1, 1), ("a", 1, 2)]
    {
        add(&lane, &room, session, reminder(who, attempt));
    }

    assert_eq!(room.available_permits(), 7, "two took no room");
    assert_eq!(next(&lane).await, ("a".into(), 1, 2));
    assert_eq!(next(&lane).await, ("b".into(), 1, 0));
    assert_eq!(next(&lane).await, ("a".into(), 2, 0));
    add(&lane, &room, "a", reminder(1, 3));
    assert_eq!(next(&lane).await, ("a".into(), 1, 3), "what has gone is not renewed");
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_is_renewed_and_keeps_its_chat_behind_it() {
    let (lane, room) = (Lane::default(), Arc::new(Semaphore::new(10)));
    add(&lane, &room, "a", reminder(1, 0));
    let under_way = lane.next().await;
    add(&lane, &room, "a", reminder(1, 1));
    add(&lane, &room, "a", reminder(2, 0));
    add(&lane, &room, "b", reminder(1, 0));
    let until = Instant::now() + Duration::from_secs(60);

    lane.put_off(until, under_way);
    assert_eq!(room.available_permits(), 7, "the one that came meanwhile took its place");
    assert_eq!(next(&lane).await, ("b".into(), 1, 0));
    add(&lane, &room, "a", reminder(1, 2));

    assert_eq!(next(&lane).await, ("a".into(), 1, 2));
    assert_eq!(Instant::now(), until);
    assert_eq!(next(&lane).await, ("a".into(), 2, 0));
    assert_eq!(room.available_permits(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_lost_device_is_dropped() {
    let (lane, room) = (Lane::default(), Arc::new(Semaphore::new(10)));
    for who in 1..=3 {
        add(&lane, &room, "a", reminder(who, 0));
    }
    add(&lane, &room, "b", reminder(1, 0));
    let under_way = lane.next().await;
    lane.put_off(Instant::now() + Duration::from_secs(60), under_way);
    let others = Subscription { device: "other".into(), ..reminder(4, 0).subscription };
    add(&lane, &room, "a", PushNote { subscription: others, ..reminder(4, 0) });

    assert_eq!(lane.forget(&"a".into(), "device"), 3);
    assert_eq!(next(&lane).await, ("b".into(), 1, 0));
    assert_eq!(next(&lane).await, ("a".into(), 4, 0));
    add(&lane, &room, "a", reminder(1, 1));
    assert_eq!(next(&lane).await, ("a".into(), 1, 1));
}

fn add(lane: &Lane, room: &Arc<Semaphore>, session: &str, note: PushNote) {
    let session = SessionId::from(session);
    if let Some(note) = lane.renew(&session, note) {
        let room = room.clone().try_acquire_owned().unwrap();
        let waiting = Held::one_of(meters().pushes_waiting.clone());
        lane.add(Parcel { session, note, n_attempts: 0, room, waiting });
    }
}

/// Which reminder is next, of which chat and customer.
async fn next(lane: &Lane) -> (String, u32, u32) {
    let next = timeout(Duration::from_secs(3_600), lane.next()).await;
    let Parcel { session, note, .. } = next.expect("nothing is next");
    let Told::Reminder { attempt, .. } = note.told else { panic!("{note:?}") };
    (session.to_string(), note.who.0, attempt)
}

pub fn reminder(who: u32, attempt: u32) -> PushNote {
    PushNote {
        who: ParticipantId(who),
        user: "ann".into(),
        subscription: Subscription {
            device: "device".into(),
            carrier: Carrier::Http,
            provider: None,
            language: None,
            is_debug: false,
            has_own_activity: false,
            has_payload: true,
            is_reliable: true,
            has_connection: false,
            channel: None,
        },
        provider: "default".into(),
        at: Millis(1_000_000),
        next: EventId(1_002),
        is_over: false,
        is_monitored: false,
        told: Told::Reminder { attempt, n_before: attempt, from: Some(EventId(1_001)) },
    }
}
