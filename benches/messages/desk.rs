//! Agents' desks: each a socket that attends some chats, and notes when each message reaches it.

use crate::apart::heard::Heard;
use crate::apart::program::{PASSWORD, agent_name};
use crate::customer::Customer;
use crate::load::histogram;
use crate::node::Node;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// What all desks have heard.
/// What customers begin their messages with, before the numbers.
const MARK: char = 'm';

pub type Ears = Arc<Mutex<Heard>>;

pub fn ears() -> Ears {
    Arc::new(Mutex::new(Heard::of(MARK, histogram())))
}

pub struct Desk {
    socket: WebSocketStream<TcpStream>,
}

impl Desk {
    /// Logs in and registers.
    pub async fn open(node: &Node, n: usize) -> Self {
        let body = json!({ "agent": agent_name(n), "password": PASSWORD });
        let mut asking = Customer::connect(node.agents).await;
        let (status, answer) = asking.post("/api/v1/agent/ticket", &body.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        let ticket = answer["ticket"].as_str().unwrap();
        let url = format!("ws://{}/api/v1/agent/socket?ticket={ticket}", node.agents);
        let stream = TcpStream::connect(node.agents).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (socket, _) = client_async(url, stream).await.unwrap();
        let mut desk = Self { socket };
        desk.ask(&json!({ "type": "register", "clientVersion": 106, "ref": 1 })).await;
        // Whoever takes chats works at a desk; nothing is offered to him besides.
        let media = json!([{ "media": "chat", "state": "notReady" }]);
        desk.ask(&json!({ "type": "agentLogin", "media": media, "ref": 1 })).await;
        desk
    }

    pub async fn join(&mut self, session: &str) {
        self.ask(&json!({ "type": "join", "sessionId": session, "ref": 1 })).await;
    }

    /// Listens until the node is gone.
    pub fn listen(self, ears: Ears) {
        tokio::spawn(self.hear_all(ears));
    }

    async fn hear_all(mut self, ears: Ears) {
        while let Some(Ok(message)) = self.socket.next().await {
            let Message::Text(text) = message else { continue };
            if text.contains(r#""type":"ping""#) {
                self.socket.send(Message::text(r#"{"type":"pong"}"#)).await.unwrap();
            }
            ears.lock().unwrap().take(&text);
        }
    }

    /// Sends a frame and waits until it is acknowledged.
    async fn ask(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
        loop {
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else { continue };
            let got: Value = serde_json::from_str(&text).unwrap();
            assert!(got["type"] != "error", "{got}");
            if got["type"] == "ack" || got["type"] == "registered" {
                return;
            }
        }
    }
}
