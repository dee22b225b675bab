//! Telling a program elsewhere something over HTTP: what bots and receivers of pushes have in common.
//!
//! Invariants: whose address is asked is the operator's word alone, and no redirection is followed; what
//! is sent carries a time and a print that nobody else can make; nobody is waited for longer than agreed.
//!
//! Read in this order: [`signature`] (how a receiver knows who speaks), [`verdict`] (what an answer
//! means), [`actor`] (the way out).

pub mod actor;
pub mod signature;
pub mod verdict;

pub use actor::{Messenger, Reaction};
