//! Chats on hold, and when they are looked after.

use super::*;
use crate::base::{Parting, Value};
use crate::chat::Command;
use crate::chat::command::{AskedOutside, Join, NoticeWish, Once, Outside};
use crate::chat::dormancy::{STATUS, promised, seconds};
use crate::chat::effect::{Effect, Note};
use crate::chat::event::{EndReason, EndedBy};
use crate::chat::idle::{CountedNotices, Idleness};
use crate::chat::testing::{Stage, agent, bot, coach, customer, outside};
use crate::owned::{Room, Thing};

#[test]
fn an_asynchronous_chat_is_on_hold_until_its_customer_writes() {
    let mut stage = patient();

    stage.perform(Command::PlaceOnHold).unwrap();
    assert_eq!(status(&stage), Some("-2".into()));
    stage.say("max", "still here?").unwrap();
    assert_eq!(status(&stage), Some("-2".into()), "a bot is no customer");
    let said = stage.say("ann", "hello?").unwrap();

    assert_eq!(status(&stage), Some("2".into()));
    assert_eq!(stage.room.event_at(said.position).unwrap().fact.author(), Some(stage.who("ann")));
    let n_events = stage.session.last;
    stage.say("ann", "anybody?").unwrap();
    assert_eq!(stage.session.last, n_events.next(), "that is known already");
}

#[test]
fn an_address_that_is_shown_counts_and_a_new_name_does_not() {
    let mut stage = patient();
    stage.perform(Command::PlaceOnHold).unwrap();

    stage.notify("ann", NoticeWish::Nickname("Anna".into())).unwrap();
    assert_eq!(status(&stage), Some("-2".into()));
    let ann = stage.session.customer().unwrap().joined.nickname.clone();
    stage.notify(&ann, NoticeWish::PushUrl("https://example.com".into())).unwrap();

    assert_eq!(status(&stage), Some("2".into()));
}

#[test]
fn a_chat_that_an_agent_serves_wants_nobody() {
    let mut stage = patient();
    stage.join(coach("eve")).unwrap();
    assert_eq!(status(&stage), Some("1".into()), "the customer cannot see him");
    stage.join(agent("bob")).unwrap();
    assert_eq!(status(&stage), Some("-1".into()));

    stage.perform(Command::PlaceOnHold).unwrap();
    stage.say("ann", "hello?").unwrap();

    assert_eq!(status(&stage), Some("-2".into()));
}

#[test]
fn what_its_last_agent_leaves_is_on_hold_until_the_customer_writes_or_an_agent_comes() {
    let mut stage = patient();
    let expect = |stage: &Stage, expected: &str| assert_eq!(status(stage).unwrap(), expected);
    stage.join(agent("bob")).unwrap();
    stage.join(agent("carl")).unwrap();

    stage.leave("bob");
    expect(&stage, "-1");
    stage.leave("carl");
    expect(&stage, "-2");
    stage.say("ann", "hello?").unwrap();
    expect(&stage, "2");
    stage.join(agent("bob")).unwrap();
    expect(&stage, "-1");
    stage.leave("bob");

    expect(&stage, "-2");
}

#[test]
fn who_asks_may_ask_less_often_while_nobody_works_and_nobody_is_sought() {
    let mut stage = patient();
    let expect = |stage: &Stage, dormant: bool| {
        assert_eq!(stage.session.is_dormant(), dormant);
    };
    expect(&stage, false);
    stage.leave("max");
    stage.join(agent("bob")).unwrap();
    stage.perform(Command::PlaceOnHold).unwrap();
    expect(&stage, false);
    stage.leave("bob");
    expect(&stage, true);

    stage.say("ann", "hello?").unwrap();
    expect(&stage, false);
    stage.join(agent("bob")).unwrap();
    stage.leave("bob");
    expect(&stage, true);
    stage.join(bot("max")).unwrap();

    expect(&stage, false);
}

#[test]
fn a_lost_desk_wants_another_agent_and_so_does_a_transfer() {
    let mut stage = patient();
    stage.join(agent("bob")).unwrap();
    stage.pass(15);
    assert_eq!(status(&stage).unwrap(), "4");

    stage.join(agent("bob")).unwrap();
    stage.perform(Command::Transferred("bob".into())).unwrap();
    assert_eq!(status(&stage).unwrap(), "5");
    stage.leave("bob");

    assert_eq!(status(&stage).unwrap(), "5", "he has not laid it down for himself");
}

#[test]
fn a_transfer_that_is_told_late_says_nothing_of_whoever_serves_it_by_then() {
    let mut stage = patient();
    stage.join(agent("bob")).unwrap();
    stage.leave("bob");
    stage.join(agent("carl")).unwrap();

    stage.perform(Command::Transferred("bob".into())).unwrap();

    assert_eq!(status(&stage).unwrap(), "-1");
    stage.leave("carl");
    stage.perform(Command::Transferred("carl".into())).unwrap();
    assert_eq!(status(&stage).unwrap(), "5", "he had left the chat before");
}

#[test]
fn a_desk_that_does_not_come_back_after_a_restoration_was_lost() {
    let mut stage = patient();
    stage.join(agent("bob")).unwrap();
    restore(&mut stage);

    stage.pass(15);

    assert_eq!(status(&stage).unwrap(), "4");
    assert_eq!(stage.leavings()[0].1, LeaveReason::Restoration);
}

#[test]
fn which_notices_wake_is_a_setting() {
    let woken = |notices, notice: NoticeWish| {
        let mut stage = patient();
        stage.policy.patience.notices = notices;
        stage.perform(Command::PlaceOnHold).unwrap();
        stage.notify("ann", notice).unwrap();
        status(&stage).unwrap() == "2"
    };
    let url = || NoticeWish::PushUrl("https://example.com".into());
    let custom =
        || NoticeWish::Custom { text: None, message_type: None, data: UserData::default() };

    assert!(!woken(CountedNotices::None, url()));
    assert!(woken(CountedNotices::Major, url()) && !woken(CountedNotices::Major, custom()));
    assert!(woken(CountedNotices::Major2, custom()));
    assert!(woken(CountedNotices::All, NoticeWish::Nickname("Anna".into())));
}

#[test]
fn a_chat_on_hold_lives_without_anybody_and_ends_by_its_timers() {
    let mut stage = patient();
    stage.join(agent("bob")).unwrap();
    stage.leave("bob");
    let left = stage.now;
    stage.pass(3_600);
    assert_eq!(stage.leavings().len(), 1, "nobody expects its customer to ask");
    stage.leave("ann");
    assert_eq!(stage.ending(), None);

    stage.now = left + PATIENCE;
    stage.pass(3_599);
    assert_eq!(shown(&stage), [""; 0], "his going was activity");
    stage.pass(1);
    assert_eq!(shown(&stage), ["alert: CLOSE 3600"]);
    assert_eq!(status(&stage).unwrap(), "3");
    stage.pass(3_599);
    assert_eq!(stage.ending(), None);
    stage.pass(1);

    assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Quit)), "as he had ended it");
}

#[test]
fn who_never_had_an_agent_keeps_his_chat_only_by_being_there() {
    let mut stage = patient();

    stage.pass(45);

    assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Disconnect)));
}

#[test]
fn the_customers_time_begins_anew_when_an_agent_comes_back() {
    let mut stage = patient();
    stage.join(agent("bob")).unwrap();
    stage.leave("bob");
    stage.pass(50_000);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);

    stage.pass(44);
    assert_eq!(stage.leavings().len(), 1);
    stage.pass(1);

    assert_eq!(stage.leavings()[1].0, stage.who("ann"));
}

#[test]
fn silence_is_warned_of_and_closed_whoever_is_there() {
    let mut stage = patient();
    stage.policy.flex_disconnect_timeout = 10 * PATIENCE;
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    stage.pass(86_399);
    stage.say("max", "beep").unwrap();
    assert_eq!(shown(&stage), [""; 0]);

    stage.pass(1);
    assert_eq!(status(&stage).unwrap(), "-1", "an agent who is there sees it himself");
    stage.say("bob", "still working on it").unwrap();
    stage.pass(86_400);
    stage.pass(3_600);

    assert_eq!(shown(&stage), ["alert: CLOSE 3600", "alert: CLOSE 3600", "close"]);
    assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::Inactive)));
    assert!(stage.leavings().iter().all(|left| left.1 == LeaveReason::Inactivity));
}

#[test]
fn other_chats_may_be_silent_for_as_long_as_they_like() {
    let mut stage = Stage::with(&[customer("ann")]);
    stage.policy.flex_disconnect_timeout = 10 * PATIENCE;

    stage.pass(9 * PATIENCE.as_secs());

    assert_eq!(shown(&stage), [""; 0]);
    assert_eq!(stage.perform(Command::BeginIdleAnew).unwrap_err().to_string(), {
        "only asynchronous chats have an idle time of their own"
    });
}

#[test]
fn a_workflow_lets_the_time_begin_anew_and_its_warning_counts_no_more() {
    let mut stage = patient();
    stage.perform(Command::PlaceOnHold).unwrap();
    stage.pass(86_000);
    stage.perform(Command::BeginIdleAnew).unwrap();
    stage.pass(400);
    assert_eq!(shown(&stage), [""; 0]);
    stage.pass(86_000);
    assert_eq!(shown(&stage).len(), 1);

    stage.pass(3_000);
    stage.perform(Command::BeginIdleAnew).unwrap();
    stage.pass(3_600);

    assert_eq!(stage.ending(), None);
}

#[test]
fn a_restoration_makes_no_time_shorter_or_longer() {
    let mut stage = patient();
    stage.perform(Command::PlaceOnHold).unwrap();
    stage.pass(80_000);
    restore(&mut stage);

    stage.pass(6_399);
    assert_eq!(shown(&stage), [""; 0]);
    stage.pass(1);
    assert_eq!(shown(&stage).len(), 1);
    restore(&mut stage);
    stage.pass(3_599);
    assert_eq!(stage.ending(), None);
    stage.pass(1);

    assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::Inactive)));
}

#[test]
fn who_comes_back_to_life_late_warns_before_it_closes() {
    let mut stage = patient();
    stage.perform(Command::PlaceOnHold).unwrap();
    stage.now = stage.now + 3 * PATIENCE;
    restore(&mut stage);

    stage.pass(0);
    assert_eq!(shown(&stage), ["alert: CLOSE 3600"]);
    stage.pass(3_599);

    assert_eq!(stage.ending(), None);
}

#[test]
fn a_chat_is_looked_after_only_when_it_should_be_closed_already() {
    let mut stage = patient();
    stage.policy.flex_disconnect_timeout = 10 * PATIENCE;
    stage.policy.send_burst = 10_000;
    let (mut n_promises, mut before) = (1, promised(&stage.session.user_data).unwrap());
    for n in 0..2_000 {
        stage.say("ann", "and another thing").unwrap();
        stage.pass(60);
        let known = &stage.session;
        let close = check_at(known, stage.room.idle_watch(), &stage.policy.patience).unwrap();
        let now = promised(&known.user_data).unwrap();
        assert!(seconds(close) < now && now <= seconds(close) + 4_501 + 1, "word {n}");
        n_promises += i32::from(before < now);
        before = now;
    }

    assert!(n_promises < 60, "{n_promises} for 2,000 words in 33 hours");
}

#[test]
fn the_time_to_look_is_kept_to_its_end() {
    let mut stage = patient();
    stage.policy.patience.until_alert = Duration::from_secs(2);
    stage.policy.patience.until_close = Duration::from_secs(2);
    stage.perform(Command::PlaceOnHold).unwrap();
    while stage.ending().is_none() {
        let before = promised(&stage.session.user_data).unwrap();
        assert!(seconds(stage.now) < before);
        stage.pass(1);
    }

    assert!(stage.now.since(stage.session.started_at) < Duration::from_secs(5));
}

#[test]
fn a_chat_on_hold_sleeps_until_it_is_warned_and_after_that_until_it_is_closed() {
    let user_data = UserData::default().with("GCTI_Chat_AsyncMode", "true");
    let mut stage = Stage::with(&[Join { user_data, ..customer("ann") }]);
    stage.policy.sleep_after = Some(Duration::from_secs(60));
    stage.perform(Command::PlaceOnHold).unwrap();
    let came = stage.session.started_at;
    everybody_knows(&mut stage);
    let until = |stage: &Stage| stage.session.next_sleep(&stage.room, &stage.policy).unwrap().until;
    assert_eq!(until(&stage), came + PATIENCE);

    stage.now = came + PATIENCE;
    (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
    stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
    stage.pass(0);
    everybody_knows(&mut stage);

    assert_eq!(until(&stage), came + PATIENCE + Duration::from_secs(3_600));
}

#[test]
fn a_chat_that_was_not_on_hold_is_new_whatever_its_customer_says() {
    let mut stage = patient();

    stage.say("ann", "hello?").unwrap();

    assert_eq!(status(&stage), Some("1".into()));
    assert_eq!(status(&Stage::with(&[customer("ann")])), None, "others have no status");
}

#[test]
fn the_interaction_hears_of_it_and_nobody_sees_it() {
    let mut stage = patient();
    stage.effects.clear();

    stage.perform(Command::PlaceOnHold).unwrap();
    stage.room.outbox = Default::default();
    let held = stage.last();
    stage.room.outbox.note(&held, &stage.policy);
    let due =
        stage.room.outbox.due(&stage.session, &stage.room.transcript, stage.now, &stage.policy);

    let notes = due.into_iter().find_map(|effect| match effect {
        Effect::TellInteraction(report) => Some(report.notes),
        Effect::SaveHistory(_)
        | Effect::TellBot(_)
        | Effect::Push(_)
        | Effect::TellAddress
        | Effect::Count(_) => None,
    });
    let told = notes.unwrap().pop().unwrap().1;
    let expected = UserData::default().with(STATUS, Value::Number(-2));
    assert_eq!(told, Note::DataChanged { added: expected });
    assert_eq!(
        stage.view("max", crate::chat::transcript::From::Id(Default::default())).lines.len(),
        2
    );
}

#[test]
fn other_chats_are_not_placed_on_hold() {
    let mut stage = Stage::with(&[customer("ann")]);

    assert!(matches!(stage.perform(Command::PlaceOnHold), Err(Rejection::NotAllowed(_))));
    assert_eq!(Stage::empty().perform(Command::PlaceOnHold), Err(Rejection::NotStarted));
}

const PATIENCE: Duration = Duration::from_secs(86_400);

/// A customer with a bot that holds its connection. Inactivity control of all chats is off.
#[test]
fn a_workflow_that_asks_again_later_under_the_same_name_holds_nothing_again() {
    let mut stage = patient();
    let hold = |id: &str, client: &str| {
        let (once, client) = (Once { id: id.into() }, client.into());
        Command::AskOutside(Box::new(AskedOutside { once, client, wish: Command::PlaceOnHold }))
    };
    let first = stage.perform(hold("m1", "crm")).unwrap();
    stage.say("ann", "hello?").unwrap();
    let n_events = stage.session.last;

    let again = stage.perform(hold("m1", "crm")).unwrap();
    let once = Some(Once { id: "m1".into() });
    let other = Outside { once, client: "crm".into(), ..outside("flow", "wait") };
    let reused = stage.perform(Command::SayOutside(Box::new(other)));

    assert_eq!((again.position, again.repeated), (first.position, true));
    assert_eq!((status(&stage), stage.session.last), (Some("2".into()), n_events));
    assert_eq!(reused, Err(Rejection::KeyReused));
    stage.perform(hold("m2", "crm")).unwrap();
    assert_eq!(status(&stage), Some("-2".into()));
    stage.say("ann", "hello??").unwrap();
    assert!(!stage.perform(hold("m1", "another")).unwrap().repeated);
}

fn patient() -> Stage {
    let user_data = UserData::default().with("GCTI_Chat_AsyncMode", "true");
    let mut stage = Stage::with(&[Join { user_data, ..customer("ann") }, bot("max")]);
    let (alert, close) = ("alert".into(), "close".into());
    stage.policy.idleness = Idleness { alert, close, ..Idleness::default() };
    stage.connect("max", 1);
    stage
}

fn restore(stage: &mut Stage) {
    (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
    stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
    stage.connect("max", 2);
}

fn everybody_knows(stage: &mut Stage) {
    stage.room.outbox = Default::default();
}

/// What everybody was told of it.
fn shown(stage: &Stage) -> Vec<String> {
    let told = stage.room.transcript.iter().filter_map(|event| match &event.fact {
        Fact::Noticed { notice: Notice::IdleAlert { text, data, .. }, .. } => {
            let what = |key: &str| data.text(&format!("next-idle-timer-{key}")).unwrap();
            Some(format!("{text}: {} {}", what("type"), what("secs")))
        }
        Fact::Noticed { notice: Notice::IdleClose { text }, .. } => Some(text.clone()),
        Fact::Joined { .. }
        | Fact::Said { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => None,
    });
    told.collect()
}

fn status(stage: &Stage) -> Option<String> {
    stage.session.user_data.text(STATUS)
}
