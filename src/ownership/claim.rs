//! Who owns a thing. Pure: it says what to do about the claims that were read, and never reads or
//! writes them.

use crate::base::{Epoch, Lane, Millis, Position, Process};
use std::collections::BTreeSet;

pub use crate::base::claim::{ClaimRow, Released};

/// What the top of a thing's partition says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pub newest: Option<ClaimRow>,
    /// How far the thing had come when the newest claim was released, as its owner said.
    pub upto: Position,
    pub closed: bool,
}

impl Location {
    /// Up to where the thing has come, if it sleeps.
    pub fn asleep(&self) -> Option<Position> {
        let row = self.newest.as_ref().filter(|_| !self.closed)?;
        (row.released == Some(Released::Asleep)).then_some(self.upto)
    }
}

/// Where a request goes for a thing that is not active here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    NoSuchThing,
    /// Over for ever: its history may be read.
    Closed,
    Forward(Process),
    TakeOver,
}

/// `is_living` is a hint: who is wrongly held for dead loses nothing but a needless move.
pub fn plan_route(
    location: &Location,
    me: &Process,
    is_living: impl FnOnce(&Process) -> bool,
) -> Route {
    if location.closed {
        return Route::Closed;
    }
    let Some(row) = &location.newest else { return Route::NoSuchThing };
    let owner = row.lane.process();
    // A claim of ours without an actor belongs to the past: never go on under it. Who has moved a
    // thing knows where it is going, though its new owner may not have claimed it yet.
    if row.released == Some(Released::Asleep) || owner == *me || !is_living(&owner) {
        return Route::TakeOver;
    }
    Route::Forward(owner)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimPlan {
    /// Somebody claimed higher: give way, and ask again where to go.
    GiveWay,
    /// These lanes must hold our fence before we read the history.
    Fence(BTreeSet<Lane>),
}

/// What follows from all claims, read after our own was acknowledged.
pub fn plan_fences(claims: &[ClaimRow], mine: Epoch) -> ClaimPlan {
    if claims.iter().any(|row| mine < row.epoch) {
        return ClaimPlan::GiveWay;
    }
    let lower = claims.iter().filter(|row| row.epoch < mine && row.released.is_none());
    ClaimPlan::Fence(lower.map(|row| row.lane.clone()).collect())
}

/// The stamp of a new claim: now, but at least a millisecond above the newest one seen, so that a
/// clock that runs behind, or once ran ahead, never makes a claim that cannot win (S4).
pub fn plan_epoch(newest: Option<Epoch>, now: Millis, tie: i64) -> Epoch {
    let above = newest.map_or(0, |epoch| epoch.micros + 1_000);
    Epoch { micros: above.max(now.0 * 1_000), tie }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_of_an_earlier_boot_is_fenced_and_a_released_one_is_not() {
        let claims = [
            row(1, lane("a", "1"), None),
            row(2, lane("b", "7"), Some(Released::Moved)),
            row(3, lane("a", "2"), None),
        ];

        assert_eq!(plan_fences(&claims, epoch(3)), ClaimPlan::Fence([lane("a", "1")].into()));
        assert_eq!(plan_fences(&claims, epoch(2)), ClaimPlan::GiveWay);
    }

    #[test]
    fn a_request_goes_to_a_living_owner_and_nowhere_else() {
        let me = lane("a", "1");
        let other = lane("b", "1");
        let route = |row| {
            let location = Location { newest: row, ..Location::default() };
            plan_route(&location, &me.process(), |owner| *owner == other.process())
        };
        let forward = Route::Forward(other.process());

        assert_eq!(route(None), Route::NoSuchThing);
        assert_eq!(route(Some(row(1, other.clone(), None))), forward);
        assert_eq!(route(Some(row(1, other.clone(), Some(Released::Moved)))), forward);
        assert_eq!(route(Some(row(1, other.clone(), Some(Released::Asleep)))), Route::TakeOver);
        assert_eq!(route(Some(row(1, lane("b", "0"), None))), Route::TakeOver);
        assert_eq!(route(Some(row(1, lane("b", "0"), Some(Released::Moved)))), Route::TakeOver);
        assert_eq!(route(Some(row(1, me.clone(), None))), Route::TakeOver);
    }

    #[test]
    fn a_clock_that_runs_behind_still_claims_above_all() {
        assert_eq!(plan_epoch(Some(epoch(9_000_000)), Millis(1), 5).micros, 9_001_000);
        assert_eq!(plan_epoch(None, Millis(2), 5), Epoch { micros: 2_000, tie: 5 });
    }

    fn row(micros: u64, lane: Lane, released: Option<Released>) -> ClaimRow {
        ClaimRow { epoch: epoch(micros), lane, released }
    }

    fn epoch(micros: u64) -> Epoch {
        Epoch { micros, tie: 0 }
    }

    fn lane(node: &str, boot: &str) -> Lane {
        Lane { node: node.into(), boot: boot.into(), k: 0 }
    }
}
