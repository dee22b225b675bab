//! A process that owns the routing domain: the steps of the registry, without actors.

use holdfast::base::{Claim, Clock, Lane, ThingId};
use holdfast::interaction::{Domain, Event};
use holdfast::node::world::WallClock;
use holdfast::owned::{Entry, Header, History, Log, Thing};
use holdfast::ownership::claim::plan_epoch;
use holdfast::ownership::door::OwnerTable;
use holdfast::store::EmbeddedStore;
use std::path::Path;
use std::sync::Arc;

/// Events that are written together.
const BATCH: usize = 500;

pub struct Owner {
    store: EmbeddedStore,
    claim: Claim,
}

impl Owner {
    /// Takes the domain of a data folder over, as a node does at its start.
    pub async fn take_over(folder: &Path) -> (Self, Domain) {
        let owner = Self::claim(folder).await;
        let history = owner.read().await;
        let header = history.header.map(|header| header.snapshot);
        let (domain, room) = Domain::replay(header, history.events);
        owner.seal(&domain, domain.snapshot(&room)).await;
        (owner, domain)
    }

    pub async fn claim(folder: &Path) -> Self {
        let store = EmbeddedStore::open(folder).unwrap();
        let thing = ThingId::from("routing:Environment");
        let newest = store.locate(&thing).await.unwrap().newest.map(|row| row.epoch);
        let epoch = plan_epoch(newest, WallClock.now(), 0);
        let lane = Lane { node: "bench".into(), boot: "bench".into(), k: 0 };
        store.claim(&thing, epoch, &lane).await.unwrap();
        Self { store, claim: Claim::won(thing, epoch, lane) }
    }

    /// Fences whoever was before, and reads what he left.
    pub async fn read(&self) -> History<Domain> {
        let claims = self.store.claims(self.claim.thing()).await.unwrap();
        self.store.open(&self.claim, &claims).await.unwrap()
    }

    pub async fn seal(&self, domain: &Domain, snapshot: <Domain as Thing>::Snapshot) {
        let header = Header { upto: domain.last(), snapshot };
        Log::<Domain>::seal(&self.store, &self.claim, header).await.unwrap();
    }

    pub async fn append(&mut self, events: Vec<Arc<Event>>) {
        for batch in events.chunks(BATCH) {
            let entries = batch.iter().map(|event| Entry { event: event.clone(), more: 0 });
            let entries = entries.collect();
            Log::<Domain>::append(&self.store, &self.claim, entries).await.unwrap();
        }
    }
}
