//! What a person may ask of the house by law: everything that is kept of him, and that it be forgotten.
//! And what goes by itself, because its time is over.

use crate::base::{AgentId, ContactId, Millis};
use crate::contact::archivist::{Archivist, KnownAs, Remarked};
use crate::contact::door::Outlived;
use crate::contact::erasure::{Counts, Proof, check_over};
use crate::contact::error::Unserved;
use crate::contact::history::{Page, Place, page};
use crate::contact::merge::{active_of, faces_of};
use crate::contact::reader::Reader;
use crate::contact::right::Right;
use crate::contact::state::Record;
use crate::owned::StoreError;
use std::time::Duration;

/// How many records are read at once.
const AT_ONCE: usize = 100;

/// How many proofs are told at once.
const MOST_PROOFS: usize = 1_000;

/// A page of everything that is kept of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub at: Millis,
    pub by: AgentId,
    /// All of them, with every page.
    pub contacts: Vec<KnownAs>,
    /// The newest first.
    pub records: Page<Remarked>,
}

/// What one look for records whose time is over has brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    pub n_records: usize,
    /// Where this round goes on; nothing if it has looked at all.
    pub next: Option<Millis>,
    /// Before it there was nothing that the next round would have to look at.
    pub rest: Millis,
}

impl Archivist {
    /// Everything about a contact and all that are one with it; of their records those after a place, at
    /// most so many, however long his history is.
    pub async fn export(
        &self,
        id: &ContactId,
        reader: &Reader,
        (after, most): (Option<&Place>, usize),
    ) -> Result<Export, Unserved> {
        reader.insist(Right::Export)?;
        self.existing(id).await?;
        let (mut contacts, mut parts) = (vec![], vec![]);
        for face in self.faces_around(id).await? {
            contacts.push(self.contact(&face).await?);
            parts.push(self.store.records_of(&face, after, most + 1).await?);
        }
        let Page { entries, next } = page(parts, most);
        let mut records = Page { entries: vec![], next };
        for record in entries {
            records.entries.push(self.remarked(record).await?);
        }
        Ok(Export { at: self.clock.now(), by: reader.agent.clone(), contacts, records })
    }

    /// Forgets a contact and all that are one with it. The contact itself goes last: whoever asks
    /// again after a failure goes on where it stopped.
    pub async fn erase(
        &self,
        id: &ContactId,
        reader: &Reader,
        proof: String,
    ) -> Result<Proof, Unserved> {
        reader.insist(Right::Erase)?;
        self.existing(id).await?;
        let faces = self.faces_around(id).await?;
        let records = self.records_over(&faces).await?;
        let mut proof = Proof {
            id: proof,
            contact: id.clone(),
            by: reader.agent.clone(),
            begun_at: self.clock.now(),
            done_at: None,
            counts: self.count(&faces, &records).await?,
        };
        self.store.keep_proof(&proof).await?;
        self.erase_records(&records).await?;
        // What began while the others were erased must not lose its contact, and stay.
        let late = self.records_over(&faces).await?;
        proof.counts.records += n(late.len());
        self.erase_records(&late).await?;
        // The one that was asked for is the last to go.
        for face in faces.iter().filter(|face| *face != id).chain([id]) {
            self.store.erase_contact(face).await?;
        }
        proof.done_at = Some(self.clock.now());
        self.store.keep_proof(&proof).await?;
        tracing::info!(proof = proof.id, contact = %id, counts = ?proof.counts, "a contact was erased");
        Ok(proof)
    }

    pub async fn proofs(&self, reader: &Reader) -> Result<Vec<Proof>, Unserved> {
        reader.insist(Right::Erase)?;
        Ok(self.store.proofs(MOST_PROOFS).await?)
    }

    /// Erases records of a tenant whose interactions ended so long ago; some of them. Says how many, where
    /// to go on, if there may be more, and from where the next round begins. The first begins from 0.
    pub async fn erase_outlived(
        &self,
        tenant: &str,
        keep: Duration,
        from: Millis,
    ) -> Result<Erased, StoreError> {
        let now = self.clock.now();
        let outlived = self.store.outlived(tenant, now - keep, from, AT_ONCE).await?;
        for record in &outlived.records {
            self.store.erase_record(record, now).await?;
        }
        let Outlived { records, next, rest } = outlived;
        Ok(Erased { n_records: records.len(), next, rest })
    }

    /// All records of some contacts, if none of their chats runs.
    async fn records_over(&self, faces: &[ContactId]) -> Result<Vec<Record>, Unserved> {
        let mut records = Vec::new();
        for face in faces {
            records.extend(self.all_records(face).await?);
        }
        check_over(&records)?;
        Ok(records)
    }

    async fn erase_records(&self, records: &[Record]) -> Result<(), StoreError> {
        for record in records {
            self.store.erase_record(&record.id, self.clock.now()).await?;
        }
        Ok(())
    }

    /// A contact with all that are one with it.
    async fn faces_around(&self, id: &ContactId) -> Result<Vec<ContactId>, StoreError> {
        let active = active_of(&*self.store, id).await?;
        faces_of(&*self.store, &active).await
    }

    async fn all_records(&self, face: &ContactId) -> Result<Vec<Record>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None::<Place>);
        loop {
            let some = self.store.records_of(face, after.as_ref(), AT_ONCE).await?;
            let is_last = some.len() < AT_ONCE;
            after = some.last().map(Place::of);
            all.extend(some);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn count(&self, faces: &[ContactId], records: &[Record]) -> Result<Counts, StoreError> {
        let mut counts = Counts { contacts: n(faces.len()), records: n(records.len()), remarks: 0 };
        for record in records {
            counts.remarks += n(self.store.remarks(&record.id).await?.len());
        }
        Ok(counts)
    }
}

fn n(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Clock;
    use crate::contact::door::{ContactStore, ErasureStore, MergeStore, RemarkStore};
    use crate::contact::error::Rejection;
    use crate::contact::remark::Remark;
    use crate::contact::state::{Contact, NewContact, Status};
    use crate::contact::testing::{InMemory, draft};
    use std::sync::Arc;

    #[actix::test]
    async fn a_person_is_forgotten_with_all_his_contacts_and_a_proof_stays() {
        let (archivist, store) = archive().await;
        let sue = Reader::supervisor("sue".into());

        let proof = archivist.erase(&"ann".into(), &sue, "p1".into()).await.unwrap();

        assert_eq!(proof.counts, Counts { contacts: 2, records: 3, remarks: 1 });
        assert_eq!((proof.by.as_str(), proof.done_at), ("sue", Some(Millis(1_000))));
        assert_eq!(archivist.proofs(&sue).await.unwrap(), [proof]);
        for contact in ["ann", "anna"] {
            assert_eq!(store.contact(&contact.into()).await, Ok(None), "{contact}");
            assert_eq!(store.records_of(&contact.into(), None, 9).await, Ok(vec![]));
        }
        assert!(store.record(&"other".into()).await.unwrap().is_some());
        let again = archivist.erase(&"ann".into(), &sue, "p2".into()).await;
        assert_eq!(again, Err(Rejection::NoSuchContact("ann".into()).into()));
    }

    #[actix::test]
    async fn while_a_chat_runs_nothing_is_forgotten() {
        let (archivist, store) = archive().await;
        let mut runs = draft("runs", 9).record(Some("anna".into()), Millis(9));
        runs.content.status = Status::InProcess;
        store.save_record(&runs).await.unwrap();

        let sue = Reader::supervisor("sue".into());
        let refused = archivist.erase(&"ann".into(), &sue, "p1".into()).await;

        assert_eq!(refused, Err(Rejection::StillRunning(vec!["runs".into()]).into()));
        assert!(store.record(&"one".into()).await.unwrap().is_some());
        assert_eq!(store.proofs(9).await, Ok(vec![]));
    }

    #[actix::test]
    async fn an_export_has_everything_and_agents_get_none() {
        let (archivist, _) = archive().await;
        let sue = Reader::supervisor("sue".into());

        let (mut pages, mut after) = (vec![], None);
        loop {
            let part = (after.as_ref(), 2);
            let export = archivist.export(&"anna".into(), &sue, part).await.unwrap();
            assert_eq!(export.contacts.len(), 2);
            after.clone_from(&export.records.next);
            pages.push(export.records.entries);
            if after.is_none() {
                break;
            }
        }

        let ids = |page: &[Remarked]| -> Vec<String> {
            page.iter().map(|kept| kept.record.id.0.clone()).collect()
        };
        assert_eq!(
            pages.iter().map(|page| ids(page)).collect::<Vec<_>>(),
            [vec!["three", "two"], vec!["one"]]
        );
        assert_eq!(pages[1][0].remarks.len(), 1);
        let ada = Reader::agent("ada".into());
        let refused = archivist.export(&"ann".into(), &ada, (None, 9)).await;
        assert_eq!(refused, Err(Rejection::Lacks(Right::Export).into()));
        let refused = archivist.erase(&"ann".into(), &ada, "p".into()).await;
        assert_eq!(refused, Err(Rejection::Lacks(Right::Erase).into()));
    }

    #[actix::test]
    async fn what_is_over_for_long_goes_and_the_contact_stays() {
        let (archivist, store) = archive().await;
        let keep = Duration::from_millis(1_000 - 3);

        let erased = archivist.erase_outlived("Environment", keep, Millis(0)).await.unwrap();

        assert_eq!((erased.n_records, erased.next), (1, None), "the first ended at 2");
        assert_eq!(store.record(&"one".into()).await, Ok(None));
        assert!(store.record(&"two".into()).await.unwrap().is_some());
        assert!(store.contact(&"ann".into()).await.unwrap().is_some());
        let elsewhere = archivist.erase_outlived("elsewhere", keep, Millis(0)).await.unwrap();
        assert_eq!((elsewhere.n_records, elsewhere.next), (0, None));
    }

    async fn archive() -> (Archivist, Arc<InMemory>) {
        let store = Arc::new(InMemory::default());
        for name in ["ann", "anna"] {
            let contact = Contact { id: name.into(), created_at: Millis(1), attributes: [].into() };
            store.create_contact(&NewContact { origin: name.into(), contact }).await.unwrap();
        }
        for (id, at, contact) in
            [("one", 1, "ann"), ("two", 2, "anna"), ("three", 3, "ann"), ("other", 4, "bob")]
        {
            let record = draft(id, at).record(Some(contact.into()), Millis(99));
            store.save_record(&record).await.unwrap();
        }
        let remark = Remark {
            key: "k".into(),
            at: Millis(5),
            by: "ada".into(),
            note: Some("a note".into()),
            disposition: None,
        };
        store.add_remark(&"one".into(), &remark).await.unwrap();
        store.merge(&"anna".into(), &"ann".into()).await.unwrap();
        (Archivist::new(store.clone(), Arc::new(Stopped)), store)
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Millis {
            Millis(1_000)
        }
    }
}
