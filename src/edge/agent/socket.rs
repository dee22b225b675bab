//! The socket itself: the upgrade, the loop that reads, the loop that writes, pings both ways, and
//! the limits of both.

use super::account::Account;
use super::connection::Connection;
use super::goodbye::Goodbye;
use super::moving::{Leaving, Moving, refuse_if_moving};
use super::outbox::{Disconnected, Outbox, Outgoing, outbox};
use super::wire::Frame;
use super::wire::frame::Beat;
use super::{Api, Pace};
use crate::base::Millis;
use crate::edge::agent::line::Line;
use crate::edge::pieces::Messages;
use crate::telemetry::{Held, meters};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use actix_ws::{AggregatedMessage, Closed, ProtocolError, Session};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Longest frame and longest message, in bytes.
const LONGEST_FRAME: usize = 64 * 1024;
const LONGEST_MESSAGE: usize = 256 * 1024;
const MOST_CONTROL_FRAMES: u32 = 10;
const CONTROL_WINDOW: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
pub struct Query {
    ticket: Option<String>,
}

/// `GET /api/v1/agent/socket`
pub async fn open(
    request: HttpRequest,
    body: web::Payload,
    query: web::Query<Query>,
    api: web::Data<Api>,
) -> actix_web::Result<HttpResponse> {
    if !is_origin_allowed(&request, &api.handles.config.listen.cors_origins) {
        return Ok(HttpResponse::Forbidden().finish());
    }
    if let Some(refused) = refuse_if_moving(&api) {
        return Ok(refused);
    }
    let Some(ticket) = query.into_inner().ticket.or_else(|| bearer(&request)) else {
        return Ok(HttpResponse::Unauthorized().finish());
    };
    let account = match api.redeem(&ticket).await {
        Ok(account) => account,
        Err(unredeemed) => return Ok(unredeemed.answer()),
    };
    let (response, socket, stream) = actix_ws::handle(&request, body)?;
    let messages = Messages::of(stream.max_frame_size(LONGEST_FRAME), LONGEST_MESSAGE);
    let line = request.conn_data::<Line>().cloned();
    rt::spawn(serve(api, account, Wires { socket, messages, line }));
    Ok(response)
}

/// Browsers say where a page comes from. A page of ours, or one that the configuration names, may
/// open a socket; a program that is no browser says nothing. Anybody's page (`*`) is for customers.
fn is_origin_allowed(request: &HttpRequest, allowed: &[String]) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = request.connection_info().host().to_owned();
    let is_ours = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    is_ours || allowed.iter().any(|one| one == origin)
}

pub fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|ticket| ticket.trim().to_owned())
}

struct Wires {
    socket: Session,
    messages: Messages,
    line: Option<Line>,
}

async fn serve(api: web::Data<Api>, account: Account, wires: Wires) {
    let Wires { socket, messages, line } = wires;
    let (out, frames) = outbox();
    let (close, closing) = oneshot::channel();
    let (leaving, guard) = (Leaving::of(&api), api.moving.subscribe());
    let writer = Writer { socket, line, pace: api.pace, _guard: guard };
    let agent = account.agent.clone();
    let _counted = Held::one_of(meters().ws_connections.clone());
    rt::spawn(writer.run(frames, closing));
    let pace = api.pace;
    let register_in = api.handles.config.settings.user_register_timeout;
    let is_stopping = api.is_stopping.subscribe();
    let connection = Connection::new(api, account, out.clone());
    let control = Control::default();
    let reader = Reader { connection, out, pace, register_in, is_stopping, leaving, control };
    let goodbye = reader.run(messages).await;
    tracing::debug!(%agent, goodbye = goodbye.map_or("lost", Goodbye::name), "socket ended");
    if let Some(goodbye) = goodbye {
        // A writer that has ended has nobody to say it to.
        let _ = close.send(goodbye);
    }
}

struct Reader {
    connection: Connection,
    out: Outbox,
    pace: Pace,
    register_in: Duration,
    is_stopping: watch::Receiver<bool>,
    leaving: Leaving,
    control: Control,
}

impl Reader {
    /// Reads until the end, and says what the client is to be told; nothing if it is gone.
    async fn run(mut self, mut messages: Messages) -> Option<Goodbye> {
        let deadline = tokio::time::sleep(self.register_in);
        tokio::pin!(deadline);
        loop {
            let is_waiting = !self.connection.is_registered();
            let read = tokio::select! {
                read = timeout(self.pace.silence, messages.next()) => Some(read),
                goodbye = self.connection.replaced() => return Some(goodbye),
                _ = self.is_stopping.wait_for(|is_stopping| *is_stopping) => {
                    return Some(Goodbye::Stopping);
                }
                () = self.leaving.turn() => None,
                () = self.out.closed() => return None,
                () = &mut deadline, if is_waiting => return Some(Goodbye::NotRegistered),
            };
            let Some(read) = read else { return self.move_on().await };
            let message = match read {
                Err(_) => return Some(Goodbye::Silent),
                Ok(None) => return None,
                Ok(Some(Err(error))) => return goodbye_of(&error),
                Ok(Some(Ok(message))) => message,
            };
            if let Err(goodbye) = self.take(message).await {
                return goodbye;
            }
        }
    }

    /// Brings what was begun to its end, tells the client how far each session was shown, and lets
    /// the writer say good bye behind all that.
    async fn move_on(&mut self) -> Option<Goodbye> {
        let leaving = async {
            self.connection.move_on().await?;
            self.out.farewell(Goodbye::Moving).await?;
            self.out.closed().await;
            Ok::<(), Disconnected>(())
        };
        match timeout(self.pace.farewell, leaving).await {
            Ok(Ok(()) | Err(Disconnected)) => None,
            Err(_) => Some(Goodbye::Moving),
        }
    }

    async fn take(&mut self, message: AggregatedMessage) -> Result<(), Option<Goodbye>> {
        match message {
            AggregatedMessage::Text(text) => self.connection.take(&text).await.map_err(|_| None),
            AggregatedMessage::Binary(_) => Err(Some(Goodbye::BadFrame)),
            AggregatedMessage::Ping(payload) => {
                self.count_control()?;
                self.out.pong(payload).await.map_err(|_| None)
            }
            AggregatedMessage::Pong(_) => self.count_control(),
            AggregatedMessage::Close(_) => Err(Some(Goodbye::Answered)),
        }
    }

    fn count_control(&mut self) -> Result<(), Option<Goodbye>> {
        let now = self.connection.now();
        if self.control.is_too_many(now) { Err(Some(Goodbye::Flood)) } else { Ok(()) }
    }
}

/// Counts control frames.
#[derive(Default)]
pub struct Control {
    since: Millis,
    n_frames: u32,
}

impl Control {
    pub fn is_too_many(&mut self, now: Millis) -> bool {
        if CONTROL_WINDOW <= now.since(self.since) {
            *self = Self { since: now, n_frames: 0 };
        }
        self.n_frames += 1;
        MOST_CONTROL_FRAMES < self.n_frames
    }
}

/// What is said for an error of reading; nothing if the connection is gone.
pub fn goodbye_of(error: &ProtocolError) -> Option<Goodbye> {
    // A text that is not UTF-8 is told in the same way.
    if let ProtocolError::Io(error) = error
        && error.get_ref().is_some_and(|inner| inner.is::<PayloadError>())
    {
        return None;
    }
    let is_too_large = matches!(error, ProtocolError::Overflow);
    Some(if is_too_large { Goodbye::TooLarge } else { Goodbye::BadFrame })
}

struct Writer {
    socket: Session,
    line: Option<Line>,
    pace: Pace,
    /// While it is there, the connection is.
    _guard: watch::Receiver<Moving>,
}

impl Writer {
    /// Writes until there is nothing more to write, or nobody reads it.
    async fn run(
        mut self,
        mut frames: mpsc::Receiver<Outgoing>,
        mut closing: oneshot::Receiver<Goodbye>,
    ) {
        let goodbye = self.write_all(&mut frames, &mut closing).await;
        // Whoever still has something to say shall not wait while good bye is said.
        drop(frames);
        self.close(goodbye).await;
    }

    async fn write_all(
        &mut self,
        frames: &mut mpsc::Receiver<Outgoing>,
        closing: &mut oneshot::Receiver<Goodbye>,
    ) -> Option<Goodbye> {
        let mut beat = interval(self.pace.ping_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.reset();
        loop {
            let item = tokio::select! {
                biased;
                goodbye = &mut *closing => return goodbye.ok(),
                item = frames.recv() => match item? {
                    Outgoing::Farewell(goodbye) => return Some(goodbye),
                    item @ (Outgoing::Frame(_) | Outgoing::Pong(_)) => item,
                },
                _ = beat.tick() => Outgoing::Frame(Box::new(Frame::Ping(Beat::default()))),
            };
            tokio::select! {
                biased;
                written = timeout(self.pace.patience, write(&mut self.socket, item)) => {
                    match written {
                        Ok(Ok(())) => {}
                        Ok(Err(Closed)) => return None,
                        Err(_) => return Some(Goodbye::TooSlow),
                    }
                }
                goodbye = &mut *closing => return goodbye.ok(),
            }
        }
    }

    /// Says why, if the client still reads, and hangs up in any case.
    async fn close(self, goodbye: Option<Goodbye>) {
        let Some(goodbye) = goodbye else {
            // The client is gone; what it does not read any more must not keep the socket.
            if let Some(line) = &self.line {
                line.hang_up();
            }
            return;
        };
        let said = timeout(self.pace.farewell, self.socket.close(Some(goodbye.reason()))).await;
        if said.is_err()
            && let Some(line) = &self.line
        {
            line.hang_up();
        }
    }
}

async fn write(socket: &mut Session, item: Outgoing) -> Result<(), Closed> {
    match item {
        Outgoing::Frame(frame) => socket.text(frame.to_text()).await,
        Outgoing::Pong(payload) => socket.pong(&payload).await,
        // It ends the writing, and never comes here.
        Outgoing::Farewell(_) => Err(Closed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn whoever_is_gone_is_told_nothing() {
        let gone = PayloadError::Incomplete(None);
        let read = |error: io::Error| goodbye_of(&ProtocolError::Io(error)).map(Goodbye::name);

        assert_eq!(read(io::Error::other(gone)), None);
        let unreadable = io::Error::new(io::ErrorKind::InvalidData, "no text");
        assert_eq!(read(unreadable), Some(Goodbye::BadFrame.name()));
    }
}
