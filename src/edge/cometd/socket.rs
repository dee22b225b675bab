//! The WebSocket of a client: what it brings is answered in its order, what is for the client goes out
//! as it comes. Pings go both ways; a client that does not read, or gives no sign of life, is cut off,
//! and may come back over another connection.

use crate::edge::agent::goodbye::Goodbye;
use crate::edge::agent::socket::{Control, goodbye_of};
use crate::edge::cometd::bayeux::reply::{Text, list};
use crate::edge::cometd::bayeux::{Looked, message};
use crate::edge::cometd::cookie;
use crate::edge::cometd::exchange::{Bringer, Carrier, Exchanged, exchange};
use crate::edge::cometd::hub::Hub;
use crate::edge::cometd::seat::{Connect, Seat};
use crate::edge::pieces::Messages;
use crate::edge::rest_v2::origin::counted_address;
use crate::telemetry::{Held, meters};
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, rt};
use actix_ws::{AggregatedMessage, Closed, Session};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

const LONGEST_FRAME: usize = 64 * 1024;
const LONGEST_MESSAGE: usize = 256 * 1024;

/// Answers that wait to be written.
const MOST_OUTGOING: usize = 16;

/// Without any sign of life for so many times what lies between two pings, a connection is lost: two of
/// them have not been answered.
const SILENCE: f64 = 2.4;
/// How long one frame may wait for a client to read.
const PATIENCE: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a client that is sent on waits at most for what it has asked already.
const LAST_ANSWERS: Duration = Duration::from_secs(3);
/// When nothing else is due.
const LONG: Duration = Duration::from_secs(3_600);

/// What the reader hands to the writer.
enum Outgoing {
    Replies(Vec<Text>),
    /// The client whose socket this is.
    Seat(Arc<Seat>),
    Connect(Box<Connect>),
    Pong(Bytes),
    Goodbye(Goodbye),
}

/// `GET` with an upgrade.
pub async fn open(
    request: HttpRequest,
    body: Payload,
    hub: Data<Hub>,
) -> actix_web::Result<HttpResponse> {
    let origins = &hub.reception.handles.config.listen.cors_origins;
    if !is_origin_allowed(&request, origins) {
        return Ok(HttpResponse::Forbidden().finish());
    }
    // Whichever subprotocol a client names first, it is the one that is spoken here.
    let offered = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let first = offered.split(',').map(str::trim).find(|name| !name.is_empty());
    let protocols = first.map_or_else(Vec::new, |name| vec![name]);
    let (mut response, socket, stream) =
        actix_ws::handle_with_protocols(&request, body, &protocols)?;
    let messages = Messages::of(stream.max_frame_size(LONGEST_FRAME), LONGEST_MESSAGE);
    let trusted = &hub.reception.handles.config.listen.trusted_gateways;
    let (number, address) = (hub.number_socket(), counted_address(&request, trusted));
    let browser = cookie::of(&request);
    // Should the client go on over HTTP, or over another socket, a balancer leads it back here.
    let new = browser.is_none().then(|| cookie::new_browser(&*hub.reception.handles.chance));
    if let Some(cookie) = new.and_then(|browser| cookie::set(&browser, &request)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    let bringer = Bringer { browser, carrier: Carrier::Socket(number), address };
    let (out, outgoing) = mpsc::channel(MOST_OUTGOING);
    let ping_every = Duration::from_millis(hub.reception.section().ping_interval);
    let writer = Writer { socket, number, ping_every, seat: None, connect: None };
    rt::spawn(writer.run(outgoing));
    let (hub, silence) = (hub.into_inner(), ping_every.mul_f64(SILENCE));
    rt::spawn(
        Reader {
            hub,
            bringer,
            out,
            silence,
            control: Control::default(),
            seat: None,
            newcomer: None,
        }
        .run(messages),
    );
    Ok(response)
}

/// The same origins as those whose pages may ask over HTTP.
fn is_origin_allowed(request: &HttpRequest, allowed: &[String]) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = request.connection_info().host().to_owned();
    let is_ours = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    is_ours || allowed.iter().any(|one| one == "*" || one == origin)
}

struct Reader {
    hub: Arc<Hub>,
    bringer: Bringer,
    out: mpsc::Sender<Outgoing>,
    /// After so long without a sign of life the connection is lost.
    silence: Duration,
    control: Control,
    /// The client whose socket this is.
    seat: Option<Arc<Seat>>,
    /// The last one that shook hands over it.
    newcomer: Option<Arc<Seat>>,
}

/// The writer has ended.
struct Ended;

impl Reader {
    async fn run(mut self, mut messages: Messages) {
        let _counted = Held::one_of(meters().cometd_sockets.clone());
        let goodbye = self.read(&mut messages).await;
        tracing::debug!(goodbye = goodbye.map_or("lost", Goodbye::name), "a client's socket ended");
        if let Some(goodbye) = goodbye {
            // A writer that has ended has nobody to say it to.
            let _ = self.out.send(Outgoing::Goodbye(goodbye)).await;
        }
    }

    /// Reads until the end, and says what the client is to be told; nothing if it is gone.
    async fn read(&mut self, messages: &mut Messages) -> Option<Goodbye> {
        loop {
            let read = tokio::select! {
                read = timeout(self.silence, messages.next()) => read,
                // What was begun is at its end.
                () = sent_on(self.seat.as_deref()) => return Some(Goodbye::Moving),
                () = self.out.closed() => return None,
            };
            let taken = match read {
                Err(_) => return Some(Goodbye::Silent),
                Ok(None) => return None,
                Ok(Some(Err(error))) => return goodbye_of(&error),
                Ok(Some(Ok(AggregatedMessage::Text(text)))) => self.take(text.as_bytes()).await,
                Ok(Some(Ok(AggregatedMessage::Ping(payload)))) if self.is_calm() => {
                    self.send(Outgoing::Pong(payload)).await.map_err(|Ended| None)
                }
                Ok(Some(Ok(AggregatedMessage::Pong(payload)))) if self.is_calm() => {
                    if let Some(seat) = &self.seat {
                        seat.ponged(&payload);
                    }
                    Ok(())
                }
                Ok(Some(Ok(AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_)))) => {
                    Err(Some(Goodbye::Flood))
                }
                Ok(Some(Ok(AggregatedMessage::Binary(_)))) => Err(Some(Goodbye::BadFrame)),
                Ok(Some(Ok(AggregatedMessage::Close(_)))) => Err(Some(Goodbye::Answered)),
            };
            if let Err(goodbye) = taken {
                return goodbye;
            }
        }
    }

    async fn take(&mut self, text: &[u8]) -> Result<(), Option<Goodbye>> {
        let messages = message::read(text).map_err(|error| {
            tracing::debug!(%error, "no frame of this protocol");
            Some(Goodbye::BadFrame)
        })?;
        let Exchanged { replies, connect, seat, newcomer, are_astray } =
            exchange(&self.hub, &self.bringer, messages).await;
        if let Some(newcomer) = newcomer
            && let Some(former) = self.newcomer.replace(newcomer)
        {
            // One socket makes one client, or one client could make many.
            self.hub.forget(&former);
        }
        if are_astray {
            return Err(Some(Goodbye::Moving));
        }
        let said = async {
            if let Some(seat) = seat {
                self.seat = Some(seat.clone());
                self.send(Outgoing::Seat(seat)).await?;
            }
            if !replies.is_empty() {
                self.send(Outgoing::Replies(replies)).await?;
            }
            if let Some((connect, _)) = connect {
                self.send(Outgoing::Connect(Box::new(connect))).await?;
            }
            Ok(())
        };
        said.await.map_err(|Ended| None)
    }

    async fn send(&self, outgoing: Outgoing) -> Result<(), Ended> {
        self.out.send(outgoing).await.map_err(|_| Ended)
    }

    fn is_calm(&mut self) -> bool {
        !self.control.is_too_many(self.hub.reception.now())
    }
}

/// Ends when the client, if there is one, is to go on elsewhere.
async fn sent_on(seat: Option<&Seat>) {
    match seat {
        Some(seat) => seat.sent_on().await,
        None => std::future::pending().await,
    }
}

struct Writer {
    socket: Session,
    number: u64,
    ping_every: Duration,
    seat: Option<Arc<Seat>>,
    connect: Option<Box<Connect>>,
}

impl Writer {
    async fn run(mut self, mut outgoing: mpsc::Receiver<Outgoing>) {
        let goodbye = self.write_all(&mut outgoing).await;
        // Whoever still has something to say shall not wait while good bye is said.
        drop((outgoing, self.connect));
        if let Some(goodbye) = goodbye {
            // Whoever does not read it is left to the system, which ends such connections.
            let _ = timeout(FAREWELL, self.socket.close(Some(goodbye.reason()))).await;
        }
    }

    /// Writes until there is nothing more to write, or nobody reads it.
    async fn write_all(&mut self, outgoing: &mut mpsc::Receiver<Outgoing>) -> Option<Goodbye> {
        let mut beat = interval(self.ping_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.reset();
        let mut parting = None;
        loop {
            let seat = self.seat.clone();
            let mut bell = pin!(async {
                match &seat {
                    Some(seat) => seat.bell().await,
                    None => std::future::pending().await,
                }
            });
            // The first look lets the bell be heard from here on.
            let rings = futures_util::poll!(bell.as_mut()).is_ready();
            parting = self.is_parting().then(|| parting.unwrap_or(Instant::now() + LAST_ANSWERS));
            let (messages, wait) = match parting {
                Some(until) => (self.take(), until.saturating_duration_since(Instant::now())),
                None => self.look(),
            };
            if !messages.is_empty() {
                self.write(&messages).await.ok()?.ok()?;
                continue;
            }
            if parting.is_some() && wait.is_zero() {
                return self.move_on().await;
            }
            if rings {
                continue;
            }
            tokio::select! {
                item = outgoing.recv() => match item? {
                    Outgoing::Replies(replies) => {
                        if self.write(&replies).await.ok()?.is_err() {
                            return None;
                        }
                    }
                    Outgoing::Seat(seat) => self.seat = Some(seat),
                    Outgoing::Connect(connect) => {
                        // The one that it takes the place of is answered.
                        let former = self.connect.replace(connect);
                        if let Some(Looked::Answer(answer)) = former.map(|former| former.look())
                            && self.write(&answer).await.ok()?.is_err()
                        {
                            return None;
                        }
                    }
                    Outgoing::Pong(payload) => {
                        timeout(PATIENCE, self.socket.pong(&payload)).await.ok()?.ok()?;
                    }
                    Outgoing::Goodbye(Goodbye::Moving) => return self.move_on().await,
                    Outgoing::Goodbye(goodbye) => return Some(goodbye),
                },
                () = bell => {}
                () = sleep(wait) => {}
                _ = beat.tick() => {
                    let payload = self.seat.as_ref().map_or([0; 8], |seat| seat.ping());
                    timeout(PATIENCE, self.socket.ping(&payload)).await.ok()?.ok()?;
                }
            }
        }
    }

    /// What is to be written now, and how long nothing is if nothing happens.
    fn look(&mut self) -> (Vec<Text>, Duration) {
        let mut messages = self.take();
        match self.connect.as_ref().map(|connect| connect.look()) {
            Some(Looked::Answer(answer)) => {
                self.connect = None;
                messages.extend(answer);
                (messages, LONG)
            }
            Some(Looked::Wait(span)) => (messages, span),
            None => (messages, LONG),
        }
    }

    fn take(&self) -> Vec<Text> {
        self.seat.as_ref().map_or_else(Vec::new, |seat| seat.take(self.number))
    }

    /// A client that is to go on elsewhere must do so over another connection. It leaves this one as soon
    /// as it hears of that, so what was begun is brought to its end and answered before.
    fn is_parting(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.is_sent_on())
    }

    /// The last that the client hears: that it is to go on elsewhere.
    async fn move_on(&mut self) -> Option<Goodbye> {
        let (messages, _) = self.look();
        if !messages.is_empty() {
            self.write(&messages).await.ok()?.ok()?;
        }
        Some(Goodbye::Moving)
    }

    async fn write(&mut self, messages: &[Text]) -> Result<Result<(), Closed>, ()> {
        timeout(PATIENCE, self.socket.text(list(messages))).await.map_err(drop)
    }
}
