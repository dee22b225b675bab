//! What is left of a thing that its own process claims anew: its state, who listens, and all else that
//! only this process knows. It goes from one actor to the next if nobody was the owner in between,
//! so that nothing is read again, and people do not notice that the thing has become a snapshot.

use crate::base::{Claim, Epoch, Position, ThingId};
use crate::owned::{Remains, Thing};
use std::collections::BTreeMap;

pub struct Legacies<T: Thing>(BTreeMap<ThingId, Legacy<T>>);

pub struct Legacy<T: Thing> {
    pub epoch: Epoch,
    pub upto: Position,
    pub remains: Remains<T>,
}

impl<T: Thing> Default for Legacies<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Thing> Legacies<T> {
    /// Keeps what an actor has left, if it has left anything.
    pub fn keep(&mut self, claim: &Claim, upto: Position, remains: Option<Remains<T>>) {
        if let Some(remains) = remains {
            let legacy = Legacy { epoch: claim.epoch(), upto, remains };
            self.0.insert(claim.thing().clone(), legacy);
        }
    }

    /// Whoever listened hears no more, and asks anew.
    pub fn let_go(&mut self, thing: &ThingId) {
        self.0.remove(thing);
    }

    /// For a try to claim the thing anew.
    pub fn lend(&mut self, thing: &ThingId) -> Option<Legacy<T>> {
        self.0.remove(thing)
    }

    /// The try failed.
    pub fn give_back(&mut self, thing: &ThingId, legacy: Legacy<T>) {
        self.0.insert(thing.clone(), legacy);
    }
}

impl<T: Thing> Legacy<T> {
    pub fn weighing(self, weight: usize) -> Self {
        Self { remains: Remains { weight, ..self.remains }, ..self }
    }

    /// Whether it is all there is: no other process has claimed the thing since. A claim of our own that
    /// came to nothing in between served nobody.
    pub fn is_whole(&self, others: Option<Epoch>) -> bool {
        others < Some(self.epoch)
    }
}
