//! The agent API: a ticket over HTTP, then one WebSocket with JSON frames for agents, supervisors
//! and media servers. `docs/api/agent.md` explains it to those who use it.
//!
//! ```text
//! socket (reader) --> connection --> attendance (one per session) --> Things<Session>
//!                         |      \-> desk (one per connection)    --> Things<Domain>
//! socket (writer) <-- outbox <-------- attendance, desk <-- push (listeners, bounded)
//! ```
//!
//! Invariants: what is pushed is a hint, the position is the truth, so nothing is missed and nothing
//! comes twice; a client that reads slowly costs a fixed amount of memory and is cut off; only the
//! newest connection of an account can attach itself to anything; however a connection ends, its
//! sessions and its desk hear of it.
//!
//! Read in this order: [`wire`] (the frames), [`account`], [`ticket`] with `issuer`, [`socket`], [`connection`]
//! with `at_work` and `privilege`, [`moving`], [`attendance`] with `entry` and `errands`, [`push`] and [`chat_frames`],
//! [`desk`] with [`interaction_frames`], `on_show`, `workbins`, `finds` and `admission`, [`transcript`], [`figures`], [`reporting`],
//! [`why`] and [`contacts`] (documents over HTTP).

pub mod account;
mod admission;
mod at_work;
pub mod attendance;
mod attentive;
pub mod chat_frames;
pub mod connection;
pub mod contacts;
pub mod desk;
mod entry;
mod errands;
pub mod figures;
mod finds;
pub mod goodbye;
mod insist;
pub mod interaction_frames;
mod issuer;
pub mod line;
pub mod moving;
mod on_show;
pub mod outbox;
mod parts;
mod privilege;
pub mod push;
pub mod refuse;
pub mod reporting;
pub mod restoration_token;
pub mod seat;
pub mod show;
mod signs;
pub mod socket;
pub mod ticket;
pub mod transcript;
pub mod visitor;
pub mod why;
pub mod wire;
mod workbins;

pub use issuer::KIND as TICKETS;
pub use line::{limit_unread, on_connect};

use crate::edge::handles::Handles;
use crate::edge::passwords::Passwords;
use crate::ownership::peers::Answerer;
use crate::ownership::restoration::Asker;
use account::Account;
use actix_web::web;
use figures::Streams;
use issuer::{Issuer, Unredeemed};
use moving::Moving;
use refuse::resource;
use reporting::Readers;
use seat::Seats;
use std::sync::Arc;
use std::time::Duration;
use ticket::Tickets;
use tokio::sync::watch;

/// How long clients are waited for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long name and password may take to come.
    pub login: Duration,
    pub ping_every: Duration,
    /// Without any sign of life for so long, a connection is lost.
    pub silence: Duration,
    /// How long one frame may wait for a client to read.
    pub patience: Duration,
    /// How long the word of closing may wait.
    pub farewell: Duration,
}

/// What all connections of a listener share.
pub struct Api {
    pub handles: Handles,
    pub pace: Pace,
    pub tickets: Tickets,
    pub seats: Seats,
    /// Whether clients are to go to other nodes.
    pub moving: watch::Sender<Moving>,
    /// Becomes true when the node is about to stop.
    pub is_stopping: watch::Sender<bool>,
    pub streams: Streams,
    pub readers: Readers,
    pub passwords: Passwords,
}

/// A credential is a name and a password; nobody needs more.
const LONGEST_LOGIN: usize = 4 * 1024;

impl Default for Pace {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(10),
            ping_every: Duration::from_secs(25),
            silence: Duration::from_secs(60),
            patience: Duration::from_secs(10),
            farewell: Duration::from_secs(5),
        }
    }
}

impl Api {
    /// Made once for all workers of a listener: they share it.
    pub fn new(handles: Handles, pace: Pace) -> Self {
        let handles = handles.for_asker(Asker::Agent);
        let mut known = handles.config.agents.values().map(|agent| agent.password_hash.expose());
        let passwords = Passwords::new(handles.clock.clone(), &*handles.chance, known.next());
        drop(known);
        let (tickets, seats) = (Tickets::of(handles.me.node.clone()), Seats::default());
        let (moving, is_stopping) = (watch::Sender::default(), watch::Sender::default());
        let (streams, readers) = (Streams::default(), Readers::default());
        Self { handles, pace, tickets, seats, moving, is_stopping, streams, readers, passwords }
    }

    /// Answers other nodes' calls of the kind [`TICKETS`].
    pub fn answerer(api: &web::Data<Self>) -> Arc<dyn Answerer> {
        Arc::new(Issuer(api.clone()))
    }

    /// Who a ticket was given to, here or at another node; it counts once.
    pub async fn redeem(&self, ticket: &str) -> Result<Account, Unredeemed> {
        let (peers, now) = (self.handles.peers.as_ref(), self.handles.now());
        self.tickets.redeem(ticket, peers, now).await
    }

    /// Tells every client to come back later. Connections end by themselves then, also those that
    /// are only just opened.
    pub fn send_home(&self) {
        self.is_stopping.send_replace(true);
    }
}

/// The routes of the agent listener, for a listener of its own.
pub fn configure_with(handles: Handles, pace: Pace) -> impl Fn(&mut web::ServiceConfig) + Clone {
    configure(web::Data::new(Api::new(handles, pace)))
}

/// The routes of the agent listener.
pub fn configure(api: web::Data<Api>) -> impl Fn(&mut web::ServiceConfig) + Clone {
    move |config| {
        let login = resource("/api/v1/agent/ticket")
            .app_data(web::JsonConfig::default().limit(LONGEST_LOGIN))
            .route(web::post().to(ticket::post));
        let socket = resource("/api/v1/agent/socket").route(web::get().to(socket::open));
        let transcript =
            resource("/api/v1/interactions/{id}/transcript").route(web::get().to(transcript::get));
        let figures = resource("/api/v1/figures").route(web::get().to(figures::get));
        let changes = resource("/api/v1/figures/changes").route(web::get().to(figures::follow));
        config.app_data(api.clone()).service(login).service(socket).service(transcript);
        let why = resource("/api/v1/interactions/{id}/why").route(web::get().to(why::get));
        let events = resource("/api/v1/reporting/events").route(web::get().to(reporting::get));
        let stream = resource("/api/v1/reporting/stream").route(web::get().to(reporting::follow));
        config.service(figures).service(changes).service(why).service(events).service(stream);
        contacts::configure(config);
        config.default_service(web::to(refuse::nowhere));
    }
}
