//! Workflow: what becomes of an interaction until an agent has it, and after he has let it go.
//!
//! A [`Process`] is data that people write: queues with views, workbins, and strategies, each a graph
//! of named blocks. A view takes interactions out of its queue and gives them to a strategy. What a
//! strategy has come to with one interaction is a [`Script`]: small data, stored with the interaction,
//! so that any node can go on with it.
//!
//! ```text
//!            view                 step                     wishes
//!  queue ------------> Script ------------> Script, ... ------------> Interaction Server
//!    ^                   ^                                                |  (place, route, stop)
//!    |                   +---- Happening: answered, routed, time passed --+  ESP, bots
//!    +---------------------------------- queue block ---------------------+
//! ```
//!
//! [`step`] is pure: it goes from block to block until one waits or ends, says what it wishes of the
//! world, and nothing else. It never fails: what goes wrong in a block leads to an error port, and
//! what no port is there for makes the script pause and complain.
//!
//! *A changed process.* A script names its strategy and its block. If there is no such block any
//! more, or it waits for what that block does not wait for, the strategy begins again with the
//! variables it has: not at its error port, since that ends chats, and a chat is not to blame for an
//! edit. If the strategy itself is gone, the script pauses, complains and looks again each minute. A
//! block that is already waiting goes on waiting for what it has asked; changed parameters hold from
//! the next time on.
//!
//! Read in this order: [`strategy`] (what can be written, and what is wrong with it), [`command`]
//! (what can happen), [`effect`] (what is wished), [`state`], [`decide`], [`rehearsal`] (both as a script).

pub mod command;
pub mod decide;
pub mod effect;
pub mod rehearsal;
pub mod state;
pub mod strategy;

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod support;

pub use command::{Brief, Happening};
pub use decide::{Step, Taking, looks_at_time, step, view_for};
pub use effect::{EspRequest, RoutingRequest, Wish};
pub use state::Script;
pub use strategy::{Finding, Process, Reading, Selection, Severity, Target, View};
