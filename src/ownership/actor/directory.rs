//! Which things are active on this node: one look-up, no mailbox in between.

use crate::base::{Epoch, ThingId};
use crate::owned::{OwnedActor, Thing};
use crate::ownership::error::Absent;
use crate::telemetry::{Naps, Tally};
use actix::Addr;
use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The address of an active thing, or why there is none.
pub type Reached<T> = Result<Addr<OwnedActor<T>>, Absent>;

/// Requests that wait until a thing is somewhere.
pub type Waiting<T> = Vec<oneshot::Sender<Reached<T>>>;

/// No guard of the map ever leaves this file: an address is cloned out, and the guard is gone.
pub struct Directory<T: Thing>(Arc<DashMap<ThingId, Active<T>>>, Tally, Naps);

struct Active<T: Thing> {
    epoch: Epoch,
    address: Addr<OwnedActor<T>>,
}

impl<T: Thing> Directory<T> {
    /// The living actor of a thing, if it is active here.
    pub fn find(&self, thing: &ThingId) -> Option<Addr<OwnedActor<T>>> {
        let address = self.0.get(thing).map(|active| active.address.clone())?;
        address.connected().then_some(address)
    }

    /// Takes a living actor out, so that nobody finds it any more; says under which epoch it was.
    pub fn take_out(&self, thing: &ThingId) -> Option<(Epoch, Addr<OwnedActor<T>>)> {
        let (_, active) = self.0.remove(thing)?;
        active.address.connected().then_some((active.epoch, active.address))
    }

    /// The epoch under which a thing is active here.
    pub fn epoch(&self, thing: &ThingId) -> Option<Epoch> {
        self.0.get(thing).map(|active| active.epoch)
    }

    pub fn insert(&self, thing: ThingId, epoch: Epoch, address: Addr<OwnedActor<T>>) {
        self.0.insert(thing, Active { epoch, address });
    }

    /// Forgets a dead actor, unless a newer one has taken its place.
    pub fn remove(&self, thing: &ThingId, epoch: Epoch) {
        self.0.remove_if(thing, |_, active| active.epoch <= epoch);
    }

    /// Where those of this node count that wait for a store that does not answer.
    pub fn suspended(&self) -> &Tally {
        &self.1
    }

    /// Where it counts what falls asleep and wakes on this node.
    pub fn naps(&self) -> &Naps {
        &self.2
    }

    pub fn n_active(&self) -> usize {
        self.0.len()
    }

    pub fn all(&self) -> Vec<(ThingId, Addr<OwnedActor<T>>)> {
        self.0.iter().map(|entry| (entry.key().clone(), entry.address.clone())).collect()
    }
}

impl<T: Thing> Default for Directory<T> {
    fn default() -> Self {
        Self(Arc::new(DashMap::new()), Tally::default(), Naps::default())
    }
}

impl<T: Thing> Clone for Directory<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone(), self.2.clone())
    }
}
