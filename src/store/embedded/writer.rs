//! The one thread that writes. It takes all that waits, runs it in one transaction, commits, and only
//! then answers: many callers share one wait for the disk.

use super::error::passes;
use super::health::Watch;
use super::job::{Job, Ran};
use crate::owned::StoreError;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

/// How many pieces of work share a commit. More of them only wait longer.
const MOST_TOGETHER: usize = 4_096;

/// How long a writer that found the disk full waits before it tries again.
const TRY_AGAIN: Duration = Duration::from_millis(200);

pub struct Writer {
    connection: Connection,
    jobs: Receiver<Box<dyn Job>>,
    watch: Arc<Watch>,
}

/// Work that was taken from the queue together.
struct Batch(Vec<Taken>);

struct Taken {
    job: Box<dyn Job>,
    /// Failed after it had changed something: left out of the transaction, and answered with it.
    is_out: bool,
}

/// Whether a transaction holds what it should.
enum Content {
    Sound,
    /// Work that failed left something in it.
    Spoilt,
}

impl Writer {
    pub fn new(connection: Connection, jobs: Receiver<Box<dyn Job>>, watch: Arc<Watch>) -> Self {
        Self { connection, jobs, watch }
    }

    /// Works until the store is closed or the last handle is gone, and the queue is empty.
    pub fn run(self) {
        while let Some(first) = self.next() {
            let mut batch = Batch(vec![Taken { job: first, is_out: false }]);
            let others = self.jobs.try_iter().take(MOST_TOGETHER - 1);
            batch.0.extend(others.map(|job| Taken { job, is_out: false }));
            self.drive(&mut batch);
            for taken in batch.0 {
                taken.job.answer();
            }
        }
        self.tidy_up();
    }

    fn next(&self) -> Option<Box<dyn Job>> {
        if self.watch.is_closing() { self.jobs.try_recv().ok() } else { self.jobs.recv().ok() }
    }

    /// Tries until the disk has it. Gives up only when the store is closed meanwhile.
    fn drive(&self, batch: &mut Batch) {
        loop {
            let is_last = self.watch.is_closing();
            match self.attempt(batch) {
                Ok(()) => return self.watch.succeeded(),
                Err(error) if passes(&error) => {
                    self.watch.stalled(&error);
                    if is_last {
                        return batch.fail(&StoreError::Unavailable(error.to_string()));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "failed to store");
                    return batch.fail(&super::Fault::from(error).into());
                }
            }
            // The closing of the store wakes it.
            thread::park_timeout(TRY_AGAIN);
        }
    }

    fn attempt(&self, batch: &mut Batch) -> rusqlite::Result<()> {
        #[cfg(test)]
        self.limit_pages()?;
        let stored = self.store(batch);
        if stored.is_err() {
            self.roll_back();
        }
        stored
    }

    fn store(&self, batch: &mut Batch) -> rusqlite::Result<()> {
        loop {
            self.perform("BEGIN IMMEDIATE")?;
            match self.fill(batch)? {
                Content::Sound => return self.perform("COMMIT"),
                Content::Spoilt => self.perform("ROLLBACK")?,
            }
        }
    }

    /// Runs all work within the open transaction. Work that fails has mostly changed nothing yet,
    /// because its rules look before they write: so none of it pays for a savepoint, and the rare
    /// other one makes the transaction begin anew without it.
    fn fill(&self, batch: &mut Batch) -> rusqlite::Result<Content> {
        for taken in batch.0.iter_mut().filter(|taken| !taken.is_out) {
            let n_changes = self.connection.total_changes();
            match taken.job.run(&self.connection) {
                Ran::Done => {}
                Ran::Refused if self.connection.total_changes() == n_changes => {}
                Ran::Refused => {
                    taken.is_out = true;
                    return Ok(Content::Spoilt);
                }
                Ran::Stalled(error) => return Err(error),
            }
        }
        Ok(Content::Sound)
    }

    /// Empties the write-ahead log into the file, so that the next start has nothing to recover.
    fn tidy_up(&self) {
        let ended = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = ended {
            tracing::warn!(%error, "failed to empty the write-ahead log");
        }
    }

    /// SQLite has often rolled back by itself after a disk that failed.
    fn roll_back(&self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.perform("ROLLBACK") {
            tracing::error!(%error, "failed to roll back");
        }
    }

    fn perform(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    #[cfg(test)]
    fn limit_pages(&self) -> rusqlite::Result<()> {
        let most = self.watch.most_pages.load(std::sync::atomic::Ordering::Acquire);
        let most = if most == 0 { u32::MAX - 1 } else { most };
        self.connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
    }
}

impl Batch {
    fn fail(&mut self, error: &StoreError) {
        for taken in self.0.iter_mut().filter(|taken| !taken.is_out) {
            taken.job.fail(error.clone());
        }
    }
}
