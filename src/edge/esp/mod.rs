//! ESP over HTTP, for systems outside of this program that act on chat sessions.
//! `docs/api/esp.md` explains it to those who use it.
//!
//! ```text
//! request --clients: who asks?--> --body--> Request --Door--> Answer | Fault --reply--> JSON
//! ```
//!
//! Invariants: nobody is served who has not proved himself, and who guesses is slowed down; the size
//! of a request and the pace of a client have limits; the same [`Door`](crate::esp::Door) serves the
//! strategies of this program, so there is one way for both.
//!
//! Read in this order: [`routes`], [`clients`], [`body`], [`reply`], [`openapi`].

pub mod body;
pub mod clients;
pub mod openapi;
pub mod reply;
pub mod routes;

pub use routes::{Api, configure};
