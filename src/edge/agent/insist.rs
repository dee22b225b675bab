//! What must be told, however long nobody answers.

use crate::ownership::{Absent, Unanswered};
use std::time::Duration;
use tokio::time::sleep;

/// How long to wait before the next try; doubled up to the most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Asks until it is carried out or refused for good.
pub async fn insist<T, E>(
    mut ask: impl AsyncFnMut() -> Result<T, E>,
    is_for_now: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let mut pause = FIRST_PAUSE;
    loop {
        match ask().await {
            Err(error) if is_for_now(&error) => {
                sleep(pause).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
            answered => return answered,
        }
    }
}

/// Whether the same wish may be carried out a moment later.
pub fn is_for_now<R>(unanswered: &Unanswered<R>) -> bool {
    match unanswered {
        Unanswered::Rejected(_) => false,
        Unanswered::Absent(absent) => match absent {
            Absent::NotFound | Absent::Closed | Absent::NotRestored => false,
            Absent::Asleep { .. }
            | Absent::Elsewhere(_)
            | Absent::InRepair
            | Absent::AwaitsRestoration
            | Absent::Unavailable(_) => true,
        },
        Unanswered::Busy | Unanswered::TimedOut => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn it_is_told_until_it_is_carried_out_with_growing_pauses() {
        let begun = Instant::now();
        let mut answers = vec![
            Ok("done"),
            Err(Unanswered::TimedOut),
            Err(Unanswered::Absent(Absent::Unavailable("x".into()))),
            Err(Unanswered::<&str>::Busy),
        ];

        let told = insist(async || answers.pop().unwrap(), is_for_now).await;

        assert_eq!(told, Ok("done"));
        assert_eq!(begun.elapsed(), FIRST_PAUSE * (1 + 2 + 4));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_refused_once() {
        let mut n_asked = 0;

        let told: Result<(), _> = insist(
            async || {
                n_asked += 1;
                Err(Unanswered::Rejected("displaced"))
            },
            is_for_now,
        )
        .await;

        assert_eq!((told, n_asked), (Err(Unanswered::Rejected("displaced")), 1));
    }
}
