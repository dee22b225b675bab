//! Holdfast: the chat server that never drops a conversation.
//!
//! Read `ARCHITECTURE.md` first. The houses, from the bottom up: [`base`] (words), [`owned`] (what
//! every owned thing shares), [`chat`], [`interaction`], [`ownership`], [`webhook`], [`bot`], [`esp`],
//! [`workflow`], [`store`], [`edge`].

pub mod base;
pub mod bot;
pub mod chat;
pub mod cli;
pub mod config;
pub mod contact;
pub mod edge;
pub mod esp;
pub mod interaction;
pub mod node;
pub mod owned;
pub mod ownership;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod webhook;
pub mod workflow;
