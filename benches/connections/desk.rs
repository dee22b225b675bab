//! Agents' desks: each a socket that attends many chats, hears their customers and speaks in them.

use crate::apart::program::{PASSWORD, agent_name};
use crate::ears::Ears;
use crate::node::Node;
use crate::watch::complain;
use crate::wire::{Http, JSON, text_of};
use futures_util::{SinkExt, StreamExt};
use std::cell::Cell;
use std::rc::Rc;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

pub struct Desk {
    frames: UnboundedSender<String>,
    /// What was refused.
    n_refused: Rc<Cell<u64>>,
}

struct Line {
    socket: WebSocketStream<TcpStream>,
}

impl Desk {
    /// Logs in, registers, and comes into some chats; hears from then on.
    pub async fn open(node: &Node, n: usize, sessions: &[String], ears: &Ears) -> Self {
        let body = format!("{{\"agent\":\"{}\",\"password\":\"{}\"}}", agent_name(n), PASSWORD);
        let mut asking = Http::open(node.agents).await.unwrap();
        let status = asking.post("/api/v1/agent/ticket", (JSON, &body), "").await.unwrap();
        assert_eq!(status, 200, "{}", asking.body());
        let ticket = text_of(asking.body(), "ticket").unwrap();
        let url = format!("ws://{}/api/v1/agent/socket?ticket={ticket}", node.agents);
        let stream = TcpStream::connect(node.agents).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (socket, _) = client_async(url, stream).await.unwrap();
        let mut line = Line { socket };
        line.ask("{\"type\":\"register\",\"clientVersion\":106,\"ref\":1}").await;
        // Whoever takes chats works at a desk; nothing is offered to him besides.
        line.ask(
            "{\"type\":\"agentLogin\",\"ref\":1,\"media\":[{\"media\":\"chat\",\"state\":\"notReady\"}]}",
        )
        .await;
        for session in sessions {
            line.ask(&joining(session)).await;
        }
        let (frames, said) = unbounded_channel();
        let n_refused = Rc::new(Cell::new(0));
        tokio::task::spawn_local(line.live(said, ears.clone(), n_refused.clone()));
        Self { frames, n_refused }
    }

    pub fn join(&self, session: &str) {
        self.say(joining(session));
    }

    pub fn speak(&self, session: &str, words: &str) {
        self.say(format!(
            "{{\"type\":\"message\",\"ref\":2,\"sessionId\":\"{session}\",\"text\":\"{words}\"}}"
        ));
    }

    /// Goes. A chat that may wait for its customer is on hold then.
    pub fn leave(&self, session: &str) {
        self.say(format!("{{\"type\":\"release\",\"ref\":3,\"sessionId\":\"{session}\"}}"));
    }

    pub fn n_refused(&self) -> u64 {
        self.n_refused.get()
    }

    fn say(&self, frame: String) {
        // A desk that has ended was noticed where it did.
        let _ = self.frames.send(frame);
    }
}

/// Asked again, it is carried out once.
fn joining(session: &str) -> String {
    format!(
        "{{\"type\":\"join\",\"ref\":1,\"sessionId\":\"{session}\",\"messageId\":\"{session}\",\
         \"visibility\":\"ALL\"}}"
    )
}

impl Line {
    /// Sends a frame and waits until it is acknowledged; again, while the node has no time.
    async fn ask(&mut self, frame: &str) {
        self.socket.send(Message::text(frame)).await.unwrap();
        loop {
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else { continue };
            if text.contains("\"code\":503") || text.contains("\"code\":504") {
                self.socket.send(Message::text(frame)).await.unwrap();
                continue;
            }
            assert!(!text.contains("\"type\":\"error\""), "{frame}: {text}");
            if text.contains("\"type\":\"ack\"") || text.contains("\"type\":\"registered\"") {
                return;
            }
            self.mind(&text).await;
        }
    }

    async fn live(
        mut self,
        mut frames: UnboundedReceiver<String>,
        ears: Ears,
        n_refused: Rc<Cell<u64>>,
    ) {
        loop {
            tokio::select! {
                frame = frames.recv() => {
                    let Some(frame) = frame else { return };
                    self.socket.send(Message::text(frame)).await.unwrap();
                }
                message = self.socket.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        self.mind(&text).await;
                        if text.contains("\"type\":\"error\"") {
                            complain(n_refused.get(), &text);
                            n_refused.set(n_refused.get() + 1);
                        }
                        ears.borrow_mut().take(&text);
                    }
                    Some(Ok(_)) => {}
                    // The node was killed, which is part of a measurement.
                    Some(Err(_)) | None => return,
                },
            }
        }
    }

    async fn mind(&mut self, text: &str) {
        if text.contains("\"type\":\"ping\"") {
            self.socket.send(Message::text("{\"type\":\"pong\"}")).await.unwrap();
        }
    }
}
