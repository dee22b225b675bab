//! The store of a single node: SQLite in one data folder. A yes means that it is on the disk.
//!
//! ```text
//! append, open, seal, claim … --write--> bounded queue --> writer: one thread, one connection,
//!                                                          all that waits in one transaction
//! read, locate, claims …      --query--> bounded queue --> readers: a few read-only connections
//! ```
//!
//! Invariants: what changes goes through the writer's queue and happens in its order, so what a dead
//! actor left there cannot slip in after the reading of its successor; nothing is answered before
//! the commit it belongs to; a full disk stops the writer and not the process, and the same work is
//! driven again until it succeeds.
//!
//! To fill another house's door: a file beside [`log`] with its statements and its `TABLES`, a line
//! in [`schema`], and [`EmbeddedStore::write`] and [`EmbeddedStore::query`] for everything else.
//!
//! Read in this order: [`handle`] (what others hold), [`file`](mod@file) (the data folder),
//! [`schema`], [`writer`], [`reader`], `job` (a piece of work in a queue), [`fence`], [`log`],
//! [`owners`], [`alarms`], [`contacts`], [`archive`], [`search`], [`erasure`].

mod job;

pub mod alarms;
pub mod archive;
pub mod contacts;
pub mod erasure;
pub mod error;
pub mod fence;
pub mod file;
pub mod handle;
pub mod health;
pub mod log;
pub mod owners;
pub mod reader;
mod record_rows;
pub mod schema;
pub mod search;
pub mod writer;

#[cfg(test)]
mod tests;

pub use error::{Fault, OpenError};
pub use handle::EmbeddedStore;
pub use health::{Health, Stall};
