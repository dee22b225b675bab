//! The way of one process to the emulated ring: how long everything takes, and what gets lost.

use super::replica::{Key, Mutation, Replica, Row, Table};
use super::ring::{Delivery, Emulator, N_REPLICAS, QUORUM};
use crate::store::ring::rows::{NoAnswer, RowFuture};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// After this long without enough answers, nothing was learned.
const PATIENCE: Duration = Duration::from_millis(200);

/// How late a late write may come at most.
const LATEST: Duration = Duration::from_secs(10);

/// Another link has other faults. Clones are the same link.
#[derive(Clone)]
pub struct Link {
    emulator: Emulator,
    faults: Arc<Mutex<Faults>>,
    journal: Arc<Mutex<Option<Vec<String>>>>,
}

/// What goes wrong on a link. Odds are out of 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Nothing goes through, in either direction.
    pub is_cut: bool,
    /// How long a way takes at most.
    pub delay: Duration,
    /// How often a replica gets a write seconds later.
    pub late: u8,
    /// How often a replica never gets it.
    pub never: u8,
    /// How often a write is done and its acknowledgement gets lost.
    pub lost_acks: u8,
    /// How often a read has no answer.
    pub failed_reads: u8,
    /// How often a deleted row is seen again. No ring does so while it is well; the protocol must not
    /// care.
    pub seen_again: u8,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            is_cut: false,
            delay: Duration::from_millis(2),
            late: 0,
            never: 0,
            lost_acks: 0,
            failed_reads: 0,
            seen_again: 0,
        }
    }
}

impl Emulator {
    /// The way of one process to the ring, with faults of its own.
    pub fn link(&self) -> Link {
        Link { emulator: self.clone(), faults: Arc::default(), journal: Arc::default() }
    }
}

impl Link {
    /// Changes what goes wrong from now on.
    pub fn set(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    pub fn faults(&self) -> Faults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes from now on what goes over this link, in the order in which it is sent.
    pub fn keep_journal(&self) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some(vec![]);
    }

    /// What went over this link since then: `read Fences a:1:0`, `put Events s 1000.0 3`, `delete …`.
    pub fn journal(&self) -> Vec<String> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Writes into one partition. Once it is on its way, whoever goes away does not stop it.
    pub(super) fn write(&self, mutations: Vec<Mutation>) -> RowFuture<()> {
        let link = self.clone();
        Box::pin(async move {
            let faults = link.faults();
            if faults.is_cut {
                return no_answer("the link is cut").await;
            }
            mutations.iter().for_each(|mutation| link.note(|| mutation.to_string()));
            let sent = Instant::now();
            let n_arrived = Arc::new(AtomicUsize::new(0));
            let due = link.send(&mutations.into(), &faults, &n_arrived);
            if link.happens(faults.lost_acks) {
                return no_answer("the acknowledgement got lost").await;
            }
            let acknowledged = due.get(QUORUM - 1).copied().filter(|due| *due < sent + PATIENCE);
            let Some(due) = acknowledged else { return no_answer("too few replicas").await };
            sleep(due - sent).await;
            // Looking brings in what is due; a replica may have gone down, or the link, meanwhile.
            drop(link.emulator.replicas());
            if n_arrived.load(Ordering::Relaxed) < QUORUM || link.faults().is_cut {
                return no_answer("too few acknowledgements").await;
            }
            sleep(link.delay(&faults)).await;
            Ok(())
        })
    }

    /// Reads a partition, or a whole table, from any two replicas, one after the other.
    pub(super) fn read(
        &self,
        table: Table,
        partition: Option<String>,
    ) -> RowFuture<Vec<(Key, Row)>> {
        let link = self.clone();
        Box::pin(async move {
            let faults = link.faults();
            if faults.is_cut || link.happens(faults.failed_reads) {
                return no_answer("the read failed").await;
            }
            link.note(|| format!("read {table:?} {}", partition.as_deref().unwrap_or("*")));
            let mut told = Replica::default();
            for replica in link.any_quorum() {
                sleep(link.delay(&faults)).await;
                let Some(part) = link.ask(replica, table, partition.as_deref()) else {
                    return no_answer("a replica does not answer").await;
                };
                told.merge(&part);
            }
            sleep(link.delay(&faults)).await;
            Ok(told.visible(|| link.happens(faults.seen_again)))
        })
    }

    fn ask(&self, replica: usize, table: Table, partition: Option<&str>) -> Option<Replica> {
        let replicas = self.emulator.replicas();
        let answers = replicas.is_up(replica) && !self.faults().is_cut;
        answers.then(|| replicas.at(replica).part(table, partition))
    }

    /// Sends to all replicas; tells when each that is up will have it, the first one first.
    fn send(
        &self,
        mutations: &Arc<[Mutation]>,
        faults: &Faults,
        n_arrived: &Arc<AtomicUsize>,
    ) -> Vec<Instant> {
        let sent = Instant::now();
        let mut all_due = vec![];
        for replica in 0..N_REPLICAS {
            if self.happens(faults.never) {
                continue;
            }
            let is_late = self.happens(faults.late);
            let due = sent + if is_late { self.at_most(LATEST) } else { self.delay(faults) };
            let (mutations, n_arrived) = (mutations.clone(), n_arrived.clone());
            let mut replicas = self.emulator.replicas();
            if replicas.is_up(replica) {
                all_due.push(due);
            }
            replicas.send(Delivery { due, replica, mutations, n_arrived });
        }
        all_due.sort();
        all_due
    }

    /// Two replicas by chance. Who asks one that is down gets no answer and asks again.
    fn any_quorum(&self) -> Vec<usize> {
        let without = usize::from(self.emulator.dice()) % N_REPLICAS;
        let replicas = self.emulator.replicas();
        let n_up = (0..N_REPLICAS).filter(|replica| replicas.is_up(*replica)).count();
        // With one of them down, the two others are the only quorum.
        let asked = (0..N_REPLICAS).filter(|replica| {
            if n_up == QUORUM { replicas.is_up(*replica) } else { *replica != without }
        });
        asked.collect()
    }

    fn note(&self, entry: impl FnOnce() -> String) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(journal) = journal.as_mut() {
            journal.push(entry());
        }
    }

    fn happens(&self, odds: u8) -> bool {
        0 < odds && self.emulator.dice() < odds
    }

    fn delay(&self, faults: &Faults) -> Duration {
        self.at_most(faults.delay)
    }

    fn at_most(&self, longest: Duration) -> Duration {
        longest * u32::from(self.emulator.dice()) / 256
    }
}

async fn no_answer<R>(why: &str) -> Result<R, NoAnswer> {
    sleep(PATIENCE).await;
    Err(NoAnswer(why.to_owned()))
}
