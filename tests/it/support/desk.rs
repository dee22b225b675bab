//! A small client of the agent API, as a desk program would have it.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, timeout_at};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::desk_rig::PASSWORD;
use super::patience::eventually;

/// Nothing in a test takes so long, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Ada's name and password, as a browser's dialogue would send them.
pub const PASSWORD_HEADER: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";

pub struct DeskClient {
    pub socket: WebSocketStream<TcpStream>,
    pub resume_token: String,
    waiting: VecDeque<Value>,
    last_ref: u64,
}

/// A chat as one desk has seen it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub session: String,
    pub user: String,
    pub position: u64,
    pub events: Vec<Value>,
    pub is_over: bool,
}

/// A ticket for an account of the rig.
pub async fn ticket(address: SocketAddr, agent: &str) -> String {
    ticket_of(log_in(address, agent, PASSWORD).await).await
}

async fn ticket_of(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["expiresIn"], 30);
    body["ticket"].as_str().unwrap().to_owned()
}

pub async fn log_in(address: SocketAddr, agent: &str, password: &str) -> reqwest::Response {
    let url = format!("http://{address}/api/v1/agent/ticket");
    let body = json!({ "agent": agent, "password": password });
    reqwest::Client::new().post(url).json(&body).send().await.unwrap()
}

/// Opens a socket with a ticket.
pub async fn open(
    address: SocketAddr,
    ticket: &str,
) -> Result<WebSocketStream<TcpStream>, Box<Error>> {
    // Small, so that who does not read is noticed before megabytes are on their way.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let stream = socket.connect(address).await.unwrap();
    let url = format!("ws://{address}/api/v1/agent/socket?ticket={ticket}");
    let (socket, _) = client_async(url, stream).await.map_err(Box::new)?;
    Ok(socket)
}

/// A `messageId` that nobody used.
fn once() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl DeskClient {
    pub async fn open(address: SocketAddr, agent: &str) -> Self {
        let socket = eventually("a ticket is taken", || async {
            let answer = log_in(address, agent, PASSWORD).await;
            // A node that is being left, or a balancer that has nobody who answers.
            if answer.status() == 503 {
                return None;
            }
            match open(address, &ticket_of(answer).await).await {
                Ok(socket) => Some(socket),
                // Nobody knows whether it counts: behind a balancer another node may have given it out.
                Err(error) if matches!(&*error, Error::Http(answer) if answer.status() == 503) => {
                    None
                }
                Err(error) => panic!("{error}"),
            }
        })
        .await;
        Self { socket, resume_token: String::new(), waiting: VecDeque::new(), last_ref: 0 }
    }

    /// Opens and registers.
    pub async fn start(address: SocketAddr, agent: &str) -> Self {
        Self::start_with(address, agent, json!({})).await
    }

    pub async fn start_with(address: SocketAddr, agent: &str, more: Value) -> Self {
        let mut client = Self::open(address, agent).await;
        let mut register = json!({ "type": "register", "clientVersion": 106 });
        for (key, value) in more.as_object().unwrap() {
            register[key] = value.clone();
        }
        let registered = client.ask(register).await;
        assert_eq!(registered["type"], "registered", "{registered}");
        client.resume_token = registered["resumeToken"].as_str().unwrap().to_owned();
        client
    }

    /// Opens a new connection that goes on where an earlier one was.
    pub async fn resume(address: SocketAddr, agent: &str, token: &str, seen: &[&Seen]) -> Self {
        let sessions = seen.iter().map(|seen| {
            json!({
                "sessionId": seen.session, "userId": seen.user, "lastEventId": seen.position
            })
        });
        let sessions: Vec<_> = sessions.collect();
        let resume = json!({ "resume": { "token": token, "sessions": sessions } });
        Self::start_with(address, agent, resume).await
    }

    pub async fn send(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Sends a frame and waits for its answer; what else comes is kept.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        self.last_ref += 1;
        let reference = json!(self.last_ref);
        frame["ref"] = reference.clone();
        self.send(&frame).await;
        let mut others = VecDeque::new();
        loop {
            let got = self.next().await;
            let is_info = got["type"] == "sessionInfo" && frame["type"] != "transcript";
            if got["ref"] == reference && !is_info {
                others.append(&mut self.waiting);
                self.waiting = others;
                return got;
            }
            others.push_back(got);
        }
    }

    /// Asks, as a desk does, until it is not told to ask again. What has a `messageId` is carried out
    /// once.
    pub async fn insist(&mut self, frame: Value) -> Value {
        let until = Instant::now() + PATIENCE;
        let mut again = interval(Duration::from_millis(10));
        loop {
            again.tick().await;
            let answer = self.ask(frame.clone()).await;
            if answer["code"] != 503 && answer["code"] != 504 {
                return answer;
            }
            assert!(Instant::now() < until, "in vain: {frame}: {answer}");
        }
    }

    /// The next frame that is no ping.
    pub async fn next(&mut self) -> Value {
        match self.waiting.pop_front() {
            Some(frame) => frame,
            None => self.read().await.unwrap_or_else(|end| panic!("closed: {end:?}")),
        }
    }

    /// The next frame, or why there is none.
    pub async fn read(&mut self) -> Result<Value, Option<(u16, String)>> {
        // A ping is no news: who waits for a frame does not wait longer because the line is alive.
        let patient_until = Instant::now() + PATIENCE;
        loop {
            let message = timeout_at(patient_until, self.socket.next()).await;
            match message.expect("nothing comes") {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] != "ping" {
                        return Ok(frame);
                    }
                    self.send(&json!({ "type": "pong" })).await;
                }
                Some(Ok(Message::Close(close))) => {
                    let told = close.map(|one| (u16::from(one.code), one.reason.to_string()));
                    return Err(told);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads until the server closes, and says with what code.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            if let Err(end) = self.read().await {
                return end.map(|(code, _)| code);
            }
        }
    }

    /// Waits for a frame of a type; what comes before it is dropped.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    pub async fn join(&mut self, session: &str, more: Value) -> Seen {
        let mut join = json!({ "type": "join", "sessionId": session });
        for (key, value) in more.as_object().unwrap() {
            join[key] = value.clone();
        }
        join["messageId"] = json!(once());
        let ack = self.insist(join).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        let mut seen = Seen {
            session: ack["sessionId"].as_str().unwrap().to_owned(),
            user: ack["userId"].as_str().unwrap().to_owned(),
            ..Seen::default()
        };
        self.follow(&mut seen).await;
        seen
    }

    pub async fn say(&mut self, seen: &Seen, text: &str) -> Value {
        let id = once();
        let message = json!({
            "type": "message", "sessionId": seen.session, "text": text, "messageId": id
        });
        self.insist(message).await
    }

    /// Takes the next piece of a chat in. What concerns others is dropped.
    pub async fn follow(&mut self, seen: &mut Seen) {
        loop {
            let frame = self.until("sessionInfo").await;
            if frame["sessionId"] == seen.session.as_str() {
                return seen.take(&frame);
            }
        }
    }

    /// Follows a chat until a text is there.
    pub async fn follow_until(&mut self, seen: &mut Seen, text: &str) {
        while !seen.texts().iter().any(|one| one == text) {
            self.follow(seen).await;
        }
    }

    /// Goes without a word, as a cut cable does.
    pub fn cut(self) {
        drop(self.socket);
    }
}

impl Seen {
    pub fn take(&mut self, frame: &Value) {
        self.events.extend(frame["events"].as_array().unwrap().iter().cloned());
        self.position = frame["position"].as_u64().unwrap();
        self.is_over = frame["status"] == "OVER";
    }

    pub fn texts(&self) -> Vec<String> {
        let messages = self.events.iter().filter(|event| event["type"] == "message");
        messages.map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    }

    pub fn count(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event["type"] == kind).count()
    }

    pub fn ids(&self) -> Vec<u64> {
        self.events.iter().map(|event| event["eventId"].as_u64().unwrap()).collect()
    }
}
