//! What was told already, and need not be told each time it happens.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// More than anybody reads. What comes after that is only counted.
const MOST_KEPT: usize = 1_000;

#[derive(Debug, Default)]
pub struct ToldOnce(Mutex<BTreeSet<String>>);

impl ToldOnce {
    /// Whether something is to be told: once in the life of a process.
    pub fn is_new(&self, what: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST_KEPT && told.insert(what.to_owned())
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
        let n_told = (0..2 * MOST_KEPT).filter(|n| told.is_new(&n.to_string())).count();
        assert_eq!(n_told, MOST_KEPT - 2);
    }
}
