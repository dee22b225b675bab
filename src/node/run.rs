//! The life of a node: what starts after what, how it is told to stop, what stops before what.
//!
//! Start: data folder → store → secrets → actors → the routing domain → listeners → sessions that
//! were left open. Stop: no readiness → listeners → actors → threads → store.

use crate::base::{Chance, Clock, ThingId};
use crate::chat::Session;
use crate::config::Config;
use crate::edge::handles::Handles;
use crate::interaction::{Look, Sight};
use crate::node::certificates::Certificates;
use crate::node::houses::{Ground, Houses, first_lane};
use crate::node::listeners::{self, Addresses, ListenError, Serving};
use crate::node::secrets::{self, FIRST_AGENT, SecretError};
use crate::node::wiring::{is_session, routing_domain};
use crate::node::world;
use crate::ownership::Absent;
use crate::ownership::actor::{Arbiters, Place, Things};
use crate::ownership::door::OwnerTable;
use crate::store::{EmbeddedStore, OpenError, Store};
use crate::telemetry::{Health, Phase, meters, recorder};
use crate::tls::TlsError;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// How many sessions are taken over at once after a start.
const WAKE_AT_ONCE: usize = 32;

/// How long to wait before what could not be restored is tried again.
const WAKE_AGAIN: Duration = Duration::from_secs(2);

/// How often the figures are kept in order and the store's health is looked at.
const UPKEEP: Duration = Duration::from_secs(1);

/// How often what is counted by looking is looked at.
const FIGURES: Duration = Duration::from_secs(5);

/// How often closed sessions whose time is over are purged.
const PURGE: Duration = Duration::from_secs(600);

/// What the system sends to who writes beyond the limit on the size of files; by itself it ends the
/// process.
const FILE_TOO_LARGE: i32 = 25;

/// A running node.
pub struct Node {
    pub addresses: Addresses,
    serving: Serving,
    houses: Houses,
    arbiters: Arbiters,
    store: EmbeddedStore,
    health: Arc<Health>,
    /// What goes on beside requests.
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("failed to open the store")]
    Store(#[from] OpenError),
    #[error(transparent)]
    Certificates(#[from] TlsError),
    #[error(transparent)]
    Secrets(#[from] SecretError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("failed to serve")]
    Serve(#[source] std::io::Error),
    #[error("failed to listen to signals")]
    Signals(#[source] std::io::Error),
    #[error("failed to restore the routing domain")]
    Routing(#[source] Absent),
}

impl Node {
    /// Starts a node. Must be called within an actix system.
    pub async fn start(mut config: Config) -> Result<Self, StartError> {
        take_file_limit_for_full_disk().map_err(StartError::Signals)?;
        let health = Arc::new(Health::default());
        let certificates = Certificates::read(&config)?;
        let bound = listeners::bind(&config.listen)?;
        let addresses = bound.addresses().map_err(StartError::Serve)?;
        let store = EmbeddedStore::open(&config.node.data_folder)?;
        let chance: Arc<dyn Chance> = Arc::new(world::Dice);
        let cluster_key = secrets::cluster_key(&config.node.data_folder, &*chance)?;
        if config.agents.is_empty() {
            let account = secrets::first_agent(&config.node.data_folder, &*chance)?;
            config.agents.insert(FIRST_AGENT.to_owned(), account);
        }
        warn_of_missing_capacity(&config);
        let config = Arc::new(config);
        let place = Place::alone(first_lane(&config, &*chance));
        let ground = Ground::new(&config, Store::of(&store), chance.clone(), place);
        let houses = Houses::start(&ground, &config);
        houses.connect();
        houses.routing.wake_named(&routing_domain()).await.map_err(StartError::Routing)?;
        let handles = Handles {
            sessions: houses.sessions.clone(),
            routing: houses.routing.clone(),
            routing_domain: routing_domain(),
            clock: ground.clock.clone(),
            chance,
            config: config.clone(),
            chat_policy: houses.chat_policy.clone(),
            cluster_key,
            health: health.clone(),
            alias: Arc::from("1"),
        };
        let serving = bound.serve(&handles, &certificates).map_err(StartError::Serve)?;
        let tasks = vec![
            certificates.keep().map_err(StartError::Signals)?,
            wake_what_was_left_open(houses.sessions.clone(), store.clone()),
            watch_store(store.clone(), health.clone()),
            purge(store.clone(), ground.clock.clone()),
            keep_figures(&houses),
        ];
        health.enter(Phase::Ready);
        Ok(Self { addresses, serving, houses, arbiters: ground.arbiters, store, health, tasks })
    }

    /// Serves until the process is told to stop, and then stops.
    pub async fn run(self, mut told: ToldToStop) {
        told.wait().await;
        tracing::info!("told to stop");
        self.stop().await;
    }

    /// Stops: listeners first, then what serves them, the store last.
    pub async fn stop(self) {
        self.health.enter(Phase::Draining);
        self.serving.stop().await;
        self.tasks.iter().for_each(JoinHandle::abort);
        self.houses.stop().await;
        self.arbiters.stop();
        self.serving.stop_health().await;
        self.store.shut().await;
        tracing::info!("stopped");
    }
}

/// A write beyond the limit fails then, as on a full disk, which a node survives.
fn take_file_limit_for_full_disk() -> std::io::Result<()> {
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

/// An agent without a rule of his own gets the default, and an operator should know it before the
/// first chat rings.
fn warn_of_missing_capacity(config: &Config) {
    let default = config.interaction.default_capacity_chat;
    let without = config.agents.iter().filter(|(_, agent)| agent.capacity_chat.is_none());
    for (name, _) in without {
        tracing::warn!(
            agent = name,
            default,
            "no capacity-chat is configured, the default applies"
        );
    }
}

/// The signals that tell a process to stop. They are listened for from the beginning: one that comes
/// while the node starts is not lost, and does not end it in the middle of something.
pub struct ToldToStop {
    terminate: Signal,
    interrupt: Signal,
}

impl ToldToStop {
    pub fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Takes over what an earlier process left open, so that its timers and reports go on although
/// nobody asks for it. What the store does not answer for is tried again until it does.
fn wake_what_was_left_open(sessions: Things<Session>, store: EmbeddedStore) -> JoinHandle<()> {
    actix::spawn(async move {
        let mut left = match store.open_things().await {
            Ok(open) => open.into_iter().filter(is_session).collect::<Vec<_>>(),
            Err(error) => return tracing::error!(%error, "failed to list the open sessions"),
        };
        let n_open = left.len();
        let mut rounds = tokio::time::interval(WAKE_AGAIN);
        while !left.is_empty() {
            rounds.tick().await;
            left = wake(&sessions, left).await;
        }
        tracing::info!(n_open, "what was left open is restored");
    })
}

/// Wakes sessions, some at a time; gives back those that are to be tried again.
async fn wake(sessions: &Things<Session>, things: Vec<ThingId>) -> Vec<ThingId> {
    let waking = things.into_iter().map(|thing| async { (sessions.wake(&thing).await, thing) });
    let mut woken = stream::iter(waking).buffer_unordered(WAKE_AT_ONCE);
    let mut again = Vec::new();
    while let Some((woken, thing)) = woken.next().await {
        match woken {
            Err(Absent::Unavailable(why)) => {
                tracing::warn!(%thing, why, "not restored yet");
                again.push(thing);
            }
            // A creation that was never acknowledged leaves a claim, and nothing to restore.
            Err(Absent::NotFound | Absent::Closed) | Ok(()) => {}
            Err(absent @ (Absent::Elsewhere(_) | Absent::InRepair)) => {
                tracing::warn!(%thing, %absent, "not restored");
            }
        }
    }
    again
}

/// Keeps the figures in order and tells probes how the store is.
fn watch_store(store: EmbeddedStore, health: Arc<Health>) -> JoinHandle<()> {
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            recorder::run_upkeep();
            match store.health().stalled {
                Some(_) => health.store_stalled(),
                None => health.store_works(),
            }
        }
    })
}

/// Deletes closed sessions whose time is over.
fn purge(store: EmbeddedStore, clock: Arc<dyn Clock>) -> JoinHandle<()> {
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(PURGE);
        loop {
            ticks.tick().await;
            if let Err(error) = store.purge(clock.now()).await {
                tracing::warn!(%error, "failed to purge closed sessions");
            }
        }
    })
}

/// Looks now and then at what is counted by looking.
fn keep_figures(houses: &Houses) -> JoinHandle<()> {
    let (sessions, routing) = (houses.sessions.clone(), houses.routing.clone());
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(FIGURES);
        let domain = routing_domain();
        loop {
            ticks.tick().await;
            meters().sessions_active.of("active").set(count(sessions.n_active()));
            let seen = routing.look(&domain, Look::Figures).await;
            if let Ok(Sight::Figures(figures)) = seen {
                let agents = figures.agents;
                meters().queue_waiting.set(count(figures.n_waiting()));
                meters().agents.of("ready").set(count(agents.n_ready));
                meters().agents.of("not_ready").set(count(agents.n_not_ready));
                meters().agents.of("connection_lost").set(count(agents.n_lost));
            }
        }
    })
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
