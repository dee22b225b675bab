//! The customer API: REST Chat API v2, as the guide's clients speak it.
//!
//! ```text
//! request --body, form--> Form --reception: whose key?--> Caller --operations--> Command
//!         Command --Things--> stored --transcript::view--> View --wire, reply--> ChatReply
//! ```
//!
//! Invariants: a key, a session and a participant must name the same thing together, and whoever
//! cannot prove it learns nothing about the session; every reply has the same shape; no key and no
//! word of a customer goes into a log.
//!
//! Read in this order: [`route`] (what there is), [`routes`] (the way of one request), [`body`] and
//! [`form`] (what comes), [`keys`] and [`reception`] (who asks), [`create`] and [`operations`] (what
//! is wished), [`chat`] (asking the session), [`wire`] and [`reply`] (what goes), [`openapi`].

pub mod body;
pub mod chat;
pub mod create;
pub mod fault;
pub mod form;
pub mod json;
pub mod keys;
pub mod limiter;
pub mod openapi;
pub mod operations;
pub mod origin;
pub mod pairs;
pub mod reception;
pub mod reply;
pub mod route;
pub mod routes;
pub mod wire;

pub use routes::configure;
