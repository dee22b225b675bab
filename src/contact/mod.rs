//! Who the customers are and what was said with them (UCS): contacts, and a record of each
//! interaction that lives longer than the interaction itself.
//!
//! ```text
//! SaveRecord --Historian: who is it? --plan_identification--> found, create, unknown
//!                         --ContactStore::save_record--> Saved { upto, contact } --> the sender
//! ```
//!
//! Invariants: a record never goes back (its cursor only rises), so a report may be told twice and
//! late; what a contact's record says is never changed by what a customer says of himself; who was
//! assigned by hand stays assigned.
//!
//! Read in this order: [`state`] (contacts and records), [`command`] (what is asked of the house),
//! [`identify`] (the rules), [`policy`], [`door`], [`actor`] (the shell).

pub mod actor;
pub mod command;
pub mod door;
pub mod identify;
pub mod policy;
pub mod state;
#[cfg(any(test, debug_assertions))]
pub mod testing;

pub use actor::Historian;
pub use command::{SaveRecord, Saved};
pub use door::ContactStore;
pub use policy::Policy;
pub use state::{Contact, NewContact, Record, RecordDraft};
