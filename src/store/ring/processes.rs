//! Several processes over one ring, for tests that speak of claims of several nodes: what is done
//! under a claim is done by the process whose lane it names.
#![expect(clippy::unwrap_used, reason = "tests alone use it")]

use super::rows::Rows;
use super::store::RingStore;
use crate::base::{
    Chance, Claim, ClaimRow, Clock, Epoch, Lane, Millis, Position, Process, ThingId,
};
use crate::owned::{Entry, Header, History, Log, StoreFuture, Thing};
use crate::ownership::alarm::Alarm;
use crate::ownership::claim::{Location, Released};
use crate::ownership::door::{AlarmTable, OwnerTable};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub struct Processes {
    rows: Arc<dyn Rows>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    stores: Mutex<BTreeMap<Process, RingStore>>,
}

impl Processes {
    pub fn new(rows: Arc<dyn Rows>, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        Self { rows, clock, chance, stores: Mutex::default() }
    }

    /// The store of the process that a lane names.
    pub fn of(&self, lane: &Lane) -> RingStore {
        let new =
            || RingStore::new(self.rows.clone(), lane, self.clock.clone(), self.chance.clone());
        self.stores.lock().unwrap().entry(lane.process()).or_insert_with(new).clone()
    }

    /// One that owns nothing.
    fn onlooker(&self) -> RingStore {
        self.of(&Lane { node: "onlooker".into(), boot: "boot".into(), k: 0 })
    }
}

impl<T: Thing> Log<T> for Processes {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<T>> {
        Log::<T>::open(&self.of(claim.lane()), claim, claims)
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        Log::<T>::reopen(&self.of(claim.lane()), claim, claims)
    }

    fn seal(&self, claim: &Claim, header: Header<T::Snapshot>) -> StoreFuture<()> {
        Log::<T>::seal(&self.of(claim.lane()), claim, header)
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<T::Event>>) -> StoreFuture<()> {
        Log::<T>::append(&self.of(claim.lane()), claim, entries)
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<T>> {
        Log::<T>::read(&self.onlooker(), thing)
    }
}

impl OwnerTable for Processes {
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        self.onlooker().locate(thing)
    }

    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()> {
        self.of(lane).claim(thing, epoch, lane)
    }

    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>> {
        self.onlooker().claims(thing)
    }

    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()> {
        self.of(claim.lane()).release(claim, why, upto)
    }

    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()> {
        self.of(claim.lane()).close(claim, purge_at)
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        self.onlooker().open_things()
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        self.onlooker().purge(now)
    }
}

impl AlarmTable for Processes {
    fn set(&self, alarm: &Alarm) -> StoreFuture<()> {
        self.onlooker().set(alarm)
    }

    fn due(&self, now: Millis) -> StoreFuture<Vec<Alarm>> {
        self.onlooker().due(now)
    }

    fn clear(&self, alarm: &Alarm) -> StoreFuture<()> {
        self.onlooker().clear(alarm)
    }
}
