//! A client over long-polling that says exactly what a test wants it to.

use super::lines;
use crate::support::rig::{Chat, Rig};
use crate::support::strict;
use actix_web::rt::task::JoinHandle;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use std::collections::VecDeque;

pub const PATH: &str = "/genesys/cometd";
pub const CHANNEL: &str = "/service/chatV2/customer-support";

#[derive(Clone)]
pub struct Bayeux {
    url: String,
    http: reqwest::Client,
    pub id: String,
    pub cookie: Option<String>,
    /// Events that came beside something else.
    heard: VecDeque<Value>,
    /// What else is said with each connect.
    pub acknowledged: Option<u64>,
}

impl Bayeux {
    pub fn new(rig: &Rig) -> Self {
        Self::at(rig, PATH)
    }

    pub fn at(rig: &Rig, path: &str) -> Self {
        Self::of(&rig.url(path))
    }

    pub fn of(url: &str) -> Self {
        let (url, http) = (url.to_owned(), reqwest::Client::new());
        let (id, cookie, heard) = (String::new(), None, VecDeque::new());
        Self { url, http, id, cookie, heard, acknowledged: None }
    }

    /// One that has shaken hands and connected once.
    pub async fn connected(rig: &Rig) -> Self {
        let mut client = Self::new(rig);
        client.meets().await;
        client
    }

    /// Shakes hands and connects once.
    pub async fn meets(&mut self) {
        self.shakes_hands(json!({})).await;
        self.connects(json!({})).await;
    }

    pub async fn shakes_hands(&mut self, more: Value) -> Value {
        let mut message = json!({
            "channel": "/meta/handshake",
            "id": "1",
            "version": "1.0",
            "supportedConnectionTypes": ["websocket", "long-polling", "callback-polling"],
        });
        extend(&mut message, more);
        let answer = self.posts(json!([message])).await.remove(0);
        if let Some(id) = answer["clientId"].as_str() {
            self.id = id.to_owned();
        }
        answer
    }

    /// Connects once; gives back the answer and keeps what came with it.
    pub async fn connects(&mut self, more: Value) -> Value {
        let mut message =
            self.message("/meta/connect", json!({ "connectionType": "long-polling" }));
        if let Some(batch) = self.acknowledged {
            extend(&mut message, json!({ "ext": { "ack": batch } }));
        }
        extend(&mut message, more);
        let mut answers = self.posts(json!([message])).await;
        let answer = answers.pop().unwrap();
        self.keep(answers);
        if let Some(batch) = answer["ext"]["ack"].as_u64() {
            self.acknowledged = Some(batch);
        }
        answer
    }

    /// A connect that waits for as long as the server lets it, and is on its way when this comes back.
    pub fn begins_to_connect(&self, id: &str) -> JoinHandle<Value> {
        let message = self.message("/meta/connect", json!({ "id": id }));
        let request = self.http.post(&self.url).json(&json!([message]));
        let request = request.header(COOKIE, self.cookie.as_deref().unwrap_or_default());
        actix_web::rt::spawn(async move {
            let answers: Vec<Value> = request.send().await.unwrap().json().await.unwrap();
            answers.last().unwrap().clone()
        })
    }

    /// Says good bye, and what else it has to say.
    pub async fn says_farewell(&mut self, more: Value) {
        let message = self.message("/meta/disconnect", more);
        let answers = self.posts(json!([message])).await;
        assert_eq!(answers.last().unwrap()["successful"], true, "{answers:?}");
    }

    pub async fn starts_a_chat(&mut self) -> Value {
        self.publishes(json!({ "operation": "requestChat", "nickname": "Ann" })).await;
        self.hears().await
    }

    pub async fn publishes(&mut self, data: Value) -> Value {
        let message = self.message(CHANNEL, json!({ "id": "7", "data": data }));
        let mut answers = self.posts(json!([message])).await;
        let answer = answers.remove(0);
        self.keep(answers);
        answer
    }

    /// Publishes with the keys of an event.
    pub async fn sends(&mut self, keys: &Value, mut data: Value) -> Value {
        for key in ["chatId", "userId", "secureKey", "alias"] {
            data[key] = keys[key].clone();
        }
        self.publishes(data).await
    }

    /// The next event, connecting as often as it takes.
    pub async fn hears(&mut self) -> Value {
        loop {
            if let Some(event) = self.heard.pop_front() {
                return event;
            }
            let answer = self.connects(json!({})).await;
            assert_eq!(answer["successful"], true, "{answer}");
        }
    }

    /// What is told up to a line, that one included.
    pub async fn hears_until(&mut self, last: &str) -> Vec<String> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|line| line != last) {
            heard.extend(lines(&self.hears().await));
        }
        heard
    }

    /// The event that tells a line at its end.
    pub async fn hears_event(&mut self, last: &str) -> Value {
        loop {
            let event = self.hears().await;
            if lines(&event).last().is_some_and(|line| line == last) {
                return event;
            }
        }
    }

    /// Whether anything is there for which one need not wait.
    pub async fn hears_nothing(&mut self) -> bool {
        self.connects(json!({ "advice": { "timeout": 0 } })).await;
        self.heard.is_empty()
    }

    pub fn message(&self, channel: &str, more: Value) -> Value {
        let mut message = json!({ "channel": channel, "clientId": self.id });
        extend(&mut message, more);
        message
    }

    /// Posts anything, with the cookie that there is.
    pub async fn posts(&mut self, body: Value) -> Vec<Value> {
        let mut request = self.http.post(&self.url).json(&body);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{body}");
        assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(pair.to_owned());
        }
        response.json().await.unwrap()
    }

    /// The chat of an event, as the rig knows chats.
    pub fn chat(&self, event: &Value) -> Chat {
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        Chat { id: text("chatId"), user: text("userId"), key: text("secureKey") }
    }

    fn keep(&mut self, deliveries: Vec<Value>) {
        for delivery in deliveries {
            assert_eq!(delivery["channel"], CHANNEL, "{delivery}");
            assert!(delivery["data"].get("successful").is_none(), "{delivery}");
            strict::check(&delivery["data"]);
            self.heard.push_back(delivery["data"].clone());
        }
    }
}

fn extend(message: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    message.as_object_mut().unwrap().extend(more);
}
