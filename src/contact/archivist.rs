//! What people ask of the house: contacts, histories, records, remarks, merges. It reads and writes
//! through the door alone and holds nothing, so there may be one wherever one is needed.

use crate::base::{Clock, ContactId, InteractionId, property};
use crate::contact::door::Archive;
use crate::contact::error::{Rejection, Unserved};
use crate::contact::history::{Page, Place, page};
use crate::contact::identify::Criterion;
use crate::contact::merge::{Merging, Pair, active_of, faces_of, plan_merge};
use crate::contact::reader::Reader;
use crate::contact::remark::{Remark, RemarkWish, plan_remark};
use crate::contact::response::Library;
use crate::contact::right::Right;
use crate::contact::search::RecordQuery;
use crate::contact::size;
use crate::contact::state::{AttributeChange, Contact, Record};
use crate::owned::StoreError;
use futures_util::future::try_join_all;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most contacts that one look by attributes tells.
const MOST_FOUND: usize = 100;
/// Most bytes of an attribute's name, and of its value.
const LONGEST_NAME: usize = 256;
const LONGEST_VALUE: usize = 4 * 1024;

#[derive(Clone)]
pub struct Archivist {
    pub(super) store: Arc<dyn Archive>,
    pub(super) clock: Arc<dyn Clock>,
    /// Standard responses.
    pub responses: Arc<Library>,
}

/// A contact, and which others it is one with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    pub contact: Contact,
    /// Who stands for it, if it is not itself.
    pub active: Option<ContactId>,
    /// For whom it stands.
    pub merged: Vec<ContactId>,
}

/// A record with what people put on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Remarked {
    pub record: Record,
    pub remarks: Vec<Remark>,
}

impl Archivist {
    pub fn new(store: Arc<dyn Archive>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, responses: Arc::default() }
    }

    pub fn with_responses(self, responses: Arc<Library>) -> Self {
        Self { responses, ..self }
    }

    pub async fn contact(&self, id: &ContactId) -> Result<KnownAs, Unserved> {
        let contact = self.existing(id).await?;
        let active = active_of(&*self.store, id).await?;
        let mut merged = faces_of(&*self.store, id).await?;
        merged.retain(|face| face != id);
        Ok(KnownAs { contact, active: Some(active).filter(|active| active != id), merged })
    }

    /// Contacts that have each of these attributes, the oldest first.
    pub async fn contacts_with(&self, criterion: &Criterion) -> Result<Vec<Contact>, Unserved> {
        Ok(self.store.candidates(criterion, MOST_FOUND).await?)
    }

    pub async fn change_attributes(
        &self,
        id: &ContactId,
        change: &AttributeChange,
    ) -> Result<Contact, Unserved> {
        check_change(change)?;
        size::check_change(&self.existing(id).await?.attributes, change)?;
        let changed = self.store.change_attributes(id, change).await?;
        changed.ok_or_else(|| Rejection::NoSuchContact(id.clone()).into())
    }

    /// The history of the person to whom a contact belongs.
    pub async fn history(
        &self,
        id: &ContactId,
        reader: &Reader,
        after: Option<&Place>,
        most: usize,
    ) -> Result<Page<Remarked>, Unserved> {
        self.existing(id).await?;
        let active = active_of(&*self.store, id).await?;
        let faces = faces_of(&*self.store, &active).await?;
        let parts = faces.iter().map(|face| self.store.records_of(face, after, most + 1));
        let Page { entries, next } = page(try_join_all(parts).await?, most);
        let seen = entries.into_iter().filter(|record| reader.may_see(&record.content));
        let entries = seen.map(|record| self.remarked(record));
        Ok(Page { entries: try_join_all(entries).await?, next })
    }

    pub async fn record(&self, id: &InteractionId, reader: &Reader) -> Result<Remarked, Unserved> {
        let record = self.existing_record(id).await?;
        if !reader.may_see(&record.content) {
            return Err(Rejection::StillRuns(id.clone()).into());
        }
        Ok(self.remarked(record).await?)
    }

    /// Whether what was said in an interaction is forgotten for ever, and on its way out everywhere.
    pub async fn is_erased(&self, id: &InteractionId) -> Result<bool, Unserved> {
        Ok(self.store.is_erased(id).await?)
    }

    pub async fn remark(
        &self,
        id: &InteractionId,
        reader: &Reader,
        wish: RemarkWish,
    ) -> Result<Remarked, Unserved> {
        let record = self.existing_record(id).await?;
        let remark = plan_remark(&record, reader, wish, self.clock.now())?;
        size::check_remark(&self.store.remarks(id).await?, &remark)?;
        self.store.add_remark(id, &remark).await?;
        let kept = self.remarked(record).await?;
        match kept.remarks.iter().find(|known| known.key == remark.key) {
            Some(known) if known.says_the_same_as(&remark) => Ok(kept),
            Some(_) => Err(Rejection::KeyReused.into()),
            None => Err(Rejection::NoSuchRecord(id.clone()).into()),
        }
    }

    /// Gives a record to a contact.
    pub async fn assign(
        &self,
        id: &InteractionId,
        reader: &Reader,
        contact: &ContactId,
    ) -> Result<Remarked, Unserved> {
        let record = self.existing_record(id).await?;
        if !reader.may_write_on(&record.content) {
            return Err(Rejection::NotHandledByYou(id.clone()).into());
        }
        self.existing(contact).await?;
        self.store.assign(id, contact).await?;
        self.record(id, reader).await
    }

    /// Makes one contact stand for another.
    pub async fn merge(
        &self,
        merged: &ContactId,
        into: &ContactId,
        reader: &Reader,
    ) -> Result<KnownAs, Unserved> {
        reader.insist(Right::Merge)?;
        self.existing(merged).await?;
        self.existing(into).await?;
        let points_to = self.store.merged_into(merged).await?;
        let active = active_of(&*self.store, merged).await?;
        let into = active_of(&*self.store, into).await?;
        let pair = Pair { merged, points_to: points_to.as_ref(), active: &active, into: &into };
        if let Merging::PointTo(into) = plan_merge(&pair)? {
            self.store.merge(merged, &into).await?;
        }
        self.contact(&into).await
    }

    /// Makes a contact stand for itself again.
    pub async fn unmerge(&self, id: &ContactId, reader: &Reader) -> Result<KnownAs, Unserved> {
        reader.insist(Right::Merge)?;
        self.existing(id).await?;
        self.store.unmerge(id).await?;
        self.contact(id).await
    }

    /// Records that fit, as in a history; of the people who have each of the attributes, if any are
    /// said.
    pub async fn search(
        &self,
        mut query: RecordQuery,
        attributes: &Criterion,
        (after, most): (Option<&Place>, usize),
    ) -> Result<Page<Remarked>, Unserved> {
        if !attributes.0.is_empty() {
            query.contacts = Some(self.those_with(attributes, query.contacts.take()).await?);
        }
        if let Some(contacts) = query.contacts.take() {
            query.contacts = Some(self.with_their_faces(&contacts).await?);
        }
        let found = self.store.search(&query, after, most).await?;
        let Page { entries, next } = found.map_err(Rejection::Unsearchable)?;
        let entries = entries.into_iter().map(|record| self.remarked(record));
        Ok(Page { entries: try_join_all(entries).await?, next })
    }

    /// Contacts with these attributes, of those that are said; of all, only some are found.
    async fn those_with(
        &self,
        attributes: &Criterion,
        said: Option<Vec<ContactId>>,
    ) -> Result<Vec<ContactId>, Unserved> {
        let Some(said) = said else {
            let found = self.store.candidates(attributes, MOST_FOUND).await?;
            return Ok(found.into_iter().map(|contact| contact.id).collect());
        };
        let mut fitting = vec![];
        for id in said {
            let contact = self.store.contact(&id).await?;
            if contact.is_some_and(|contact| attributes.is_met_by(&contact.attributes)) {
                fitting.push(id);
            }
        }
        Ok(fitting)
    }

    async fn with_their_faces(&self, contacts: &[ContactId]) -> Result<Vec<ContactId>, Unserved> {
        let mut all = BTreeSet::new();
        for contact in contacts {
            let active = active_of(&*self.store, contact).await?;
            all.extend(faces_of(&*self.store, &active).await?);
        }
        Ok(all.into_iter().collect())
    }

    pub(super) async fn existing(&self, id: &ContactId) -> Result<Contact, Unserved> {
        let contact = self.store.contact(id).await?;
        contact.ok_or_else(|| Rejection::NoSuchContact(id.clone()).into())
    }

    async fn existing_record(&self, id: &InteractionId) -> Result<Record, Unserved> {
        let record = self.store.record(id).await?;
        record.ok_or_else(|| Rejection::NoSuchRecord(id.clone()).into())
    }

    pub(super) async fn remarked(&self, record: Record) -> Result<Remarked, StoreError> {
        let remarks = self.store.remarks(&record.id).await?;
        Ok(Remarked { record, remarks })
    }
}

fn check_change(change: &AttributeChange) -> Result<(), Rejection> {
    if change.set.is_empty() && change.removed.is_empty() {
        return Err(Rejection::EmptyChange);
    }
    for (name, value) in &change.set {
        if name.trim().is_empty() || LONGEST_NAME < name.len() {
            return Err(Rejection::BadAttribute { most: LONGEST_NAME });
        }
        // It would come into each chat that this contact begins.
        if property::is_closed_to_customers(name) {
            return Err(Rejection::ReservedAttribute(name.clone()));
        }
        if LONGEST_VALUE < value.len() {
            return Err(Rejection::TooLong { what: "value", most: LONGEST_VALUE });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use crate::contact::door::ContactStore;
    use crate::contact::reader::{Running, Standing};
    use crate::contact::state::{NewContact, Status};
    use crate::contact::testing::{InMemory, draft};

    #[actix::test]
    async fn a_history_follows_a_merge_and_its_taking_back() {
        let (archivist, store) = archive().await;
        let sue = Reader::supervisor("sue".into());
        for (id, start, contact) in [("r1", 10, "ann"), ("r2", 20, "anna"), ("r3", 30, "ann")] {
            let record = draft(id, start).record(Some(contact.into()), Millis(99));
            store.save_record(&record).await.unwrap();
        }

        let merged = archivist.merge(&"anna".into(), &"ann".into(), &sue).await.unwrap();
        let again = archivist.merge(&"anna".into(), &"ann".into(), &sue).await.unwrap();

        assert_eq!(merged, again);
        assert_eq!(merged.merged, ["anna".into()]);
        assert_eq!(history(&archivist, "ann").await, ["r3", "r2", "r1"]);
        assert_eq!(history(&archivist, "anna").await, ["r3", "r2", "r1"]);
        let anna = archivist.contact(&"anna".into()).await.unwrap();
        assert_eq!(anna.active, Some("ann".into()));

        archivist.unmerge(&"anna".into(), &sue).await.unwrap();
        assert_eq!(history(&archivist, "ann").await, ["r3", "r1"]);
        assert_eq!(history(&archivist, "anna").await, ["r2"]);
    }

    #[actix::test]
    async fn a_history_is_read_page_by_page() {
        let (archivist, store) = archive().await;
        for n in 1..=5 {
            let record = draft(&format!("r{n}"), n).record(Some("ann".into()), Millis(99));
            store.save_record(&record).await.unwrap();
        }

        let first = archivist.history(&"ann".into(), &sue(), None, 2).await.unwrap();
        let second =
            archivist.history(&"ann".into(), &sue(), first.next.as_ref(), 2).await.unwrap();
        let last = archivist.history(&"ann".into(), &sue(), second.next.as_ref(), 2).await.unwrap();

        assert_eq!(ids(&first), ["r5", "r4"]);
        assert_eq!(ids(&second), ["r3", "r2"]);
        assert_eq!((ids(&last), last.next), (vec!["r1".to_owned()], None));
    }

    #[actix::test]
    async fn what_still_runs_is_shown_to_whoever_has_it() {
        let (archivist, store) = archive().await;
        let mut running = draft("r1", 1).record(Some("ann".into()), Millis(99));
        running.content.status = Status::InProcess;
        store.save_record(&running).await.unwrap();
        let (ada, eve) = (Reader::agent("ada".into()), Reader::agent("eve".into()));
        let finder = Reader { running: Running::All, ..eve.clone() };

        for (reader, sees) in [(&ada, true), (&eve, false), (&finder, true), (&sue(), true)] {
            let record = archivist.record(&"r1".into(), reader).await;
            let history = archivist.history(&"ann".into(), reader, None, 9).await.unwrap();
            assert_eq!((record.is_ok(), history.entries.len()), (sees, usize::from(sees)));
        }
    }

    #[actix::test]
    async fn agents_do_not_merge_and_nobody_merges_what_is_not_there() {
        let (archivist, _) = archive().await;
        let (ada, sue) = (Reader::agent("ada".into()), Reader::supervisor("sue".into()));

        let refused = archivist.merge(&"anna".into(), &"ann".into(), &ada).await;
        let unknown = archivist.merge(&"anna".into(), &"nobody".into(), &sue).await;
        let itself = archivist.merge(&"ann".into(), &"ann".into(), &sue).await;

        assert_eq!(refused, Err(Rejection::Lacks(Right::Merge).into()));
        assert_eq!(unknown, Err(Rejection::NoSuchContact("nobody".into()).into()));
        assert_eq!(itself, Err(Rejection::SameContact("ann".into()).into()));
    }

    #[actix::test]
    async fn nothing_that_only_servers_say_is_put_on_a_contact_and_it_can_be_taken_off() {
        let (archivist, store) = archive().await;
        let set = |name: &str| {
            let set = [(name.to_owned(), "x".to_owned())].into();
            AttributeChange { set, ..AttributeChange::default() }
        };
        // As it may have come there before.
        store.change_attributes(&"ann".into(), &set("IsOnline")).await.unwrap();

        for name in ["IsOnline", "ChatServerHost", "GCTI_Chat_AsyncStatus", "ContactId"] {
            let refused = archivist.change_attributes(&"ann".into(), &set(name)).await;
            assert_eq!(refused, Err(Rejection::ReservedAttribute(name.into()).into()));
        }
        let off = AttributeChange { removed: ["IsOnline".into()].into(), ..Default::default() };
        let ann = archivist.change_attributes(&"ann".into(), &off).await.unwrap();
        assert_eq!(ann.attributes, [].into());
    }

    #[actix::test]
    async fn a_contact_that_is_said_is_looked_at_however_many_others_are_like_it() {
        let (archivist, store) = archive().await;
        let set = |name: &str| {
            let set = [("City".to_owned(), name.to_owned())].into();
            AttributeChange { set, ..AttributeChange::default() }
        };
        for n in 0..=MOST_FOUND {
            let (id, created_at) = (ContactId(format!("c{n}")), Millis(2 + n as u64));
            let attributes = set("Paris").set;
            let contact = Contact { id: id.clone(), created_at, attributes };
            let origin = InteractionId(id.0);
            store.create_contact(&NewContact { origin, contact }).await.unwrap();
        }
        let last = ContactId(format!("c{MOST_FOUND}"));
        let record = draft("r1", 1).record(Some(last.clone()), Millis(99));
        store.save_record(&record).await.unwrap();

        let search = async |city: &str| {
            let contacts = Some(vec![last.clone()]);
            let query = RecordQuery { contacts, ..RecordQuery::of(Standing::Agent) };
            let criterion = Criterion(vec![("City".into(), city.into())]);
            ids(&archivist.search(query, &criterion, (None, 9)).await.unwrap())
        };

        assert_eq!(search("PARIS").await, ["r1"]);
        assert_eq!(search("Rome").await, [""; 0]);
    }

    #[actix::test]
    async fn a_remark_sent_again_is_one() {
        let (archivist, store) = archive().await;
        store.save_record(&draft("r1", 1).record(None, Millis(9))).await.unwrap();
        let wish = || RemarkWish {
            key: "k".into(),
            note: Some("called back".into()),
            disposition: Some("solved".into()),
        };
        let ada = Reader::agent("ada".into());

        archivist.remark(&"r1".into(), &ada, wish()).await.unwrap();
        let again = archivist.remark(&"r1".into(), &ada, wish()).await.unwrap();

        assert_eq!(again.remarks.len(), 1);
    }

    #[actix::test]
    async fn a_key_is_its_agents_own_and_names_one_remark() {
        let (archivist, store) = archive().await;
        store.save_record(&draft("r1", 1).record(None, Millis(9))).await.unwrap();
        let wish =
            |note: &str| RemarkWish { key: "k".into(), note: Some(note.into()), disposition: None };
        let (ada, bob) = (Reader::agent("ada".into()), Reader::agent("bob".into()));

        archivist.remark(&"r1".into(), &ada, wish("called back")).await.unwrap();
        let other = archivist.remark(&"r1".into(), &ada, wish("sent a bill")).await;
        let kept = archivist.remark(&"r1".into(), &bob, wish("sent a bill")).await.unwrap();

        assert_eq!(other, Err(Rejection::KeyReused.into()));
        let shown: Vec<_> = kept.remarks.iter().map(|one| (one.by.as_str(), one.name())).collect();
        assert_eq!(shown, [("ada", "k"), ("bob", "k")]);
    }

    async fn archive() -> (Archivist, Arc<InMemory>) {
        let store = Arc::new(InMemory::default());
        for name in ["ann", "anna"] {
            let contact = Contact { id: name.into(), created_at: Millis(1), attributes: [].into() };
            store.create_contact(&NewContact { origin: name.into(), contact }).await.unwrap();
        }
        (Archivist::new(store.clone(), Arc::new(Stopped)), store)
    }

    async fn history(archivist: &Archivist, contact: &str) -> Vec<String> {
        ids(&archivist.history(&contact.into(), &sue(), None, 9).await.unwrap())
    }

    fn sue() -> Reader {
        Reader::supervisor("sue".into())
    }

    fn ids(page: &Page<Remarked>) -> Vec<String> {
        page.entries.iter().map(|entry| entry.record.id.0.clone()).collect()
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Millis {
            Millis(1_000)
        }
    }
}
