//! What was checked, how often, and what did not hold.

use serde::Serialize;
use std::collections::BTreeMap;

/// So many examples of each broken rule are kept; the others are counted.
const MOST_EXAMPLES: usize = 20;

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Check {
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    C7,
    C8,
    C9,
    C10,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    pub n_examined: u64,
    pub n_broken: u64,
    pub examples: Vec<String>,
    /// Why it was not checked.
    pub unchecked: Option<String>,
}

/// What was found, rule by rule.
#[derive(Clone, Debug)]
pub struct Findings<C>(BTreeMap<C, Entry>);

pub type Book = Findings<Check>;

impl Check {
    pub const ALL: [Self; 10] = [
        Self::C1,
        Self::C2,
        Self::C3,
        Self::C4,
        Self::C5,
        Self::C6,
        Self::C7,
        Self::C8,
        Self::C9,
        Self::C10,
    ];

    /// What must hold.
    pub fn rule(self) -> &'static str {
        match self {
            Self::C1 => "every acknowledged message is in the final transcript exactly once",
            Self::C2 => "what was not acknowledged is there at most once, and nothing strange is",
            Self::C3 => "everybody is shown the same, in rising positions and without holes",
            Self::C4 => "what one author said one after the other stands in that order",
            Self::C5 => "a message stands at the position that its acknowledgement named",
            Self::C6 => "customers see nothing that is for agents",
            Self::C7 => "nobody notices what is planned",
            Self::C8 => "the interaction names a living owner",
            Self::C9 => "a message stands after all that were acknowledged before it was sent",
            Self::C10 => "servers count as many messages as clients",
        }
    }
}

impl<C> Default for Findings<C> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: Copy + Ord> Findings<C> {
    pub fn examined(&mut self, check: C, n: u64) {
        self.0.entry(check).or_default().n_examined += n;
    }

    pub fn broken(&mut self, check: C, what: impl FnOnce() -> String) {
        let entry = self.0.entry(check).or_default();
        entry.n_broken += 1;
        if entry.examples.len() < MOST_EXAMPLES {
            entry.examples.push(what());
        }
    }

    pub fn not_checked(&mut self, check: C, why: &str) {
        self.0.entry(check).or_default().unchecked = Some(why.to_owned());
    }

    pub fn entry(&self, check: C) -> Entry {
        self.0.get(&check).cloned().unwrap_or_default()
    }

    pub fn has_broken(&self, check: C) -> bool {
        0 < self.entry(check).n_broken
    }

    pub fn is_kept(&self) -> bool {
        self.0.values().all(|entry| entry.n_broken == 0)
    }

    /// The rules that were broken.
    pub fn n_broken(&self) -> usize {
        self.0.values().filter(|entry| 0 < entry.n_broken).count()
    }
}
