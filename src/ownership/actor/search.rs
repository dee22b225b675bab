//! What one request finds out while it looks for the owner of a thing.

use crate::base::Process;
use crate::owned::{Repeat, Thing};
use crate::ownership::actor::remote::{Forwarding, Road, Told, Touched};
use crate::ownership::error::{Absent, Unanswered};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to let a dead actor's news travel before asking again. Where an owner is looked for on
/// other nodes, it doubles each time.
pub(super) const MOMENT: Duration = Duration::from_millis(10);

/// How often the moment is doubled at most while others are to bring a thing back.
const MOST_DOUBLED: u32 = 4;

pub(super) struct Search {
    /// Who is asked first, without a look into the owner table.
    guess: Option<Process>,
    /// Whether it is the guess who is being asked.
    pub is_guessing: bool,
    /// Who could not be asked, or said "take it": dead for this request.
    pub dead: Option<Process>,
    /// What comes of the wish if a try has carried it out and it is tried again.
    repeat: Repeat,
    /// Whether a try that came to no answer may have carried the wish out.
    is_in_doubt: bool,
    /// Who said that it is not his. Who says it twice has let go of it.
    pub refused_by: Option<Process>,
    /// How often it went to other nodes.
    pub n_forwarded: u32,
    /// How often it waited for others to bring the thing back.
    n_waited: u32,
}

impl Search {
    pub fn of(repeat: Repeat) -> Self {
        Self {
            guess: None,
            is_guessing: false,
            dead: None,
            repeat,
            is_in_doubt: false,
            refused_by: None,
            n_forwarded: 0,
            n_waited: 0,
        }
    }

    pub fn begin_with(&mut self, guess: Option<Process>) {
        self.guess = guess;
    }

    /// The guess, once.
    pub fn guess(&mut self) -> Option<Process> {
        let guess = self.guess.take();
        self.is_guessing = guess.is_some();
        guess
    }

    /// A try came to no answer.
    pub fn has_tried(&mut self, touched: Touched) {
        self.is_in_doubt |= touched == Touched::Perhaps;
    }

    /// Whether another try can do no harm.
    pub fn may_go_on(&self) -> bool {
        !(self.is_in_doubt && self.repeat == Repeat::DoneAgain)
    }

    /// What an answer says about all tries together. A refusal may be that of a wish which a try before
    /// has carried out: nobody knows, and whoever asks again learns what is so. Nor may another node take
    /// "too busy" or "not here" for an answer to a wish that may have been carried out here.
    pub fn sum_up<T: Thing>(
        &self,
        answered: Result<Told<T>, Unanswered<T::Rejection>>,
    ) -> Result<Told<T>, Unanswered<T::Rejection>> {
        if !self.is_in_doubt || self.repeat == Repeat::AnsweredAlike {
            return answered;
        }
        match answered {
            // Over for ever, whatever was carried out: its history has the answer.
            Ok(_) | Err(Unanswered::Absent(Absent::Closed)) => answered,
            Err(_) => Err(Unanswered::TimedOut),
        }
    }

    /// Waits a little for somebody who may have the thing brought back; not if the request would end
    /// without an answer.
    pub async fn waits_for_others(&mut self, road: Road) -> bool {
        let pause = MOMENT * (1 << self.n_waited.min(MOST_DOUBLED));
        let is_in_time = Instant::now() + 2 * pause < road.until;
        let is_worth_it = is_in_time && road.forwarding == Forwarding::Allowed;
        if is_worth_it {
            self.n_waited += 1;
            sleep(pause).await;
        }
        is_worth_it
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
