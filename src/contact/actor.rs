//! The shell: keeps records and finds out whose they are. It holds nothing but the door, so it may
//! die and be started again at any time.
//!
//! Savings run beside each other, of one record too: the cursor of the record makes that safe. Only
//! who looks for a contact waits for his turn, so that two chats of a new customer that begin
//! together on this node make one contact. What a contact is called and how old it is follows from
//! the record it is made for, so that two nodes that both take themselves for the owner of a chat
//! make the same contact.

use crate::base::chance::token;
use crate::base::{Chance, Clock, ContactId, InteractionId, UserData};
use crate::contact::command::{KnownContact, SaveRecord, Saved};
use crate::contact::door::Archive;
use crate::contact::identify::{
    Identification, Lacking, Person, Stranger, criteria, not_said, plan_identification, wish,
};
use crate::contact::merge::active_of;
use crate::contact::policy::{Policy, Wish};
use crate::contact::state::{Attributes, Contact, NewContact, Record};
use crate::owned::StoreError;
use actix::prelude::*;
use aws_lc_rs::digest::{Context as Digest, SHA256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// How many messages the mailbox holds. A handler only starts a future, so it is nearly always
/// empty; a report that finds no room is told again by the session.
const MAILBOX: usize = 256;

/// How many contacts of one rank are looked at. Who shares his values with more is nobody.
const MOST_CANDIDATES: usize = 100;

/// The guide's contact ids have 16 characters.
const CONTACT_ID: usize = 16;

pub struct Historian {
    office: Arc<Office>,
}

/// What a historian works with.
pub struct Tools {
    pub store: Arc<dyn Archive>,
    pub clock: Arc<dyn Clock>,
    pub policy: Arc<Policy>,
}

struct Office {
    tools: Tools,
    looking: Mutex<()>,
}

impl Historian {
    pub fn new(tools: Tools) -> Self {
        Self { office: Arc::new(Office { tools, looking: Mutex::new(()) }) }
    }
}

impl Actor for Historian {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Message for SaveRecord {
    type Result = Result<Saved, StoreError>;
}

impl Handler<SaveRecord> for Historian {
    type Result = ResponseFuture<Result<Saved, StoreError>>;

    fn handle(&mut self, save: SaveRecord, _: &mut Self::Context) -> Self::Result {
        let office = self.office.clone();
        Box::pin(async move { office.save(save).await })
    }
}

impl Office {
    /// Keeps the words first: that nobody knows whose they are must not lose them.
    async fn save(&self, save: SaveRecord) -> Result<Saved, StoreError> {
        let SaveRecord { record, customer } = save;
        let words = record.words.clone();
        let mut record = record.record(None, self.tools.clock.now());
        let mut kept = self.tools.store.save_record(&record).await?;
        if kept.is_erased {
            return Ok(Saved { upto: kept.upto, contact: None });
        }
        self.tools.store.index(&record.id, record.upto, &words).await?;
        if kept.contact.is_none() {
            record.contact = self.identify(&record, &customer).await?;
            if record.contact.is_some() {
                kept = self.tools.store.save_record(&record).await?;
            }
        }
        let contact = match kept.contact {
            Some(id) => Some(self.known(id, &customer).await?),
            None => None,
        };
        Ok(Saved { upto: kept.upto, contact })
    }

    async fn identify(
        &self,
        record: &Record,
        customer: &UserData,
    ) -> Result<Option<ContactId>, StoreError> {
        if wish(customer, &self.tools.policy) == Wish::Nothing {
            return Ok(None);
        }
        let _turn = self.looking.lock().await;
        let stranger = Stranger { customer, media_type: &record.content.media_type };
        let people = self.people(stranger).await?;
        match plan_identification(stranger, &people, &self.tools.policy) {
            Identification::Found(id) => Ok(Some(id)),
            Identification::Create(attributes) => self.create(record, attributes).await.map(Some),
            Identification::Incomplete(Lacking(names)) => {
                tracing::debug!(record = %record.id, ?names, "what is mandatory was not said");
                Ok(None)
            }
            Identification::Unknown => Ok(None),
        }
    }

    /// Everybody who meets one of the criteria, without looking further once the highest rank that
    /// anybody meets names one person.
    async fn people(&self, stranger: Stranger<'_>) -> Result<Vec<Person>, StoreError> {
        let mut people: Vec<Person> = Vec::new();
        for criterion in criteria(stranger, &self.tools.policy).unwrap_or_default() {
            let is_first = people.is_empty();
            for contact in self.tools.store.candidates(&criterion, MOST_CANDIDATES).await? {
                let id = active_of(&*self.tools.store, &contact.id).await?;
                match people.iter_mut().find(|person| person.id == id) {
                    Some(person) if person.faces.contains(&contact) => {}
                    Some(person) => person.faces.push(contact),
                    None => people.push(Person { id, faces: vec![contact] }),
                }
            }
            if is_first && people.len() == 1 {
                break;
            }
        }
        Ok(people)
    }

    async fn create(
        &self,
        record: &Record,
        attributes: Attributes,
    ) -> Result<ContactId, StoreError> {
        let (origin, created_at) = (record.id.clone(), record.content.started_at);
        let contact = Contact { id: id_for(&origin), created_at, attributes };
        self.tools.store.create_contact(&NewContact { origin, contact }).await
    }

    async fn known(&self, id: ContactId, customer: &UserData) -> Result<KnownContact, StoreError> {
        let id = active_of(&*self.tools.store, &id).await?;
        let contact = self.tools.store.contact(&id).await?;
        let attributes = contact.map(|contact| not_said(customer, &contact)).unwrap_or_default();
        Ok(KnownContact { id, attributes })
    }
}

/// The id of a contact that is made for a record.
fn id_for(origin: &InteractionId) -> ContactId {
    ContactId(token(&Following { origin, n_drawn: AtomicU64::new(0) }, CONTACT_ID))
}

/// What looks like chance and follows from a record.
struct Following<'a> {
    origin: &'a InteractionId,
    n_drawn: AtomicU64,
}

impl Chance for Following<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(SHA256.output_len()) {
            let mut digest = Digest::new(&SHA256);
            digest.update(&self.n_drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            digest.update(self.origin.as_str().as_bytes());
            part.copy_from_slice(&digest.finish().as_ref()[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, Position};
    use crate::contact::door::{ContactStore, ErasureStore, MergeStore};
    use crate::contact::identify::Criterion;
    use crate::contact::testing::{InMemory, draft};
    use futures_util::future::join_all;

    #[actix::test]
    async fn a_new_customer_becomes_a_contact_and_is_known_the_next_time() {
        let (historian, store) = start();

        let first = save(&historian, "one", 1, &[("EmailAddress", "ann@x"), ("FirstName", "Ann")]);
        let first = first.await.contact.unwrap();
        let second = save(&historian, "two", 1, &[("EmailAddress", "ANN@x")]).await;

        assert_eq!(first.id.as_str().len(), 16);
        assert_eq!(first.attributes, UserData::default());
        let expected = UserData::default().with("FirstName", "Ann");
        let again = KnownContact { id: first.id.clone(), attributes: expected };
        assert_eq!(second, Saved { upto: Position(1), contact: Some(again) });
        let records = store.records_of(&first.id, None, 9).await.unwrap();
        assert_eq!(records.len(), 2);
    }

    #[actix::test]
    async fn what_was_saved_is_not_replaced_by_an_older_report() {
        let (historian, store) = start();
        save(&historian, "one", 5, &[]).await;

        let late = save(&historian, "one", 3, &[]).await;

        assert_eq!(late, Saved { upto: Position(5), contact: None });
        assert_eq!(store.record(&"one".into()).await.unwrap().unwrap().upto, Position(5));
    }

    #[actix::test]
    async fn a_contact_that_was_assigned_by_hand_stays() {
        let (historian, store) = start();
        let other = save(&historian, "other", 1, &[("EmailAddress", "bob@x")]).await;
        let other = other.contact.unwrap().id;
        save(&historian, "one", 1, &[("EmailAddress", "ann@x")]).await;
        store.assign(&"one".into(), &other).await.unwrap();

        let saved = save(&historian, "one", 2, &[("EmailAddress", "ann@x")]).await;

        assert_eq!(saved.contact.unwrap().id, other);
    }

    #[actix::test]
    async fn a_customer_whose_contact_was_merged_is_the_one_it_was_merged_into() {
        let (historian, store) = start();
        let ann = save(&historian, "one", 1, &[("EmailAddress", "ann@x"), ("Title", "Dr")]).await;
        let other = save(&historian, "two", 1, &[("PhoneNumber", "1")]).await;
        let (ann, other) = (ann.contact.unwrap().id, other.contact.unwrap().id);
        store.merge(&other, &ann).await.unwrap();

        let next = save(&historian, "three", 1, &[("PhoneNumber", "1")]).await.contact.unwrap();
        let again = save(&historian, "two", 2, &[("PhoneNumber", "1")]).await.contact.unwrap();

        assert_eq!((&next.id, &again.id), (&ann, &ann));
        assert_eq!(next.attributes.text("Title").as_deref(), Some("Dr"));
        assert_eq!(store.record(&"two".into()).await.unwrap().unwrap().contact, Some(other));
    }

    #[actix::test]
    async fn a_customer_who_says_who_he_is_later_is_found_then() {
        let (historian, _) = start();
        assert_eq!(save(&historian, "one", 1, &[]).await.contact, None);

        let saved = save(&historian, "one", 2, &[("PhoneNumber", "1")]).await;

        assert!(saved.contact.is_some());
    }

    #[actix::test]
    async fn two_chats_that_begin_together_make_one_contact() {
        let (historian, _) = start();
        let chats = ["one", "two", "three"];

        let saved =
            join_all(chats.map(|chat| save(&historian, chat, 1, &[("EmailAddress", "ann@x")])));

        let ids: Vec<_> = saved.await.into_iter().map(|saved| saved.contact.unwrap().id).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }

    #[actix::test]
    async fn two_nodes_that_know_nothing_of_each_other_make_the_same_contact() {
        let ((here, kept_here), (there, kept_there)) = (start(), start());

        let one = save(&here, "one", 5, &[("EmailAddress", "ann@x")]).await.contact.unwrap().id;
        let other = save(&there, "one", 5, &[("EmailAddress", "ann@x")]).await.contact.unwrap().id;
        let next = save(&there, "two", 5, &[("EmailAddress", "bob@x")]).await.contact.unwrap().id;

        assert_eq!(one, other);
        assert_ne!(one, next);
        let made =
            (kept_here.contact(&one).await.unwrap(), kept_there.contact(&one).await.unwrap());
        assert_eq!(made.0, made.1);
    }

    #[actix::test]
    async fn what_was_erased_is_neither_kept_again_nor_made_a_contact() {
        let (historian, store) = start();
        save(&historian, "one", 1, &[("EmailAddress", "ann@x")]).await;
        store.erase_record(&"one".into(), Millis(9)).await.unwrap();

        let late = save(&historian, "one", 2, &[("EmailAddress", "other@x")]).await;

        assert_eq!(late, Saved { upto: Position(2), contact: None });
        assert_eq!(store.record(&"one".into()).await, Ok(None));
        let other = Criterion(vec![("EmailAddress".into(), "other@x".into())]);
        assert_eq!(store.candidates(&other, 9).await, Ok(vec![]));
    }

    #[actix::test]
    async fn a_store_that_does_not_answer_is_told_to_the_sender() {
        let (historian, store) = start();
        store.break_down();
        let ask = SaveRecord { record: draft("one", 1), customer: UserData::default() };

        let answer = historian.send(ask).await.unwrap();

        assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    }

    fn start() -> (Addr<Historian>, Arc<InMemory>) {
        let store = Arc::new(InMemory::default());
        let tools =
            Tools { store: store.clone(), clock: Arc::new(Stopped), policy: Arc::default() };
        (Historian::new(tools).start(), store)
    }

    async fn save(
        historian: &Addr<Historian>,
        id: &str,
        upto: u64,
        customer: &[(&str, &str)],
    ) -> Saved {
        let customer = customer.iter().copied().collect();
        historian.send(SaveRecord { record: draft(id, upto), customer }).await.unwrap().unwrap()
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Millis {
            Millis(1_000)
        }
    }
}
