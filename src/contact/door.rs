//! The door to what is kept of contacts. Every operation can be driven again: it then finds what it
//! left and says the same.

use crate::base::{ContactId, InteractionId, Millis, Position};
use crate::contact::erasure::Proof;
use crate::contact::error::Unsearchable;
use crate::contact::history::{Page, Place};
use crate::contact::identify::Criterion;
use crate::contact::remark::Remark;
use crate::contact::search::RecordQuery;
use crate::contact::state::Words;
use crate::contact::state::{AttributeChange, Contact, NewContact, Record};
use crate::owned::StoreFuture;

pub trait ContactStore: Send + Sync {
    /// Contacts that meet the criterion in each of its attributes, the oldest first, at most so
    /// many. Values are compared as [`folded`](crate::contact::identify::folded).
    fn candidates(&self, criterion: &Criterion, most: usize) -> StoreFuture<Vec<Contact>>;

    fn contact(&self, id: &ContactId) -> StoreFuture<Option<Contact>>;

    /// Makes a contact, and tells its id. If one was made for the same record before, that one. Two
    /// who make one for the same record at once give it the same id and the same time, and may know
    /// different things of it.
    fn create_contact(&self, new: &NewContact) -> StoreFuture<ContactId>;

    /// Keeps a record, unless one with the same or a higher cursor is kept already, or it was erased.
    /// A contact that the kept record has stays; otherwise it gets the given one, whatever the cursor.
    fn save_record(&self, record: &Record) -> StoreFuture<Kept>;

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>>;

    /// The records of a contact by their start, the newest first, and those of one time by their
    /// names; from the one after a place, at most so many.
    fn records_of(
        &self,
        contact: &ContactId,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Vec<Record>>;

    /// Gives a record to a contact, whoever had it. A record that is not there is left alone.
    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()>;

    /// Changes what is known of a contact, and tells how it is then; of one that was erased, or is
    /// just being, nothing is known. Of two changes of one contact at the same moment a ring may keep
    /// one alone.
    fn change_attributes(
        &self,
        contact: &ContactId,
        change: &AttributeChange,
    ) -> StoreFuture<Option<Contact>>;
}

/// What people put on records.
pub trait RemarkStore: Send + Sync {
    /// Keeps a remark. One of the same record and key that is kept already stays as it is, and on a
    /// record that was erased, or is just being, nothing is kept.
    fn add_remark(&self, record: &InteractionId, remark: &Remark) -> StoreFuture<()>;

    /// All remarks of a record, the oldest first.
    fn remarks(&self, record: &InteractionId) -> StoreFuture<Vec<Remark>>;
}

/// Which contacts stand for which.
pub trait MergeStore: Send + Sync {
    /// Makes one contact point to another, wherever it pointed before.
    fn merge(&self, contact: &ContactId, into: &ContactId) -> StoreFuture<()>;

    /// Makes a contact point to nobody.
    fn unmerge(&self, contact: &ContactId) -> StoreFuture<()>;

    fn merged_into(&self, contact: &ContactId) -> StoreFuture<Option<ContactId>>;

    /// Who points to this one, by their names.
    fn merged(&self, into: &ContactId) -> StoreFuture<Vec<ContactId>>;
}

/// What finds records.
pub trait RecordSearch: Send + Sync {
    /// Lets a record be found by its words, unless those of the same or a higher cursor are known. A
    /// store without full text does nothing.
    fn index(&self, record: &InteractionId, upto: Position, words: &Words) -> StoreFuture<()>;

    /// Records that fit, as in a history. A page may have fewer than there are; it says where to look
    /// on.
    fn search(
        &self,
        query: &RecordQuery,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Result<Page<Record>, Unsearchable>>;
}

/// What is forgotten for ever.
pub trait ErasureStore: Send + Sync {
    /// Deletes a record with all that people put on it and all that finds it. It is never written
    /// again, whoever tries. What was said in the chat itself is purged soon, if it is over.
    fn erase_record(&self, record: &InteractionId, now: Millis) -> StoreFuture<()>;

    fn is_erased(&self, record: &InteractionId) -> StoreFuture<bool>;

    /// Deletes a contact with all that finds it and all its pointers; its records are not touched.
    fn erase_contact(&self, contact: &ContactId) -> StoreFuture<()>;

    /// Keeps a proof, in place of an earlier one with the same id and beginning.
    fn keep_proof(&self, proof: &Proof) -> StoreFuture<()>;

    /// The newest first, at most so many.
    fn proofs(&self, most: usize) -> StoreFuture<Vec<Proof>>;

    /// Records of a tenant whose interactions ended before a time; some of them, if there are any, and
    /// where to look on when they are erased. The first round begins from 0, a later one from where the
    /// one before has left something.
    fn outlived(
        &self,
        tenant: &str,
        ended_before: Millis,
        from: Millis,
        most: usize,
    ) -> StoreFuture<Outlived>;
}

/// Some of the records whose time is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlived {
    pub records: Vec<InteractionId>,
    /// Where the store looks on, which it alone understands; nothing if it has looked at all.
    pub next: Option<Millis>,
    /// As far as it has looked: before this nothing of the tenant is left that may yet outlive its time.
    /// It is not before `from`.
    pub rest: Millis,
}

/// Everything that is kept of contacts.
pub trait Archive: ContactStore + RemarkStore + MergeStore + RecordSearch + ErasureStore {}

impl<S: ContactStore + RemarkStore + MergeStore + RecordSearch + ErasureStore> Archive for S {}

/// What a store holds of a record after a saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub upto: Position,
    pub contact: Option<ContactId>,
    /// It was erased, so nothing of it is kept, and nothing may be made for it.
    pub is_erased: bool,
}
