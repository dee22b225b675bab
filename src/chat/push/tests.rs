//! Who is pushed what, and when he is reminded.

mod connections;
mod ten_minutes;

use super::*;
use crate::base::{Millis, Parting, UserData, Value};
use crate::chat::command::{Join, NoticeWish};
use crate::chat::effect::{Count, Effect};
use crate::chat::event::EventId;
use crate::chat::look::Look;
use crate::chat::outbox::Outbox;
use crate::chat::testing::{Stage, agent, coach, customer};
use crate::chat::transcript::From;
use crate::chat::{Command, LeaveReason, Session};
use crate::owned::{Room, Thing};
use std::time::Duration;

const RELIABLE: (&str, &str) = ("GCTI_GMS_PushResend", "true");
const OWN: (&str, &str) = ("GCTI_GMS_NotifyRequestor", "true");

#[test]
fn who_asked_for_it_is_pushed_what_he_may_see_each_event_once() {
    let mut stage = stage(&[]);
    stage.join(agent("bob")).unwrap();
    stage.join(coach("eve")).unwrap();
    stage.say("bob", "hello").unwrap();
    stage.say("eve", "be nice").unwrap();
    stage.say("ann", "hi").unwrap();
    stage.leave("bob");

    let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();

    assert_eq!(pushed, ["s/1/1001", "s/1/3001", "s/1/6001"]);
}

#[test]
fn nothing_is_pushed_to_who_did_not_ask_or_asked_for_what_there_is_not() {
    let refused = [
        ("GCTI_Chat_PushSubscribe", "false"),
        ("GCTI_GMS_PushDeviceType", "fcm"),
        ("GCTI_GMS_PushDeviceType", "wns"),
        ("GCTI_GMS_PushDeviceId", ""),
        ("GCTI_GMS_PushProvider", "elsewhere"),
    ];
    for (key, value) in refused {
        let mut stage = stage(&[(key, value)]);
        stage.join(agent("bob")).unwrap();
        stage.say("bob", "hello").unwrap();

        assert_eq!(notes(&mut stage).len(), 0, "{key}");
    }
    let mut off = stage_with(PushPolicy { is_on: false, ..policy() }, &[]);
    off.join(agent("bob")).unwrap();
    assert_eq!(notes(&mut off).len(), 0);
}

#[test]
fn an_unknown_provider_is_counted_once() {
    let mut stage = stage(&[("GCTI_GMS_PushProvider", "elsewhere")]);
    stage.join(agent("bob")).unwrap();
    stage.say("bob", "hello").unwrap();

    let unknown = |effect: &&Effect| matches!(effect, Effect::Count(Count::UnknownPushProvider));

    assert_eq!(stage.effects.iter().filter(unknown).count(), 1);
}

#[test]
fn what_one_does_oneself_is_pushed_to_who_asks_for_it_and_ones_end_to_all() {
    let pushed = |more: &[(&str, &str)]| {
        let mut stage = stage(more);
        stage.say("ann", "hi").unwrap();
        stage.leave("ann");
        notes(&mut stage)
    };

    let (quiet, own) = (pushed(&[]), pushed(&[OWN]));

    assert_eq!(quiet.len(), 1);
    assert!(quiet[0].is_over);
    let over: Vec<_> = own.iter().map(|note| note.is_over).collect();
    assert_eq!(over, [false, false, true]);
}

#[test]
fn a_provider_is_told_of_what_it_wants_to_hear() {
    let provider = Provider::new(Carrier::Http, [Matter::Message].into());
    let only = [("default".to_owned(), provider)].into();
    let mut stage = stage_with(PushPolicy { providers: only, ..policy() }, &[]);
    stage.join(agent("bob")).unwrap();
    stage.say("bob", "hello").unwrap();
    stage.notify("bob", NoticeWish::PushUrl("https://example.com".into())).unwrap();
    stage.leave("ann");

    let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();

    assert_eq!(pushed, ["s/1/2001", "s/1/4001"], "what was said, and that it is over");
}

#[test]
fn every_reason_of_an_end_is_pushed() {
    let told = |reason| {
        let mut stage = stage(&[]);
        stage.perform(Command::Close(reason)).unwrap();
        let note = notes(&mut stage).pop().unwrap();
        let Told::Event(line) = note.told else { panic!("{note:?}") };
        match line.attributes.get("GCTI_SYSTEM") {
            Some(Value::List(list)) => list.text("quit-reason-code"),
            Some(_) | None => None,
        }
    };

    assert_eq!(told(LeaveReason::Normal).as_deref(), Some("0"));
    assert_eq!(told(LeaveReason::Disconnect).as_deref(), Some("3"));
    assert_eq!(told(LeaveReason::Inactivity).as_deref(), Some("7"));
}

#[test]
fn who_wants_to_be_sure_is_reminded_at_once_and_then_again_until_all_was_said() {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    stage.say("bob", "hello").unwrap();
    assert_eq!(reminded(&mut stage), [(0, Some(1)), (0, Some(1))]);

    for attempt in 1..=5 {
        stage.pass(14);
        assert_eq!(reminded(&mut stage), []);
        stage.pass(1);
        assert_eq!(reminded(&mut stage), [(attempt, Some(1))]);
    }
    stage.pass(100);
    assert_eq!(reminded(&mut stage), [], "that was the last time");
    stage.say("bob", "hello?").unwrap();
    assert_eq!(reminded(&mut stage), [(0, Some(1))], "something new is something new");
}

#[test]
fn who_fetches_is_reminded_of_what_came_afterwards_only() {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    stage.pass(15);
    reminded(&mut stage);

    fetch(&mut stage, From::Nowhere);
    stage.pass(15);
    assert_eq!(reminded(&mut stage), [(2, Some(1))], "he asked for nothing");
    fetch(&mut stage, From::Id(EventId(1)));
    stage.pass(60);
    assert_eq!(reminded(&mut stage), []);
    assert!(stage.room.pushes.is_empty());
    stage.say("bob", "hello").unwrap();

    assert_eq!(reminded(&mut stage), [(0, Some(1_002))]);
}

#[test]
fn who_was_removed_is_reminded_of_it_and_the_session_waits_for_him() {
    let mut stage = stage(&[RELIABLE]);
    stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();
    stage.room.outbox = Outbox::default();

    assert_eq!(reminded(&mut stage), [(0, None)]);
    assert!(!stage.session.is_over(&stage.room));
    stage.pass(15);
    assert_eq!(reminded(&mut stage), [(1, None)]);
    fetch(&mut stage, From::Id(EventId(1)));
    stage.room.outbox = Outbox::default();

    assert!(stage.session.is_over(&stage.room));
}

#[test]
fn a_session_does_not_sleep_while_somebody_is_to_be_reminded() {
    let mut stage = stage(&[RELIABLE]);
    let bob = Join { text: None, ..agent("bob") };
    stage.policy.sleep_after = Some(Duration::from_secs(60));
    stage.policy.flex_push_timeout = Duration::from_secs(86_400);
    stage.join(bob).unwrap();
    stage.leave("bob");
    stage.room.outbox = Outbox::default();
    let sleep = |stage: &Stage| stage.session.next_sleep(&stage.room, &stage.policy);

    assert_eq!(sleep(&stage), None);
    fetch(&mut stage, From::Id(EventId(1)));

    assert!(sleep(&stage).is_some());
}

#[test]
fn after_a_restoration_the_newest_is_pushed_once_more_under_its_old_name() {
    let mut stage = stage(&[]);
    stage.join(agent("bob")).unwrap();
    stage.now = stage.now + Duration::from_secs(100);
    stage.say("bob", "hello").unwrap();
    let before = notes(&mut stage);

    restore(&mut stage);
    let again = notes(&mut stage);
    stage.say("bob", "are you there?").unwrap();

    assert_eq!(again.len(), 1);
    assert_eq!(again[0].name("s"), before[1].name("s"));
    assert_eq!(notes(&mut stage).len(), 1);
}

#[test]
fn however_long_a_restoration_takes_what_was_stored_last_is_pushed() {
    let mut stage = stage(&[]);
    stage.join(agent("bob")).unwrap();
    stage.now = stage.now + Duration::from_secs(61);
    stage.say("bob", "hello").unwrap();
    stage.say("bob", "are you there?").unwrap();
    notes(&mut stage);

    stage.now = stage.now + Duration::from_secs(3_600);
    restore(&mut stage);
    let again: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();

    assert_eq!(again, ["s/1/2001", "s/1/3001"], "of the last minute that there was");
}

#[test]
fn after_a_restoration_who_wants_to_be_sure_is_reminded_of_all_that_he_has_not_confirmed() {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    fetch(&mut stage, From::Id(EventId(1)));
    stage.confirm("ann", EventId(1_001));
    stage.say("bob", "hello").unwrap();
    stage.now = stage.now + Duration::from_secs(10_000);
    reminded(&mut stage);

    restore(&mut stage);
    assert_eq!(reminded(&mut stage), [(0, Some(1_002))]);
    fetch(&mut stage, From::Id(EventId(1_002)));
    restore(&mut stage);
    stage.confirm("ann", EventId(3_001));
    restore(&mut stage);

    assert_eq!(reminded(&mut stage), [(0, Some(1_002))], "he had not said that he has it");
}

#[test]
fn without_session_restore_push_send_a_customer_must_be_heard_first() {
    let mut stage = stage_with(PushPolicy { goes_on_restored: false, ..policy() }, &[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    restore(&mut stage);
    stage.connect("bob", 1);
    reminded(&mut stage);
    stage.say("bob", "hello").unwrap();
    assert_eq!(reminded(&mut stage), []);

    fetch(&mut stage, From::Id(EventId(1)));
    stage.say("bob", "hello?").unwrap();
    assert_eq!(reminded(&mut stage).len(), 1);
    restore(&mut stage);
    stage.pass(45);

    assert_eq!(stage.leavings()[0].0, stage.who("ann"), "nobody waits for him for long");
}

#[test]
fn what_happens_before_a_customer_was_heard_is_pushed_afterwards() {
    let mut stage = stage_with(PushPolicy { goes_on_restored: false, ..policy() }, &[]);
    stage.join(agent("bob")).unwrap();
    stage.now = stage.now + Duration::from_secs(61);
    stage.say("bob", "hello").unwrap();
    notes(&mut stage);
    restore(&mut stage);
    stage.say("bob", "are you there?").unwrap();
    assert_eq!(notes(&mut stage).len(), 0);

    fetch(&mut stage, From::Nowhere);
    stage.pass(1);
    let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();

    assert_eq!(pushed, ["s/1/2001", "s/1/3001"]);
}

#[test]
fn a_device_finds_the_provider_of_its_kind_and_a_named_one_only_if_it_is_of_its_kind() {
    let mobile =
        |name: &str, carrier| (name.to_owned(), Provider::new(carrier, Matter::ALL.into()));
    let policy = PushPolicy {
        providers: [
            mobile("default", Carrier::Http),
            mobile("firebase", Carrier::Fcm),
            mobile("apple", Carrier::Apns),
            mobile("other", Carrier::Apns),
        ]
        .into(),
        usual: [
            (Carrier::Http, "default".to_owned()),
            (Carrier::Fcm, "firebase".to_owned()),
            (Carrier::Apns, "apple".to_owned()),
        ]
        .into(),
        ..PushPolicy::default()
    };
    let provider = |kind: &str, named: &str| {
        let named = [("GCTI_GMS_PushDeviceType", kind), ("GCTI_GMS_PushProvider", named)];
        let mut stage = stage_with(policy.clone(), &named);
        stage.join(agent("bob")).unwrap();
        notes(&mut stage).pop().map(|note| note.provider)
    };

    for (kind, named, expected) in [
        ("customhttp", "", Some("default")),
        ("fcm", "", Some("firebase")),
        ("gcm", "", Some("firebase")),
        ("android", "", Some("firebase")),
        ("ios", "", Some("apple")),
        ("ios", "other", Some("other")),
        ("fcm", "other", None),
        ("ios", "default", None),
        ("wns", "", None),
    ] {
        assert_eq!(provider(kind, named).as_deref(), expected, "{kind} {named}");
    }
}

#[test]
fn a_mobile_device_is_told_of_no_notices() {
    let providers = [("firebase".to_owned(), Provider::new(Carrier::Fcm, Matter::ALL.into()))];
    let usual = [(Carrier::Fcm, "firebase".to_owned())].into();
    let policy = PushPolicy { providers: providers.into(), usual, ..PushPolicy::default() };
    let mut stage = stage_with(policy, &[("GCTI_GMS_PushDeviceType", "fcm")]);
    stage.join(agent("bob")).unwrap();
    let custom = NoticeWish::Custom {
        text: Some("note".into()),
        message_type: None,
        data: UserData::default(),
    };
    stage.notify("bob", custom).unwrap();
    stage.notify("bob", NoticeWish::ReadConfirm(EventId(1))).unwrap();
    stage.say("bob", "hello").unwrap();

    let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();

    assert_eq!(pushed, ["s/1/1001", "s/1/4001"]);
}

#[test]
fn a_device_that_nobody_has_any_more_is_pushed_nothing_and_its_owner_has_to_ask() {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    let who = stage.who("ann");
    let unreachable = |stage: &mut Stage, device: &str| {
        let look = Look::Unreachable { who, device: device.into() };
        stage.session.look(&mut stage.room, look, None, stage.now);
    };
    unreachable(&mut stage, "bob's phone");
    assert!(!stage.room.pushes.is_empty(), "that is another one");
    stage.pass(40);
    reminded(&mut stage);

    unreachable(&mut stage, "ann's phone");
    assert!(stage.room.pushes.is_empty());
    stage.say("bob", "hello").unwrap();
    stage.pass(44);
    unreachable(&mut stage, "ann's phone");
    assert_eq!((reminded(&mut stage), stage.leavings().len()), (vec![], 0));
    stage.pass(1);

    assert_eq!(stage.leavings()[0].0, who);
}

fn restore(stage: &mut Stage) {
    (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
    let effects = stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
    stage.effects.extend(effects);
}

fn fetch(stage: &mut Stage, from: From) {
    let look = Look::Poll { who: stage.who("ann"), from, typing: None };
    stage.session.look(&mut stage.room, look, None, stage.now);
}

fn reminded(stage: &mut Stage) -> Vec<(u32, Option<u64>)> {
    let all = notes(stage).into_iter().filter_map(|note| match note.told {
        Told::Reminder { attempt, from, .. } => Some((attempt, from.map(|from| from.0))),
        Told::Event(_) => None,
    });
    all.collect()
}

fn notes(stage: &mut Stage) -> Vec<PushNote> {
    let effects = std::mem::take(&mut stage.effects);
    let pushed = effects.into_iter().filter_map(|effect| match effect {
        Effect::Push(note) => Some(*note),
        Effect::TellInteraction(_)
        | Effect::SaveHistory(_)
        | Effect::TellBot(_)
        | Effect::TellAddress
        | Effect::Count(_) => None,
    });
    pushed.collect()
}

fn stage(more: &[(&str, &str)]) -> Stage {
    stage_with(policy(), more)
}

/// A chat that Ann started.
fn stage_with(policy: PushPolicy, more: &[(&str, &str)]) -> Stage {
    let mut user_data = UserData::default()
        .with("GCTI_Chat_PushSubscribe", "true")
        .with("GCTI_GMS_PushDeviceId", "ann's phone")
        .with("GCTI_GMS_PushDeviceType", "customhttp");
    for (key, value) in more {
        user_data.set(*key, *value);
    }
    let mut stage = Stage { now: Millis(1_000_000), ..Stage::default() };
    stage.policy.push = policy;
    let start = Some(Box::new(crate::chat::testing::start()));
    stage.join(Join { user_data, start, ..customer("ann") }).unwrap();
    stage
}

fn policy() -> PushPolicy {
    let provider = Provider::new(Carrier::Http, Matter::ALL.into());
    let providers = [("default".to_owned(), provider)].into();
    let usual = [(Carrier::Http, "default".to_owned())].into();
    PushPolicy { providers, usual, ..PushPolicy::default() }
}
