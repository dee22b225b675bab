//! Who answered last for things that live on other nodes. Good for telling people, and for a guess
//! whom to ask first; never for deciding anything: who owns a thing is settled by the store.

use crate::base::{Process, ThingId};
use dashmap::DashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Sightings that are remembered. Beyond it all are forgotten: they come again by themselves.
const MOST: usize = 20_000;

/// For so long an answer is worth a guess: longer than a customer thinks before he answers, as each
/// miss costs the store a question. Somebody who owns it no longer says so or, if he is cut off from
/// the store, is not among the living any more.
const RECENT: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Sightings(DashMap<ThingId, Sighting>);

struct Sighting {
    owner: Process,
    /// Nothing, once there is reason to doubt it.
    answered_at: Option<Instant>,
}

impl Sightings {
    pub fn note(&self, thing: &ThingId, owner: &Process, now: Instant) {
        if let Some(mut known) = self.0.get_mut(thing)
            && known.owner == *owner
        {
            known.answered_at = Some(now);
            return;
        }
        if MOST <= self.0.len() {
            self.0.clear();
        }
        let sighting = Sighting { owner: owner.clone(), answered_at: Some(now) };
        self.0.insert(thing.clone(), sighting);
    }

    /// He did not answer as its owner would.
    pub fn doubt(&self, thing: &ThingId) {
        if let Some(mut known) = self.0.get_mut(thing) {
            known.answered_at = None;
        }
    }

    pub fn of(&self, thing: &ThingId) -> Option<Process> {
        self.0.get(thing).map(|known| known.owner.clone())
    }

    /// Who answered not long ago, and is not doubted.
    pub fn recent(&self, thing: &ThingId, now: Instant) -> Option<Process> {
        let known = self.0.get(thing)?;
        let is_recent = known.answered_at.is_some_and(|at| now < at + RECENT);
        is_recent.then(|| known.owner.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_one_counts_and_not_everything_is_kept() {
        let (sightings, now) = (Sightings::default(), Instant::now());
        sightings.note(&"s".into(), &process("a"), now);
        sightings.note(&"s".into(), &process("b"), now);
        assert_eq!(sightings.of(&"s".into()), Some(process("b")));

        for n in 0..MOST {
            sightings.note(&ThingId(n.to_string()), &process("a"), now);
        }

        assert_eq!(sightings.of(&"s".into()), None);
        assert!(sightings.0.len() <= MOST);
    }

    #[tokio::test]
    async fn only_what_is_recent_and_not_doubted_is_worth_a_guess() {
        let (sightings, now) = (Sightings::default(), Instant::now());
        let (thing, owner) = (ThingId::from("s"), process("a"));

        sightings.note(&thing, &owner, now);
        assert_eq!(sightings.recent(&thing, now + RECENT / 2), Some(owner.clone()));
        assert_eq!(sightings.recent(&thing, now + RECENT), None);
        sightings.note(&thing, &owner, now + RECENT);
        assert_eq!(sightings.recent(&thing, now + RECENT), Some(owner.clone()));
        sightings.doubt(&thing);

        assert_eq!(sightings.recent(&thing, now + RECENT), None);
        assert_eq!(sightings.of(&thing), Some(owner));
    }

    fn process(node: &str) -> Process {
        Process { node: node.into(), boot: "1".into() }
    }
}
