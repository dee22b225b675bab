//! Waiting for what others do in their own time: the condition is looked at again and again, and a
//! deadline ends it. Never a fixed pause that hopes.

use std::time::Duration;

/// Far more than anything takes, on a machine that is not busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until the look gives something.
#[track_caller]
pub fn eventually<R, F: Future<Output = Option<R>>>(
    what: &str,
    look: impl FnMut() -> F,
) -> impl Future<Output = R> {
    let place = std::panic::Location::caller();
    let mut look = look;
    async move {
        let looking = async {
            let mut again = tokio::time::interval(Duration::from_millis(2));
            loop {
                if let Some(seen) = look().await {
                    return seen;
                }
                again.tick().await;
            }
        };
        let seen = tokio::time::timeout(DEADLINE, looking).await;
        seen.unwrap_or_else(|_| panic!("{place}: waited in vain until {what}"))
    }
}
