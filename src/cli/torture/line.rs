//! A customer's line over CometD: shakes hands with one server after the other, says what is to be
//! said, and brings the events that come. What was lost on the way is its user's to ask for again.

use crate::cli::talk::http::{Reply, Server};
use crate::cli::talk::socket::Socket;
use crate::cli::torture::settings::Over;
use crate::cli::torture::world::World;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// How long a connect waits at most: often enough to notice a server that says nothing.
const HELD: Duration = Duration::from_secs(2);

pub struct Line {
    world: Rc<World>,
    over: Over,
    /// Where it speaks now.
    met: RefCell<Option<Met>>,
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
pub struct Lost;

impl Line {
    pub fn new(world: &Rc<World>, over: Over) -> Self {
        let (met, sink, stream) = (RefCell::default(), Mutex::default(), Mutex::default());
        Self { world: world.clone(), over, met, sink, stream }
    }

    /// Shakes hands with any server.
    pub async fn meet(&self) -> Result<(), Lost> {
        let server = self.world.shuffled(&self.world.customers).into_iter().next().ok_or(Lost)?;
        *self.met.borrow_mut() = None;
        *self.sink.lock().await = None;
        *self.stream.lock().await = None;
        let types = ["websocket", "long-polling"];
        let hello = json!([{
            "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types,
        }]);
        let (answers, cookie) = match self.over {
            Over::Websocket => {
                let socket = server.cometd_socket().await.map_err(|_| Lost)?;
                let (sink, stream) = socket.split();
                *self.sink.lock().await = Some(sink);
                *self.stream.lock().await = Some(stream);
                self.write(&hello).await?;
                (self.read().await?, None)
            }
            Over::LongPolling | Over::Rest => {
                server.cometd(&hello, None).await.map_err(|_| Lost)?
            }
        };
        let id = answers.first().and_then(|answer| answer["clientId"].as_str()).ok_or(Lost)?;
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
        let message = json!([{ "channel": channel, "clientId": self.met()?.id, "data": data }]);
        match self.over {
            Over::Websocket => self.write(&message).await,
            Over::LongPolling | Over::Rest => self.post(&message).await.map(drop),
        }
    }

    /// The next events; perhaps none, after a while.
    pub async fn events(&self) -> Result<Vec<Reply>, Lost> {
        let answers = match self.over {
            Over::Websocket => self.read().await?,
            Over::LongPolling | Over::Rest => self.post(&json!([self.connect()?])).await?,
        };
        let mut events = Vec::new();
        for answer in answers {
            let is_refused = answer["successful"] == false;
            if answer["channel"] == "/meta/connect" && is_refused {
                return Err(Lost);
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
        self.met.borrow().clone().ok_or(Lost)
    }

    async fn post(&self, messages: &Value) -> Result<Vec<Value>, Lost> {
        let Met { server, cookie, .. } = self.met()?;
        let answered = server.cometd(messages, cookie.as_deref()).await;
        answered.map(|(answers, _)| answers).map_err(|_| {
            self.world.failed("cometd no answer");
            Lost
        })
    }

    async fn write(&self, messages: &Value) -> Result<(), Lost> {
        let mut sink = self.sink.lock().await;
        let sent = sink.as_mut().ok_or(Lost)?.send(Message::text(messages.to_string()));
        sent.await.map_err(|_| Lost)
    }

    /// The next frame with messages. Events are not read by two at a time.
    async fn read(&self) -> Result<Vec<Value>, Lost> {
        let mut stream = self.stream.lock().await;
        let stream = stream.as_mut().ok_or(Lost)?;
        loop {
            let next = timeout(HELD + self.world.arguments.patience(), stream.next()).await;
            match next {
                Ok(Some(Ok(Message::Text(text)))) => {
                    return serde_json::from_str(&text).map_err(|_| Lost);
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(_) | Err(_)) | None) | Err(_) => {
                    self.world.failed("cometd socket ended");
                    return Err(Lost);
                }
            }
        }
    }
}
