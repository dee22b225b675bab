//! CometD as its clients use it, message by message: what breaks a real client, told by the client's
//! side. The reference clients themselves are in `tests/clients`.

mod at_once;
mod by_hand;
mod chat;
pub mod client;
mod clients;
mod ids;
mod nodes;
mod pieces;
mod polling;
mod reads;
mod sent_on;
mod socket;
mod stopped;
mod times;

use crate::support::rig::Rig;
use client::Bayeux;
use serde_json::{Value, json};

#[actix_web::test]
async fn a_customer_and_an_agent_talk_and_nobody_asked_to_be_told() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;

    ann.publishes(json!({ "operation": "requestChat", "nickname": "Ann", "subject": "S" })).await;
    let created = ann.hears().await;
    let chat = ann.chat(&created);
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says(&chat, bob, "what can I do for you?").await;
    let heard = [ann.hears().await, ann.hears().await];
    ann.sends(&created, json!({ "operation": "sendMessage", "message": "it is late" })).await;
    let own = ann.hears().await;
    ann.sends(&created, json!({ "operation": "disconnect" })).await;
    let left = ann.hears().await;

    assert_eq!(created["chatEnded"], false);
    assert_eq!(lines(&created), ["ParticipantJoined"]);
    assert_eq!(
        heard.iter().flat_map(lines).collect::<Vec<_>>(),
        ["ParticipantJoined", "Message: what can I do for you?"]
    );
    assert_eq!(lines(&own), ["Message: it is late"]);
    assert_eq!(
        (lines(&left), &left["chatEnded"]),
        (vec!["ParticipantLeft".to_owned()], &json!(true))
    );
    rig.stop().await;
}

/// What an event tells, as `type: text` of each message.
fn lines(event: &Value) -> Vec<String> {
    let line = |message: &Value| {
        let kind = message["type"].as_str().unwrap();
        message["text"].as_str().map_or(kind.to_owned(), |text| format!("{kind}: {text}"))
    };
    event["messages"].as_array().unwrap().iter().map(line).collect()
}
