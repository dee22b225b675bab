//! Customers of two nodes that are one: a chat lives on one of them, its customer's connection
//! anywhere, and nothing is lost when either goes.

use super::client::{Bayeux, PATH};
use super::lines;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::{DeskRig, Settings};
use futures_util::future::join_all;
use holdfast::base::{SessionId, ThingId};
use holdfast::chat::look::Look;
use holdfast::edge::server;
use holdfast::ownership::Unanswered;
use holdfast::ownership::error::Absent;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(30);

#[actix_web::test]
async fn a_chat_of_another_node_tells_its_customer_and_goes_on_when_that_node_dies() {
    let [(a, at_a), (_b, at_b)] = two_nodes().await;
    let mut ann = Bayeux::of(&at_b);
    ann.meets().await;
    let created = ann.starts_a_chat().await;
    let mut page = Bayeux::of(&at_a);
    page.meets().await;
    page.sends(&created, json!({ "operation": "requestNotifications" })).await;
    assert_eq!(lines(&page.hears().await), ["ParticipantJoined"]);

    let mut ada = DeskClient::start(a.address, "ada").await;
    let mut at_ada = ada.join(created["chatId"].as_str().unwrap(), json!({})).await;
    ada.say(&at_ada, "one").await;
    let mut heard = page.hears_until("Message: one").await;
    a.ground.streets.cut(&"node-b".into());
    page.sends(&created, json!({ "operation": "sendMessage", "message": "two" })).await;
    ada.follow_until(&mut at_ada, "two").await;
    ada.say(&at_ada, "three").await;
    heard.extend(page.hears_until("Message: three").await);

    assert_eq!(heard, ["ParticipantJoined", "Message: one", "Message: two", "Message: three"]);
}

#[actix_web::test]
async fn while_a_chat_cannot_be_reached_its_customer_is_told_so_and_afterwards_it_goes_on() {
    let [(a, at_a), (b, at_b)] = two_nodes().await;
    let mut ann = Bayeux::of(&at_b);
    ann.meets().await;
    let created = ann.starts_a_chat().await;
    ann.sends(&created, json!({ "operation": "sendMessage", "message": "one" })).await;
    let position = ann.hears_event("Message: one").await["messages"][0]["index"].clone();
    let mut page = Bayeux::of(&at_a);
    page.meets().await;

    // Its node closes for repair what panics again and again.
    let session = SessionId::from(created["chatId"].as_str().unwrap());
    let thing = ThingId::from(&session);
    let look = || b.handles.sessions.look(&thing, Look::Whole);
    let until_closed = async {
        while look().await.err() != Some(Unanswered::Absent(Absent::InRepair)) {
            b.panic(&session).await;
        }
    };
    timeout(PATIENCE, until_closed).await.expect("it is not closed for repair");
    let resume = json!({ "operation": "requestNotifications", "transcriptPosition": position });
    page.sends(&created, resume).await;
    let refused = [page.hears().await, page.hears().await];
    page.sends(&created, json!({ "operation": "sendMessage", "message": "not now" })).await;
    let not_said = page.hears().await;
    a.ground.streets.cut(&"node-b".into());
    let until_reached = async {
        let mut again = page.hears().await;
        while again["statusCode"] == 1 {
            again = page.hears().await;
        }
        again
    };
    let again = timeout(PATIENCE, until_reached).await.expect("it is never reached again");
    page.sends(&created, json!({ "operation": "sendMessage", "message": "two" })).await;

    for event in refused.iter().chain([&not_said]) {
        assert_eq!(event["statusCode"], 1, "{event}");
        assert_eq!((lines(event).len(), &event["chatEnded"]), (0, &json!(false)), "{event}");
        assert_eq!(event["errors"][0]["code"], 503, "{event}");
    }
    assert_eq!(
        (&again["statusCode"], &lines(&again)[..]),
        (&json!(0), &["Message: one".to_owned()][..])
    );
    assert_eq!(page.hears_until("Message: two").await, ["Message: two"]);
}

#[actix_web::test]
async fn clients_of_a_node_that_is_left_come_to_the_others_one_after_the_other() {
    const N_CLIENTS: usize = 500;
    let [(a, at_a), _] = two_nodes().await;
    let client = Bayeux::of(&at_a);
    let mut held = vec![];
    for _ in 0..N_CLIENTS {
        let mut client = client.clone();
        client.meets().await;
        held.push(client.begins_to_connect("held"));
    }

    let began = Instant::now();
    let moving = actix_web::rt::spawn(async move { a.api.move_on(Duration::from_secs(1)).await });
    let told =
        join_all(held.into_iter().map(async |held| (held.await.unwrap(), began.elapsed()))).await;
    moving.await.unwrap();

    let interval = |told: &Value| told["advice"]["interval"].as_u64().unwrap();
    let intervals: BTreeSet<_> = told.iter().map(|(told, _)| interval(told)).collect();
    assert!(told.iter().all(|(told, _)| told["advice"]["reconnect"] == "handshake"));
    assert!(N_CLIENTS / 3 < intervals.len(), "{} intervals", intervals.len());
    assert!(intervals.last() <= Some(&500), "{intervals:?}");
    let half = told.iter().filter(|(_, after)| *after < Duration::from_millis(500)).count();
    assert!(half < N_CLIENTS * 3 / 4, "{half} were told within half of the time");
}

#[actix_web::test]
async fn a_client_of_a_node_that_is_left_shakes_hands_elsewhere_and_misses_nothing() {
    let [(a, at_a), (b, at_b)] = two_nodes().await;
    let mut ann = Bayeux::of(&at_a);
    ann.meets().await;
    let created = ann.starts_a_chat().await;
    let session = created["chatId"].as_str().unwrap().to_owned();
    let mut ada = DeskClient::start(b.address, "ada").await;
    let at_ada = ada.join(&session, json!({})).await;
    ada.say(&at_ada, "one").await;
    let last = ann.hears_event("Message: one").await;

    let held = ann.begins_to_connect("held");
    let moving = a.api.clone();
    let moving =
        actix_web::rt::spawn(async move { moving.move_on(Duration::from_millis(200)).await });
    let told = held.await.unwrap();
    moving.await.unwrap();
    ada.say(&at_ada, "two").await;
    let mut elsewhere = Bayeux::of(&at_b);
    elsewhere.meets().await;
    let position = last["nextPosition"].clone();
    let resume = json!({ "operation": "requestNotifications", "transcriptPosition": position });
    elsewhere.sends(&created, resume).await;
    ada.say(&at_ada, "three").await;

    assert_eq!(told["error"], "402::Unknown client");
    assert_eq!(told["advice"]["reconnect"], "handshake");
    assert!(told["advice"]["interval"].as_u64().unwrap() <= 500);
    assert_eq!(elsewhere.hears_until("Message: three").await, ["Message: two", "Message: three"]);
}

/// Two nodes, and where the customers of each ask.
async fn two_nodes() -> [(DeskRig, String); 2] {
    let rigs = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    rigs.map(|rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let hub = server::customers_hub(&rig.handles).unwrap();
        hub.follow(rig.api.moving.clone(), rig.api.is_stopping.subscribe());
        actix_web::rt::spawn(server::serve_customers(listener, &rig.handles, &hub).unwrap());
        (rig, url)
    })
}
