//! The threads that only read. Each has a connection of its own and sees what was committed before
//! its work began; a long reading holds up neither the writer nor the other readers.

use super::job::{Job, Ran};
use rusqlite::Connection;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

/// The queue that all readers take from.
pub type Readings = Arc<Mutex<Receiver<Box<dyn Job>>>>;

/// Works until the last handle is gone and the queue is empty.
pub fn run(connection: &Connection, readings: &Readings) {
    while let Some(mut job) = next(readings) {
        if let Err(error) = look(connection, &mut *job) {
            tracing::warn!(%error, "failed to read");
            job.fail(super::Fault::from(error).into());
        }
        job.answer();
    }
}

fn next(readings: &Readings) -> Option<Box<dyn Job>> {
    readings.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Runs work on one picture of the whole store.
fn look(connection: &Connection, job: &mut dyn Job) -> rusqlite::Result<()> {
    let picture = connection.unchecked_transaction()?;
    match job.run(&picture) {
        Ran::Done | Ran::Refused => {}
        Ran::Stalled(error) => return Err(error),
    }
    picture.rollback()
}
