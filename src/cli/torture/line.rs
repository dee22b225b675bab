//! A customer's line over CometD: shakes hands with one server after the other, says what is to be
//! said, and brings the events that come. What was lost on the way is its user's to ask for again.

use crate::cli::talk::http::{Reply, Server};
use crate::cli::talk::socket::Socket;
use crate::cli::torture::settings::Over;
use crate::cli::torture::world::World;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// How long a connect waits at most: often enough to notice a server that says nothing.
const HELD: Duration = Duration::from_secs(2);

/// Without advice of a server that is gone, at most so long passes until the next handshake.
const AGAIN: Duration = Duration::from_millis(500);

/// Codes with which a server sends its clients on.
const FAREWELLS: [u16; 2] = [1_001, 1_012];

pub struct Line {
    world: Rc<World>,
    over: Over,
    /// Where it speaks now.
    met: RefCell<Option<Met>>,
    /// How often it has shaken hands: whoever is not sure whether he was heard says it again.
    n_met: Cell<u64>,
    /// Rings when something was said to a server that does not know the client.
    is_unknown: Notify,
    /// The two ends of its socket, if it has one.
    sink: Mutex<Option<SplitSink<Socket, Message>>>,
    stream: Mutex<Option<SplitStream<Socket>>>,
}

#[derive(Clone)]
struct Met {
    server: Server,
    id: String,
    cookie: Option<String>,
}

/// The server is gone, or does not know the client any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// When to shake hands again, if the server says so.
    pub after: Option<Duration>,
}

/// It says nothing any more.
const SILENT: Lost = Lost { after: None };

impl Line {
    pub fn new(world: &Rc<World>, over: Over) -> Self {
        let (met, n_met, is_unknown) = (RefCell::default(), Cell::default(), Notify::new());
        let (sink, stream) = (Mutex::default(), Mutex::default());
        Self { world: world.clone(), over, met, n_met, is_unknown, sink, stream }
    }

    pub fn n_met(&self) -> u64 {
        self.n_met.get()
    }

    /// Waits for as long as a client does that has lost its server.
    pub async fn pause(&self, Lost { after }: Lost) {
        sleep(after.unwrap_or_else(|| AGAIN.mul_f64(self.world.chance()))).await;
    }

    /// Shakes hands with any server.
    pub async fn meet(&self) -> Result<(), Lost> {
        let server = self.world.shuffled(&self.world.customers).into_iter().next().ok_or(SILENT)?;
        // What one server did not know says nothing of the next one.
        let _ = self.is_unknown.notified().now_or_never();
        *self.met.borrow_mut() = None;
        *self.sink.lock().await = None;
        *self.stream.lock().await = None;
        let types = ["websocket", "long-polling"];
        let hello = json!([{
            "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types,
        }]);
        let (answers, cookie) = match self.over {
            Over::Websocket => {
                let patience = self.world.arguments.patience();
                let opened = timeout(patience, server.cometd_socket()).await;
                let socket = opened.ok().and_then(Result::ok).ok_or_else(|| self.no_answer())?;
                let (sink, stream) = socket.split();
                *self.sink.lock().await = Some(sink);
                *self.stream.lock().await = Some(stream);
                self.write(&hello).await?;
                (self.read().await?, None)
            }
            Over::LongPolling | Over::Rest => {
                server.cometd(&hello, None).await.map_err(|_| self.no_answer())?
            }
        };
        let id = answers.first().and_then(|answer| answer["clientId"].as_str());
        let id = id.ok_or_else(|| self.no_answer())?;
        self.n_met.update(|n| n + 1);
        *self.met.borrow_mut() = Some(Met { server, id: id.to_owned(), cookie });
        if self.over == Over::Websocket {
            self.write(&json!([self.connect()?])).await
        } else {
            Ok(())
        }
    }

    /// Says something about a chat. Whether it came of anything, events tell.
    pub async fn publish(&self, data: &Value) -> Result<(), Lost> {
        self.world.count(|figures| figures.n_requests += 1);
        let channel = format!("/service/chatV2/{}", self.world.arguments.service);
        let id = self.met()?.id;
        let message = json!([{ "channel": channel, "clientId": id, "data": data }]);
        match self.over {
            Over::Websocket => self.write(&message).await,
            Over::LongPolling | Over::Rest => {
                let is_taken = |answer: &Value| answer["successful"] != false;
                if self.post(&message).await?.iter().all(is_taken) {
                    return Ok(());
                }
                if self.met().is_ok_and(|met| met.id == id) {
                    self.is_unknown.notify_one();
                }
                Err(SILENT)
            }
        }
    }

    /// The next events; perhaps none, after a while.
    pub async fn events(&self) -> Result<Vec<Reply>, Lost> {
        let answers = match self.over {
            Over::Websocket => self.read().await?,
            Over::LongPolling | Over::Rest => {
                let connect = json!([self.connect()?]);
                tokio::select! {
                    answers = self.post(&connect) => answers?,
                    // The answer to the connect would say the same, but later.
                    () = self.is_unknown.notified() => return Err(SILENT),
                }
            }
        };
        let mut events = Vec::new();
        for answer in answers {
            if answer["successful"] == false {
                let interval = answer["advice"]["interval"].as_u64();
                return Err(Lost { after: interval.map(Duration::from_millis) });
            }
            if answer["channel"] == "/meta/connect" && self.over == Over::Websocket {
                self.write(&json!([self.connect()?])).await?;
            }
            if answer["data"].is_object() {
                events.extend(serde_json::from_value::<Reply>(answer["data"].clone()));
            }
        }
        Ok(events)
    }

    fn connect(&self) -> Result<Value, Lost> {
        let timeout = u64::try_from(HELD.as_millis()).unwrap_or_default();
        let id = self.met()?.id;
        Ok(json!({ "channel": "/meta/connect", "clientId": id, "advice": { "timeout": timeout } }))
    }

    fn met(&self) -> Result<Met, Lost> {
        self.met.borrow().clone().ok_or(SILENT)
    }

    async fn post(&self, messages: &Value) -> Result<Vec<Value>, Lost> {
        let Met { server, cookie, .. } = self.met()?;
        let answered = server.cometd(messages, cookie.as_deref()).await;
        answered.map(|(answers, _)| answers).map_err(|_| self.no_answer())
    }

    fn no_answer(&self) -> Lost {
        self.world.failed("cometd no answer");
        SILENT
    }

    async fn write(&self, messages: &Value) -> Result<(), Lost> {
        let mut sink = self.sink.lock().await;
        let sent = sink.as_mut().ok_or(SILENT)?.send(Message::text(messages.to_string()));
        sent.await.map_err(|_| SILENT)
    }

    /// The next frame with messages. Events are not read by two at a time.
    async fn read(&self) -> Result<Vec<Value>, Lost> {
        let mut stream = self.stream.lock().await;
        let stream = stream.as_mut().ok_or(SILENT)?;
        loop {
            let next = timeout(HELD + self.world.arguments.patience(), stream.next()).await;
            match next {
                Ok(Some(Ok(Message::Text(text)))) => {
                    return serde_json::from_str(&text).map_err(|_| SILENT);
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Close(Some(close)))))
                    if FAREWELLS.contains(&u16::from(close.code)) =>
                {
                    return Err(SILENT);
                }
                Ok(Some(Ok(_) | Err(_)) | None) | Err(_) => {
                    self.world.failed("cometd socket ended");
                    return Err(SILENT);
                }
            }
        }
    }
}
