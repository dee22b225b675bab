//! A store of contacts that forgets all when it is dropped, for tests.

use crate::base::{ContactId, InteractionId, Millis, Position, UserData};
use crate::contact::door::{ContactStore, Kept};
use crate::contact::identify::Criterion;
use crate::contact::state::{
    Contact, Content, EntityType, NewContact, Record, RecordDraft, Status,
};
use crate::owned::{StoreError, StoreFuture};
use std::collections::BTreeMap;
use std::future::{poll_fn, ready};
use std::mem::replace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

#[derive(Default)]
pub struct InMemory {
    kept: Mutex<Shelves>,
    is_broken: AtomicBool,
}

#[derive(Default)]
struct Shelves {
    contacts: Vec<NewContact>,
    records: BTreeMap<InteractionId, Record>,
}

impl InMemory {
    /// From now on nothing is answered.
    pub fn break_down(&self) {
        self.is_broken.store(true, Ordering::Release);
    }

    fn look<R: Send + 'static>(&self, look: impl FnOnce(&mut Shelves) -> R) -> StoreFuture<R> {
        if self.is_broken.load(Ordering::Acquire) {
            return Box::pin(ready(Err(StoreError::Unavailable("on purpose".into()))));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        later(look(&mut kept))
    }
}

/// Answers when it is asked again, so that others come in between as with a real store.
fn later<R: Send + 'static>(answer: R) -> StoreFuture<R> {
    let mut was_asked = false;
    let turn = poll_fn(move |ctx| {
        if !replace(&mut was_asked, true) {
            ctx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    });
    Box::pin(async move {
        turn.await;
        Ok(answer)
    })
}

impl ContactStore for InMemory {
    fn candidates(&self, criterion: &Criterion, most: usize) -> StoreFuture<Vec<Contact>> {
        self.look(|kept| {
            let contacts = kept.contacts.iter().map(|new| &new.contact);
            let mut met: Vec<_> =
                contacts.filter(|known| criterion.is_met_by(&known.attributes)).cloned().collect();
            met.sort_by_key(|known| known.created_at);
            met.truncate(most);
            met
        })
    }

    fn contact(&self, id: &ContactId) -> StoreFuture<Option<Contact>> {
        self.look(|kept| {
            let mut contacts = kept.contacts.iter().map(|new| &new.contact);
            contacts.find(|known| known.id == *id).cloned()
        })
    }

    fn create_contact(&self, new: &NewContact) -> StoreFuture<ContactId> {
        self.look(|kept| {
            if let Some(known) = kept.contacts.iter().find(|known| known.origin == new.origin) {
                return known.contact.id.clone();
            }
            kept.contacts.push(new.clone());
            new.contact.id.clone()
        })
    }

    fn save_record(&self, record: &Record) -> StoreFuture<Kept> {
        self.look(|kept| {
            let mut newest = record.clone();
            if let Some(old) = kept.records.remove(&record.id) {
                let contact = old.contact.clone().or(newest.contact.take());
                newest = if old.upto < newest.upto { newest } else { old };
                newest.contact = contact;
            }
            let told = Kept { upto: newest.upto, contact: newest.contact.clone() };
            kept.records.insert(newest.id.clone(), newest);
            told
        })
    }

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>> {
        self.look(|kept| kept.records.get(id).cloned())
    }

    fn records_of(&self, contact: &ContactId, most: usize) -> StoreFuture<Vec<Record>> {
        self.look(|kept| {
            let all = kept.records.values();
            let mut own: Vec<_> =
                all.filter(|record| record.contact.as_ref() == Some(contact)).cloned().collect();
            own.sort_by_key(|record| std::cmp::Reverse(record.content.started_at));
            own.truncate(most);
            own
        })
    }

    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()> {
        self.look(|kept| {
            if let Some(record) = kept.records.get_mut(record) {
                record.contact = Some(contact.clone());
            }
        })
    }
}

pub fn draft(id: &str, upto: u64) -> RecordDraft {
    RecordDraft { id: id.into(), upto: Position(upto), content: content(upto) }
}

/// A record with something in each column.
pub fn content(n: u64) -> Content {
    Content {
        status: Status::Stopped,
        entity_type: EntityType::Chat,
        media_type: "chat".into(),
        type_name: "Inbound".into(),
        subtype_name: "InboundNew".into(),
        external_id: "00AA".into(),
        owner: Some("bob".into()),
        started_at: Millis(n),
        ended_at: Some(Millis(n + 1)),
        time_zone_offset: -60,
        subject: "a question".into(),
        structured_text: format!("<chatTranscript n='{n}'/>"),
        structured_text_mime_type: "text/xml".into(),
        tenant: "Environment".into(),
        queue: "inbound".into(),
        stopped_reason: Some("Normal".into()),
        language: Some("English".into()),
        attributes: UserData::default().with("color", "red"),
    }
}
