//! Bots in chats of a real node, with a receiver that checks who asks: what customers and agents see of
//! them, whatever becomes of the receiver or of the node.

mod moved;
mod on_a_ring;
mod receiver;
mod town;

use crate::support::patience::eventually;
use receiver::{Heard, Receiver, does, echo, says, silent};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use town::Town;

#[actix_web::test]
async fn a_bot_speaks_with_the_customer_until_it_is_stopped_and_a_record_says_so() {
    let bot = Receiver::start(echo);
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.says(&ann, "hello").await;

    let words = json!({ "ChatBotName": "German", "ChatBotCategory": "Dialog" });
    town.start_bot(&ann, "faq", words.clone()).await;
    town.until_messages(&ann, 3).await;
    town.says(&ann, "thanks").await;
    let texts = town.until_messages(&ann, 5).await;

    assert_eq!(texts, ["hello", "welcome", "you said hello", "thanks", "you said thanks"]);
    let messages = town.messages(&ann).await;
    assert_eq!(messages[1].0, "Ask me");
    let which = json!({ "ChatBotID": "faq", "ChatBotName": "German" });
    let (status, fault) = town.ask("StartBot", &ann, which.clone()).await;
    assert_eq!((status, fault["code"].as_u64()), (400, Some(400)), "{fault}");
    assert_eq!(town.ask("StopBot", &ann, which.clone()).await.0, 200);
    assert_eq!(town.ask("StopBot", &ann, which).await.0, 400);
    town.until_gone(&ann, "Ask me").await;

    let mut reports = town.reports(2).await;
    reports.sort_by_key(|report| report["session_info"]["cbs_rejectedToStart"].as_u64());
    let (worked, rejected) = (&reports[0], &reports[1]);
    assert_eq!(worked["schema_info"]["version"], "1.0");
    let info = json!({
        "chatBot_name": "faq-German",
        "chatBot_category": "Dialog",
        "chatBot_function": "Unspecified",
    });
    assert_eq!(worked["chatBot_info"], info);
    assert_eq!(worked["session_info"]["attr_itx_id"], ann.chat.as_str());
    let stats = &worked["session_stats"];
    assert_eq!(
        (&stats["cbs_messagesSent"], &stats["cbs_messagesReceived"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        (&stats["cbs_endedBy"], &stats["cbs_endReason"]),
        (&json!("SYSTEM"), &json!("STOPPED"))
    );
    assert_eq!(stats["cbs_endedAbnormally"], 0);
    assert_eq!(rejected["session_info"]["cbs_rejectedToStart"], 1);
    assert_eq!(bot.occasions(), ["start", "turn", "end"]);
}

#[actix_web::test]
async fn what_a_bot_could_not_answer_at_once_is_said_once() {
    let n_asked = Arc::new(AtomicU32::new(0));
    let counted = n_asked.clone();
    // It does its work each time, and its answer gets lost twice.
    let bot = Receiver::start(move |heard: &Heard| {
        let n = counted.fetch_add(1, Ordering::SeqCst);
        if n < 2 { (503, String::new()) } else { echo(heard) }
    });
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.says(&ann, "hello").await;
    town.start_bot(&ann, "faq", json!({})).await;

    let texts = town.until_messages(&ann, 3).await;

    assert_eq!(texts, ["hello", "welcome", "you said hello"]);
    let heard = bot.heard();
    let attempts: Vec<_> = heard.iter().map(|one| one.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(heard.iter().all(|one| one.delivery == heard[0].delivery));
}

#[actix_web::test]
async fn a_bot_goes_on_where_it_was_when_its_node_was_killed() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let bot = Receiver::start(move |heard: &Heard| {
        if down.load(Ordering::SeqCst) { (503, String::new()) } else { echo(heard) }
    });
    let mut town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.start_bot(&ann, "faq", json!({})).await;
    town.until_messages(&ann, 1).await;
    let first = bot.heard()[0].clone();

    is_down.store(true, Ordering::SeqCst);
    town.says(&ann, "hello").await;
    eventually("the bot is asked in vain", || async { (1 < bot.heard().len()).then_some(()) })
        .await;
    town.node.kill();
    is_down.store(false, Ordering::SeqCst);
    town.node.start_again();
    let texts = town.until_messages(&ann, 3).await;
    town.says(&ann, "thanks").await;
    let more = town.until_messages(&ann, 5).await;

    assert_eq!(texts, ["welcome", "hello", "you said hello"]);
    assert_eq!(more[3..], ["thanks", "you said thanks"]);
    let after: Vec<_> = bot.heard().iter().skip(1).map(|one| one.body["after"].clone()).collect();
    assert_eq!(after[0], first.body["upto"], "what was answered is not told again");
    assert!(bot.heard().iter().skip(1).all(|one| one.body["occasion"] == "turn"));
}

#[actix_web::test]
async fn a_bot_that_does_not_answer_as_it_should_has_left() {
    for (name, script) in [
        ("is silent", (500, String::new())),
        ("knows us not", (401, String::new())),
        ("leads elsewhere", (302, String::new())),
        ("babbles", (200, "hello".to_owned())),
        ("dances", does(&json!([{ "do": "dance" }]))),
        ("says nothing", does(&json!([{ "do": "say", "text": " " }]))),
    ] {
        let bot = Receiver::start(move |heard: &Heard| match heard.body["occasion"].as_str() {
            Some("end") => silent(),
            _ => script.clone(),
        });
        let town = Town::start(&bot.url, &["bots.faq.attempts=2"]);
        let ann = town.customer().await;
        town.start_bot(&ann, "faq", json!({})).await;

        town.until_gone(&ann, "Ask me").await;

        let report = town.reports(1).await.remove(0);
        assert_eq!(report["session_stats"]["cbs_endedAbnormally"], 1, "{name}: {report}");
        assert_eq!(town.texts(&ann).await, Vec::<String>::new(), "{name}");
        town.says(&ann, "the chat goes on").await;
    }
}

#[actix_web::test]
async fn a_receiver_that_has_another_secret_hears_nothing() {
    let bot = Receiver::start(echo);
    let town = Town::start(&bot.url, &["bots.faq.secret=some other secret"]);
    let ann = town.customer().await;
    town.start_bot(&ann, "faq", json!({})).await;

    town.until_gone(&ann, "Ask me").await;

    assert!(bot.heard().is_empty());
    assert_eq!(town.reports(1).await[0]["session_stats"]["cbs_endReason"], "NO_ANSWER");
}

#[actix_web::test]
async fn an_agent_who_comes_takes_the_chat_from_a_bot_that_stops_for_him() {
    let bot = Receiver::start(echo);
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.start_bot(&ann, "faq", json!({ "StopBotOnAgentArrival": "true" })).await;
    town.until_messages(&ann, 1).await;

    let mut ada = town.ada().await;
    let mut seen = ada.join(&ann.chat, json!({})).await;
    town.until_gone(&ann, "Ask me").await;
    town.says(&ann, "hello").await;
    ada.follow_until(&mut seen, "hello").await;

    assert_eq!(town.texts(&ann).await, ["welcome", "hello"]);
    assert_eq!(town.reports(1).await[0]["session_stats"]["cbs_endReason"], "AGENT_ARRIVED");
}

#[actix_web::test]
async fn an_agent_hands_a_chat_to_a_bot_and_gets_it_back() {
    let bot = Receiver::start(|heard: &Heard| match heard.texts_of("CLIENT").as_slice() {
        [] => says(&["your number, please"]),
        _ => does(&json!([
            { "do": "attach", "userData": { "Number": "4711" } },
            { "do": "say", "text": "thank you" },
            { "do": "handOver" }
        ])),
    });
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    let mut ada = town.ada().await;
    let mut seen = ada.join(&ann.chat, json!({})).await;

    let hand = json!({ "type": "handToBot", "sessionId": ann.chat, "botId": "faq" });
    let handed = ada.ask(hand.clone()).await;
    assert_eq!(handed["type"], "ack", "{handed}");
    assert!(handed["participantId"].is_u64(), "{handed}");
    ada.follow_until(&mut seen, "your number, please").await;
    town.says(&ann, "4711").await;
    ada.follow_until(&mut seen, "thank you").await;
    let n_asked = bot.heard().len();
    town.says(&ann, "anything else?").await;
    ada.follow_until(&mut seen, "anything else?").await;
    ada.say(&seen, "no, we are done").await;
    ada.follow_until(&mut seen, "no, we are done").await;

    assert_eq!(bot.heard().len(), n_asked, "without the floor it has no turns");
    let floors: Vec<_> = seen
        .events
        .iter()
        .filter(|event| event["text"] == "bot-floor")
        .map(|event| event["userData"]["participant"].clone())
        .collect();
    assert_eq!(floors, [handed["participantId"].clone(), json!(0)], "{:?}", seen.events);
    let customers = town.transcript(&ann).await;
    assert!(!customers.iter().any(|one| one.to_string().contains("bot-floor")));

    ada.ask(hand).await;
    ada.follow_until(&mut seen, "thank you").await;
    let take = json!({ "type": "takeFromBot", "sessionId": ann.chat });
    assert_eq!(ada.ask(take).await["type"], "ack");
    let unknown = json!({ "type": "handToBot", "sessionId": ann.chat, "botId": "nobody" });
    assert_eq!(ada.ask(unknown).await["code"], 404);
}

#[actix_web::test]
async fn who_holds_his_workflow_up_is_answered_when_the_bot_has_ended() {
    let bot = Receiver::start(|heard: &Heard| match heard.texts_of("CLIENT").as_slice() {
        [] => silent(),
        _ => does(&json!([{ "do": "leave", "result": "Success" }])),
    });
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    let parameters = || json!({ "ChatBotID": "faq", "ChatBotHoldup": "true" });
    let ask = || town.ask_as("StartBot", &ann, parameters(), Some("step-7"));

    let (status, fault) = ask().await;
    assert_eq!((status, fault["code"].as_u64()), (503, Some(503)), "{fault}");
    town.says(&ann, "hello").await;
    let told = eventually("the bot has ended", || async {
        let (status, told) = ask().await;
        (status == 200).then_some(told)
    });
    let told = told.await;

    assert_eq!((&told["EndReason"], &told["EndResult"]), (&json!("DONE"), &json!("Success")));
    assert_eq!(told["ChatBotSessionID"], format!("{}/2", ann.chat));
}

#[actix_web::test]
async fn data_go_to_a_bot_and_customers_see_nothing_of_it() {
    let bot = Receiver::start(|heard: &Heard| {
        let mut events = heard.body["events"].as_array().unwrap().iter();
        match events.find(|event| event["type"] == "data") {
            Some(event) => says(&[event["data"]["order"].as_str().unwrap()]),
            None => silent(),
        }
    });
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.start_bot(&ann, "faq", json!({})).await;

    let send = json!({ "ChatBotID": "faq", "Data": { "order": "4711" } });
    assert_eq!(town.ask("SendData", &ann, send).await.0, 200);

    assert_eq!(town.until_messages(&ann, 1).await, ["4711"]);
    let seen = town.transcript(&ann).await;
    let kinds: Vec<_> = seen.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ParticipantJoined", "ParticipantJoined", "Message"]);
}

#[actix_web::test]
async fn a_bot_shows_that_it_types_until_it_speaks_and_is_counted_while_it_works() {
    let bot = Receiver::start(|heard: &Heard| {
        let events = heard.body["events"].as_array().unwrap();
        match events.iter().find(|event| event["type"] == "data") {
            Some(event) => says(&[event["data"]["order"].as_str().unwrap()]),
            None if heard.texts_of("CLIENT").is_empty() => silent(),
            // What it needs is being looked for.
            None => does(&json!([{ "do": "typing" }])),
        }
    });
    let town = Town::start(&bot.url, &[]);
    let ann = town.customer().await;
    town.start_bot(&ann, "faq", json!({})).await;
    let is_typing = async || {
        let seen = town.transcript(&ann).await;
        let mut typing = seen.iter().filter(|one| one["type"] == "TypingStarted");
        typing.any(|one| one["from"]["nickname"] == "Ask me")
    };

    town.says(&ann, "where is my order?").await;
    eventually("it is seen to type", || async { is_typing().await.then_some(()) }).await;
    assert_eq!(town.metric("holdfast_bots_active").await, 1.0);
    let send = json!({ "ChatBotID": "faq", "Data": { "order": "4711 is on its way" } });
    assert_eq!(town.ask("SendData", &ann, send).await.0, 200);
    let texts = town.until_messages(&ann, 2).await;

    assert_eq!(texts, ["where is my order?", "4711 is on its way"]);
    assert!(!is_typing().await, "it has spoken");
    assert_eq!(town.ask("StopBot", &ann, json!({ "ChatBotID": "faq" })).await.0, 200);
    assert_eq!(town.metric("holdfast_bots_active").await, 0.0);
}

#[actix_web::test]
async fn a_sample_greets_and_ends_and_a_bot_keeps_no_chat_alive() {
    let town = Town::start("http://127.0.0.1:9/none", &[]);
    let ann = town.customer().await;
    town.start_bot(&ann, "greeter", json!({ "Nickname": "Max" })).await;
    town.until_messages(&ann, 1).await;
    town.says(&ann, "bye").await;
    town.until_gone(&ann, "Max").await;
    assert_eq!(town.texts(&ann).await.last().unwrap(), "Goodbye.");

    town.start_bot(&ann, "echo", json!({})).await;
    town.leaves(&ann).await;

    let reports = town.reports(2).await;
    assert_eq!(reports[0]["session_stats"]["cbs_endResult"], "Success");
    assert_eq!(reports[1]["session_stats"]["cbs_endReason"], "ALL_PARTICIPANTS_LEFT");
    let (status, fault) = town.ask("StartBot", &ann, json!({ "ChatBotID": "echo" })).await;
    assert_eq!((status, fault["code"].as_u64()), (410, Some(8209)), "{fault}");
}

#[actix_web::test]
async fn what_does_not_fit_is_refused_with_a_reason() {
    let town = Town::start("http://127.0.0.1:9/none", &[]);
    let ann = town.customer().await;
    for (method, parameters, code) in [
        ("StartBot", json!({}), 100),
        ("StartBot", json!({ "ChatBotID": "nobody" }), 400),
        ("StartBot", json!({ "ChatBotID": "echo", "_umsChannel": "sms" }), 400),
        ("StartBot", json!({ "ChatBotID": "echo", "Visibility": "all" }), 400),
        ("StartBot", json!({ "ChatBotID": "echo", "ChatBotFunction": "x".repeat(51) }), 204),
        ("StopBot", json!({ "ChatBotID": "echo" }), 400),
        ("SendData", json!({ "ChatBotID": "echo", "Data": "a:1" }), 400),
        ("Message", json!({ "MessageText": "hello" }), 404),
    ] {
        let (_, fault) = town.ask(method, &ann, parameters.clone()).await;
        assert_eq!(fault["code"], code, "{method} {parameters}: {fault}");
    }
}
