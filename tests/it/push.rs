//! Pushes of a real node to real receivers: what arrives, in which order, and what was promised to those
//! who want to be sure, whatever becomes of the receiver or of the node.

mod apple;
mod astray;
mod clock;
mod connected;
mod devices;
mod figures;
mod google;
mod moved;
mod phones;
mod provider;
mod sink;
mod stopped;
mod switched;
mod ten_minutes;
mod token;
mod town;

use crate::support::patience::eventually;
use serde_json::json;
use sink::{Sink, message, texts};
use town::Town;

const RELIABLE: (&str, &str) = ("GCTI_GMS_PushResend", "true");
const COMETD: [(&str, &str); 2] =
    [("push_notification_deviceid", "ann's phone"), ("push_notification_type", "customhttp")];
const DROPPED: &str = "holdfast_pushes_total{result=\"dropped\"}";
const REFUSED: &str = "holdfast_pushes_total{result=\"refused\"}";

#[actix_web::test]
async fn what_happens_is_pushed_in_its_order_signed_with_what_was_asked_for() {
    let sink = Sink::start(&[]).await;
    let town = Town::start(&[("default", &sink.url())], &[]);
    let ann = town.customer(&[]).await;
    let bare = [("GCTI_GMS_PushIncludePayload", "false"), ("GCTI_GMS_PushDeviceId", "dot's")];
    let dot = town.customer(&bare).await;

    for text in ["one", "two", "three", "four"] {
        town.tells(&ann, text).await;
    }
    town.says(&ann, "my own words").await;
    let heard = sink.until(5).await;
    town.tells(&dot, "hello").await;
    town.leaves(&ann).await;
    let more = sink.until(8).await;

    assert_eq!(texts(&heard), ["one", "two", "three", "four"]);
    assert_eq!(message(&heard[0])["type"], "ParticipantJoined", "the workflow came");
    assert!(more.iter().all(|one| one["signature"] == "good" && one["attempt"] == 1));
    assert!(heard.iter().all(|one| one["body"]["deviceId"] == "ann's phone"));
    let of_dot = more.iter().filter(|one| one["body"] == json!({ "deviceId": "dot's" }));
    assert_eq!(of_dot.count(), 2);
    let end = sink.until_one(|one| one["body"]["message"]["chatEnded"] == true).await;
    assert_eq!(message(&end)["type"], "ParticipantLeft");
    assert_eq!(message(&end)["eventAttributes"]["GCTI_SYSTEM"]["quit-reason-code"], "0");
}

#[actix_web::test]
async fn a_receiver_that_was_down_gets_what_it_was_promised() {
    let mut sink = Sink::start(&[]).await;
    let content = "settings.flex-push-content=session-id,user-id,app-dbid,secure-key";
    let town = Town::start(&[("default", &sink.url())], &[content]);
    let ann = town.customer(&[RELIABLE]).await;

    sink.go();
    town.tells(&ann, "hello").await;
    let failed = "holdfast_pushes_total{result=\"failed\"}";
    eventually("it is told in vain", || async { (2.0 <= town.figure(failed).await).then_some(()) })
        .await;
    sink.come(&["--fail", "1"]).await;
    let heard = sink.until(2).await;

    let reminder = message(&heard[1]);
    assert_eq!((&heard[0]["status"], &heard[1]["status"]), (&json!(503), &json!(200)));
    assert_eq!(
        (&reminder["type"], &reminder["text"]),
        (&json!("PushUrl"), &json!("PUSH-NOTIFICATION"))
    );
    let data = &reminder["userData"];
    let attempt: u64 = data["notify-attempt"].as_str().unwrap().parse().unwrap();
    assert!(0 < attempt, "{reminder}");
    let receiver = town.in_the_name_of(data);
    let seen = town.fetch(&receiver, data["notify-position"].as_str().unwrap()).await;
    assert_eq!(seen["messages"].as_array().unwrap().last().unwrap()["text"], "hello", "{seen}");

    let n_heard = sink.heard().len();
    town.tells(&ann, "bye").await;
    let next = sink.until_one(|one| message(one)["userData"]["notify-attempt"] == "0").await;
    assert_eq!(
        message(&next)["userData"]["notify-position"],
        seen["nextPosition"].to_string().as_str()
    );
    let late = sink.heard().len() - n_heard;
    assert!(late <= 2, "who has fetched is left in peace: {late} more came");
    town.leaves(&ann).await;
    let end = |one: &serde_json::Value| message(one)["userData"]["notify-position"] == "-1";
    let end = sink.until_one(end).await;
    assert_eq!(end["body"]["message"]["chatEnded"], true);
}

#[actix_web::test]
async fn a_subscription_outlives_its_node() {
    let mut sink = Sink::down();
    let mut town = Town::start(&[("default", &sink.url())], &[]);
    let (sure, plain) = (town.customer(&[RELIABLE]).await, town.customer(&[]).await);
    town.tells(&sure, "hello").await;
    town.tells(&plain, "hello").await;

    town.node.kill();
    sink.come(&[]).await;
    town.node.start_again();
    let reminder = sink.until_one(|one| message(one)["text"] == "PUSH-NOTIFICATION").await;
    let again = sink.until_one(|one| message(one)["text"] == "hello").await;
    town.tells(&plain, "are you there?").await;
    sink.until_one(|one| message(one)["text"] == "are you there?").await;

    assert_eq!(message(&reminder)["userData"]["session-id"], sure.chat.as_str());
    assert_eq!(message(&reminder)["userData"]["notify-position"], "2");
    town.fetch(&sure, "2").await;
    assert_eq!(again["delivery"], format!("{}/1/{}", plain.chat, message(&again)["index"]));
}

#[actix_web::test]
async fn a_receiver_that_is_down_while_its_node_dies_gets_what_it_was_promised() {
    let mut sink = Sink::start(&[]).await;
    let mut town = Town::start(&[("default", &sink.url())], &[]);
    let (sure, plain) = (town.customer(&[RELIABLE]).await, town.customer(&[]).await);
    town.tells(&sure, "one").await;
    town.tells(&plain, "one").await;
    sink.until_one(|one| message(one)["text"] == "one").await;
    sink.until_one(|one| message(one)["userData"]["session-id"] == sure.chat.as_str()).await;

    sink.go();
    town.tells(&sure, "two").await;
    town.tells(&plain, "two").await;
    let failed = "holdfast_pushes_total{result=\"failed\"}";
    let in_vain = || async { (3.0 <= town.figure(failed).await).then_some(()) };
    eventually("it is told in vain", in_vain).await;
    town.node.kill();
    town.node.start_again();
    eventually("it is told in vain again", || async {
        (4.0 <= town.figure(failed).await).then_some(())
    })
    .await;
    let n_before = sink.heard().len();
    sink.come(&[]).await;
    let is_reminder = |one: &&serde_json::Value| message(one)["text"] == "PUSH-NOTIFICATION";
    let reminder = eventually("the reminder comes", || async {
        sink.heard().iter().skip(n_before).find(is_reminder).cloned()
    })
    .await;

    let data = &message(&reminder)["userData"];
    assert_eq!(data["session-id"], sure.chat.as_str());
    assert!(1 <= data["notify-attempt"].as_str().unwrap().parse::<u32>().unwrap(), "{data}");
    let seen = town.fetch(&sure, data["notify-position"].as_str().unwrap()).await;
    let said: Vec<_> = seen["messages"].as_array().unwrap().iter().collect();
    assert_eq!(said[said.len() - 2]["text"], "one");
    assert_eq!(said[said.len() - 1]["text"], "two");
    town.tells(&plain, "three").await;
    sink.until_one(|one| message(one)["text"] == "three").await;
}

#[actix_web::test]
async fn who_asks_for_debugging_is_pushed_elsewhere_and_a_provider_tells_what_it_may() {
    let (usual, debug) = (Sink::start(&[]).await, Sink::start(&[]).await);
    let bare = Sink::start(&[]).await;
    let town = Town::start(
        &[("default", &usual.url()), ("bare", &bare.url())],
        &[
            &format!("push.default.debug-url={}", debug.url()),
            "push.default.events=Message",
            "push.bare.include-payload=false",
        ],
    );
    let ann = town.customer(&[("GCTI_GMS_PushDebug", "true")]).await;
    let bob = town.customer(&[]).await;
    let eve = town.customer(&[("GCTI_GMS_PushProvider", "bare")]).await;

    for (customer, text) in [(&ann, "to ann"), (&bob, "to bob"), (&eve, "to eve")] {
        town.tells(customer, text).await;
        town.leaves(customer).await;
    }
    let (of_ann, of_bob) = (debug.until(2).await, usual.until(2).await);
    let of_eve = bare.until(3).await;

    assert_eq!((texts(&of_ann), texts(&of_bob)), (vec!["to ann".into()], vec!["to bob".into()]));
    for told in [of_ann, of_bob] {
        assert_eq!(told.len(), 2, "who comes is filtered out, and the end never");
        assert_eq!(told[1]["body"]["message"]["chatEnded"], true);
    }
    assert!(of_eve.iter().all(|push| push["body"] == json!({ "deviceId": "ann's phone" })));
}

#[actix_web::test]
async fn a_slow_receiver_costs_nobody_else_anything() {
    let (slow, quick) = (Sink::start(&["--delay", "600000"]).await, Sink::start(&[]).await);
    let stranger = Sink::start(&[]).await;
    let town = Town::start(
        &[("slow", &slow.url()), ("quick", &quick.url()), ("stranger", &stranger.url())],
        &[
            "push.default-provider=quick",
            "push.slow.connections=1",
            "push.slow.queue=1",
            "push.slow.timeout=60",
            "push.stranger.secret=some other secret",
        ],
    );
    let ann = town.customer(&[("GCTI_GMS_PushProvider", "slow")]).await;
    let bob = town.customer(&[]).await;
    let eve = town.customer(&[("GCTI_GMS_PushProvider", "stranger")]).await;

    for text in ["one", "two", "three", "four", "five"] {
        town.tells(&ann, text).await;
        town.tells(&bob, text).await;
    }
    town.tells(&eve, "hello").await;
    let heard = quick.until(6).await;

    assert_eq!(texts(&heard), ["one", "two", "three", "four", "five"]);
    assert_eq!(slow.until(1).await.len(), 1, "the next one waits for the answer to this");
    eventually("what finds no room is dropped", || async {
        (4.0 <= town.figure(DROPPED).await).then_some(())
    })
    .await;
    eventually("who has another secret takes nothing", || async {
        (1.0 <= town.figure(REFUSED).await).then_some(())
    })
    .await;
    assert!(stranger.heard().iter().all(|one| one["signature"] == "bad"));
}

#[actix_web::test]
async fn a_receiver_that_does_not_answer_has_one_reminder_of_each_customer_waiting() {
    let sink = Sink::start(&["--delay", "600000"]).await;
    let settings = ["push.default.connections=1", "push.default.timeout=60"];
    let town = Town::start(&[("default", &sink.url())], &settings);
    let ann = town.customer(&[RELIABLE]).await;
    town.tells(&ann, "hello").await;

    let replaced = "holdfast_pushes_total{result=\"replaced\"}";
    let are_replaced = || async { (3.0 <= town.figure(replaced).await).then_some(()) };
    eventually("newer reminders come", are_replaced).await;

    assert_eq!(town.figure("holdfast_pushes_waiting").await, 2.0, "one of them is under way");
}
