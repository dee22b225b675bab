//! An agent's connections: opens a socket to one of the servers, carries frames between it and the
//! desk that somebody has, and opens another one, wherever it can, when it is lost.

use crate::cli::Failure;
use crate::cli::talk::http::{Server, Trouble};
use crate::cli::talk::pace::BackOff;
use crate::cli::talk::socket::Socket;
use crate::cli::torture::settings::Account;
use crate::cli::torture::world::World;
use crate::edge::agent::wire::request::{Nothing, Request, RequestFrame};
use crate::edge::agent::wire::{Frame, RequestFrame as Outgoing};
use futures_util::{SinkExt, StreamExt};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, timeout};
use tokio_tungstenite::tungstenite::protocol::Message;

/// How often a socket is asked for a sign of life.
const PING: Duration = Duration::from_secs(1);

/// After which pause the server is asked again for what it had no time for.
const LATER: Duration = Duration::from_millis(500);

/// Codes with which a server sends its clients to another one, or asks them to come back.
const FAREWELLS: [u16; 3] = [1_001, 1_012, 1_013];

/// What becomes of the connection after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    GoOn,
    /// Another server is to be asked.
    Reconnect,
}

/// Whose connections these are. It knows no socket: frames and wishes come in, frames go out.
pub trait AtDesk {
    type Wish;

    /// A connection is open.
    fn connected(&mut self);

    /// It is gone: nothing that is on its way will be answered.
    fn lost(&mut self);

    /// The next frame to be sent.
    fn next_frame(&mut self) -> Option<Outgoing>;

    /// Tries again what the server had no time for.
    fn retry(&mut self);

    fn wish(&mut self, wish: Self::Wish);

    /// Takes a frame of the server.
    fn hear(&mut self, frame: Frame) -> Next;

    /// For how long the desktop is to be dead from now on, if it is to die: the connection ends
    /// without a word.
    fn take_crash(&mut self) -> Option<Duration> {
        None
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The server said that it would.
    Told,
    Lost,
    /// The desktop died, and comes back after so long.
    Crashed(Duration),
}

/// An agent at work.
pub struct Agent<D: AtDesk> {
    world: Rc<World>,
    account: Account,
    desk: D,
    wishes: mpsc::UnboundedReceiver<D::Wish>,
}

impl<D: AtDesk> Agent<D> {
    pub fn new(
        world: &Rc<World>,
        account: Account,
        desk: D,
        wishes: mpsc::UnboundedReceiver<D::Wish>,
    ) -> Self {
        Self { world: world.clone(), account, desk, wishes }
    }

    /// Works until nobody wants more of him. Ends by itself only if there is no way to go on.
    pub async fn work(mut self) -> Failure {
        let mut back_off = BackOff::default();
        let mut has_worked = false;
        loop {
            let mut socket = match self.connect().await {
                Ok(socket) => socket,
                Err(Some(text)) => return Failure::Other(format!("{}: {text}", self.account.name)),
                Err(None) => {
                    let pause = back_off.pause(self.world.chance());
                    tokio::time::sleep(pause.min(Duration::from_secs(1))).await;
                    continue;
                }
            };
            if has_worked {
                self.world.count(|figures| figures.n_reconnects += 1);
            }
            has_worked = true;
            self.world.n_online.set(self.world.n_online.get() + 1);
            let opened = Instant::now();
            self.desk.connected();
            let ended = self.converse(&mut socket).await;
            self.world.n_online.set(self.world.n_online.get().saturating_sub(1));
            self.desk.lost();
            match ended {
                End::Told => {}
                End::Lost => self.world.failed("socket lost"),
                End::Crashed(pause) => {
                    drop(socket);
                    tokio::time::sleep(pause).await;
                }
            }
            back_off.ended_after(opened.elapsed());
        }
    }

    /// A socket to one of the servers. Nothing if none has time; a text if there is no hope.
    async fn connect(&self) -> Result<Socket, Option<String>> {
        for server in self.world.shuffled(&self.world.agents) {
            self.world.count(|figures| figures.n_requests += 1);
            match self.open(&server).await {
                Ok(socket) => return Ok(socket),
                Err(Trouble::Unreachable(_)) => self.world.failed("agent connection refused"),
                Err(Trouble::NotNow(_)) => self.world.failed("no socket"),
                Err(Trouble::Refused(text) | Trouble::Ended(text)) => return Err(Some(text)),
            }
        }
        Err(None)
    }

    async fn open(&self, server: &Server) -> Result<Socket, Trouble> {
        let ticket = server.ticket(&self.account.name, &self.account.password).await?;
        // A ticket that another node of the same address does not know is no reason to give up.
        match timeout(self.world.arguments.patience(), server.socket(&ticket)).await {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(error)) => Err(Trouble::NotNow(error.to_string())),
            Err(_) => Err(Trouble::NotNow("no socket in time".to_owned())),
        }
    }

    async fn converse(&mut self, socket: &mut Socket) -> End {
        let (mut ping, mut later) = (interval(PING), interval(LATER));
        let mut heard = Instant::now();
        loop {
            if let Some(pause) = self.desk.take_crash() {
                return End::Crashed(pause);
            }
            while let Some(frame) = self.desk.next_frame() {
                if !self.send(socket, &frame).await {
                    return End::Lost;
                }
            }
            tokio::select! {
                read = socket.next() => {
                    heard = Instant::now();
                    let Some(Ok(message)) = read else { return End::Lost };
                    if let Some(end) = self.take(message) {
                        return end;
                    }
                }
                Some(wish) = self.wishes.recv() => self.desk.wish(wish),
                _ = later.tick() => self.desk.retry(),
                _ = ping.tick() => {
                    let frame = RequestFrame { reference: None, request: Request::Ping(Nothing {}) };
                    let is_silent = self.world.arguments.patience() < heard.elapsed();
                    if is_silent || !self.send(socket, &frame).await {
                        return End::Lost;
                    }
                }
            }
        }
    }

    async fn send(&self, socket: &mut Socket, frame: &Outgoing) -> bool {
        // A frame of ours is always JSON.
        let Ok(text) = serde_json::to_string(frame) else { return true };
        let sending = timeout(self.world.arguments.patience(), socket.send(Message::text(text)));
        matches!(sending.await, Ok(Ok(())))
    }

    fn take(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Text(text) => match serde_json::from_str::<Frame>(&text) {
                Ok(frame) => match self.desk.hear(frame) {
                    Next::GoOn => None,
                    Next::Reconnect => Some(End::Told),
                },
                Err(_) => {
                    self.world.failed("frame that cannot be read");
                    None
                }
            },
            Message::Close(Some(close)) => match u16::from(close.code) {
                code if FAREWELLS.contains(&code) => Some(End::Told),
                code => {
                    self.world.failed(&format!("socket closed {code}"));
                    Some(End::Told)
                }
            },
            Message::Close(None) => Some(End::Lost),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => None,
        }
    }
}
