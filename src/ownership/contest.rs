//! How long a living owner who cannot be reached from here is left alone. Pure. When nodes are cut
//! from each other but not from the store, each request could move a thing to the node it came to;
//! nothing would be lost, and nothing would get done either.

use crate::base::{Epoch, Millis, ThingId};
use std::collections::BTreeMap;
use std::time::Duration;

/// The least time between two claims.
const FIRST: Duration = Duration::from_secs(2);

/// The longest that they are kept apart while they alternate.
const LONGEST: Duration = Duration::from_secs(30);

/// Things that were claimed from living owners not long ago.
#[derive(Debug, Default)]
pub struct Contests(BTreeMap<ThingId, Contest>);

#[derive(Clone, Copy, Debug)]
struct Contest {
    /// The claim of the other, and when it was first seen here.
    seen: (Epoch, Millis),
    claimed_at: Option<Millis>,
    distance: Duration,
}

impl Contests {
    /// Whether a thing whose owner lives may be claimed now; if not, after how long. A yes counts
    /// as a claim.
    pub fn claim(&mut self, thing: &ThingId, newest: Epoch, now: Millis) -> Result<(), Duration> {
        self.0.retain(|_, contest| now.since(contest.seen.1) < 4 * LONGEST);
        let fresh = Contest { seen: (newest, now), claimed_at: None, distance: FIRST };
        let contest = self.0.entry(thing.clone()).or_insert(fresh);
        if contest.seen.0 != newest {
            contest.seen = (newest, now);
        }
        // Once he may be taken at his silence: a process that was killed is soon known to be dead.
        if contest.claimed_at.is_none() {
            contest.claimed_at = Some(now);
            return Ok(());
        }
        // By the stamp of the claim, or by what was seen here if its clock runs ahead.
        let age = now.since(Millis(newest.micros / 1_000)).max(now.since(contest.seen.1));
        if let Some(left) = contest.distance.checked_sub(age).filter(|left| !left.is_zero()) {
            return Err(left);
        }
        contest.distance = (contest.distance * 2).min(LONGEST);
        contest.claimed_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_claim_needs_no_distance_and_a_young_one_after_it_is_left_alone() {
        let mut contests = Contests::default();

        assert_eq!(contests.claim(&thing(), epoch(60_000), Millis(60_000)), Ok(()));

        let young = contests.claim(&thing(), epoch(61_000), Millis(61_500));
        assert_eq!(young, Err(Duration::from_millis(1_500)));
        assert_eq!(contests.claim(&thing(), epoch(61_000), Millis(63_000)), Ok(()));
    }

    #[test]
    fn the_distance_doubles_while_claims_alternate() {
        let mut contests = Contests::default();
        let mut now = 60_000;
        let mut waits = vec![];
        assert_eq!(contests.claim(&thing(), epoch(now), Millis(now)), Ok(()));
        for _ in 0..7 {
            // The other has claimed a moment ago.
            let other = epoch(now);
            while contests.claim(&thing(), other, Millis(now)).is_err() {
                now += 500;
            }
            waits.push(now / 1_000);
        }
        let distances: Vec<_> = waits.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(distances, [4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_claim_from_a_clock_that_runs_ahead_does_not_block_for_ever() {
        let mut contests = Contests::default();
        let ahead = epoch(9_000_000);
        assert_eq!(contests.claim(&thing(), epoch(1), Millis(900)), Ok(()));

        assert!(contests.claim(&thing(), ahead, Millis(1_000)).is_err());
        assert_eq!(contests.claim(&thing(), ahead, Millis(3_000)), Ok(()));
    }

    fn thing() -> ThingId {
        ThingId::from("s")
    }

    fn epoch(millis: u64) -> Epoch {
        Epoch { micros: millis * 1_000, tie: 0 }
    }
}
