//! The houses of one node and what they stand on: store, clock, chance, threads, the place of
//! this process among the others. The edges are not here, so a test can have the houses alone.

use crate::base::{BootId, Chance, Clock, Lane, NodeId, ParticipantId};
use crate::chat::{self, Look, Session};
use crate::config::Config;
use crate::contact::Historian;
use crate::contact::actor::Tools;
use crate::edge::handles::ClusterKey;
use crate::edge::push::Courier;
use crate::esp::Door;
use crate::interaction::{self, Domain};
use crate::node::clock::SteadyClock;
use crate::node::policies;
use crate::node::wiring::bots::Gateway;
use crate::node::wiring::chat::{ChatShell, Ways};
use crate::node::wiring::contact::History;
use crate::node::wiring::esp::ToSessions;
use crate::node::wiring::interaction::RoutingShell;
use crate::node::wiring::mail::Mailer;
use crate::node::wiring::push;
use crate::node::wiring::routing_domain;
use crate::node::wiring::told_once::ToldOnce;
use crate::owned::{Shell, Thing};
use crate::ownership::Absent;
use crate::ownership::actor::{Arbiters, Close, Directory, Doors, Place, Registry, Things, Watch};
use crate::ownership::peers::Peers;
use crate::store::Store;
use crate::telemetry::Health;
use crate::workflow::Process;
use actix::prelude::*;
use arc_swap::ArcSwapOption;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait before the routing domain is asked for again.
const OPEN_AGAIN: Duration = Duration::from_secs(1);

/// What all registries of this process share.
pub struct Ground {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub place: Place,
    /// The way to other nodes; nothing on a node that is alone.
    pub peers: Option<Arc<dyn Peers>>,
    pub health: Arc<Health>,
    /// What tokens of sessions are made with, where anybody gets one.
    pub token_key: Option<ClusterKey>,
    /// What customers' keys in pushes are made with.
    pub push_key: Option<ClusterKey>,
    pub arbiters: Arbiters,
    pub keep_closed: Duration,
    /// What becomes of interactions; nothing where everything is offered to everybody.
    pub workflow: Option<Arc<Process>>,
    /// What transcripts are sent with; nothing where none are.
    pub mailer: Option<Arc<Mailer>>,
}

/// The actors of one node, and the ways to reach them.
pub struct Houses {
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    pub chat_policy: Arc<chat::Policy>,
    /// The way of strategies and of other systems to the sessions.
    pub esp: Arc<dyn Door>,
    session_registry: Addr<Registry<Session>>,
    routing_registry: Addr<Registry<Domain>>,
    history: History,
    bots: Arc<Gateway>,
    push: Arc<Courier>,
    ways: Arc<ArcSwapOption<Ways>>,
}

impl Houses {
    /// Starts the actors. Until they are connected, effects reach nobody, and are told again later.
    pub fn start(ground: &Ground, config: &Arc<Config>) -> Self {
        let ways = Arc::new(ArcSwapOption::empty());
        let chat_policy = Arc::new(policies::chat(config));
        let (sessions, session_registry) = ground.registry(Arc::new(ChatShell {
            clock: ground.clock.clone(),
            log: ground.store.sessions.clone(),
            health: ground.health.clone(),
            policy: chat_policy.clone(),
            config: config.clone(),
            token_key: ground.token_key.clone(),
            ways: ways.clone(),
        }));
        let (routing, routing_registry) = ground.registry(Arc::new(RoutingShell {
            clock: ground.clock.clone(),
            log: ground.store.routing.clone(),
            health: ground.health.clone(),
            policy: Arc::new(ground.routing_policy(config)),
            ways: ways.clone(),
            mailer: ground.mailer.clone(),
            told: ToldOnce::default(),
        }));
        let history = History::new(ground.historian(config).start(), &config.settings);
        let world = (ground.clock.clone(), ground.chance.clone());
        let report_file = config.bot_gateway.report_file.clone();
        let bots = Gateway::new(policies::bots(config), ground.clock.clone(), report_file);
        let bots = Arc::new(bots);
        let push_world = (&ground.clock, &ground.chance);
        let (push, unreachable) = push::courier(config, ground.push_key.as_ref(), push_world);
        push::tell_sessions(sessions.clone(), unreachable);
        let policy = policies::esp(config);
        let esp = Arc::new(ToSessions::new(sessions.clone(), world, (policy, bots.clone())));
        Self {
            sessions,
            routing,
            chat_policy,
            esp,
            session_registry,
            routing_registry,
            history,
            bots,
            push: Arc::new(push),
            ways,
        }
    }

    /// Lets effects reach the houses.
    pub fn connect(&self) {
        let (sessions, routing) = (self.sessions.clone(), self.routing.clone());
        let (history, esp, bots) = (self.history.clone(), self.esp.clone(), self.bots.clone());
        let push = self.push.clone();
        self.ways.store(Some(Arc::new(Ways { sessions, routing, history, esp, bots, push })));
    }

    /// Has the routing domain live, here or on another node. As a start waits for its store, it waits for
    /// a store that falls silent meanwhile, and for others who claim the domain at the same time: for as
    /// long as it takes.
    pub async fn open_routing(&self) -> Result<(), Absent> {
        let mut is_told = false;
        loop {
            match self.routing.wake_named(&routing_domain()).await {
                Ok(()) | Err(Absent::Elsewhere(_)) => return Ok(()),
                Err(Absent::Unavailable(why)) if is_told => {
                    tracing::debug!(why, "still waiting for the routing domain");
                }
                Err(Absent::Unavailable(why)) => {
                    tracing::warn!(why, "waiting for the routing domain");
                    is_told = true;
                }
                Err(absent) => return Err(absent),
            }
            sleep(OPEN_AGAIN).await;
        }
    }

    /// Ends the actors, sessions first. What they have pushed still goes out.
    pub async fn stop(&self) {
        // A registry that is gone already has nothing left to end.
        let _ = self.session_registry.send(Close).await;
        let _ = self.routing_registry.send(Close).await;
        self.ways.store(None);
    }

    /// Lets what sessions have pushed go out, at the longest until then.
    pub async fn finish_pushes(&self, deadline: Instant) {
        self.push.finish(deadline).await;
    }
}

/// The first lane of this process: a name that no process had before.
pub fn first_lane(config: &Config, chance: &dyn Chance) -> Lane {
    let boot = BootId(crate::base::chance::token(chance, 12));
    Lane { node: NodeId(config.node.name.clone()), boot, k: 0 }
}

impl Ground {
    /// The settings of the Interaction Server.
    pub fn routing_policy(&self, config: &Config) -> interaction::Policy {
        let workflow = self.workflow.clone();
        interaction::Policy { workflow, ..policies::interaction(config) }
    }

    pub fn new(config: &Config, store: Store, chance: Arc<dyn Chance>, place: Place) -> Self {
        let n_threads = match usize::try_from(config.node.arbiters).unwrap_or(0) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n_threads => n_threads,
        };
        Self {
            store,
            clock: Arc::new(SteadyClock),
            chance,
            place,
            peers: None,
            health: Arc::default(),
            token_key: None,
            push_key: None,
            arbiters: Arbiters::start(n_threads),
            keep_closed: Duration::from_secs(config.settings.closed_keep_days * 24 * 3_600),
            workflow: None,
            mailer: None,
        }
    }

    /// What looks after sessions that sleep.
    pub fn watch(&self, houses: &Houses, config: &Config) -> Watch<Session> {
        Watch {
            things: houses.sessions.clone(),
            owners: self.store.owners.clone(),
            alarms: self.store.alarms.clone(),
            place: self.place.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            rate: config.cluster.restore_rate,
            glance: Look::NameOf(ParticipantId::default()),
        }
    }

    fn historian(&self, config: &Config) -> Historian {
        Historian::new(Tools {
            store: self.store.contacts.clone(),
            clock: self.clock.clone(),
            policy: Arc::new(policies::contact(config)),
        })
    }

    pub fn registry<T: Thing>(&self, shell: Arc<dyn Shell<T>>) -> (Things<T>, Addr<Registry<T>>) {
        let directory = Directory::default();
        let doors = Doors {
            owners: self.store.owners.clone(),
            alarms: self.store.alarms.clone(),
            shell: shell.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            place: self.place.clone(),
            keep_closed: self.keep_closed,
        };
        let registry = Registry::start(doors, directory.clone(), self.arbiters.clone());
        let things = Things::new(directory, registry.clone(), shell);
        let things = match &self.peers {
            Some(peers) => things.with_peers(peers.clone(), self.place.clone()),
            None => things,
        };
        (things, registry)
    }
}
