//! The life of a node: what starts after what, how it is told to stop, what stops before what.
//!
//! Start: data folder → store → secrets → actors → the routing domain → listeners → sessions that
//! were left open. Stop: no readiness → listeners → actors → threads → store.

use crate::base::{Chance, Clock};
use crate::config::Config;
use crate::edge::admin::{Operator, Wish};
use crate::edge::agent;
use crate::edge::handles::{ClusterKey, Handles};
use crate::node::backend::{self, Backend, BackendError};
use crate::node::certificates::Certificates;
use crate::node::cluster::LatePeers;
use crate::node::cluster::begin::{company, heart, open_links, place, tended};
use crate::node::cluster::drain::{Drainer, Ended};
use crate::node::cluster::status::{Progress, Sources};
use crate::node::cluster::survivors::Survivor;
use crate::node::houses::{Ground, Houses, first_lane};
use crate::node::listeners::{self, Addresses, ListenError, Serving};
use crate::node::orphans::Fate;
use crate::node::policies::gives_tokens;
use crate::node::secrets::{self, FIRST_AGENT, SecretError};
use crate::node::upkeep::{
    keep_figures, purge, settle_what_was_left_open, watch_sleepers, watch_store,
};
use crate::node::wiring::routing_domain;
use crate::node::world;
use crate::ownership::Absent;
use crate::ownership::actor::Arbiters;
use crate::ownership::membership::MemberState;
use crate::ownership::peers::Peers;
use crate::telemetry::{Health, Phase};
use crate::tls::TlsError;
use actix_web::web::Data;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the system sends to who writes beyond the limit on the size of files; by itself it ends the
/// process.
const FILE_TOO_LARGE: i32 = 25;

/// A running node.
pub struct Node {
    pub addresses: Addresses,
    serving: Serving,
    houses: Houses,
    arbiters: Arbiters,
    backend: Backend,
    health: Arc<Health>,
    drainer: Drainer,
    operator: Operator,
    wishes: watch::Receiver<Wish>,
    peers: Arc<LatePeers>,
    /// What goes on beside requests.
    tasks: Vec<JoinHandle<()>>,
}

/// How a node came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    InOrder,
    /// It was told twice: whatever it still had is left to those who take over.
    AtOnce,
}

/// How it went on with a node that was to drain.
enum Drained {
    Leave,
    TakenBack,
    ToldTwice,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("failed to open the store")]
    Store(#[from] BackendError),
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
        let chance: Arc<dyn Chance> = Arc::new(world::Dice);
        let clock: Arc<dyn Clock> = Arc::new(world::WallClock);
        let mut bound = listeners::bind(&config.listen, company(&config, &certificates))?;
        let addresses = bound.addresses().map_err(StartError::Serve)?;
        let cluster_key = keys_and_accounts(&mut config, &*chance)?;
        let config = Arc::new(config);
        let lane = first_lane(&config, &*chance);
        let sources: Arc<OnceLock<Sources>> = Arc::default();
        let told = sources.clone();
        let status = move || told.get().map(Sources::status).unwrap_or_default();
        let (operator, wishes) = Operator::new(status, config.listen.operators.clone());
        let serving_health =
            bound.serve_health(&certificates, &health, &operator).map_err(StartError::Serve)?;
        let process =
            backend::Process { lane: &lane, clock: clock.clone(), chance: chance.clone() };
        let backend = Backend::open(&config, &certificates, process).await?;
        let peers = Arc::new(LatePeers::default());
        let heart = backend.ring().map(|ring| heart(ring, &lane, &config, addresses));
        let place = place(&lane, backend.ring(), heart.as_ref(), (&peers, &config));
        let mut ground = Ground::new(&config, backend.doors(), chance.clone(), place);
        ground.health = health.clone();
        ground.token_key = gives_tokens(&config.settings).then(|| cluster_key.clone());
        ground.peers = heart.as_ref().map(|_| -> Arc<dyn Peers> { peers.clone() });
        let houses = Houses::start(&ground, &config);
        houses.connect();
        let progress = Progress::default();
        let handles = Handles {
            sessions: houses.sessions.clone(),
            routing: houses.routing.clone(),
            routing_domain: routing_domain(),
            clock: clock.clone(),
            chance: chance.clone(),
            config: config.clone(),
            chat_policy: houses.chat_policy.clone(),
            cluster_key,
            health: health.clone(),
            me: ground.place.me.clone(),
            peers: ground.peers.clone(),
        };
        let desks = Data::new(agent::Api::new(handles.clone(), agent::Pace::default()));
        let tended = tended(&backend, heart.as_ref(), &peers, (&houses, &desks));
        if let Some(tended) = &tended {
            open_links(&mut bound, &certificates, tended, &lane, &chance)
                .map_err(StartError::Serve)?;
            // Others must see this process before it claims anything.
            tended.beat_once().await;
        }
        let n_sessions = {
            let sessions = houses.sessions.clone();
            move || sessions.n_active()
        };
        // It is set once, here.
        let _ = sources.set(Sources {
            me: lane.process(),
            backend: backend.clone(),
            health: health.clone(),
            heart: heart.clone(),
            peers: peers.clone(),
            progress: progress.clone(),
            n_sessions: Box::new(n_sessions),
            naps: houses.sessions.naps().clone(),
        });
        match houses.routing.wake_named(&routing_domain()).await {
            Ok(()) | Err(Absent::Elsewhere(_)) => {}
            Err(absent) => return Err(StartError::Routing(absent)),
        }
        let serving = bound
            .serve((&handles, &desks), &certificates, serving_health)
            .map_err(StartError::Serve)?;
        let drainer = Drainer {
            desks,
            heart: heart.clone(),
            health: health.clone(),
            sessions: houses.sessions.clone(),
            routing: houses.routing.clone(),
            clock: clock.clone(),
            config: config.clone(),
            progress,
        };
        let fate = Fate::of(&config.settings);
        let mut tasks = vec![
            certificates.keep().map_err(StartError::Signals)?,
            settle_what_was_left_open(houses.sessions.clone(), backend.clone(), fate),
            watch_store(backend.clone(), &houses, (health.clone(), ground.clock.clone())),
            purge(backend.clone(), clock.clone()),
            keep_figures(&houses),
            watch_sleepers(ground.watch(&houses, &config)),
        ];
        if let (Some(tended), Some(heart)) = (tended, heart) {
            heart.say(|mine| mine.state = MemberState::Accepting);
            tended.beat_once().await;
            let survivor = Survivor {
                heart,
                sessions: houses.sessions.clone(),
                routing: houses.routing.clone(),
                gone: tended.gone.clone(),
                clock,
                chance,
                rate: config.cluster.restore_rate,
                asleep: Default::default(),
                fate,
            };
            tasks.push(actix::spawn(survivor.run()));
            tasks.extend(tended.start());
        }
        health.enter(Phase::Ready);
        let arbiters = ground.arbiters;
        Ok(Self {
            addresses,
            serving,
            houses,
            arbiters,
            backend,
            health,
            drainer,
            operator,
            wishes,
            peers,
            tasks,
        })
    }

    /// Serves until the process is told to stop, or an operator drains it, and then stops.
    pub async fn run(self, mut told: ToldToStop) -> End {
        let mut wishes = self.wishes.clone();
        loop {
            match self.serve_until_drained(&mut wishes, &mut told).await {
                Drained::TakenBack => {}
                Drained::Leave => break,
                Drained::ToldTwice => {
                    tracing::warn!("told to stop again: ending at once");
                    return End::AtOnce;
                }
            }
        }
        self.stop().await;
        End::InOrder
    }

    /// One drain, however it is begun. Being told to stop joins one that goes on already; only the
    /// second time within one drain is the last.
    async fn serve_until_drained(
        &self,
        wishes: &mut watch::Receiver<Wish>,
        told: &mut ToldToStop,
    ) -> Drained {
        let draining = async {
            if wishes.wait_for(|wish| *wish != Wish::Serve).await.is_err() {
                return Ended::Leave;
            }
            self.drainer.run(wishes).await
        };
        tokio::pin!(draining);
        let mut is_told = false;
        loop {
            tokio::select! {
                ended = &mut draining => return match ended {
                    Ended::Leave => Drained::Leave,
                    Ended::TakenBack => Drained::TakenBack,
                },
                () = told.wait() => {
                    if is_told && self.operator.wish() != Wish::Serve {
                        return Drained::ToldTwice;
                    }
                    tracing::info!("told to stop");
                    is_told = true;
                    self.operator.ask(Wish::Drain);
                }
            }
        }
    }

    /// Stops: listeners first, then what serves them, the store last.
    pub async fn stop(self) {
        self.health.enter(Phase::Draining);
        self.serving.stop().await;
        self.tasks.iter().for_each(JoinHandle::abort);
        self.houses.stop().await;
        if let Some(links) = self.peers.links() {
            links.stop().await;
        }
        if let Some(heart) = &self.drainer.heart
            && let Err(error) = heart.stop().await
        {
            tracing::warn!(%error, "the other nodes are not told that this one has ended");
        }
        self.arbiters.stop();
        self.serving.stop_health().await;
        self.backend.shut().await;
        tracing::info!("stopped");
    }
}

/// The key of the cluster, and an account for a node that has none and is alone.
fn keys_and_accounts(config: &mut Config, chance: &dyn Chance) -> Result<ClusterKey, SecretError> {
    let folder = &config.node.data_folder;
    let key = if config.cassandra.is_used() {
        secrets::shared_key(&config.cluster.key)?
    } else {
        std::fs::create_dir_all(folder)
            .map_err(|source| SecretError::File { path: folder.clone(), source })?;
        let key = secrets::cluster_key(folder, chance)?;
        if config.agents.is_empty() {
            let account = secrets::first_agent(folder, chance)?;
            config.agents.insert(FIRST_AGENT.to_owned(), account);
        }
        key
    };
    warn_of_missing_capacity(config);
    Ok(key)
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
/// while the node starts is not lost, and does not end it in the middle of a step.
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

    /// Waits for the next of them.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
