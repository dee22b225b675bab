//! Whether the writer gets its work done. Set by the writer, read by whoever must tell an operator.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How the store is.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Set while nothing can be stored.
    pub stalled: Option<Stall>,
}

/// The same work is driven again and again.
#[derive(Clone, Debug)]
pub struct Stall {
    pub since: Instant,
    pub reason: String,
}

/// What the threads of a store and its handles share.
#[derive(Debug, Default)]
pub struct Watch {
    stall: Mutex<Option<Stall>>,
    closing: AtomicBool,
    /// Lets a test fill the disk: the file may have so many pages and no more. 0 is no limit.
    #[cfg(test)]
    pub most_pages: std::sync::atomic::AtomicU32,
}

impl Watch {
    pub fn health(&self) -> Health {
        Health { stalled: self.stall().clone() }
    }

    /// Notes that work failed which may succeed later.
    pub fn stalled(&self, error: &rusqlite::Error) {
        let mut stall = self.stall();
        let reason = error.to_string();
        match &mut *stall {
            Some(stall) => stall.reason = reason,
            None => {
                tracing::error!(%error, "failed to store; nothing is acknowledged until it succeeds");
                *stall = Some(Stall { since: now(), reason });
            }
        }
    }

    /// Notes that work succeeded.
    pub fn succeeded(&self) {
        if let Some(stall) = self.stall().take() {
            let seconds = stall.since.elapsed().as_secs_f32();
            tracing::info!(seconds, "the store works again");
        }
    }

    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn stall(&self) -> MutexGuard<'_, Option<Stall>> {
        self.stall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "only measures how long the disk did not work")]
fn now() -> Instant {
    Instant::now()
}
