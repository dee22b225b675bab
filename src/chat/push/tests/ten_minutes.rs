//! A receiver that is down for ten minutes, in which the chat moves to another node.

use super::{RELIABLE, fetch, notes, policy, restore, stage_with};
use crate::base::Millis;
use crate::chat::event::EventId;
use crate::chat::push::{PushPolicy, Told};
use crate::chat::testing::{Stage, agent};
use crate::chat::transcript::From;
use std::time::Duration;

const BEGUN: Millis = Millis(1_000_000);
const TEN_MINUTES: u64 = 600;
const DELAY: u64 = 15;

/// What a receiver was told after it was back: after how many seconds, which attempt, from where on.
type Heard = Vec<(u64, u32, Option<u64>)>;

#[test]
fn a_receiver_is_reminded_as_often_as_promised_and_hears_it_when_it_is_back() {
    let (mut stage, heard) = after_ten_minutes(promising(40, true), None);
    assert_eq!(heard, [(600, 40, Some(1_002))], "the last one of forty");
    fetch(&mut stage, From::Id(EventId(1_002)));

    assert_eq!(minutes(&mut stage, 20), [], "who has fetched is left in peace");
}

#[test]
fn what_was_promised_is_no_more_than_the_schedule() {
    let (mut stage, heard) = after_ten_minutes(promising(5, true), None);
    assert_eq!(heard, []);

    stage.say("bob", "are you there?").unwrap();

    assert_eq!(minutes(&mut stage, 1)[0], (600, 0, Some(1_002)), "what is new begins a new one");
}

#[test]
fn after_a_restoration_in_the_middle_the_schedule_begins_anew() {
    for died_after in [1, 150, 300, 599] {
        let (mut stage, heard) = after_ten_minutes(promising(40, true), Some(died_after));
        let heard = [heard, minutes(&mut stage, 1)].concat();
        let (at, attempt, from) = heard[0];

        assert!(at < TEN_MINUTES + DELAY, "died after {died_after}: first heard after {at}");
        let n_times = (at - died_after) / DELAY;
        assert_eq!(u64::from(attempt), n_times, "died after {died_after}");
        assert_eq!(from, Some(2), "nobody knows what he has fetched before");
        fetch(&mut stage, From::Id(EventId(2)));
        assert_eq!(minutes(&mut stage, 20), [], "died after {died_after}");
    }
}

#[test]
fn without_session_restore_push_send_nothing_is_promised_after_a_restoration_until_he_is_heard() {
    let (mut stage, heard) = after_ten_minutes(promising(40, false), Some(300));
    assert_eq!((heard, minutes(&mut stage, 10)), (vec![], vec![]));

    fetch(&mut stage, From::Id(EventId(2)));
    stage.say("bob", "are you there?").unwrap();

    assert_eq!(minutes(&mut stage, 1)[0].1, 0);
}

/// Bob says something when the receiver has just gone down. The node may die meanwhile.
fn after_ten_minutes(policy: PushPolicy, died_after: Option<u64>) -> (Stage, Heard) {
    let mut stage = stage_with(policy, &[RELIABLE]);
    stage.policy.flex_push_timeout = Duration::from_secs(86_400);
    stage.policy.flex_disconnect_timeout = Duration::from_secs(86_400);
    let bob = crate::chat::command::Join { person: None, ..agent("bob") };
    stage.join(bob).unwrap();
    stage.connect("bob", 1);
    fetch(&mut stage, From::Id(EventId(1)));
    notes(&mut stage);
    stage.say("bob", "hello").unwrap();
    for second in 1..TEN_MINUTES {
        stage.pass(1);
        if died_after == Some(second) {
            restore(&mut stage);
            stage.connect("bob", 2);
        }
    }
    notes(&mut stage);
    stage.pass(1);
    let heard = heard(&mut stage);
    (stage, heard)
}

/// What the receiver hears in so many minutes.
fn minutes(stage: &mut Stage, n: u64) -> Heard {
    let mut all = heard(stage);
    for _ in 0..n * 60 {
        stage.pass(1);
        all.extend(heard(stage));
    }
    all
}

fn heard(stage: &mut Stage) -> Heard {
    let after = stage.now.since(BEGUN).as_secs();
    let all = notes(stage).into_iter().filter_map(|note| match note.told {
        Told::Reminder { attempt, from, .. } => Some((after, attempt, from.map(|from| from.0))),
        Told::Event(_) => None,
    });
    all.collect()
}

fn promising(attempts: u32, goes_on_restored: bool) -> PushPolicy {
    let resend_delay = Duration::from_secs(DELAY);
    PushPolicy { resend_attempts: attempts, resend_delay, goes_on_restored, ..policy() }
}
