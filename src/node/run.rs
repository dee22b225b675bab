//! The life of a node: what starts after what, how it is told to stop, what stops before what.
//!
//! Start: data folder → store → secrets → actors → the routing domain → listeners → sessions that
//! were left open. Stop: no readiness → listeners → actors → threads → store.

use crate::base::{BootId, Chance, Clock, Lane, NodeId, ThingId};
use crate::chat::Session;
use crate::config::Config;
use crate::contact::Historian;
use crate::contact::actor::Tools;
use crate::edge::handles::Handles;
use crate::node::listeners::{self, Addresses, ListenError, Serving};
use crate::interaction::Domain;
use crate::node::secrets::{self, FIRST_AGENT, SecretError};
use crate::node::wiring::chat::{ChatShell, Ways};
use crate::node::wiring::contact::History;
use crate::node::wiring::interaction::RoutingShell;
use crate::node::wiring::{is_session, routing_domain};
use crate::node::{policies, world};
use crate::owned::{Log, Shell, Thing};
use crate::ownership::Absent;
use crate::ownership::actor::{Arbiters, Close, Directory, Doors, Registry, Things};
use crate::ownership::door::OwnerTable;
use crate::store::{EmbeddedStore, OpenError};
use crate::telemetry::{Health, Phase, recorder};
use actix::prelude::*;
use futures_util::{StreamExt, stream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How many sessions are taken over at once after a start.
const WAKE_AT_ONCE: usize = 32;

/// How often the figures are kept in order and the store's health is looked at.
const UPKEEP: Duration = Duration::from_secs(1);

/// How often closed sessions whose time is over are purged.
const PURGE: Duration = Duration::from_secs(600);

/// A running node.
pub struct Node {
    pub addresses: Addresses,
    serving: Serving,
    sessions: Addr<Registry<Session>>,
    routing: Addr<Registry<Domain>>,
    arbiters: Arbiters,
    store: EmbeddedStore,
    config: Arc<Config>,
    health: Arc<Health>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("failed to open the store")]
    Store(#[from] OpenError),
    #[error(transparent)]
    Secrets(#[from] SecretError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("failed to serve")]
    Serve(#[source] std::io::Error),
    #[error("failed to restore the routing domain")]
    Routing(#[source] Absent),
}

/// What all registries of this process share.
struct Ground {
    store: EmbeddedStore,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    lane: Lane,
    arbiters: Arbiters,
    keep_closed: Duration,
}

impl Node {
    /// Starts a node. Must be called within an actix system.
    pub async fn start(mut config: Config) -> Result<Self, StartError> {
        let health = Arc::new(Health::default());
        let bound = listeners::bind(&config.listen)?;
        let addresses = bound.addresses().map_err(StartError::Serve)?;
        let store = EmbeddedStore::open(&config.node.data_folder)?;
        let chance: Arc<dyn Chance> = Arc::new(world::Dice);
        let cluster_key = secrets::cluster_key(&config.node.data_folder, &*chance)?;
        if config.agents.is_empty() {
            let account = secrets::first_agent(&config.node.data_folder, &*chance)?;
            config.agents.insert(FIRST_AGENT.to_owned(), account);
        }
        let config = Arc::new(config);
        let ground = Ground::new(&config, store.clone(), chance.clone());
        let ways = Arc::new(OnceLock::new());
        let chat_policy = Arc::new(policies::chat(&config));
        let chat_shell: Arc<dyn Shell<Session>> = Arc::new(ChatShell {
            clock: ground.clock.clone(),
            log: Arc::new(store.clone()),
            policy: chat_policy.clone(),
            config: config.clone(),
            ways: ways.clone(),
        });
        let routing_shell: Arc<dyn Shell<Domain>> = Arc::new(RoutingShell {
            clock: ground.clock.clone(),
            log: Arc::new(store.clone()),
            policy: Arc::new(policies::interaction(&config)),
            ways: ways.clone(),
        });
        let (sessions, session_registry) = ground.registry(chat_shell);
        let (routing, routing_registry) = ground.registry(routing_shell);
        let history = History::new(ground.historian().start(), &config.settings);
        let known = Ways { sessions: sessions.clone(), routing: routing.clone(), history };
        let _ = ways.set(known);
        routing.wake_named(&routing_domain()).await.map_err(StartError::Routing)?;
        let handles = Handles {
            sessions: sessions.clone(),
            routing,
            routing_domain: routing_domain(),
            clock: ground.clock.clone(),
            chance,
            config: config.clone(),
            chat_policy,
            cluster_key,
            health: health.clone(),
            alias: Arc::from("1"),
        };
        let serving = bound.serve(&handles).map_err(StartError::Serve)?;
        wake_what_was_left_open(sessions, store.clone());
        keep_up(&store, ground.clock.clone(), health.clone());
        health.enter(Phase::Ready);
        Ok(Self {
            addresses,
            serving,
            sessions: session_registry,
            routing: routing_registry,
            arbiters: ground.arbiters,
            store,
            config,
            health,
        })
    }

    /// Serves until the process is told to stop, and then stops.
    pub async fn run(self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        self.stop().await;
        Ok(())
    }

    /// Stops: listeners first, then what serves them, the store last.
    pub async fn stop(self) {
        self.health.enter(Phase::Draining);
        self.serving.stop().await;
        // Both registries live on this arbiter: their mailboxes are open as long as we are.
        let _ = self.sessions.send(Close).await;
        let _ = self.routing.send(Close).await;
        self.arbiters.stop();
        self.serving.stop_health().await;
        drop(self.store);
        tracing::info!("stopped");
    }
}

impl Ground {
    fn new(config: &Config, store: EmbeddedStore, chance: Arc<dyn Chance>) -> Self {
        let boot = BootId(crate::base::chance::token(&*chance, 12));
        let n_threads = match usize::try_from(config.node.arbiters).unwrap_or(0) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n_threads => n_threads,
        };
        Self {
            store,
            clock: Arc::new(world::WallClock),
            chance,
            lane: Lane { node: NodeId(config.node.name.clone()), boot, k: 0 },
            arbiters: Arbiters::start(n_threads),
            keep_closed: Duration::from_secs(config.settings.closed_keep_days * 24 * 3_600),
        }
    }

    fn historian(&self) -> Historian {
        Historian::new(Tools {
            store: Arc::new(self.store.clone()),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            policy: Arc::default(),
        })
    }

    fn registry<T: Thing>(&self, shell: Arc<dyn Shell<T>>) -> (Things<T>, Addr<Registry<T>>)
    where
        EmbeddedStore: Log<T>,
    {
        let directory = Directory::default();
        let doors = Doors {
            owners: Arc::new(self.store.clone()),
            shell: shell.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            lane: self.lane.clone(),
            keep_closed: self.keep_closed,
        };
        let registry = Registry::start(doors, directory.clone(), self.arbiters.clone());
        (Things::new(directory, registry.clone(), shell), registry)
    }
}

/// Takes over what an earlier process left open, so that its timers and reports go on although
/// nobody asks for it.
fn wake_what_was_left_open(sessions: Things<Session>, store: EmbeddedStore) {
    actix::spawn(async move {
        let open = match store.open_things().await {
            Ok(open) => open,
            Err(error) => return tracing::error!(%error, "failed to list the open sessions"),
        };
        let n_open = open.len();
        let waking = open.into_iter().filter(is_session).map(|thing: ThingId| {
            let sessions = sessions.clone();
            async move { (sessions.wake(&thing).await, thing) }
        });
        let mut woken = stream::iter(waking).buffer_unordered(WAKE_AT_ONCE);
        while let Some((woken, thing)) = woken.next().await {
            if let Err(absent) = woken {
                tracing::warn!(%thing, %absent, "not restored");
            }
        }
        tracing::info!(n_open, "what was left open is restored");
    });
}

fn keep_up(store: &EmbeddedStore, clock: Arc<dyn Clock>, health: Arc<Health>) {
    let watched = store.clone();
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            recorder::run_upkeep();
            match watched.health().stalled {
                Some(_) => health.store_stalled(),
                None => health.store_works(),
            }
        }
    });
    let purged = store.clone();
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(PURGE);
        loop {
            ticks.tick().await;
            if let Err(error) = purged.purge(clock.now()).await {
                tracing::warn!(%error, "failed to purge closed sessions");
            }
        }
    });
}
