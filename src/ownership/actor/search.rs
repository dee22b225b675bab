//! What one request finds out while it looks for the owner of a thing.

use crate::base::Process;
use crate::owned::Thing;
use crate::ownership::actor::remote::Told;
use crate::ownership::error::Unanswered;
use std::time::Duration;

/// How long to let a dead actor's news travel before asking again. Where an owner is looked for on
/// other nodes, it doubles each time.
pub(super) const MOMENT: Duration = Duration::from_millis(10);

#[derive(Default)]
pub(super) struct Search {
    /// Who is asked first, without a look into the owner table.
    guess: Option<Process>,
    /// Whether it is the guess who is being asked.
    pub is_guessing: bool,
    /// Who could not be asked, or said "take it": dead for this request.
    pub dead: Option<Process>,
    /// Who said that it is not his. Who says it twice has let go of it.
    pub refused_by: Option<Process>,
    /// How often it went to other nodes.
    pub n_forwarded: u32,
}

impl Search {
    pub fn beginning_with(guess: Option<Process>) -> Self {
        Self { guess, ..Self::default() }
    }

    /// The guess, once.
    pub fn guess(&mut self) -> Option<Process> {
        let guess = self.guess.take();
        self.is_guessing = guess.is_some();
        guess
    }
}

/// Whether an answer counts although who gave it was only guessed to be the owner: the thing itself
/// has spoken, or nobody knows whether it has.
pub(super) fn holds_from_anybody<T: Thing>(
    answered: &Result<Told<T>, Unanswered<T::Rejection>>,
) -> bool {
    match answered {
        Ok(_) | Err(Unanswered::Rejected(_) | Unanswered::TimedOut) => true,
        Err(Unanswered::Absent(_) | Unanswered::Busy) => false,
    }
}
