//! What stands beside a thing while its own process claims it anew: who listens, and all else that
//! only this process knows. It goes from one actor to the next if nobody was the owner in between,
//! so that people do not notice that the thing has become a snapshot.

use crate::base::{Claim, Epoch, Position, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::take_over::Opened;
use std::collections::BTreeMap;

pub struct Legacies<T: Thing>(BTreeMap<ThingId, Legacy<T>>);

struct Legacy<T: Thing> {
    epoch: Epoch,
    upto: Position,
    room: T::Room,
}

impl<T: Thing> Default for Legacies<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Thing> Legacies<T> {
    /// Keeps what an actor has left, if it has left anything.
    pub fn keep(&mut self, claim: &Claim, upto: Position, room: Option<T::Room>) {
        if let Some(room) = room {
            let legacy = Legacy { epoch: claim.epoch(), upto, room };
            self.0.insert(claim.thing().clone(), legacy);
        }
    }

    /// Whoever listened hears no more, and asks anew.
    pub fn let_go(&mut self, thing: &ThingId) {
        self.0.remove(thing);
    }

    /// What the last actor left, if no other process has claimed the thing since. A claim of our own
    /// that came to nothing in between served nobody.
    pub fn take(&mut self, opened: &Opened<T>) -> Option<T::Room> {
        let legacy = self.0.remove(opened.claim.thing())?;
        let is_next = opened.others < Some(legacy.epoch) && opened.upto == legacy.upto;
        is_next.then_some(legacy.room)
    }
}
