//! The way to a ring: waits for one that is not there or cannot be believed, gives up on one that
//! says no. The driver has a thread of its own, so that no busy session delays its keep-alives or its
//! other connections.

use crate::config::{CassandraSection, Quorum};
use crate::store::cassandra::thread::Thread;
use crate::tls::{CassandraTls, Failure};
use scylla::client::PoolSize;
use scylla::client::execution_profile::{ExecutionProfile, ExecutionProfileHandle};
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, MetadataError,
    NewSessionError,
};
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::DefaultRetryPolicy;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::statement::Consistency;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often a ring that is not there is tried.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// How often it is said that we wait.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// How often a connection on which nothing happens is tried. A frozen node of the ring is left out as
/// soon as no answer came.
const KEEPALIVE: Duration = Duration::from_secs(1);

/// How long that answer may take. A ring under load takes a second, and connections that are then
/// broken would only add to its load.
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(2);

/// How long the nodes of the ring may take to agree on its tables.
const AGREEMENT: Duration = Duration::from_secs(60);

/// To how many more nodes of the ring a statement is put that is not answered.
const MOST_SPECULATIONS: usize = 2;

/// How long to wait for a ring that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    Forever,
    AtMost(Duration),
}

/// A connected driver. Knows nothing of our tables.
pub struct Link {
    pub driver: Session,
    pub keyspace: String,
    pub consistency: Consistency,
    way: Way,
}

/// How a ring is reached, the first time and again.
#[derive(Clone)]
pub struct Way {
    section: CassandraSection,
    tls: Option<CassandraTls>,
    thread: Arc<Thread>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Cassandra answers, and does not want us.
    #[error("authentication refused: Cassandra does not take {0}")]
    Refused(String),
    #[error("Cassandra does not answer at {points}: {why}")]
    Silent { points: String, why: String },
    /// One side does not believe the other.
    #[error("no encrypted connection to Cassandra at {points}: {failure}")]
    Tls { points: String, failure: Failure },
    #[error("failed to start the thread of the driver")]
    Thread(#[source] std::io::Error),
}

/// Why there is no link yet.
enum NotYet {
    Silent(String),
    Tls(Failure),
}

impl Link {
    /// Connects, and says every few seconds that it still waits.
    pub async fn connect(
        section: &CassandraSection,
        tls: Option<CassandraTls>,
        patience: Patience,
    ) -> Result<Self, ConnectError> {
        let thread = Arc::new(Thread::start().map_err(ConnectError::Thread)?);
        Way { section: section.clone(), tls, thread }.go(patience).await
    }

    pub fn way(&self) -> &Way {
        &self.way
    }
}

impl Way {
    /// Connects, and says every few seconds that it still waits.
    pub async fn go(&self, patience: Patience) -> Result<Link, ConnectError> {
        let (began, mut said) = (Instant::now(), None);
        loop {
            let not_yet = match self.try_once().await? {
                Ok(link) => return Ok(link),
                Err(not_yet) => not_yet,
            };
            if let Patience::AtMost(most) = patience
                && most <= began.elapsed()
            {
                return Err(self.given_up(not_yet));
            }
            if said.is_none_or(|said: Instant| SAY_EVERY <= said.elapsed()) {
                said = Some(Instant::now());
                self.say(&not_yet);
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    /// Where what belongs to the driver runs, until the last who goes this way is dropped.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Changes when connections should be made anew, as somebody is trusted no longer.
    pub fn removals(&self) -> Option<watch::Receiver<u64>> {
        self.tls.as_ref().map(CassandraTls::removals)
    }

    /// One try: a link, or why there is none yet.
    async fn try_once(&self) -> Result<Result<Link, NotYet>, ConnectError> {
        let tls = self.tls.as_ref().map(CassandraTls::config_for_try);
        let builder = builder(&self.section).tls_context(tls);
        let error = match self.thread.spawn(async move { builder.build().await }).await {
            Ok(Ok(driver)) => return Ok(Ok(self.link(driver))),
            Ok(Err(error)) => error,
            Err(error) => return Ok(Err(NotYet::Silent(error.to_string()))),
        };
        if is_refusal(&error) {
            return Err(ConnectError::Refused(who(&self.section.username)));
        }
        let Some(tls) = &self.tls else {
            return Ok(Err(NotYet::Silent(cause(&error) + guess(&error))));
        };
        let failure = tls.why(&error);
        Ok(Err(failure.map_or_else(|| NotYet::Silent(cause(&error)), NotYet::Tls)))
    }

    fn link(&self, driver: Session) -> Link {
        let keyspace = self.section.keyspace.clone();
        Link { driver, keyspace, consistency: consistency(&self.section), way: self.clone() }
    }

    fn say(&self, not_yet: &NotYet) {
        let points = self.points();
        match not_yet {
            NotYet::Silent(why) => tracing::warn!(points, why, "waiting for Cassandra"),
            NotYet::Tls(Failure { reason, text }) => {
                let reason = reason.name();
                tracing::error!(points, reason, why = text, "waiting for Cassandra: TLS fails");
            }
        }
    }

    fn given_up(&self, not_yet: NotYet) -> ConnectError {
        let points = self.points();
        match not_yet {
            NotYet::Silent(why) => ConnectError::Silent { points, why },
            NotYet::Tls(failure) => ConnectError::Tls { points, failure },
        }
    }

    fn points(&self) -> String {
        self.section.contact_points.join(", ")
    }
}

fn builder(section: &CassandraSection) -> SessionBuilder {
    let connections = usize::try_from(section.connections_per_node).unwrap_or(1);
    let connections = NonZeroUsize::new(connections).unwrap_or(NonZeroUsize::MIN);
    let builder = SessionBuilder::new()
        .known_nodes(&section.contact_points)
        .default_execution_profile_handle(profile(section))
        .pool_size(PoolSize::PerHost(connections))
        .connection_timeout(section.connect_timeout)
        .keepalive_interval(KEEPALIVE)
        .keepalive_timeout(KEEPALIVE_ANSWER)
        .schema_agreement_timeout(AGREEMENT);
    if section.username.is_empty() {
        return builder;
    }
    builder.user(&section.username, section.password.expose())
}

/// What holds for every statement: never a weaker consistency than asked for, and another node as
/// soon as the first takes its time.
fn profile(section: &CassandraSection) -> ExecutionProfileHandle {
    // The majority of another data centre would be another majority.
    let may_leave = section.consistency == Quorum::OfAll;
    let mut nodes = DefaultPolicy::builder().token_aware(true);
    if !section.datacenter.is_empty() {
        nodes = nodes.prefer_datacenter(section.datacenter.clone()).permit_dc_failover(may_leave);
    }
    let speculation = SimpleSpeculativeExecutionPolicy {
        max_retry_count: MOST_SPECULATIONS,
        retry_interval: section.speculative_delay(),
    };
    ExecutionProfile::builder()
        .consistency(consistency(section))
        .request_timeout(Some(section.request_timeout()))
        .load_balancing_policy(nodes.build())
        .retry_policy(Arc::new(DefaultRetryPolicy::new()))
        .speculative_execution_policy(Some(Arc::new(speculation)))
        .build()
        .into_handle()
}

fn consistency(section: &CassandraSection) -> Consistency {
    match section.consistency {
        Quorum::OfAll => Consistency::Quorum,
        Quorum::OfDatacenter => Consistency::LocalQuorum,
    }
}

/// Whether Cassandra said no. That it cannot look the account up is no such word.
fn is_refusal(error: &NewSessionError) -> bool {
    let Some(setup) = failed_setup(error) else { return false };
    if let ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, why) = setup {
        return !why.contains("Unable to perform authentication");
    }
    matches!(setup, ConnectionSetupRequestErrorKind::MissingAuthentication)
}

/// What went wrong between somebody who listened and us.
fn failed_setup(error: &NewSessionError) -> Option<&ConnectionSetupRequestErrorKind> {
    let NewSessionError::MetadataError(MetadataError::ConnectionPoolError(pool)) = error else {
        return None;
    };
    let ConnectionPoolError::Broken { last_connection_error } = pool else { return None };
    let ConnectionError::ConnectionSetupRequestError(setup) = last_connection_error else {
        return None;
    };
    Some(&setup.error)
}

/// Why somebody who listens is none who understands plain words, as far as can be guessed.
fn guess(error: &NewSessionError) -> &'static str {
    match failed_setup(error) {
        Some(ConnectionSetupRequestErrorKind::DbError(..)) | None => "",
        Some(_) => "; if it wants TLS, set enabled in [encryption]",
    }
}

/// What lies at the bottom of an error. The driver tells it again at each of many levels.
fn cause(error: &NewSessionError) -> String {
    let mut lowest: &dyn std::error::Error = error;
    while let Some(source) = lowest.source() {
        lowest = source;
    }
    lowest.to_string()
}

fn who(username: &str) -> String {
    match username {
        "" => "clients without an account: set [cassandra] username and password".into(),
        name => format!("the account '{name}' with this password"),
    }
}
