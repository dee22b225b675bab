//! Bayeux 1.0 without a wire: what messages mean, what a client is owed, when it is given up. No I/O
//! and no clock in here; time and names that nobody guesses come from outside.
//!
//! Invariants: a client has one connect at a time, and a newer one answers the older; what is for a
//! client leaves in the order in which it came; what waits for it is bounded.
//!
//! Read in this order: [`terms`] (how long, how much), [`channel`] (what there is to speak to),
//! [`message`] (what comes), [`reply`] (what goes), [`client`] (what is remembered of one client),
//! [`browsers`] (whose connections are counted together).

pub mod browsers;
pub mod channel;
pub mod client;
pub mod message;
pub mod reply;
pub mod terms;

#[cfg(test)]
mod tests;

pub use browsers::Browsers;
pub use channel::{Channel, Meta};
pub use client::{Client, Looked, Offered};
pub use message::Incoming;
pub use reply::{Advice, Reply, Text};
pub use terms::Terms;
