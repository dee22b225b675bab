//! A store of contacts that forgets all when it is dropped, for tests.

use crate::base::{ContactId, InteractionId, Millis, Position, UserData};
use crate::contact::door::{
    ContactStore, ErasureStore, Kept, MergeStore, Outlived, RecordSearch, RemarkStore,
};
use crate::contact::erasure::Proof;
use crate::contact::error::Unsearchable;
use crate::contact::history::{Page, Place, page};
use crate::contact::identify::Criterion;
use crate::contact::reader::Standing;
use crate::contact::remark::{self, Remark};
use crate::contact::search::{RecordQuery, split};
use crate::contact::state::Words;
use crate::contact::state::{
    AttributeChange, Contact, Content, EntityType, NewContact, Record, RecordDraft, Status,
};
use crate::owned::{StoreError, StoreFuture};
use std::collections::{BTreeMap, BTreeSet};
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
    remarks: BTreeMap<InteractionId, Vec<Remark>>,
    /// Who points to whom.
    merges: BTreeMap<ContactId, ContactId>,
    words: BTreeMap<InteractionId, (Position, Words)>,
    erased: BTreeSet<InteractionId>,
    proofs: Vec<Proof>,
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
            if kept.erased.contains(&record.id) {
                return Kept { upto: record.upto, contact: None, is_erased: true };
            }
            let mut newest = record.clone();
            if let Some(old) = kept.records.remove(&record.id) {
                let contact = old.contact.clone().or(newest.contact.take());
                newest = if old.upto < newest.upto { newest } else { old };
                newest.contact = contact;
            }
            let contact = newest.contact.clone();
            let told = Kept { upto: newest.upto, contact, is_erased: false };
            kept.records.insert(newest.id.clone(), newest);
            told
        })
    }

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>> {
        self.look(|kept| kept.records.get(id).cloned())
    }

    fn records_of(
        &self,
        contact: &ContactId,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Vec<Record>> {
        self.look(|kept| {
            let all = kept.records.values();
            let own = all.filter(|record| record.contact.as_ref() == Some(contact));
            let later =
                own.filter(|record| after.is_none_or(|after| after.is_before(&Place::of(record))));
            let mut own: Vec<_> = later.cloned().collect();
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

    fn change_attributes(
        &self,
        contact: &ContactId,
        change: &AttributeChange,
    ) -> StoreFuture<Option<Contact>> {
        self.look(|kept| {
            let mut contacts = kept.contacts.iter_mut().map(|new| &mut new.contact);
            let known = contacts.find(|known| known.id == *contact)?;
            known.attributes = change.on(&known.attributes);
            Some(known.clone())
        })
    }
}

impl RemarkStore for InMemory {
    fn add_remark(&self, record: &InteractionId, remark: &Remark) -> StoreFuture<()> {
        self.look(|kept| {
            if kept.erased.contains(record) {
                return;
            }
            let remarks = kept.remarks.entry(record.clone()).or_default();
            if !remarks.iter().any(|known| known.key == remark.key) {
                remarks.push(remark.clone());
                remark::sort(remarks);
            }
        })
    }

    fn remarks(&self, record: &InteractionId) -> StoreFuture<Vec<Remark>> {
        self.look(|kept| kept.remarks.get(record).cloned().unwrap_or_default())
    }
}

impl MergeStore for InMemory {
    fn merge(&self, contact: &ContactId, into: &ContactId) -> StoreFuture<()> {
        self.look(|kept| {
            kept.merges.insert(contact.clone(), into.clone());
        })
    }

    fn unmerge(&self, contact: &ContactId) -> StoreFuture<()> {
        self.look(|kept| {
            kept.merges.remove(contact);
        })
    }

    fn merged_into(&self, contact: &ContactId) -> StoreFuture<Option<ContactId>> {
        self.look(|kept| kept.merges.get(contact).cloned())
    }

    fn merged(&self, into: &ContactId) -> StoreFuture<Vec<ContactId>> {
        self.look(|kept| {
            let pointing = kept.merges.iter().filter(|(_, to)| *to == into);
            pointing.map(|(contact, _)| contact.clone()).collect()
        })
    }
}

impl RecordSearch for InMemory {
    fn index(&self, record: &InteractionId, upto: Position, words: &Words) -> StoreFuture<()> {
        self.look(|kept| {
            let is_newer = kept.words.get(record).is_none_or(|(known, _)| *known < upto);
            if is_newer && kept.records.contains_key(record) {
                kept.words.insert(record.clone(), (upto, words.clone()));
            }
        })
    }

    fn search(
        &self,
        query: &RecordQuery,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Result<Page<Record>, Unsearchable>> {
        self.look(|kept| {
            let has_words = |record: &&Record| {
                query.words.iter().all(|word| kept.finds(record, word, query.standing))
            };
            let all = kept.records.values().filter(|record| query.admits(record));
            let later =
                all.filter(|record| after.is_none_or(|after| after.is_before(&Place::of(record))));
            Ok(page(vec![later.filter(has_words).cloned().collect()], most))
        })
    }
}

impl Shelves {
    fn finds(&self, record: &Record, word: &str, standing: Standing) -> bool {
        let words = self.words.get(&record.id).map(|(_, words)| words.clone()).unwrap_or_default();
        let notes = self.remarks.get(&record.id).into_iter().flatten();
        let mut texts: Vec<_> = notes.filter_map(|remark| remark.note.clone()).collect();
        texts.push(words.agents);
        if standing == Standing::Supervisor {
            texts.push(words.supervisors);
        }
        let found = texts.iter().flat_map(|text| split(&text.to_lowercase()));
        found.into_iter().any(|found| found == word.to_lowercase())
    }
}

impl ErasureStore for InMemory {
    fn erase_record(&self, record: &InteractionId, _: Millis) -> StoreFuture<()> {
        self.look(|kept| {
            kept.erased.insert(record.clone());
            kept.records.remove(record);
            kept.remarks.remove(record);
            kept.words.remove(record);
        })
    }

    fn is_erased(&self, record: &InteractionId) -> StoreFuture<bool> {
        self.look(|kept| kept.erased.contains(record))
    }

    fn erase_contact(&self, contact: &ContactId) -> StoreFuture<()> {
        self.look(|kept| {
            kept.contacts.retain(|known| known.contact.id != *contact);
            kept.merges.retain(|merged, into| merged != contact && into != contact);
        })
    }

    fn keep_proof(&self, proof: &Proof) -> StoreFuture<()> {
        self.look(|kept| {
            kept.proofs.retain(|known| known.id != proof.id);
            kept.proofs.push(proof.clone());
        })
    }

    fn proofs(&self, most: usize) -> StoreFuture<Vec<Proof>> {
        self.look(|kept| {
            let mut proofs = kept.proofs.clone();
            proofs.sort_by_key(|proof| std::cmp::Reverse(proof.begun_at));
            proofs.truncate(most);
            proofs
        })
    }

    fn outlived(
        &self,
        tenant: &str,
        ended_before: Millis,
        from: Millis,
        most: usize,
    ) -> StoreFuture<Outlived> {
        let is_over = |record: &&Record| {
            let content = &record.content;
            content.tenant == tenant && content.ended_at.is_some_and(|at| at < ended_before)
        };
        self.look(|kept| {
            let over = kept.records.values().filter(is_over).take(most);
            let records: Vec<_> = over.map(|record| record.id.clone()).collect();
            let next = (records.len() == most).then_some(from);
            Outlived { records, next, rest: from }
        })
    }
}

pub fn draft(id: &str, upto: u64) -> RecordDraft {
    let words = Words { agents: "a question".into(), supervisors: String::new() };
    RecordDraft { id: id.into(), upto: Position(upto), content: content(upto), words }
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
        agents: ["ada".into(), "bob".into()].into(),
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
