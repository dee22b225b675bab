//! Durable data: fills the doors that the houses define (`door.rs` of each), and knows nothing of
//! what the words in it mean.
//!
//! ```text
//! Log<T>, OwnerTable, …  <-- implements --  embedded (one node: SQLite, one writer thread)
//!        ^                                   ring (the protocol) over cassandra (its tables)
//!        +-- contract: what every store must keep, one file per door, run against each store
//! ```
//!
//! Invariants: a yes means that it is on the disk; a write under a claim that is not the newest opened
//! one changes nothing; nobody learns from a store that something failed for sure.
//!
//! Read in this order: `contract` (the promises, as tests), [`embedded`], [`ring`], [`cassandra`].

mod body;
pub mod cassandra;
#[cfg(any(test, debug_assertions))]
pub mod contract;
pub mod embedded;
pub mod ring;
pub mod sum;

pub use embedded::{EmbeddedStore, Health, OpenError};
pub use sum::Store;
