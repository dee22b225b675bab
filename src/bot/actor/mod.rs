//! The way out to bots.

pub mod webhook;

pub use webhook::Webhook;
