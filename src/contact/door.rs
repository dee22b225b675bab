//! The door to what is kept of contacts. Every operation can be driven again: it then finds what it
//! left and says the same.

use crate::base::{ContactId, InteractionId, Position};
use crate::contact::identify::Criterion;
use crate::contact::state::{Contact, NewContact, Record};
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

    /// Keeps a record, unless one with the same or a higher cursor is kept already. A contact that
    /// the kept record has stays; otherwise it gets the given one, whatever the cursor.
    fn save_record(&self, record: &Record) -> StoreFuture<Kept>;

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>>;

    /// The records of a contact by their start, the newest first, at most so many.
    fn records_of(&self, contact: &ContactId, most: usize) -> StoreFuture<Vec<Record>>;

    /// Gives a record to a contact, whoever had it. A record that is not there is left alone.
    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()>;
}

/// What a store holds of a record after a saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub upto: Position,
    pub contact: Option<ContactId>,
}
