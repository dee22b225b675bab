//! Customers who came over CometD and have a device: their connection tells them while it is there, pushes
//! when it is gone.

use super::sink::{Sink, message, texts};
use super::town::{Customer, Town};
use super::{COMETD, RELIABLE};
use crate::cometd::client::{Bayeux, PATH};
use crate::support::patience::eventually;
use serde_json::{Value, json};

const KEYS: &str = "settings.flex-push-content=session-id,user-id,secure-key";

#[actix_web::test]
async fn a_connection_tells_while_it_is_there_and_pushes_go_on_where_it_ended() {
    let (sink, town) = town(&[]).await;
    let (mut client, ann) = subscriber(&town, &[]).await;
    town.tells(&ann, "one").await;
    let one = client.hears_event("Message: one").await;
    town.tells(&ann, "two").await;

    let seen = json!({ "ext": { "transcriptPosition": one["nextPosition"].to_string() } });
    client.says_farewell(seen).await;
    town.tells(&ann, "three").await;
    let heard = sink.until_one(|push| message(push)["text"] == "three").await;

    assert_eq!(texts(&sink.heard()), ["two", "three"], "he said that he had seen one");
    let key = &heard["body"]["message"]["secureKey"];
    let back =
        json!({ "operation": "requestNotifications", "secureKey": key, "transcriptPosition": 1 });
    let mut again = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    again.meets().await;
    again.publishes(back).await;
    again.hears_until("Message: three").await;
    town.tells(&ann, "four").await;
    let four = again.hears_event("Message: four").await;
    let seen = json!({ "ext": { "transcriptPosition": four["nextPosition"].to_string() } });
    again.says_farewell(seen).await;
    town.tells(&ann, "five").await;
    sink.until_one(|push| message(push)["text"] == "five").await;

    assert_eq!(texts(&sink.heard()), ["two", "three", "five"]);
}

#[actix_web::test]
async fn a_good_bye_that_does_not_say_what_was_seen_leaves_the_last_minute_in_doubt() {
    let (sink, town) = town(&[]).await;
    let (mut client, ann) = subscriber(&town, &[]).await;
    town.tells(&ann, "one").await;
    client.hears_until("Message: one").await;

    client.says_farewell(json!({})).await;
    town.tells(&ann, "two").await;
    sink.until_one(|push| message(push)["text"] == "two").await;

    assert_eq!(texts(&sink.heard()), ["one", "two"]);
}

#[actix_web::test]
async fn a_position_says_nothing_when_several_chats_could_be_meant() {
    let (sink, town) = town(&[]).await;
    let (mut client, ann) = subscriber(&town, &[]).await;
    client.starts_a_chat().await;
    town.tells(&ann, "one").await;
    client.hears_until("Message: one").await;

    client.says_farewell(json!({ "ext": { "transcriptPosition": "999999" } })).await;
    town.tells(&ann, "two").await;
    sink.until_one(|push| message(push)["text"] == "two").await;

    assert_eq!(texts(&sink.heard()), ["one", "two"]);
}

#[actix_web::test]
async fn who_loses_his_connection_without_a_word_is_pushed_the_last_minute_and_what_follows() {
    let (sink, town) = town(&["cometd.max-interval=5000"]).await;
    let (mut client, ann) = subscriber(&town, &[]).await;
    town.tells(&ann, "one").await;
    client.hears_until("Message: one").await;

    drop(client);
    town.tells(&ann, "two").await;
    let pushed = sink.until_one(|push| message(push)["text"] == "two").await;

    assert_eq!(texts(&sink.heard()), ["one", "two"]);
    assert_eq!(pushed["body"]["deviceId"], "ann's phone");
}

#[actix_web::test]
async fn the_end_of_a_chat_is_pushed_when_it_was_told_to_a_connection_that_is_dead() {
    let (sink, town) = town(&["cometd.max-interval=5000"]).await;
    let (_dead, created) = begun(&town, &[RELIABLE]).await;
    let (mut alive, other) = begun(&town, &[RELIABLE]).await;
    let (mut later, last) = begun(&town, &[RELIABLE]).await;
    let mut page = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    page.meets().await;
    let leave = json!({ "operation": "disconnect" });

    // Between two connects.
    page.sends(&other, leave.clone()).await;
    page.sends(&created, leave.clone()).await;
    while alive.hears().await["chatEnded"] != true {}
    alive.connects(json!({ "advice": { "timeout": 0 } })).await;
    // Another one is lost after that, so whatever is pushed for the former comes before.
    later.connects(json!({ "advice": { "timeout": 0 } })).await;
    page.sends(&last, leave).await;

    let is_hers =
        |push: &Value, keys: &Value| message(push)["userData"]["session-id"] == keys["chatId"];
    let reminder = sink.until_one(|push| is_hers(push, &created)).await;
    assert_eq!(message(&reminder)["userData"]["notify-position"], "-1");
    sink.until_one(|push| is_hers(push, &last)).await;
    assert!(!sink.heard().iter().any(|push| is_hers(push, &other)), "she has heard it");
}

#[actix_web::test]
async fn a_connection_ends_the_reminders_and_its_end_begins_new_ones() {
    let (sink, town) = town(&[]).await;
    let (mut client, ann) = subscriber(&town, &[RELIABLE]).await;
    let dot = town.customer(&[RELIABLE]).await;
    let of = |whom: &Customer| sink.heard().iter().filter(|push| is_of(push, whom)).count();
    let dot_is_reminded = |n: usize| {
        let n = n + of(&dot);
        let (of, dot) = (&of, &dot);
        eventually("Dot is reminded", move || async move { (n <= of(dot)).then_some(()) })
    };
    town.tells(&dot, "hello").await;
    town.tells(&ann, "one").await;
    let one = client.hears_event("Message: one").await;
    let seen = json!({ "ext": { "transcriptPosition": one["nextPosition"].to_string() } });
    client.says_farewell(seen).await;
    town.tells(&ann, "two").await;
    let twice =
        |push: &Value| is_of(push, &ann) && message(push)["userData"]["notify-attempt"] == "1";
    let reminder = sink.until_one(twice).await;
    assert_eq!(message(&reminder)["userData"]["notify-position"], "2002");

    let key = &reminder["body"]["message"]["secureKey"];
    let mut again = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    again.meets().await;
    let back = json!({ "operation": "requestNotifications", "secureKey": key, "transcriptPosition": 2_002 });
    again.publishes(back).await;
    again.hears_until("Message: two").await;
    let held = again.begins_to_connect("8");
    // Dot is reminded once a second; one of Ann's may be under way when her connection comes.
    dot_is_reminded(2).await;
    let n_before = of(&ann);
    dot_is_reminded(2).await;
    assert_eq!(of(&ann), n_before, "reminders end");
    again.says_farewell(json!({})).await;
    assert_eq!(held.await.unwrap()["channel"], "/meta/connect");
    town.tells(&ann, "three").await;
    eventually("a new one comes", || async { (n_before < of(&ann)).then_some(()) }).await;

    let heard = sink.heard();
    let newest = heard.iter().rfind(|push| is_of(push, &ann)).unwrap();
    assert_eq!(message(newest)["userData"]["notify-attempt"], "0");
}

fn is_of(push: &Value, whom: &Customer) -> bool {
    message(push)["userData"]["session-id"] == whom.chat.as_str()
}

async fn town(more: &[&str]) -> (Sink, Town) {
    let sink = Sink::start(&[]).await;
    let settings: Vec<_> = [KEYS].iter().chain(more).copied().collect();
    let town = Town::start(&[("default", &sink.url())], &settings);
    (sink, town)
}

async fn subscriber(town: &Town, more: &[(&str, &str)]) -> (Bayeux, Customer) {
    let (client, created) = begun(town, more).await;
    let customer = town.customer_of(created["chatId"].as_str().unwrap());
    (client, customer)
}

/// A client with the first event of its chat.
async fn begun(town: &Town, more: &[(&str, &str)]) -> (Bayeux, Value) {
    let mut client = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    client.meets().await;
    let mut user_data = json!({ "GCTI_GMS_PushIncludePayload": "true" });
    for (key, value) in COMETD.iter().chain(more) {
        user_data[*key] = json!(value);
    }
    let wish = json!({ "operation": "requestChat", "nickname": "Ann", "userData": user_data });
    client.publishes(wish).await;
    let created = client.hears().await;
    (client, created)
}
