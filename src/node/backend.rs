//! Which store this node has, and how it is: the one of a single node, or a ring that several share.

use crate::base::{Chance, Clock, Lane, Millis, ThingId};
use crate::config::Config;
use crate::node::certificates::Certificates;
use crate::owned::StoreError;
use crate::store::cassandra::{
    CassandraContacts, CassandraMembers, CassandraRows, CassandraSession,
};
use crate::store::ring::RingStore;
use crate::store::{EmbeddedStore, OpenError, Store, cassandra};
use std::sync::Arc;
use std::time::Duration;

/// Without an answer of a quorum for so long, a node says that it is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// A store, as the life of a node needs it. Cheap to clone.
#[derive(Clone)]
pub enum Backend {
    Embedded(EmbeddedStore),
    Ring(Ring),
}

/// A ring, with what only several processes need.
#[derive(Clone)]
pub struct Ring {
    pub session: CassandraSession,
    pub store: RingStore,
    pub members: CassandraMembers,
}

#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    #[error(transparent)]
    Embedded(#[from] OpenError),
    #[error(transparent)]
    Cassandra(#[from] cassandra::OpenError),
}

/// What a process brings to its store.
pub struct Process<'a> {
    pub lane: &'a Lane,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
}

impl Backend {
    /// Opens what is configured. A ring is waited for, however long it takes to come.
    pub async fn open(
        config: &Config,
        certificates: &Certificates,
        process: Process<'_>,
    ) -> Result<Self, BackendError> {
        if !config.cassandra.is_used() {
            return Ok(Self::Embedded(EmbeddedStore::open(&config.node.data_folder)?));
        }
        let tls = certificates.cassandra.clone();
        let session = CassandraSession::open(&config.cassandra, tls).await?;
        let Process { lane, clock, chance } = process;
        let rows = Arc::new(CassandraRows(session.clone()));
        let store = RingStore::new(rows, lane, clock, chance);
        let members = CassandraMembers::new(session.clone(), &config.cluster.name);
        Ok(Self::Ring(Ring { session, store, members }))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::Ring(_) => "cassandra",
        }
    }

    /// All its doors.
    pub fn doors(&self) -> Store {
        match self {
            Self::Embedded(store) => Store::of(store),
            Self::Ring(ring) => Store {
                owners: Arc::new(ring.store.clone()),
                alarms: Arc::new(ring.store.clone()),
                sessions: Arc::new(ring.store.clone()),
                routing: Arc::new(ring.store.clone()),
                contacts: Arc::new(CassandraContacts(ring.session.clone())),
            },
        }
    }

    pub fn ring(&self) -> Option<&Ring> {
        match self {
            Self::Embedded(_) => None,
            Self::Ring(ring) => Some(ring),
        }
    }

    /// Whether it acknowledges.
    pub fn answers(&self) -> bool {
        match self {
            Self::Embedded(store) => store.health().stalled.is_none(),
            Self::Ring(ring) => ring.session.silence() < PATIENCE,
        }
    }

    /// What an earlier process left open, where that can be told cheaply. On a ring the survivors
    /// learn it from the routing domain.
    pub async fn left_open(&self) -> Result<Vec<ThingId>, StoreError> {
        match self {
            Self::Embedded(store) => owners(store).open_things().await,
            Self::Ring(_) => Ok(Vec::new()),
        }
    }

    /// Deletes closed things whose time has come.
    pub async fn purge(&self, now: Millis) -> Result<usize, StoreError> {
        self.doors().owners.purge(now).await
    }

    /// Ends the writing after all that is queued.
    pub async fn shut(&self) {
        match self {
            Self::Embedded(store) => store.shut().await,
            Self::Ring(_) => {}
        }
    }
}

fn owners(store: &EmbeddedStore) -> &dyn crate::ownership::door::OwnerTable {
    store
}
