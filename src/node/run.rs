//! The life of a node: what starts after what, how it is told to stop, what stops before what.
//!
//! Start: data folder → store → secrets → actors → the routing domain → listeners → sessions that
//! were left open. Stop: no readiness → listeners → actors → their last pushes → threads → store.

use crate::config::Config;
use crate::contact::Archivist;
use crate::edge::admin::{Operator, Wish};
use crate::edge::agent;
use crate::node::backend::Backend;
use crate::node::cluster::LatePeers;
use crate::node::cluster::drain::{Drainer, Ended};
use crate::node::cluster::survivors::Survivor;
use crate::node::cluster::tend::Tended;
use crate::node::error::StartError;
use crate::node::footing::Footing;
use crate::node::houses::{Ground, Houses};
use crate::node::listeners::{Addresses, Serving};
use crate::node::orphans::Fate;
use crate::node::queue_lines::Named;
use crate::node::upkeep::{
    erase_outlived, keep_figures, purge, settle_what_was_left_open, watch_sleepers, watch_store,
};
use crate::ownership::actor::Arbiters;
use crate::ownership::membership::MemberState;
use crate::telemetry::{Health, Phase};
use actix_web::web::Data;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

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
    stop_timeout: Duration,
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

impl Node {
    /// Starts a node. Must be called within an actix system.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let mut footing = Footing::lay(config).await?;
        let ground = footing.ground()?;
        let houses = Houses::start(&ground, &footing.config);
        houses.connect();
        let handles = footing.handles(&ground, &houses);
        let desks = Data::new(agent::Api::new(handles.clone(), agent::Pace::default()));
        let tended = footing.meet_the_others(&houses, &desks).await?;
        let progress = footing.tell_status_of(&houses);
        houses.open_routing().await.map_err(StartError::Routing)?;
        let drainer = footing.drainer(&houses, &desks, progress);
        let Footing { bound, certificates, serving_health, .. } = footing;
        let serving = bound
            .serve((&handles, &desks, &houses.esp), &certificates, serving_health)
            .map_err(StartError::Serve)?;
        let Footing { addresses, backend, config, health, operator, wishes, peers, .. } = footing;
        let mut tasks = vec![certificates.keep().map_err(StartError::Signals)?];
        tasks.extend(begin_upkeep(&backend, &houses, &ground, &config));
        if let Some(tended) = tended {
            tasks.extend(join_the_others(tended, &houses, &ground, &config).await);
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
            stop_timeout: config.node.stop_timeout,
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
                    if is_told && self.operator.wish().drains() {
                        return Drained::ToldTwice;
                    }
                    tracing::info!("told to stop");
                    is_told = true;
                    self.operator.ask(Wish::Drain);
                }
            }
        }
    }

    /// Stops: listeners first, then what serves them, the store last. Requests on their way and pushes have
    /// `stop-timeout` together.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.stop_timeout;
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
        // The others have the sessions by now: nobody waits for this.
        self.houses.finish_pushes(deadline).await;
        self.arbiters.stop();
        self.serving.stop_health().await;
        self.backend.shut().await;
        tracing::info!("stopped");
    }
}

/// What every node does beside requests.
fn begin_upkeep(
    backend: &Backend,
    houses: &Houses,
    ground: &Ground,
    config: &Config,
) -> Vec<JoinHandle<()>> {
    let (health, clock) = (ground.health.clone(), ground.clock.clone());
    let fate = Fate::of(&config.settings);
    vec![
        settle_what_was_left_open(houses.sessions.clone(), backend.clone(), fate),
        watch_store(backend.clone(), houses, (health, clock.clone())),
        erase_outlived(
            Archivist::new(ground.store.contacts.clone(), clock.clone()),
            ground.place.clone(),
            &config.contact_retention,
        ),
        purge(backend.clone(), clock),
        keep_figures(houses, (ground.health.clone(), Named::by(&ground.routing_policy(config)))),
        watch_sleepers(ground.watch(houses, config)),
    ]
}

/// Says to the other nodes that this one takes work, and does what a node does that is not alone.
async fn join_the_others(
    tended: Tended,
    houses: &Houses,
    ground: &Ground,
    config: &Config,
) -> Vec<JoinHandle<()>> {
    tended.heart.say(|mine| mine.state = MemberState::Accepting);
    tended.beat_once().await;
    let survivor = Survivor {
        heart: tended.heart.clone(),
        sessions: houses.sessions.clone(),
        routing: houses.routing.clone(),
        gone: tended.gone.clone(),
        clock: ground.clock.clone(),
        chance: ground.chance.clone(),
        rate: config.cluster.restore_rate,
        at_peace: Default::default(),
        fate: Fate::of(&config.settings),
    };
    let mut tasks = vec![actix::spawn(survivor.run())];
    tasks.extend(tended.start());
    tasks
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
