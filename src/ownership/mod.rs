//! Who owns what: claims, fences, restoration, and the registry that supervises every owned thing of
//! this node. What is owned is a type parameter ([`Thing`](crate::owned::Thing)); the same claims
//! fence a chat session and a routing domain.
//!
//! ```text
//! locate → plan_route → claim → claims → plan_fences → open (fence, restore) → seal (verify) → active
//! ```
//!
//! Invariants: a thing is never served under an old claim; a claim is used only after its seal was
//! verified; an actor that panicked is replaced through a new claim and a replay, never continued.
//!
//! Read in this order: [`claim`] (the rules), [`door`] (the tables), [`restoration`] (for whom),
//! [`membership`] (who lives), [`placement`] (who is next), [`alarm`] (what sleeps), [`peers`] (the way
//! to other nodes), `actor` (registry, directory, and the one way to reach a thing).

pub mod actor;
pub mod alarm;
pub mod claim;
pub mod contest;
pub mod door;
pub mod drain;
pub mod error;
pub mod membership;
pub mod peers;
pub mod placement;
pub mod restoration;

pub use error::{Absent, Unanswered};
