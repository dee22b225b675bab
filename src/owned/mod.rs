//! What every owned thing shares, whether it is a chat session or a routing domain: pure rules, a
//! log that nobody writes without a [`Claim`](crate::base::Claim), and one actor that stores what
//! was decided, folds it in and carries the effects out, always in this order.
//!
//! ```text
//! Command --Thing::decide--> Decision { events, effects, answer }
//!            --Log::append--> stored --Thing::apply--> state --Room::committed--> listeners
//!                                                           --Shell::carry_out--> other houses
//! ```
//!
//! Invariants: nothing is acknowledged, shown or counted before it is stored; one append of a thing
//! is on its way at a time; readers never wait for the store; an actor that is fenced ends and
//! nobody hears of it.
//!
//! Read in this order: [`thing`] (the rules' side), [`door`] (the log), [`actor`] (the shell).

pub mod actor;
pub mod door;
pub mod error;
pub mod thing;

pub use actor::{
    Attend, Birth, Cause, Died, Fence, LetGo, NotQuiet, OwnedActor, Past, Perform, PerformAndLook,
    Remains, Renew, Shell, aside,
};
pub use door::{Entry, Header, History, Log, StoreError, StoreFuture};
pub use error::Refusal;
pub use thing::{Decision, Ear, Hearing, Listener, Recorded, Repeat, Room, Scene, Sleep, Thing};
