//! What is left of a thing that its own process claims anew: its state, who listens, and all else that
//! only this process knows. It goes from one actor to the next if nobody was the owner in between,
//! so that nothing is read again, and people do not notice that the thing has become a snapshot.

use crate::base::{Claim, ClaimRow, Epoch, Position, ThingId};
use crate::owned::{Remains, Thing};
use std::collections::BTreeMap;

pub struct Legacies<T: Thing>(BTreeMap<ThingId, Legacy<T>>);

pub struct Legacy<T: Thing> {
    pub epoch: Epoch,
    pub upto: Position,
    pub remains: Remains<T>,
    /// Claims of this process with which it was tried to go on from this one. They have served nobody.
    pub tried: Vec<Epoch>,
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
            let legacy = Legacy { epoch: claim.epoch(), upto, remains, tried: vec![] };
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

    /// Whether it is all there is, by all claims, read after the one with which it is tried now.
    pub fn is_whole(&self, claims: &[ClaimRow]) -> bool {
        is_newest(claims, (self.epoch, &self.tried))
    }
}

/// Whether a claim is still there and not released, and nobody has claimed since but those who tried to go
/// on from it.
fn is_newest(claims: &[ClaimRow], (epoch, tried): (Epoch, &[Epoch])) -> bool {
    let is_own = |row: &ClaimRow| row.epoch == epoch && row.released.is_none();
    let mut since = claims.iter().filter(|row| epoch < row.epoch);
    claims.iter().any(is_own) && since.all(|row| tried.contains(&row.epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Lane;
    use crate::base::claim::Released;

    #[test]
    fn what_is_remembered_counts_while_its_claim_is_there_and_nobody_has_claimed_since() {
        let own = epoch(5);
        let (before, mine, tried, theirs) = (row(3), row(5), row(7), row(6));
        let is_newest = |claims: &[&ClaimRow]| {
            let claims: Vec<_> = claims.iter().map(|row| (*row).clone()).collect();
            is_newest(&claims, (own, &[epoch(7)]))
        };
        let released = ClaimRow { released: Some(Released::Moved), ..mine.clone() };

        assert!(is_newest(&[&before, &mine, &tried]));
        assert!(!is_newest(&[&before, &mine, &theirs, &tried]), "somebody has claimed");
        assert!(!is_newest(&[&mine, &row(8)]), "whoever it was");
        assert!(!is_newest(&[&tried]), "all was taken away, or a later header is there");
        assert!(!is_newest(&[&released, &tried]));
    }

    fn row(micros: u64) -> ClaimRow {
        let lane = Lane { node: "a".into(), boot: "1".into(), k: 0 };
        ClaimRow { epoch: epoch(micros), lane, released: None }
    }

    fn epoch(micros: u64) -> Epoch {
        Epoch { micros, tie: 0 }
    }
}
