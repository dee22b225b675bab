//! A store that counts how often it is read.

use holdfast::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
use holdfast::chat::Session;
use holdfast::owned::{Entry, Header, History, Log, StoreFuture, Thing};
use holdfast::ownership::claim::{ClaimRow, Location, Released};
use holdfast::ownership::door::OwnerTable;
use holdfast::store::embedded::EmbeddedStore;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Counted {
    store: EmbeddedStore,
    n_reads: AtomicUsize,
}

impl Counted {
    pub fn new(store: EmbeddedStore) -> Self {
        Self { store, n_reads: AtomicUsize::new(0) }
    }

    /// How often anything of a session, or who owns it, was asked of the store.
    pub fn n_reads(&self) -> usize {
        self.n_reads.load(Ordering::SeqCst)
    }

    fn counting(&self) -> &EmbeddedStore {
        self.n_reads.fetch_add(1, Ordering::SeqCst);
        &self.store
    }

    fn log(&self) -> &dyn Log<Session> {
        &self.store
    }
}

impl Log<Session> for Counted {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<Session>> {
        self.counting().open(claim, claims)
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        self.log().reopen(claim, claims)
    }

    fn seal(&self, claim: &Claim, header: Header<<Session as Thing>::Snapshot>) -> StoreFuture<()> {
        self.log().seal(claim, header)
    }

    fn append(
        &self,
        claim: &Claim,
        entries: Vec<Entry<<Session as Thing>::Event>>,
    ) -> StoreFuture<()> {
        self.log().append(claim, entries)
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<Session>> {
        self.counting().read(thing)
    }
}

impl OwnerTable for Counted {
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        self.counting().locate(thing)
    }

    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()> {
        self.store.claim(thing, epoch, lane)
    }

    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>> {
        self.counting().claims(thing)
    }

    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()> {
        self.store.release(claim, why, upto)
    }

    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()> {
        self.store.close(claim, purge_at)
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        self.counting().open_things()
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        self.store.purge(now)
    }
}
