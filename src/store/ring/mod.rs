//! The ownership protocol on a ring of replicas: what is written and read in which order, over any
//! store that keeps the tables ([`rows`]). The real one is Cassandra; the simulation has one of its
//! own ([`emulator`]).
//!
//! ```text
//! Log<T>, OwnerTable  <-- implements --  RingStore:  log, owners
//!                                          |  open:   fence the lower claims, then restore
//!                                          |  seal:   header, verify, then clean up behind
//!                                          |  append: events, verify
//!                                          v
//!                       verifier (one read of a lane serves all)    redrive (until it is a yes)
//!                                          |                            |
//!                                          +----------> Rows <----------+
//! ```
//!
//! Invariants: nothing is answered before a look at the own lane that *began* after the writing was
//! acknowledged; a process writes only under claims that it holds and has not begun to give up; a
//! write of unknown outcome is driven again as it was; nothing is deleted before what supersedes it
//! was verified; what belongs to none of the claims that were read is ignored.
//!
//! Read in this order: [`rows`], [`holdings`] (which claims this process holds), [`verifier`],
//! [`redrive`], [`store`], [`log`], [`restore`], [`clean`], [`owners`], [`alarms`].

pub mod alarms;
pub mod clean;
pub mod emulator;
pub mod holdings;
pub mod hours;
pub mod log;
pub mod owners;
#[cfg(any(test, debug_assertions))]
pub mod processes;
pub mod redrive;
pub mod restore;
pub mod rows;
pub mod store;
pub mod verifier;

#[cfg(test)]
mod tests;

pub use store::RingStore;
