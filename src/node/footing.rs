//! What a node stands on before anything lives on it: bound listeners, secrets, the store, its place
//! among the others. From here on it answers probes and operators, also while the store is waited for.

use crate::base::{Chance, Clock, Lane};
use crate::config::{Config, MailTls};
use crate::contact::Archivist;
use crate::contact::response::Library;
use crate::edge::admin::{Operator, Rotation, Wish};
use crate::edge::agent;
use crate::edge::handles::{ClusterKey, Handles};
use crate::node::backend::{self, Backend};
use crate::node::certificates::Certificates;
use crate::node::clock::SteadyClock;
use crate::node::cluster::LatePeers;
use crate::node::cluster::begin::{company, heart, open_links, place, tended};
use crate::node::cluster::drain::Drainer;
use crate::node::cluster::status::{Progress, Sources};
use crate::node::cluster::tend::Tended;
use crate::node::error::StartError;
use crate::node::houses::{Ground, Houses, first_lane};
use crate::node::listeners::{self, Addresses, Bound};
use crate::node::open_files;
use crate::node::policies::gives_tokens;
use crate::node::responses;
use crate::node::scopes;
use crate::node::secrets::{self, FIRST_AGENT, SecretError};
use crate::node::wiring::day_file::RecordedLog;
use crate::node::wiring::mail::{MailError, Mailer};
use crate::node::wiring::routing_domain;
use crate::node::workflow::{self, WorkflowError};
use crate::node::world;
use crate::ownership::actor::Heart;
use crate::ownership::peers::Peers;
use crate::store::Store;
use crate::telemetry::Health;
use crate::workflow::Process;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What the system sends to who writes beyond the limit on the size of files; by itself it ends the
/// process.
const FILE_TOO_LARGE: i32 = 25;

pub struct Footing {
    pub config: Arc<Config>,
    pub responses: Arc<Library>,
    workflow: Option<Arc<Process>>,
    mailer: Option<Arc<Mailer>>,
    pub health: Arc<Health>,
    pub certificates: Certificates,
    pub addresses: Addresses,
    pub bound: Bound,
    pub serving_health: ServerHandle,
    pub operator: Operator,
    pub wishes: watch::Receiver<Wish>,
    pub backend: Backend,
    pub peers: Arc<LatePeers>,
    heart: Option<Arc<Heart>>,
    /// Where the status comes from, once there is one.
    sources: Arc<OnceLock<Sources>>,
    cluster_key: ClusterKey,
    chance: Arc<dyn Chance>,
    clock: Arc<dyn Clock>,
    lane: Lane,
}

impl Footing {
    /// Waits for the store for as long as it takes.
    pub async fn lay(mut config: Config) -> Result<Self, StartError> {
        take_file_limit_for_full_disk().map_err(StartError::Signals)?;
        open_files::take_all();
        let health = Arc::new(Health::default());
        let certificates = Certificates::read(&config)?;
        let responses = Arc::new(responses::load(&config.standard_responses)?);
        let workflow = read_workflow(&config)?;
        let mailer = read_mail(&config)?;
        let chance: Arc<dyn Chance> = Arc::new(world::Dice);
        let clock: Arc<dyn Clock> = Arc::new(SteadyClock);
        let bound = listeners::bind(&config.listen, company(&config, &certificates))?;
        let addresses = bound.addresses().map_err(StartError::Serve)?;
        let cluster_key = keys_and_accounts(&mut config, &*chance)?;
        let config = Arc::new(config);
        let lane = first_lane(&config, &*chance);
        let sources: Arc<OnceLock<Sources>> = Arc::default();
        let told = sources.clone();
        let status = move || told.get().map(Sources::status).unwrap_or_default();
        let (operator, wishes) = Operator::new(status, config.listen.operators.clone());
        let rotation = Rotation::new((&health, &operator), &config, (&clock, &*chance));
        let serving_health =
            bound.serve_health(&certificates, rotation).map_err(StartError::Serve)?;
        let process =
            backend::Process { lane: &lane, clock: clock.clone(), chance: chance.clone() };
        let backend = Backend::open(&config, &certificates, process).await?;
        let heart = backend.ring().map(|ring| heart(ring, &lane, &config, addresses));
        Ok(Self {
            config,
            responses,
            workflow,
            mailer,
            health,
            certificates,
            addresses,
            bound,
            serving_health,
            operator,
            wishes,
            backend,
            peers: Arc::default(),
            heart,
            sources,
            cluster_key,
            chance,
            clock,
            lane,
        })
    }

    /// What the houses stand on.
    pub fn ground(&self) -> Result<Ground, StartError> {
        let ring = self.backend.ring();
        let place = place(&self.lane, ring, self.heart.as_ref(), (&self.peers, &self.config));
        let mut ground = Ground::new(&self.config, self.doors()?, self.chance.clone(), place);
        ground.health = self.health.clone();
        ground.workflow = self.workflow.clone();
        ground.mailer = self.mailer.clone();
        ground.token_key = gives_tokens(&self.config.settings).then(|| self.cluster_key.clone());
        ground.push_key = Some(self.cluster_key.clone());
        ground.peers = self.heart.as_ref().map(|_| -> Arc<dyn Peers> { self.peers.clone() });
        Ok(ground)
    }

    /// The store, with what happens to interactions recorded beside it if that is wanted.
    fn doors(&self) -> Result<Store, StartError> {
        let doors = self.backend.doors();
        let Some(folder) = self.config.workflow.record.clone() else { return Ok(doors) };
        let log = RecordedLog::new(doors.routing, folder).map_err(StartError::Recording)?;
        Ok(Store { routing: Arc::new(log), ..doors })
    }

    /// What the edges hold.
    pub fn handles(&self, ground: &Ground, houses: &Houses) -> Handles {
        Handles {
            sessions: houses.sessions.clone(),
            routing: houses.routing.clone(),
            routing_domain: routing_domain(),
            contacts: Archivist::new(ground.store.contacts.clone(), self.clock.clone())
                .with_responses(self.responses.clone()),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            config: self.config.clone(),
            chat_policy: houses.chat_policy.clone(),
            cluster_key: self.cluster_key.clone(),
            health: self.health.clone(),
            me: ground.place.me.clone(),
            peers: ground.peers.clone(),
        }
    }

    /// Opens the links to the other nodes and lets them see this one, before it claims anything.
    /// Nothing on a node that is alone.
    pub async fn meet_the_others(
        &mut self,
        houses: &Houses,
        desks: &Data<agent::Api>,
    ) -> Result<Option<Tended>, StartError> {
        let (heart, beside) = (self.heart.as_ref(), (houses, desks, &self.health));
        let tended = tended(&self.backend, heart, &self.peers, beside);
        if let Some(tended) = &tended {
            open_links(&mut self.bound, &self.certificates, tended, &self.lane, &self.chance)
                .map_err(StartError::Serve)?;
            tended.beat_once().await;
        }
        Ok(tended)
    }

    /// Lets operators see what there is. Gives back where a drain notes how far it has come.
    pub fn tell_status_of(&self, houses: &Houses) -> Progress {
        let progress = Progress::default();
        let sessions = houses.sessions.clone();
        // It is set once, here.
        let _ = self.sources.set(Sources {
            me: self.lane.process(),
            backend: self.backend.clone(),
            health: self.health.clone(),
            heart: self.heart.clone(),
            peers: self.peers.clone(),
            progress: progress.clone(),
            n_sessions: Box::new(move || sessions.n_active()),
            naps: houses.sessions.naps().clone(),
        });
        progress
    }

    /// What hands everything on when the node is told to go.
    pub fn drainer(
        &self,
        houses: &Houses,
        desks: &Data<agent::Api>,
        progress: Progress,
    ) -> Drainer {
        Drainer {
            desks: desks.clone(),
            heart: self.heart.clone(),
            health: self.health.clone(),
            sessions: houses.sessions.clone(),
            routing: houses.routing.clone(),
            clock: self.clock.clone(),
            config: self.config.clone(),
            progress,
        }
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
    for agent in scopes::without_capacity(config) {
        tracing::warn!(
            agent,
            default,
            "no capacity-rule and no capacity-chat is configured, the default applies"
        );
    }
}

/// Nothing where no mail is sent.
fn read_mail(config: &Config) -> Result<Option<Arc<Mailer>>, MailError> {
    let mailer = Mailer::new(&config.mail)?.map(Arc::new);
    if mailer.is_some() && config.mail.tls == MailTls::None {
        tracing::warn!("[mail] tls is none: transcripts are sent in the clear");
    }
    Ok(mailer)
}

/// What will surprise is said once, at the start.
fn read_workflow(config: &Config) -> Result<Option<Arc<Process>>, WorkflowError> {
    let Some(loaded) = workflow::load(&config.workflow)? else { return Ok(None) };
    for warning in loaded.warnings {
        tracing::warn!("the workflow: {warning}");
    }
    Ok(Some(loaded.process))
}
