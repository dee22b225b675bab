//! What the rest of the node holds of an embedded store: a door for work that writes, one for work
//! that reads, and a look at its health.

use super::error::{Fault, OpenError};
use super::file::{self, DataFolder};
use super::health::{Health, Watch};
use super::job::{Job, hand_over};
use super::reader;
use super::writer::Writer;
use crate::owned::StoreFuture;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use tokio::sync::watch;

/// How much may wait for the writer. An active thing has one append on its way, so this is how many
/// things may be active while the disk is full before the first is told to give up.
const MOST_WRITES: usize = 65_536;

/// How much may wait for the readers.
const MOST_READINGS: usize = 8_192;

/// How many threads read. A reading takes less than a millisecond, and two cores is common.
const N_READERS: usize = 2;

/// A store of one node. Clones are the same store; when the last one is dropped, what is queued is
/// still done, and the data folder is free again.
#[derive(Clone)]
pub struct EmbeddedStore {
    inner: Arc<Inner>,
}

/// The order of the fields is the order of the end: the queues close, the threads finish what is
/// left in them, and only then another process may have the folder.
struct Inner {
    writes: SyncSender<Box<dyn Job>>,
    readings: SyncSender<Box<dyn Job>>,
    /// Ends with the writer.
    writing: watch::Receiver<()>,
    threads: Threads,
    _folder: DataFolder,
}

struct Threads {
    watch: Arc<Watch>,
    handles: Vec<JoinHandle<()>>,
}

impl EmbeddedStore {
    /// Opens the store in a data folder, and makes both if they are missing. Refuses a folder that
    /// another process uses, and a file that is damaged, foreign or of a newer version.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let (data_folder, connection) = file::open(folder)?;
        let mut threads = Threads { watch: Arc::new(Watch::default()), handles: vec![] };
        let (writes, jobs) = sync_channel(MOST_WRITES);
        let writer = Writer::new(connection, jobs, threads.watch.clone());
        let (end, writing) = watch::channel(());
        threads.start("store-writer", move || {
            writer.run();
            drop(end);
        })?;
        let (readings, jobs) = sync_channel(MOST_READINGS);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..N_READERS {
            let (connection, jobs) = (data_folder.connect_to_read()?, jobs.clone());
            threads.start("store-reader", move || reader::run(&connection, &jobs))?;
        }
        let inner = Inner { writes, readings, writing, threads, _folder: data_folder };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Ends the writing after all that is queued, whoever still holds the store, and waits until the
    /// file is complete by itself. What comes later is refused.
    pub async fn shut(&self) {
        self.inner.threads.watch.close();
        // Wakes a writer that has nothing to do. One that has ended already is all the better.
        let _ = self.write(|_| Ok(())).await;
        // An error is what is waited for: the writer has let go.
        let _ = self.inner.writing.clone().changed().await;
    }

    /// Whether the store gets its work done.
    pub fn health(&self) -> Health {
        self.inner.threads.watch.health()
    }

    /// Queues work that writes, at once and in the order of the calls. It runs in a transaction with
    /// other work, again from its beginning if the disk fails, and is answered after the commit. If
    /// it returns an error, nothing of what it did is kept. It must not wait for anything.
    pub fn write<R, W>(&self, work: W) -> StoreFuture<R>
    where
        R: Send + 'static,
        W: FnMut(&Connection) -> Result<R, Fault> + Send + 'static,
    {
        hand_over(&self.inner.writes, work)
    }

    /// Queues work that only reads. It sees one picture of the whole store, with everything that was
    /// acknowledged before this call.
    pub fn query<R, W>(&self, work: W) -> StoreFuture<R>
    where
        R: Send + 'static,
        W: FnMut(&Connection) -> Result<R, Fault> + Send + 'static,
    {
        hand_over(&self.inner.readings, work)
    }

    #[cfg(test)]
    pub(super) fn watch(&self) -> &Watch {
        &self.inner.threads.watch
    }
}

impl Threads {
    fn start(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let started = thread::Builder::new().name(name.to_owned()).spawn(work);
        self.handles.push(started.map_err(OpenError::Thread)?);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.watch.close();
        for handle in self.handles.drain(..) {
            handle.thread().unpark();
            // The last handle may have been held by work of that very thread.
            if handle.thread().id() == thread::current().id() {
                continue;
            }
            if handle.join().is_err() {
                tracing::error!(bug = true, "a thread of the store had panicked");
            }
        }
    }
}
