//! What waits in a lane for its turn. Those of one chat keep their order; what cannot be taken yet lets
//! others go on meanwhile; and who is reminded of something newer need not hear of what is older.

use crate::base::{ParticipantId, SessionId};
use crate::chat::push::{PushNote, Told};
use crate::edge::push::put_off::PutOff;
use crate::telemetry::Held;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// A push that waits for its turn, or is under way.
pub struct Parcel {
    pub session: SessionId,
    pub note: PushNote,
    pub n_attempts: u32,
    pub room: OwnedSemaphorePermit,
    pub waiting: Held,
}

#[derive(Default)]
pub struct Lane {
    waiting: Mutex<Waiting>,
    comes: Notify,
}

#[derive(Default)]
struct Waiting {
    n_came: u64,
    /// By when they came.
    parcels: BTreeMap<u64, Parcel>,
    /// Which of them reminds whom.
    reminders: BTreeMap<(SessionId, ParticipantId), u64>,
    put_off: PutOff<Parcel>,
}

impl Lane {
    pub fn add(&self, parcel: Parcel) {
        self.locked().add(parcel);
        self.comes.notify_one();
    }

    /// Puts a reminder in the place of the one of the same customer that still waits. Gives everything else
    /// back.
    pub fn renew(&self, session: &SessionId, note: PushNote) -> Option<PushNote> {
        self.locked().renew(session, note)
    }

    /// Waits for the next one whose turn it is.
    pub async fn next(&self) -> Parcel {
        loop {
            let (parcel, at) = {
                let mut waiting = self.locked();
                (waiting.next(Instant::now()), waiting.put_off.next_at())
            };
            if let Some(parcel) = parcel {
                return parcel;
            }
            let later = async {
                match at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.comes.notified() => {}
                () = later => {}
            }
        }
    }

    /// Lets one wait until then that was to be the next of its chat, and everything of its chat behind it.
    pub fn put_off(&self, until: Instant, parcel: Parcel) {
        self.locked().put_off(until, parcel);
    }

    /// Drops what waits for a device in a chat; how many that were.
    pub fn forget(&self, session: &SessionId, device: &str) -> u64 {
        self.locked().forget(session, device)
    }

    fn locked(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn add(&mut self, parcel: Parcel) {
        self.n_came += 1;
        if is_reminder(&parcel.note) {
            self.reminders.insert((parcel.session.clone(), parcel.note.who), self.n_came);
        }
        self.parcels.insert(self.n_came, parcel);
    }

    fn renew(&mut self, session: &SessionId, note: PushNote) -> Option<PushNote> {
        if !is_reminder(&note) {
            return Some(note);
        }
        let older = match self.reminders.get(&(session.clone(), note.who)) {
            Some(number) => self.parcels.get_mut(number),
            None => self.put_off.of(session).find(|one| is_like(&one.note, &note)),
        };
        let Some(older) = older else { return Some(note) };
        older.note = note;
        None
    }

    fn next(&mut self, now: Instant) -> Option<Parcel> {
        if let Some(parcel) = self.put_off.due(now) {
            return Some(parcel);
        }
        while let Some((_, parcel)) = self.parcels.pop_first() {
            if is_reminder(&parcel.note) {
                self.reminders.remove(&(parcel.session.clone(), parcel.note.who));
            }
            let session = parcel.session.clone();
            if let Some(parcel) = self.put_off.behind(&session, parcel) {
                return Some(parcel);
            }
        }
        None
    }

    /// If it reminds somebody, and a newer reminder came while it was under way, that one takes its place.
    fn put_off(&mut self, until: Instant, mut parcel: Parcel) {
        if is_reminder(&parcel.note) {
            let newer = self.reminders.remove(&(parcel.session.clone(), parcel.note.who));
            if let Some(newer) = newer.and_then(|number| self.parcels.remove(&number)) {
                parcel.note = newer.note;
            }
        }
        self.put_off.until(until, parcel.session.clone(), parcel);
    }

    fn forget(&mut self, session: &SessionId, device: &str) -> u64 {
        let is_kept =
            |one: &Parcel| one.session != *session || one.note.subscription.device != device;
        let mut n_dropped = self.put_off.retain(session, is_kept);
        let (parcels, reminders) = (&mut self.parcels, &mut self.reminders);
        parcels.retain(|_, one| {
            let is_kept = is_kept(one);
            if !is_kept {
                n_dropped += 1;
                reminders.remove(&(one.session.clone(), one.note.who));
            }
            is_kept
        });
        n_dropped
    }
}

fn is_reminder(note: &PushNote) -> bool {
    matches!(note.told, Told::Reminder { .. })
}

fn is_like(one: &PushNote, other: &PushNote) -> bool {
    one.who == other.who && is_reminder(one)
}

#[cfg(test)]
pub mod tests;
