//! Driving the same rows again until the store says yes. There is no "failed for sure": a write
//! whose outcome is unknown may be there already, may come later, or never, and only the same rows at
//! the same place are right in all three cases.

use super::rows::{NoAnswer, RowFuture};
use crate::base::Chance;
use crate::owned::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long one step of a take-over is driven before its caller is told that the store does not
/// answer. Nobody waits longer for it.
pub const STEP_LIMIT: Duration = Duration::from_secs(2);

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Redrive {
    chance: Arc<dyn Chance>,
}

/// The growing pauses between attempts at one thing.
pub struct Pauses {
    chance: Arc<dyn Chance>,
    next: Duration,
}

impl Redrive {
    pub fn new(chance: Arc<dyn Chance>) -> Self {
        Self { chance }
    }

    /// Drives for as long as it takes, and tells of each attempt that had no answer.
    pub async fn until_yes<R>(
        &self,
        mut attempt: impl FnMut() -> RowFuture<R>,
        mut hear: impl FnMut(NoAnswer),
    ) -> R {
        let mut pauses = self.pauses();
        loop {
            match attempt().await {
                Ok(told) => return told,
                Err(no) => hear(no),
            }
            pauses.wait().await;
        }
    }

    /// Drives for as long as a caller waits for one step.
    pub async fn step<R>(&self, attempt: impl FnMut() -> RowFuture<R>) -> Result<R, StoreError> {
        self.within(STEP_LIMIT, attempt).await
    }

    /// Drives for so long, and then says that nothing was learned.
    pub async fn within<R>(
        &self,
        limit: Duration,
        attempt: impl FnMut() -> RowFuture<R>,
    ) -> Result<R, StoreError> {
        let mut last = None;
        let driven = timeout(limit, self.until_yes(attempt, |no| last = Some(no))).await;
        driven.map_err(|_| StoreError::Unavailable(last.unwrap_or_else(no_answer_in_time).0))
    }

    pub fn pauses(&self) -> Pauses {
        Pauses { chance: self.chance.clone(), next: FIRST_PAUSE }
    }
}

impl Pauses {
    /// Waits a little longer each time, and never exactly as long as others do.
    pub async fn wait(&mut self) {
        let mut dice = [0];
        self.chance.fill(&mut dice);
        sleep(self.next / 2 + self.next * u32::from(dice[0]) / 256).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
    }

    /// Begins anew, after a yes.
    pub fn reset(&mut self) {
        self.next = FIRST_PAUSE;
    }
}

pub fn no_answer_in_time() -> NoAnswer {
    NoAnswer("no answer in time".to_owned())
}
