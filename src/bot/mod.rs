//! The bot gateway: what a bot is told, over signed webhooks or in this program, and what it may do.
//!
//! ```text
//! BotReport --delivery--> JSON --actor/webhook (signed, again and again)--> the bot
//!                    \--> sample                                              |
//! BotWish::Turn <--------------------- acts <--------answer-------------------+
//! ```
//!
//! Invariants: an answer that cannot be understood whole is not carried out in part; the state of a bot is
//! the session's, not the gateway's. How it is told is the matter of [`webhook`](crate::webhook).
//!
//! Read in this order: [`policy`] (which bots there are), [`delivery`] and [`answer`] (the contract),
//! [`retry`], [`sample`], [`actor`] (the way out), [`report`] (one record per bot's work).

pub mod actor;
pub mod answer;
pub mod delivery;
pub mod policy;
pub mod report;
pub mod retry;
pub mod sample;
#[cfg(test)]
mod tests;

pub use delivery::Delivery;
pub use policy::{BotPolicy, Means, WebhookPolicy};
