//! Work of the processor beside a thread on which others wait: it has a heart to keep beating, and much
//! else to answer.

use std::future::pending;
use std::panic::resume_unwind;
use tokio::task::{JoinError, spawn_blocking};

/// As many events as this are applied, written or read within some milliseconds. Below that a change of
/// threads is not worth it, and simulations have everything in one order.
const LIGHT: usize = 500;

/// Does work with so many events on a thread of its own if they are many, otherwise at once.
pub async fn aside<R: Send + 'static>(
    n_events: usize,
    work: impl FnOnce() -> R + Send + 'static,
) -> R {
    if n_events <= LIGHT {
        return work();
    }
    match spawn_blocking(work).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => resume_unwind(panic),
        // The process ends, and with it whoever waits.
        Err(Err(_)) => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    #[actix::test]
    async fn much_work_lets_the_thread_go_on_and_little_is_done_at_once() {
        let here = thread::current().id();
        assert_eq!(aside(LIGHT, || thread::current().id()).await, here);

        let (go_on, may_go_on) = channel();
        let most = Duration::from_secs(30);
        let much = aside(LIGHT + 1, move || may_go_on.recv_timeout(most).is_ok());
        let (waited, ()) = tokio::join!(much, async { go_on.send(()).unwrap() });

        assert!(waited, "it held up this thread");
    }

    #[actix::test]
    #[should_panic(expected = "it does not add up")]
    async fn what_goes_wrong_aside_goes_wrong_here() {
        aside(LIGHT + 1, || panic!("it does not add up")).await
    }
}
