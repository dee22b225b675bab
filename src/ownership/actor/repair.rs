//! What is closed until somebody mends it: for good, after panics; or for a minute, because it cannot be
//! read. Each look at what cannot be read writes a claim, so not every request looks.

use crate::base::{Millis, ThingId};
use actix::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// After this long, what could not be read is looked at again: somebody may have mended it.
const REST: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Repairs(BTreeMap<ThingId, Since>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    ForGood,
    FoundAt(Millis),
}

/// Says that a thing was looked at and cannot be read.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Unreadable(pub ThingId);

impl Repairs {
    /// Closes a thing for as long as this process lives.
    pub fn close(&mut self, thing: ThingId) {
        self.0.insert(thing, Since::ForGood);
    }

    /// Leaves a thing alone for a while, unless it is closed anyway.
    pub fn rest(&mut self, thing: &ThingId, now: Millis) {
        self.0.retain(|_, since| since.holds(now));
        self.0.entry(thing.clone()).or_insert(Since::FoundAt(now));
    }

    pub fn holds(&self, thing: &ThingId, now: Millis) -> bool {
        self.0.get(thing).is_some_and(|since| since.holds(now))
    }

    pub fn all(&self, now: Millis) -> Vec<ThingId> {
        let held = self.0.iter().filter(|(_, since)| since.holds(now));
        held.map(|(thing, _)| thing.clone()).collect()
    }
}

impl Since {
    /// A clock that was set back lengthens nothing.
    fn holds(self, now: Millis) -> bool {
        match self {
            Self::ForGood => true,
            Self::FoundAt(at) => at <= now && now.since(at) < REST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_looked_at_again_after_a_minute() {
        let (mut repairs, thing) = (Repairs::default(), ThingId::from("x"));

        repairs.rest(&thing, Millis(100_000));

        assert!(repairs.holds(&thing, Millis(159_999)));
        assert!(!repairs.holds(&thing, Millis(160_000)));
        assert!(!repairs.holds(&thing, Millis(99_999)), "the clock was set back");
        assert!(!repairs.holds(&ThingId::from("y"), Millis(100_000)));
    }

    #[test]
    fn what_panicked_again_and_again_stays_closed() {
        let (mut repairs, thing) = (Repairs::default(), ThingId::from("x"));
        repairs.close(thing.clone());

        repairs.rest(&thing, Millis(0));

        assert!(repairs.holds(&thing, Millis(u64::MAX)));
        assert_eq!(repairs.all(Millis(u64::MAX)), [thing]);
    }
}
