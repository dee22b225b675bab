//! The link from node to node: calls, their answers, and news, over mutual TLS. What they say is
//! known only to the two ends (`ownership`); the link carries bytes. Everything on it is a hint.
//!
//! ```text
//! PeerLinks ── Link (one per node: dials, keeps, dials again) ── Line ═══ Guest ── Callee
//!   call         link.rs                                       line.rs    routes.rs
//!   listen
//! ```
//!
//! Each node dials each other one for its own calls, so there are two connections between two
//! nodes. Invariants: a connection that does not answer pings is broken, and with it every call on
//! it; memory is bounded at both ends, whatever the other end does; what is told twice or lost here
//! is put right by the store.
//!
//! Read in this order: [`terms`] (who we are, how long, how much), [`wire`] (the frames),
//! [`transport`] and [`mutual`] (streams), [`greeting`]; what both ends of a connection do:
//! [`framing`], [`pulse`], [`outbox`], [`connection`]; who asks: [`mod@line`], [`link`], [`links`];
//! who
//! answers: [`routes`], [`listenings`].

pub mod connection;
pub mod framing;
pub mod greeting;
pub mod line;
pub mod link;
pub mod links;
pub mod listenings;
pub mod mutual;
pub mod outbox;
pub mod pulse;
pub mod routes;
pub mod seldom;
pub mod terms;
pub mod transport;
pub mod wire;

#[cfg(test)]
mod tests;

pub use link::LinkState;
pub use links::PeerLinks;
pub use mutual::{Current, Mutual};
pub use terms::{Limits, Pace, PeerConfig};
pub use transport::{Arrival, Named, Stream, Transport, TransportFuture};
