//! Who the customers are and what was said with them (UCS): contacts, and a record of each
//! interaction that lives longer than the interaction itself.
//!
//! ```text
//! SaveRecord --Historian: who is it? --plan_identification--> found, create, unknown
//!                         --ContactStore::save_record--> Saved { upto, contact } --> the sender
//! people --Archivist: contacts, histories, remarks, merges, by the same doors
//! ```
//!
//! Invariants: a record never goes back (its cursor only rises), so a report may be told twice and
//! late; what a contact's record says is never changed by what a customer says of himself; who was
//! assigned by hand stays assigned; what people put on a record is added and never changed; a merge
//! moves nothing, so it can be taken back.
//!
//! Read in this order: [`state`] (contacts and records), [`command`] (what is asked of the house),
//! [`identify`] (the rules), [`policy`], [`remark`], [`merge`], [`history`], [`search`], [`erasure`],
//! [`response`] with [`field_codes`], [`reader`] (who may what),
//! [`door`], [`archivist`] with [`forget`] (what people ask), [`actor`] (the shell).

pub mod actor;
pub mod archivist;
pub mod command;
pub mod door;
pub mod erasure;
pub mod error;
pub mod field_codes;
pub mod forget;
pub mod history;
pub mod identify;
pub mod merge;
pub mod policy;
pub mod reader;
pub mod remark;
pub mod response;
pub mod right;
pub mod search;
mod size;
pub mod state;
#[cfg(any(test, debug_assertions))]
pub mod testing;

pub use actor::Historian;
pub use archivist::Archivist;
pub use command::{SaveRecord, Saved};
pub use door::{Archive, ContactStore};
pub use policy::Policy;
pub use reader::Reader;
pub use state::{Contact, NewContact, Record, RecordDraft};
