//! What bots are told, and what samples and records make of it, from sessions as rules make them.

use crate::base::{SessionId, UserData};
use crate::bot::policy::Sample;
use crate::bot::{Delivery, report, sample};
use crate::chat::Command;
use crate::chat::bots::{Act, BotReport, BotWish, Engagement, Failure, SendData, StartBot, Turn};
use crate::chat::effect::Effect;
use crate::chat::participant::Visibility;
use crate::chat::testing::{Stage, coach, customer};
use serde_json::{Value, json};

#[test]
fn a_delivery_says_all_that_a_bot_without_a_memory_needs() {
    let mut stage = Stage::with(&[customer("ann"), coach("eve")]);
    stage.say("ann", "hello").unwrap();
    stage.say("eve", "he lies").unwrap();
    start(&mut stage);
    let data = UserData::default().with("order", "4711");
    let which = engaged().which();
    let send = SendData { once: None, client: "crm".into(), which, data };
    stage.perform(Command::Bots(Box::new(BotWish::Send(send)))).unwrap();
    let first = told(&mut stage).remove(0);
    stage.room.bots.heard(first.who, first.upto);
    stage.perform(Command::TimePassed).unwrap();

    let start = json!(Delivery::of(&chat(), &first).unwrap());
    let turn = json!(Delivery::of(&chat(), &told(&mut stage)[0]).unwrap());

    assert_eq!(start["occasion"], "start");
    assert_eq!(start["delivery"], "chat-1/3/5");
    assert_eq!(start["hasFloor"], true);
    let bot = json!({
        "id": "faq", "name": "", "category": "Dialog", "function": "", "session": "chat-1/3",
        "participant": 3, "nickname": "max", "visibility": "ALL",
    });
    assert_eq!(start["bot"], bot);
    let people = start["chat"]["participants"].as_array().unwrap();
    let names: Vec<_> = people.iter().map(|one| one["nickname"].as_str().unwrap()).collect();
    assert_eq!(names, ["ann", "max"], "a bot for customers does not know who coaches");
    assert_eq!(kinds(&start), ["joined", "message", "joined"]);
    assert_eq!(start["events"][1]["text"], "hello");
    assert!(!start.to_string().contains("he lies"));
    assert_eq!((&turn["occasion"], &turn["after"]), (&json!("turn"), &json!(5)));
    assert_eq!(
        turn["events"],
        json!([{ "position": 6, "type": "data", "data": { "order": "4711" } }])
    );
}

#[test]
fn samples_answer_the_customer_and_nothing_at_the_end() {
    let mut stage = Stage::with(&[customer("ann")]);
    stage.say("ann", "hello").unwrap();
    start(&mut stage);
    let first = delivery(&mut stage);
    assert_eq!(texts(&sample::answer(Sample::Echo, &first)), ["You said: hello"]);
    assert_eq!(sample::answer(Sample::Greeter, &first).len(), 1, "it greets, whatever was said");

    heard(&mut stage, &first);
    stage.say("ann", " Agent ").unwrap();
    let second = delivery(&mut stage);
    assert_eq!(sample::answer(Sample::Greeter, &second).last(), Some(&Act::HandOver));

    stage.leave("ann");
    stage.room.bots.heard(stage.who("max"), crate::base::Position(second.upto));
    stage.perform(Command::TimePassed).unwrap();
    let end = delivery(&mut stage);
    assert_eq!(end.occasion, "end");
    for kind in [Sample::Echo, Sample::Greeter] {
        assert_eq!(sample::answer(kind, &end), []);
    }
}

#[test]
fn a_record_says_how_long_a_bot_worked_and_how_it_ended() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage);
    let max = stage.who("max");
    assert_eq!(report::record(&chat(), &stage.session, max), None, "it is at work");
    let first = told(&mut stage).remove(0);
    let turn = Turn { who: max, after: first.after, upto: first.upto, acts: vec![say("hi")] };
    stage.perform(Command::Bots(Box::new(BotWish::Turn(turn)))).unwrap();
    stage.say("ann", "hello").unwrap();
    stage.now = stage.now + std::time::Duration::from_millis(1_500);
    let fail = BotWish::Fail { who: max, after: first.upto, reason: Failure::NoAnswer };
    stage.perform(Command::Bots(Box::new(fail))).unwrap();

    let record = report::record(&chat(), &stage.session, max).unwrap();

    let expected = json!({
        "cbs_duration": 1_500, "cbs_messagesSent": 1, "cbs_messagesReceived": 1,
        "cbs_endedAbnormally": 1, "cbs_endedBy": "SYSTEM", "cbs_endReason": "NO_ANSWER",
        "cbs_endResult": "",
    });
    assert_eq!(record["session_stats"], expected);
    assert_eq!(record["session_info"]["cbs_id"], "chat-1/2");
    assert_eq!(record["session_info"]["attr_itx_tenant_id"], "Environment");
    assert_eq!(record["chatBot_info"]["chatBot_function"], "Unspecified");
}

fn start(stage: &mut Stage) {
    let start = StartBot {
        once: None,
        client: "crm".into(),
        user_id: "00AA".into(),
        asker: None,
        nickname: "max".into(),
        visibility: Visibility::All,
        engagement: engaged(),
    };
    stage.perform(Command::Bots(Box::new(BotWish::Start(start)))).unwrap();
}

fn engaged() -> Engagement {
    Engagement { id: "faq".into(), category: "Dialog".into(), ..Engagement::default() }
}

fn chat() -> SessionId {
    SessionId("chat-1".into())
}

fn told(stage: &mut Stage) -> Vec<BotReport> {
    let effects = stage.effects.drain(..);
    let told = effects.filter_map(|effect| match effect {
        Effect::TellBot(report) => Some(*report),
        Effect::TellInteraction(_)
        | Effect::SaveHistory(_)
        | Effect::Push(_)
        | Effect::TellAddress
        | Effect::Count(_) => None,
    });
    told.collect()
}

fn delivery(stage: &mut Stage) -> Delivery {
    let report = told(stage).pop().unwrap();
    Delivery::of(&chat(), &report).unwrap()
}

fn heard(stage: &mut Stage, delivery: &Delivery) {
    let who = stage.who("max");
    stage.room.bots.heard(who, crate::base::Position(delivery.upto));
}

fn say(text: &str) -> Act {
    Act::Say { text: text.into(), message_type: None, attributes: UserData::default() }
}

fn texts(acts: &[Act]) -> Vec<&str> {
    let texts = acts.iter().filter_map(|act| match act {
        Act::Say { text, .. } => Some(text.as_str()),
        Act::Notice { .. } | Act::Attach(_) | Act::HandOver | Act::Leave { .. } => None,
    });
    texts.collect()
}

fn kinds(delivery: &Value) -> Vec<&str> {
    let events = delivery["events"].as_array().unwrap();
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}
