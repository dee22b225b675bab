//! Who answered last for things that live on other nodes. Good for telling people, never for deciding
//! anything: who owns a thing is settled by the store.

use crate::base::{Process, ThingId};
use dashmap::DashMap;

/// Sightings that are remembered. Beyond it all are forgotten: they come again by themselves.
const MOST: usize = 20_000;

#[derive(Default)]
pub(super) struct Sightings(DashMap<ThingId, Process>);

impl Sightings {
    pub fn note(&self, thing: &ThingId, owner: &Process) {
        if self.of(thing).as_ref() == Some(owner) {
            return;
        }
        if MOST <= self.0.len() {
            self.0.clear();
        }
        self.0.insert(thing.clone(), owner.clone());
    }

    pub fn of(&self, thing: &ThingId) -> Option<Process> {
        self.0.get(thing).map(|owner| owner.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_counts_and_not_everything_is_kept() {
        let sightings = Sightings::default();
        sightings.note(&"s".into(), &process("a"));
        sightings.note(&"s".into(), &process("b"));
        assert_eq!(sightings.of(&"s".into()), Some(process("b")));

        for n in 0..MOST {
            sightings.note(&ThingId(n.to_string()), &process("a"));
        }

        assert_eq!(sightings.of(&"s".into()), None);
        assert!(sightings.0.len() <= MOST);
    }

    fn process(node: &str) -> Process {
        Process { node: node.into(), boot: "1".into() }
    }
}
