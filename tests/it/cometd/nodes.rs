//! Customers of two nodes that are one: a chat lives on one of them, its customer's connection
//! anywhere, and nothing is lost when either goes.

use super::client::{Bayeux, PATH};
use super::lines;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::{DeskRig, Settings};
use holdfast::edge::server;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;

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
    assert!(told["advice"]["interval"].as_u64().unwrap() <= 2_000);
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
