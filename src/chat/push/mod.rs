//! Pushes: what a customer who is not connected is told through the server of somebody who looks after
//! him. What he asked for when he started his chat is part of his joining, so it is as old as the chat
//! and survives whatever the chat survives.
//!
//! ```text
//! stored events --Pushes::due--> PushNote --effect--> edge/push (lanes, signatures) --> his receiver
//! his refresh   --Pushes::heard--> nothing more to remind of
//! his connection (CometD) --Pushes::connected, disconnected--> told there, and then again by pushes
//! ```
//!
//! Invariants: what is pushed is what he would see if he asked, and nothing before it is stored; a push
//! waits for nobody and holds up nothing; whoever wants to be sure is reminded until he asks, and what he
//! asks for is the truth (decision 0053).

mod note;
mod pushes;
mod subscription;
#[cfg(test)]
mod tests;

pub use note::{PushNote, Told};
pub use pushes::{Delivered, Pushes};
pub use subscription::{Carrier, Matter, Provider, PushPolicy, Subscription};
