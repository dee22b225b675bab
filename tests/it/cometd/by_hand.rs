//! Messages that are handed to the hub itself, so that a test says what comes before what.

use super::client::CHANNEL;
use crate::support::rig::{Chat, Rig};
use holdfast::chat::Policy;
use holdfast::config::Config;
use holdfast::edge::cometd::Hub;
use holdfast::edge::cometd::bayeux::Text;
use holdfast::edge::cometd::exchange::{Bringer, Carrier, Exchanged, exchange};
use holdfast::edge::cometd::seat::{NO_SOCKET, Seat};
use holdfast::edge::server;
use serde_json::{Value, json};
use std::sync::Arc;

pub struct ByHand {
    pub rig: Rig,
    pub hub: Arc<Hub>,
}

impl ByHand {
    pub fn start() -> Self {
        let rig = Rig::start_with(Config::default(), Policy::default());
        let hub = server::customers_hub(&rig.handles).unwrap();
        Self { rig, hub }
    }

    /// A client that has shaken hands, perhaps with a cookie.
    pub fn meets(&self, more: Value, browser: Option<&str>) -> Arc<Seat> {
        let handshake = serde_json::from_value(more).unwrap();
        self.hub.seat(&handshake, browser.map(str::to_owned)).unwrap()
    }

    /// Hands messages over as a request would.
    pub async fn brings(&self, messages: &[Value]) -> Exchanged {
        let bringer = Bringer { browser: None, carrier: Carrier::Polling, address: None };
        self.brings_by(&bringer, messages).await
    }

    pub async fn brings_by(&self, bringer: &Bringer, messages: &[Value]) -> Exchanged {
        let messages = messages.iter().map(|one| serde_json::from_value(one.clone()).unwrap());
        exchange(&self.hub, bringer, messages.collect()).await
    }

    /// Starts a chat, and gives back its first event.
    pub async fn starts_a_chat(&self, seat: &Seat) -> Value {
        let data = json!({ "operation": "requestChat", "nickname": "Ann" });
        let replies = self.brings(&[publish(seat, data)]).await.replies;
        assert_eq!(read(&replies)[0]["successful"], true, "{replies:?}");
        events(seat).remove(0)
    }

    /// What was said in a chat, how often.
    pub async fn n_said(&self, created: &Value, text: &str) -> usize {
        let room = self.rig.session(&chat(created)).await.1;
        let said = room.transcript.iter().map(|event| format!("{:?}", event.fact));
        said.filter(|fact| fact.contains(text)).count()
    }
}

pub fn publish(seat: &Seat, data: Value) -> Value {
    let mut message = json!({ "channel": CHANNEL, "clientId": seat.id, "id": "7" });
    message["data"] = data;
    message
}

pub fn connect(seat: &Seat, id: &str, more: Value) -> Value {
    let mut message = json!({ "channel": "/meta/connect", "clientId": seat.id, "id": id });
    let Value::Object(more) = more else { panic!("no message") };
    message.as_object_mut().unwrap().extend(more);
    message
}

pub fn chat(created: &Value) -> Chat {
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    Chat { id: text("chatId"), user: text("userId"), key: text("secureKey") }
}

/// The events that wait for a client.
pub fn events(seat: &Seat) -> Vec<Value> {
    read(&seat.take(NO_SOCKET)).iter().map(|one| one["data"].clone()).collect()
}

pub fn read(texts: &[Text]) -> Vec<Value> {
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}
