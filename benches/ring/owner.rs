//! A process that owns sessions: the steps of the registry, one after the other, without actors.

use crate::counted::Counted;
use crate::ring::Ring;
use holdfast::base::{Claim, Clock, Epoch, Lane, Millis, Position, ThingId};
use holdfast::chat::Session;
use holdfast::chat::event::Event;
use holdfast::node::world::{Dice, WallClock};
use holdfast::owned::{Entry, Header, Log, Thing};
use holdfast::ownership::claim::{ClaimPlan, Released, plan_epoch, plan_fences};
use holdfast::ownership::door::OwnerTable;
use holdfast::store::ring::RingStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

static N_OWNERS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone)]
pub struct Owner {
    store: RingStore,
    pub rows: Arc<Counted>,
}

impl Owner {
    pub fn start(ring: &Ring) -> Self {
        let boot = format!("{}-{}", WallClock.now().0, N_OWNERS.fetch_add(1, Ordering::Relaxed));
        let lane = Lane { node: "bench".into(), boot: boot.as_str().into(), k: 0 };
        let rows = Arc::new(Counted::new(ring.session.clone()));
        let store = RingStore::new(rows.clone(), &lane, Arc::new(WallClock), Arc::new(Dice));
        Self { store, rows }
    }

    /// A session that nobody can have claimed.
    pub async fn create(&self, name: &str) -> Claim {
        self.claim_and_restore(ThingId::from(name), None).await
    }

    /// A session of another owner. Nothing may be missing.
    pub async fn take_over(&self, thing: ThingId) -> Claim {
        let newest = self.store.locate(&thing).await.unwrap().newest.unwrap();
        self.claim_and_restore(thing, Some(newest.epoch)).await
    }

    pub async fn append(&self, claim: &Claim, events: Vec<Arc<Event>>) {
        let entries = events.into_iter().map(|event| Entry { event, more: 0 }).collect();
        Log::<Session>::append(&self.store, claim, entries).await.unwrap();
    }

    pub async fn release(&self, claim: &Claim, upto: u64) {
        self.store.release(claim, Released::Moved, Position(upto)).await.unwrap();
    }

    pub async fn close(&self, claim: &Claim) {
        self.store.close(claim, Millis(WallClock.now().0 + 86_400_000)).await.unwrap();
    }

    async fn claim_and_restore(&self, thing: ThingId, newest: Option<Epoch>) -> Claim {
        let epoch = plan_epoch(newest, WallClock.now(), 0);
        let lane = self.store.current_lane();
        self.store.claim(&thing, epoch, &lane).await.unwrap();
        let claims = self.store.claims(&thing).await.unwrap();
        assert_ne!(plan_fences(&claims, epoch), ClaimPlan::GiveWay);
        let claim = Claim::won(thing, epoch, lane);
        let history = Log::<Session>::open(&self.store, &claim, &claims).await.unwrap();
        let header = history.header.map(|header| header.snapshot);
        let (session, room) = Session::replay(header, history.events);
        assert_eq!(newest.is_some(), session.last != Position::NONE, "its history is missing");
        let header = Header { upto: session.last, snapshot: session.snapshot(&room) };
        Log::<Session>::seal(&self.store, &claim, header).await.unwrap();
        claim
    }
}
