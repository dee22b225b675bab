//! A piece of work on its way to a connection, and the one who waits for its outcome.

use super::error::{Fault, passes};
use crate::owned::{StoreError, StoreFuture};
use rusqlite::Connection;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, TrySendError};
use tokio::sync::oneshot;

/// Work in a queue. It is run, maybe more than once, and then answered.
pub trait Job: Send {
    fn run(&mut self, connection: &Connection) -> Ran;

    /// Replaces whatever came out by an error.
    fn fail(&mut self, error: StoreError);

    fn answer(self: Box<Self>);
}

/// How a run went.
pub enum Ran {
    Done,
    /// The work itself failed; running it again would not help.
    Refused,
    /// The disk did not do its part; the same work may succeed later.
    Stalled(rusqlite::Error),
}

struct Work<W, R> {
    work: W,
    outcome: Option<Result<R, StoreError>>,
    waiting: oneshot::Sender<Result<R, StoreError>>,
}

/// Puts work in a queue at once, whether or not anybody waits for the future.
pub fn hand_over<R, W>(queue: &SyncSender<Box<dyn Job>>, work: W) -> StoreFuture<R>
where
    R: Send + 'static,
    W: FnMut(&Connection) -> Result<R, Fault> + Send + 'static,
{
    let (waiting, answered) = oneshot::channel();
    match queue.try_send(Box::new(Work { work, outcome: None, waiting })) {
        Ok(()) => Box::pin(async move { answered.await.unwrap_or_else(|_| Err(stopped())) }),
        Err(TrySendError::Full(_)) => {
            let full = StoreError::Unavailable("too much waits for the disk".to_owned());
            Box::pin(ready(Err(full)))
        }
        Err(TrySendError::Disconnected(_)) => Box::pin(ready(Err(stopped()))),
    }
}

pub fn stopped() -> StoreError {
    StoreError::Unavailable("it has stopped".to_owned())
}

impl<W, R> Job for Work<W, R>
where
    R: Send,
    W: FnMut(&Connection) -> Result<R, Fault> + Send,
{
    fn run(&mut self, connection: &Connection) -> Ran {
        // A bug in one piece of work must not take everybody's store away. What it half did is
        // rolled back, so nothing of it is seen again.
        let ran = catch_unwind(AssertUnwindSafe(|| (self.work)(connection)));
        match ran {
            Ok(Ok(outcome)) => {
                self.outcome = Some(Ok(outcome));
                Ran::Done
            }
            Ok(Err(Fault::Sqlite(error))) if passes(&error) => Ran::Stalled(error),
            Ok(Err(fault)) => {
                self.fail(fault.into());
                Ran::Refused
            }
            Err(_) => {
                tracing::error!(bug = true, "work for the store panicked");
                self.fail(StoreError::Unavailable("the work panicked".to_owned()));
                Ran::Refused
            }
        }
    }

    fn fail(&mut self, error: StoreError) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        // Whoever has gone away needs no answer.
        let _ = self.waiting.send(self.outcome.unwrap_or_else(|| Err(stopped())));
    }
}
