//! A ring of Cassandra nodes as the store of several nodes of ours.
//!
//! ```text
//! connect --> schema (what must be there, what is) --> session (all statements prepared)
//!                                                        |        ^
//!      rows (the protocol's tables)   contacts, records, members  +-- reach: does it answer?
//!                                                                 +-- current: whom do we talk to?
//! ```
//!
//! Invariants: every statement has a consistency of its own, a quorum, and may be driven again with
//! the same values; nothing here decides what follows from what was read; a statement that was not
//! answered may have taken place or may yet.
//!
//! Read in this order: [`connect`], [`schema`], [`session`], [`statements`], [`rows`].

pub mod archive;
pub mod archive_statements;
pub mod attributes;
pub mod claims;
pub mod connect;
mod contact_row;
pub mod contacts;
pub mod current;
pub mod days;
pub mod erasure;
pub mod failure;
pub mod histories;
pub mod leftovers;
pub mod members;
pub mod notes;
mod preparing;
pub mod reach;
pub mod records;
pub mod rows;
pub mod schema;
pub mod search;
pub mod session;
pub mod statements;
pub mod sweep;
pub mod thread;
pub mod timeuuid;

pub use connect::{ConnectError, Link, Patience};
pub use contacts::CassandraContacts;
pub use members::CassandraMembers;
pub use rows::CassandraRows;
pub use session::{CassandraSession, OpenError};
