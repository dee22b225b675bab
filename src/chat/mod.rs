//! The life of one chat: who is in it, what was said, when it ends.
//!
//! Everything here is plain data and plain functions. There is no clock, no socket, no store and no
//! actor, so that a test can hold the whole of it in one hand; the actor is the one that all owned
//! things share ([`owned`](crate::owned)).
//!
//! ```text
//! Command --decide--> Decision { events, effects, answer } --Session::fold--> Session
//!                                 stored events --ChatRoom::committed--> listeners, other houses
//! ```
//!
//! Invariants: positions have no gaps; what a viewer may not see ends in [`transcript`]; a wish with
//! a key that is in the log is answered from the log; what another house must know is told from the
//! log until it is confirmed ([`outbox`]).
//!
//! Read in this order: [`event`] and [`participant`] (what can happen, to whom), [`state`] (what is
//! remembered, and of [`bots`]), [`decide`](mod@decide) (the rules), [`transcript`] (what each sees), [`look`]
//! (what one may ask), [`push`] (what goes out to those who are not connected), [`room`].

pub mod answer;
mod attributes;
mod audience;
pub mod bots;
pub mod command;
pub mod decide;
pub mod document;
pub mod door;
pub mod dormancy;
mod draft;
pub mod effect;
pub mod engagement;
pub mod error;
pub mod event;
mod event_id;
#[cfg(test)]
mod histories;
pub mod idle;
pub mod idle_watch;
pub mod line;
pub mod live;
pub mod look;
mod once;
pub mod outbox;
pub mod participant;
pub mod policy;
pub mod presence;
pub mod push;
pub mod rate;
pub mod room;
mod sleep;
pub mod state;
pub mod statistics;
pub mod tally;
#[cfg(test)]
pub mod testing;
mod thing;
pub mod transcript;
pub mod wish;

pub use answer::Answer;
pub use command::Command;
pub use effect::Effect;
pub use error::Rejection;
pub use event::{Event, EventId, Fact, LeaveReason};
pub use look::{Look, Sight};
pub use participant::{Participant, Role, Visibility};
pub use policy::Policy;
pub use room::ChatRoom;
pub use state::Session;
