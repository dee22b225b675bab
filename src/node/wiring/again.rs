//! A request of a strategy that cannot be answered yet: the session moves, or a bot is still at work.

use crate::base::{Clock, Millis};
use crate::esp::Fault;
use crate::esp::fault::Kind;
use std::time::Duration;

/// How long a strategy's request waits after a "not now".
const PAUSE: Duration = Duration::from_secs(1);

/// Asks again while the answer is "not now", as long as there is time for it.
pub async fn ask_until<T>(
    (clock, until): (&dyn Clock, Millis),
    ask: impl AsyncFn() -> Result<T, Fault>,
) -> Result<T, Fault> {
    loop {
        match ask().await {
            Err(Fault { kind: Kind::NotNow, .. }) if clock.now() + PAUSE < until => {
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}
