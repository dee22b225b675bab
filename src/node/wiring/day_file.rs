//! Files of a day: what the routing domain's log was given, a line of JSON for each fact, for
//! `holdfast workflow record`. Beside the log: what cannot be written here is missing here and nowhere
//! else.

use crate::base::time::utc;
use crate::base::{Claim, ClaimRow, ThingId};
use crate::interaction::{Domain, DomainSnapshot, Event};
use crate::node::wiring::told_once::ToldOnce;
use crate::owned::{Entry, Header, History, Log, StoreFuture};
use crate::telemetry::meters;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// So many appends may wait for a slow disk; the domain never does.
const MOST_WAITING: usize = 4_096;

/// A log whose facts are written to a folder as well, once they are stored.
pub struct RecordedLog {
    log: Arc<dyn Log<Domain>>,
    recorder: Recorder,
}

/// The way to the thread that writes.
#[derive(Clone)]
struct Recorder {
    to: SyncSender<Vec<Arc<Event>>>,
    told: Arc<ToldOnce>,
}

impl RecordedLog {
    /// Fails if the folder cannot be made.
    pub fn new(log: Arc<dyn Log<Domain>>, folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let (to, events) = sync_channel(MOST_WAITING);
        std::thread::Builder::new()
            .name("day file".to_owned())
            .spawn(move || write_all(&folder, &events))?;
        Ok(Self { log, recorder: Recorder { to, told: Arc::default() } })
    }
}

impl Log<Domain> for RecordedLog {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<Domain>> {
        self.log.open(claim, claims)
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        self.log.reopen(claim, claims)
    }

    fn seal(&self, claim: &Claim, header: Header<DomainSnapshot>) -> StoreFuture<()> {
        self.log.seal(claim, header)
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<Event>>) -> StoreFuture<()> {
        let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
        let (appended, recorder) = (self.log.append(claim, entries), self.recorder.clone());
        Box::pin(async move {
            appended.await?;
            recorder.hand_on(events);
            Ok(())
        })
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<Domain>> {
        self.log.read(thing)
    }
}

impl Recorder {
    /// Says how many facts are lost. All are counted; each cause is told the first time.
    fn hand_on(&self, events: Vec<Arc<Event>>) -> usize {
        let (events, why) = match self.to.try_send(events) {
            Ok(()) => return 0,
            Err(TrySendError::Full(events)) => (events, "its disk is too slow"),
            Err(TrySendError::Disconnected(events)) => {
                (events, "nobody writes it any more, until this node starts anew")
            }
        };
        lose(&events);
        if self.told.is_new(why) {
            tracing::error!(why, "the file of the day lacks facts");
        }
        events.len()
    }
}

fn lose(events: &[Arc<Event>]) {
    meters().day_file_lost.increment(u64::try_from(events.len()).unwrap_or(u64::MAX));
}

fn write_all(folder: &Path, events: &Receiver<Vec<Arc<Event>>>) {
    let mut is_failing = false;
    while let Ok(events) = events.recv() {
        let written = write(folder, &events);
        if let Err(error) = &written {
            lose(&events);
            if !is_failing {
                let folder = folder.display();
                tracing::error!(%folder, %error, "the file of the day lacks facts");
            }
        }
        is_failing = written.is_err();
    }
}

/// Opened for each append, so that it may be moved away at any time. It holds what customers said of
/// themselves: nobody else may read it. What was torn off, by a full disk or a death, gets a line of its
/// own, so that what follows can be read.
fn write(folder: &Path, events: &[Arc<Event>]) -> io::Result<()> {
    let Some(last) = events.last() else { return Ok(()) };
    let day = utc(last.at);
    let name = format!("{}.jsonl", day.split('T').next().unwrap_or_default());
    let mut lines = Vec::new();
    for event in events {
        serde_json::to_writer(&mut lines, event)?;
        lines.push(b'\n');
    }
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true).mode(0o600);
    let mut file = options.open(folder.join(name))?;
    if is_torn(&mut file)? {
        lines.insert(0, b'\n');
    }
    file.write_all(&lines)
}

/// Whether its last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, Position};
    use crate::interaction::Fact;

    #[test]
    fn what_follows_a_torn_line_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("1970-01-01.jsonl");
        write(folder.path(), &[fact(1)]).unwrap();
        let whole = fs::read_to_string(&file).unwrap();
        fs::write(&file, whole.clone() + &whole[..20]).unwrap();

        write(folder.path(), &[fact(2), fact(3)]).unwrap();
        write(folder.path(), &[fact(4)]).unwrap();

        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<Option<Event>> =
            text.lines().map(|line| serde_json::from_str(line).ok()).collect();
        let positions: Vec<_> =
            lines.iter().map(|line| line.as_ref().map(|event| event.position.0)).collect();
        assert_eq!(positions, [Some(1), None, Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn facts_that_do_not_get_to_the_file_are_counted_whatever_the_cause() {
        let (to, events) = sync_channel(1);
        let recorder = Recorder { to, told: Arc::default() };

        assert_eq!(recorder.hand_on(vec![fact(1)]), 0);
        assert_eq!(recorder.hand_on(vec![fact(2), fact(3)]), 2, "nobody has taken the first");
        drop(events);
        assert_eq!(recorder.hand_on(vec![fact(4)]), 1, "nobody is there");
    }

    fn fact(position: u64) -> Arc<Event> {
        let fact = Fact::Forgotten { interaction: "1".into() };
        Arc::new(Event { position: Position(position), at: Millis(1_000_000), key: None, fact })
    }
}
