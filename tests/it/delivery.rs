//! Effects survive a crash: whatever was stored and not yet told when the process ended, is told by
//! whoever restores the session; once, and not twice.

use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, leaves, says};
use holdfast::base::chance::token;
use holdfast::base::{Chance, ContactId, InteractionId, Millis, Position, ThingId};
use holdfast::chat::Command;
use holdfast::config::{AutoSave, Config, SaveOnError, Settings};
use holdfast::contact::door::{
    Archive, ContactStore, ErasureStore, Kept, MergeStore, Outlived, RecordSearch, RemarkStore,
};
use holdfast::contact::erasure::Proof;
use holdfast::contact::error::Unsearchable;
use holdfast::contact::history;
use holdfast::contact::identify::Criterion;
use holdfast::contact::remark::Remark;
use holdfast::contact::search::RecordQuery;
use holdfast::contact::state::Words;
use holdfast::contact::state::{AttributeChange, Contact, NewContact, Record, Status};
use holdfast::interaction::Stage;
use holdfast::interaction::views::InteractionView;
use holdfast::interaction::{Look, Sight};
use holdfast::node::houses::{Ground, Houses, first_lane};
use holdfast::node::wiring::{is_session, routing_domain};
use holdfast::node::world::Dice;
use holdfast::owned::{StoreError, StoreFuture};
use holdfast::ownership::actor::Place;
use holdfast::ownership::door::OwnerTable;
use holdfast::store::{EmbeddedStore, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

#[actix::test]
async fn a_session_whose_beginning_nobody_heard_of_is_routed_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    let chat = before.create().await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;

    let interaction = after.interaction_when(&chat, |_| true).await;
    assert_eq!(interaction.stage, Stage::Queued);
    assert_eq!(interaction.user_data.text("FirstName").as_deref(), Some("Ann"));
    // The customer said her e-mail address.
    let record = after.record_when(&chat, |record| record.contact.is_some()).await;
    assert_eq!(record.content.status, Status::InProcess);
}

#[actix::test]
async fn a_closing_that_nobody_heard_of_is_finished_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    let chat = before.create().await;
    before.perform(&chat, says(1, "goodbye")).await;
    before.perform(&chat, leaves(1)).await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;

    let record = after.record_when(&chat, |record| record.content.status == Status::Stopped).await;
    assert!(record.content.structured_text.contains("goodbye"));
    after.interaction_when(&chat, |seen| matches!(seen.stage, Stage::Stopped { .. })).await;
    after.closed_for_ever(&chat).await;
}

#[actix::test]
async fn what_was_heard_before_the_crash_is_not_heard_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let before = Life::begin(&store).await;
    before.houses.connect();
    let chat = before.create().await;
    let first = before.interaction_when(&chat, |_| true).await;
    before.end_unheard().await;

    let after = Life::begin(&store).await;
    after.houses.connect();
    after.restore_all().await;
    after.perform(&chat, says(1, "still here")).await;

    let again = after.interaction_when(&chat, |_| true).await;
    assert_eq!(again.attributes, first.attributes, "it was submitted once");
    assert_eq!(again.placed_at, first.placed_at, "it kept its place in the queue");
}

#[actix::test]
async fn a_session_ends_for_want_of_its_record_where_that_is_wished_and_the_record_gets_all_later()
{
    let (_folder, store, deaf) = deaf_contacts();
    let life = Life::begin_with(&store, deaf.clone(), |settings| {
        settings.transcript_auto_save = AutoSave::AfterMessages;
        settings.transcript_save_on_error = SaveOnError::Close;
        settings.transcript_resend_attempts = 1;
        settings.transcript_resend_delay = Duration::from_secs(1);
    })
    .await;
    life.houses.connect();

    let chat = life.create().await;
    life.perform(&chat, says(1, "my only words")).await;

    let over = life.interaction_when(&chat, |seen| matches!(seen.stage, Stage::Stopped { .. }));
    let over = over.await.user_data.clone();
    assert_eq!(over.text("csg_SessionEndedReason").as_deref(), Some("DB_ERROR"));
    assert_eq!(over.text("csg_SessionEndedBy").as_deref(), Some("SYSTEM"));
    deaf.is_deaf.store(false, Ordering::SeqCst);
    let record = life.record_when(&chat, |record| record.content.status == Status::Stopped).await;
    assert!(record.content.structured_text.contains("my only words"));
    life.closed_for_ever(&chat).await;
}

#[actix::test]
async fn a_session_goes_on_without_its_record_where_nothing_else_is_wished() {
    let (_folder, store, deaf) = deaf_contacts();
    let life = Life::begin_with(&store, deaf.clone(), |settings| {
        settings.transcript_auto_save = AutoSave::AfterMessages;
        settings.transcript_resend_attempts = 0;
        settings.transcript_resend_delay = Duration::from_secs(1);
    })
    .await;
    life.houses.connect();

    let chat = life.create().await;
    eventually("it was tried often", || async {
        (3 < deaf.n_asked.load(Ordering::SeqCst)).then_some(())
    })
    .await;
    life.perform(&chat, says(1, "still here")).await;
    deaf.is_deaf.store(false, Ordering::SeqCst);

    let record = life
        .record_when(&chat, |record| record.content.structured_text.contains("still here"))
        .await;
    assert_eq!(record.content.status, Status::InProcess);
}

/// Contacts that do not answer until they are told to.
struct Deaf {
    store: EmbeddedStore,
    is_deaf: AtomicBool,
    n_asked: AtomicUsize,
}

fn deaf_contacts() -> (tempfile::TempDir, EmbeddedStore, Arc<Deaf>) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let (is_deaf, n_asked) = (AtomicBool::new(true), AtomicUsize::new(0));
    let deaf = Arc::new(Deaf { store: store.clone(), is_deaf, n_asked });
    (folder, store, deaf)
}

impl ContactStore for Deaf {
    fn candidates(&self, criterion: &Criterion, most: usize) -> StoreFuture<Vec<Contact>> {
        self.store.candidates(criterion, most)
    }

    fn contact(&self, id: &ContactId) -> StoreFuture<Option<Contact>> {
        self.store.contact(id)
    }

    fn create_contact(&self, new: &NewContact) -> StoreFuture<ContactId> {
        self.store.create_contact(new)
    }

    fn save_record(&self, record: &Record) -> StoreFuture<Kept> {
        self.n_asked.fetch_add(1, Ordering::SeqCst);
        if self.is_deaf.load(Ordering::SeqCst) {
            let error = StoreError::Unavailable("deaf".into());
            return Box::pin(std::future::ready(Err(error)));
        }
        self.store.save_record(record)
    }

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>> {
        self.store.record(id)
    }

    fn records_of(
        &self,
        contact: &ContactId,
        after: Option<&history::Place>,
        most: usize,
    ) -> StoreFuture<Vec<Record>> {
        self.store.records_of(contact, after, most)
    }

    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()> {
        self.store.assign(record, contact)
    }

    fn change_attributes(
        &self,
        contact: &ContactId,
        change: &AttributeChange,
    ) -> StoreFuture<Option<Contact>> {
        self.store.change_attributes(contact, change)
    }
}

impl RemarkStore for Deaf {
    fn add_remark(&self, record: &InteractionId, remark: &Remark) -> StoreFuture<()> {
        self.store.add_remark(record, remark)
    }

    fn remarks(&self, record: &InteractionId) -> StoreFuture<Vec<Remark>> {
        self.store.remarks(record)
    }
}

impl MergeStore for Deaf {
    fn merge(&self, contact: &ContactId, into: &ContactId) -> StoreFuture<()> {
        self.store.merge(contact, into)
    }

    fn unmerge(&self, contact: &ContactId) -> StoreFuture<()> {
        self.store.unmerge(contact)
    }

    fn merged_into(&self, contact: &ContactId) -> StoreFuture<Option<ContactId>> {
        self.store.merged_into(contact)
    }

    fn merged(&self, into: &ContactId) -> StoreFuture<Vec<ContactId>> {
        self.store.merged(into)
    }
}

impl RecordSearch for Deaf {
    fn index(&self, record: &InteractionId, upto: Position, words: &Words) -> StoreFuture<()> {
        self.store.index(record, upto, words)
    }

    fn search(
        &self,
        query: &RecordQuery,
        after: Option<&history::Place>,
        most: usize,
    ) -> StoreFuture<Result<history::Page<Record>, Unsearchable>> {
        self.store.search(query, after, most)
    }
}

impl ErasureStore for Deaf {
    fn erase_record(&self, record: &InteractionId, now: Millis) -> StoreFuture<()> {
        self.store.erase_record(record, now)
    }

    fn is_erased(&self, record: &InteractionId) -> StoreFuture<bool> {
        self.store.is_erased(record)
    }

    fn erase_contact(&self, contact: &ContactId) -> StoreFuture<()> {
        self.store.erase_contact(contact)
    }

    fn keep_proof(&self, proof: &Proof) -> StoreFuture<()> {
        self.store.keep_proof(proof)
    }

    fn proofs(&self, most: usize) -> StoreFuture<Vec<Proof>> {
        self.store.proofs(most)
    }

    fn outlived(
        &self,
        tenant: &str,
        ended_before: Millis,
        from: Millis,
        most: usize,
    ) -> StoreFuture<Outlived> {
        self.store.outlived(tenant, ended_before, from, most)
    }
}

/// One life of a process, without its edges. The store outlives it, as a disk does.
struct Life {
    houses: Houses,
    store: EmbeddedStore,
}

impl Life {
    /// Nothing reaches another house until the life is connected: as if it had been killed between
    /// each append and its deliveries.
    async fn begin(store: &EmbeddedStore) -> Self {
        Self::begin_with(store, Arc::new(store.clone()), |_| {}).await
    }

    async fn begin_with(
        store: &EmbeddedStore,
        contacts: Arc<dyn Archive>,
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut config = Config::default();
        config.node.arbiters = 1;
        set(&mut config.settings);
        let config = Arc::new(config);
        let chance: Arc<dyn Chance> = Arc::new(Dice);
        let place = Place::alone(first_lane(&config, &*chance));
        let ground =
            Ground::new(&config, Store { contacts, ..Store::of(store) }, chance.clone(), place);
        let houses = Houses::start(&ground, &config);
        houses.routing.wake_named(&routing_domain()).await.unwrap();
        Self { houses, store: store.clone() }
    }

    async fn end_unheard(self) {
        self.houses.stop().await;
    }

    async fn restore_all(&self) {
        for thing in self.store.open_things().await.unwrap().iter().filter(|open| is_session(open))
        {
            self.houses.sessions.wake(thing).await.unwrap();
        }
    }

    async fn create(&self) -> ThingId {
        let id = ThingId(token(&Dice, 22));
        self.houses.sessions.create(&id, customer_joins()).await.unwrap();
        id
    }

    async fn perform(&self, chat: &ThingId, command: Command) {
        self.houses.sessions.perform(chat, command).await.unwrap();
    }

    async fn interaction_when(
        &self,
        chat: &ThingId,
        is_so: impl Fn(&InteractionView) -> bool,
    ) -> InteractionView {
        let id = InteractionId(chat.0.clone());
        let seen = eventually("the interaction is as expected", || async {
            let domain = routing_domain();
            let seen = self.houses.routing.look(&domain, Look::Interaction(id.clone())).await;
            let Sight::Interaction(seen) = seen.unwrap() else { panic!("another form") };
            seen.map(|seen| *seen).filter(|seen| is_so(seen))
        });
        seen.await
    }

    async fn record_when(&self, chat: &ThingId, is_so: impl Fn(&Record) -> bool) -> Record {
        let id = InteractionId(chat.0.clone());
        let seen = eventually("the record is as expected", || async {
            let record = self.store.record(&id).await.unwrap();
            record.filter(|record| is_so(record))
        });
        seen.await
    }

    async fn closed_for_ever(&self, chat: &ThingId) {
        eventually("the session is marked as closed", || async {
            self.store.locate(chat).await.unwrap().closed.then_some(())
        })
        .await;
    }
}
