//! `holdfast talk agent`: keeps a socket to the server, carries out what the [`Desk`] says, and comes
//! back by itself whenever the connection is lost.

use crate::cli::talk::account::AccountArguments;
use crate::cli::talk::desk::{Acceptance, Deed, Desk};
use crate::cli::talk::http::{Server, Trouble};
use crate::cli::talk::input;
use crate::cli::talk::line::{AgentWish, agent_wish};
use crate::cli::talk::pace::BackOff;
use crate::cli::talk::socket::Socket;
use crate::cli::{Failure, print};
use crate::edge::agent::wire::{Frame, RequestFrame};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use jiff::tz::TimeZone;
use std::future::pending;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Error as SocketError, http::StatusCode};

/// Longest time for opening a socket, and for a server's sign of life; it pings more often.
const OPENING: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(60);

/// The code with which a server closes a socket whose place a newer one took.
const REPLACED: u16 = 4_001;

#[derive(Debug, Args)]
pub struct AgentArguments {
    #[command(flatten)]
    pub account: AccountArguments,
    /// Accept and join whatever is offered
    #[arg(long)]
    pub auto_accept: bool,
    /// Stay after the end of the input
    #[arg(long)]
    pub stay: bool,
}

/// How a connection ended.
enum End {
    Done,
    Lost,
}

struct Agent {
    server: Server,
    name: String,
    password: String,
    desk: Desk,
    lines: mpsc::Receiver<String>,
    is_open: bool,
    stays: bool,
    back_off: BackOff,
    /// For what the server was too busy for.
    patience: BackOff,
    try_again: Option<Instant>,
}

/// Serves customers until told to stop.
pub async fn attend(arguments: AgentArguments, password: String) -> Result<(), Failure> {
    let AgentArguments { account, auto_accept, stay } = arguments;
    let acceptance = if auto_accept { Acceptance::AtOnce } else { Acceptance::ByHand };
    let mut agent = Agent {
        server: account.server()?,
        name: account.name,
        password,
        desk: Desk::new(&input::new_name(), acceptance, TimeZone::system()),
        lines: input::lines(),
        is_open: true,
        stays: stay,
        back_off: BackOff::default(),
        patience: BackOff::default(),
        try_again: None,
    };
    agent.run().await
}

impl Agent {
    async fn run(&mut self) -> Result<(), Failure> {
        let mut socket = self.connect().await.map_err(|trouble| match trouble {
            Trouble::Unreachable(text) | Trouble::NotNow(text) => Failure::Network(text),
            Trouble::Refused(text) | Trouble::Ended(text) => Failure::Other(text),
        })?;
        loop {
            let opened = Instant::now();
            match self.converse(&mut socket).await? {
                End::Done => return Ok(()),
                End::Lost => {}
            }
            self.back_off.ended_after(opened.elapsed());
            self.desk.lost();
            print::note("… waiting for the server")?;
            socket = self.reconnect().await?;
            print::note("… the server is back")?;
        }
    }

    async fn connect(&self) -> Result<Socket, Trouble> {
        let ticket = self.server.ticket(&self.name, &self.password).await?;
        let opening = timeout(OPENING, self.server.socket(&ticket));
        match opening.await {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(SocketError::Http(response))) if response.status() == StatusCode::FORBIDDEN => {
                Err(Trouble::Refused("the server wants no socket from here (403)".to_owned()))
            }
            Ok(Err(error)) => Err(Trouble::NotNow(error.to_string())),
            Err(_) => Err(Trouble::NotNow("the server does not open a socket".to_owned())),
        }
    }

    /// Tries until it works. What is typed meanwhile waits on the desk.
    async fn reconnect(&mut self) -> Result<Socket, Failure> {
        loop {
            let deadline = Instant::now() + self.back_off.pause(input::dice());
            loop {
                tokio::select! {
                    () = sleep_until(deadline) => break,
                    line = self.lines.recv(), if self.is_open => {
                        for deed in self.typed(line) {
                            tell(&deed)?;
                        }
                    }
                }
            }
            match self.connect().await {
                Ok(socket) => return Ok(socket),
                Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => {}
                Err(Trouble::Refused(text) | Trouble::Ended(text)) => {
                    return Err(Failure::Other(text));
                }
            }
        }
    }

    async fn converse(&mut self, socket: &mut Socket) -> Result<End, Failure> {
        self.try_again = None;
        let mut deeds = self.desk.connected();
        loop {
            if let Some(end) = self.carry_out(deeds, socket).await? {
                return Ok(end);
            }
            let later = self.try_again;
            let again = async {
                match later {
                    Some(deadline) => sleep_until(deadline).await,
                    None => pending().await,
                }
            };
            deeds = tokio::select! {
                read = timeout(SILENCE, socket.next()) => match read {
                    Ok(Some(Ok(message))) => match self.take(message)? {
                        Some(deeds) => deeds,
                        None => return Ok(End::Lost),
                    },
                    Ok(Some(Err(_)) | None) | Err(_) => return Ok(End::Lost),
                },
                line = self.lines.recv(), if self.is_open => self.typed(line),
                () = again => {
                    self.try_again = None;
                    self.desk.flush()
                }
            };
        }
    }

    /// What a message leads to; nothing if it was the last one.
    fn take(&mut self, message: Message) -> Result<Option<Vec<Deed>>, Failure> {
        match message {
            Message::Text(text) => match serde_json::from_str::<Frame>(&text) {
                Ok(frame) => {
                    if matches!(frame, Frame::Ack(_)) {
                        self.patience.forget();
                    }
                    Ok(Some(self.desk.hear(frame)))
                }
                Err(error) => {
                    print::note(&format!("a frame that cannot be read: {error}"))?;
                    Ok(Some(Vec::new()))
                }
            },
            Message::Close(Some(close)) if u16::from(close.code) == REPLACED => {
                let text = format!("{} is connected from somewhere else", self.name);
                Err(Failure::Other(text))
            }
            Message::Close(_) => Ok(None),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {
                Ok(Some(Vec::new()))
            }
        }
    }

    fn typed(&mut self, line: Option<String>) -> Vec<Deed> {
        let Some(line) = line else {
            self.is_open = false;
            return if self.stays { Vec::new() } else { self.desk.wish(AgentWish::Quit) };
        };
        match agent_wish(&line) {
            Ok(None) => Vec::new(),
            Ok(Some(wish)) => self.desk.wish(wish),
            Err(hint) => vec![Deed::Note(hint)],
        }
    }

    async fn carry_out(
        &mut self,
        deeds: Vec<Deed>,
        socket: &mut Socket,
    ) -> Result<Option<End>, Failure> {
        for deed in deeds {
            match &deed {
                Deed::Send(frame) => {
                    if socket.send(Message::text(text_of(frame)?)).await.is_err() {
                        return Ok(Some(End::Lost));
                    }
                }
                Deed::Show(_) | Deed::Note(_) => tell(&deed)?,
                Deed::TryLater => {
                    self.try_again = Some(Instant::now() + self.patience.pause(input::dice()));
                }
                Deed::Reconnect => return Ok(Some(End::Lost)),
                Deed::End => {
                    // The server hears it either way.
                    let _ = socket.close(None).await;
                    return Ok(Some(End::Done));
                }
                Deed::GiveUp(text) => return Err(Failure::Other(text.clone())),
            }
        }
        Ok(None)
    }
}

fn tell(deed: &Deed) -> Result<(), Failure> {
    match deed {
        Deed::Show(line) => print::answer(&format!("{line}\n")),
        Deed::Note(text) => print::note(text),
        Deed::Send(_) | Deed::TryLater | Deed::Reconnect | Deed::End | Deed::GiveUp(_) => Ok(()),
    }
}

fn text_of(frame: &RequestFrame) -> Result<String, Failure> {
    let text = serde_json::to_string(frame);
    text.map_err(|error| Failure::Other(format!("a frame is not JSON: {error}")))
}
