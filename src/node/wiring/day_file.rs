//! Files of a day: what the routing domain's log was given, a line of JSON for each fact, for
//! `holdfast workflow record`. Beside the log: what cannot be written here is missing here and nowhere
//! else.

use crate::base::time::utc;
use crate::base::{Claim, ClaimRow, ThingId};
use crate::interaction::{Domain, DomainSnapshot, Event};
use crate::owned::{Entry, Header, History, Log, StoreFuture};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// So many appends may wait for a slow disk; the domain never does.
const MOST_WAITING: usize = 4_096;

/// A log whose facts are written to a folder as well, once they are stored.
pub struct RecordedLog {
    log: Arc<dyn Log<Domain>>,
    to: SyncSender<Vec<Arc<Event>>>,
}

impl RecordedLog {
    /// Fails if the folder cannot be made.
    pub fn new(log: Arc<dyn Log<Domain>>, folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let (to, events) = sync_channel(MOST_WAITING);
        std::thread::Builder::new()
            .name("day file".to_owned())
            .spawn(move || write_all(&folder, &events))?;
        Ok(Self { log, to })
    }
}

impl Log<Domain> for RecordedLog {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<Domain>> {
        self.log.open(claim, claims)
    }

    fn seal(&self, claim: &Claim, header: Header<DomainSnapshot>) -> StoreFuture<()> {
        self.log.seal(claim, header)
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<Event>>) -> StoreFuture<()> {
        let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
        let (appended, to) = (self.log.append(claim, entries), self.to.clone());
        Box::pin(async move {
            appended.await?;
            if let Err(TrySendError::Full(events)) = to.try_send(events) {
                let n_lost = events.len();
                tracing::warn!(n_lost, "the file of the day lacks facts: its disk is too slow");
            }
            Ok(())
        })
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<Domain>> {
        self.log.read(thing)
    }
}

fn write_all(folder: &Path, events: &Receiver<Vec<Arc<Event>>>) {
    while let Ok(events) = events.recv() {
        if let Err(error) = write(folder, &events) {
            let (n_lost, folder) = (events.len(), folder.display());
            tracing::error!(n_lost, %folder, %error, "the file of the day lacks facts");
        }
    }
}

/// Opened for each append, so that it may be moved away at any time. It holds what customers said of
/// themselves: nobody else may read it.
fn write(folder: &Path, events: &[Arc<Event>]) -> io::Result<()> {
    let Some(last) = events.last() else { return Ok(()) };
    let day = utc(last.at);
    let name = format!("{}.jsonl", day.split('T').next().unwrap_or_default());
    let mut lines = Vec::new();
    for event in events {
        serde_json::to_writer(&mut lines, event)?;
        lines.push(b'\n');
    }
    let mut file =
        OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join(name))?;
    file.write_all(&lines)
}
