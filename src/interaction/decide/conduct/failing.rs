//! What a strategy has had for longer than its `routing-timeout`.

use super::tests::{arrives, life_with, process, warnings};
use crate::base::{Millis, UserData};
use crate::interaction::command::{Command, Destination, Submission};
use crate::interaction::property::ROUTING_TIMEOUT;
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::support::{Life, chat};
use std::sync::Arc;
use std::time::Duration;

const PATIENT: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "s" }]
[strategies.s]
start = "attach"
fault = "find"
[strategies.s.blocks]
attach = { do = "attach", set = { Begun = { expr = "number(UData['Begun']) + 1" } }, next = "find" }
find = { do = "route", targets = ["any"], timeout = 100000000, timed-out = "find", queue = "a" }
"#;

const HOURS: u64 = 12 * 60 * 60;

#[test]
fn what_is_not_routed_in_time_goes_back_to_its_queue_and_is_new_there() {
    let mut life = looked_for();
    let before = one(&life);

    life.wait_seconds(HOURS - 1);
    assert_eq!(one(&life), before);
    assert_eq!(warnings(&mut life), "");
    life.wait_seconds(1);

    let after = one(&life);
    assert!(warnings(&mut life).contains("was not routed within its routing-timeout"));
    assert_eq!((after.queue.0.as_str(), after.placed_at), ("a", life.now));
    assert!(before.turn < after.turn, "it has lost its turn");
    assert_eq!(after.user_data.number("Begun"), Some(2), "the strategy begins anew");
    assert_eq!(until(&life), life.now + Duration::from_secs(HOURS));
}

#[test]
fn who_is_asked_at_that_time_is_waited_for() {
    let mut life = looked_for();
    life.wait_seconds(HOURS - 1);
    life.ready_agent("ada");
    life.wait_seconds(10);
    assert_eq!(life.invited_agent("1"), "ada");

    life.reject("1");
    life.wait_seconds(1);

    assert_eq!(one(&life).user_data.number("Begun"), Some(2));
    life.ready_agent("bob");
    life.accept("1");
    life.wait_seconds(HOURS / 6);
    assert_eq!(life.handlers("1"), ["bob"], "who handles it has his own time");
}

#[test]
fn another_process_goes_on_with_the_same_time_whatever_the_options_say_then() {
    let mut life = looked_for();
    let before = until(&life);
    life.wait_seconds(60);
    life.policy.routing_timeout = Duration::from_secs(20 * 60);

    life.restart();
    assert_eq!(until(&life), before);
    life.restart_from_snapshot();
    assert_eq!(until(&life), before);
    life.wait_seconds(HOURS - 61);
    assert_eq!(until(&life), before);
    life.wait_seconds(1);

    assert_eq!(until(&life), life.now + Duration::from_secs(20 * 60));
}

#[test]
fn the_time_is_that_of_the_interaction_or_of_its_medium_or_of_all() {
    let minutes = |own: Option<&str>, of_media: Option<u64>| {
        let mut life = life_with(process(PATIENT));
        let of_media = of_media.map(|minutes| Duration::from_secs(60 * minutes));
        life.policy.routing_timeouts =
            of_media.into_iter().map(|span| ("chat".into(), span)).collect();
        let properties: UserData = own.map(|own| (ROUTING_TIMEOUT, own)).into_iter().collect();
        let to = Destination::Queue("a".into());
        life.wish(Command::Submit(Submission { to, properties, ..chat("1") }));
        until(&life).since(life.now).as_secs() / 60
    };

    assert_eq!(minutes(None, None), 720);
    assert_eq!(minutes(None, Some(30)), 30);
    assert_eq!(minutes(Some("45"), Some(30)), 45);
    for nonsense in ["0", "19", "525601", "-1", "soon"] {
        assert_eq!(minutes(Some(nonsense), Some(30)), 30, "{nonsense}");
    }
}

fn looked_for() -> Life {
    let mut life = life_with(process(PATIENT));
    arrives(&mut life, "1", "a");
    assert_eq!(one(&life).stage, Stage::Queued);
    life
}

fn one(life: &Life) -> Arc<Interaction> {
    life.domain.interaction(&"1".into()).unwrap().clone()
}

fn until(life: &Life) -> Millis {
    one(life).running.as_ref().unwrap().until.unwrap()
}
