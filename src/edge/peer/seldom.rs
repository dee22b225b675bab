//! A line of the log that strangers can cause is written seldom, or they could fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const EVERY: Duration = Duration::from_secs(1);

/// Lets one through in a second, and counts the rest.
#[derive(Default)]
pub struct Seldom(Mutex<Option<Told>>);

struct Told {
    at: Instant,
    n_untold: u64,
}

impl Seldom {
    /// How many were left out since the last that may be told; nothing if this one may not.
    pub fn may_tell(&self) -> Option<u64> {
        let now = Instant::now();
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told.as_mut() {
            Some(told) if now < told.at + EVERY => {
                told.n_untold += 1;
                None
            }
            Some(Told { n_untold, .. }) => {
                let n_untold = *n_untold;
                *told = Some(Told { at: now, n_untold: 0 });
                Some(n_untold)
            }
            None => {
                *told = Some(Told { at: now, n_untold: 0 });
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_becomes_one_line_in_a_second_that_says_how_many_there_were() {
        let seldom = Seldom::default();

        assert_eq!(seldom.may_tell(), Some(0));
        assert_eq!(seldom.may_tell(), None);
        assert_eq!(seldom.may_tell(), None);
        tokio::time::advance(EVERY).await;
        assert_eq!(seldom.may_tell(), Some(2));
    }
}
