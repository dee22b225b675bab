//! What one agent remembers.

use std::collections::BTreeMap;

#[derive(Default)]
pub struct Book {
    pub agent: String,
    pub touches: Vec<Touch>,
    /// What he heard of, by its ticket.
    pub offers: BTreeMap<u64, String>,
    /// What he was told is done.
    pub accepted: Vec<u64>,
    pub rejected: Vec<u64>,
    pub finished: Vec<String>,
    /// What lay on his desk at the end.
    pub desk: Vec<String>,
    /// What should never have happened.
    pub complaints: Vec<String>,
}

/// He hears that an interaction is with him, or is about to say that it shall not be.
#[derive(Clone, Debug)]
pub struct Touch {
    pub order: u64,
    pub interaction: String,
    pub has: bool,
}

impl Book {
    pub fn complain(&mut self, what: &str) {
        self.complaints.push(format!("{}: {what}", self.agent));
    }

    /// Whether it is with him, as far as he knows.
    pub fn has(&self, interaction: &str) -> bool {
        let mut touches = self.touches.iter().rev();
        touches.find(|one| one.interaction == interaction).is_some_and(|one| one.has)
    }
}
