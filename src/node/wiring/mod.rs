//! Where houses meet: effects of one become commands of another. One file per house whose effects
//! are carried.
//!
//! Nothing here is sure to arrive, and nothing needs to be: what a house must know, it confirms, and
//! until then it is told again from the log ([`outbox`](crate::chat::outbox)).

mod again;
pub mod bots;
pub mod chat;
pub mod contact;
pub mod day_file;
pub mod esp;
pub mod interaction;
mod letters;
pub mod mail;
pub mod push;
mod report_file;
pub mod told_once;

use crate::base::ThingId;
use crate::chat::Session;
use crate::owned::Thing;

/// The routing domain, which everybody knows by name.
pub fn routing_domain() -> ThingId {
    ThingId::from("routing:Environment")
}

/// Whether a thing that was left open is a session, and not the routing domain.
pub fn is_session(thing: &ThingId) -> bool {
    Session::can_be_named(thing)
}
