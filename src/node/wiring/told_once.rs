//! What was told already, and need not be told each time it happens.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// More than anybody reads. What comes after that is only counted.
const MOST_KEPT: usize = 1_000;

#[derive(Debug, Default)]
pub struct ToldOnce(Mutex<BTreeSet<String>>);

impl ToldOnce {
    /// Whether something is to be told: once in the life of a process, and of 1,000 different things at
    /// most. That there are as many is told as well.
    pub fn is_new(&self, what: &str) -> bool {
        let (is_new, is_full) = self.keep(what);
        if is_full {
            tracing::warn!("{MOST_KEPT} different warnings were told: further ones are not");
        }
        is_new
    }

    /// Whether it is new, and whether it is the last that can be.
    fn keep(&self, what: &str) -> (bool, bool) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = told.len() < MOST_KEPT && told.insert(what.to_owned());
        (is_new, is_new && told.len() == MOST_KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_and_nothing_is_told_without_end() {
        let told = ToldOnce::default();

        let asked = ["a", "b", "a"].map(|what| told.is_new(what));

        assert_eq!(asked, [true, true, false]);
        let kept: Vec<_> = (0..2 * MOST_KEPT).map(|n| told.keep(&n.to_string())).collect();
        assert_eq!(kept.iter().filter(|(is_new, _)| *is_new).count(), MOST_KEPT - 2);
        let last = kept.iter().position(|(_, is_full)| *is_full);
        assert_eq!(last, Some(MOST_KEPT - 3), "the last that is told, and no other");
        assert_eq!(kept.iter().filter(|(_, is_full)| *is_full).count(), 1);
    }
}
