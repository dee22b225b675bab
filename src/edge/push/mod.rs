//! Pushes on their way out: what a session has to tell a customer's receiver, in the form that receivers
//! know, over as many lanes as its operator allows.
//!
//! ```text
//! PushNote --Courier: provider, lane of the session--> Teller --form--> JSON --Messenger--> the receiver
//! ```
//!
//! Invariants: nobody waits for a receiver; those of one session reach it in their order; a slow one costs
//! only those who go to it, and no more memory than its queue; nothing is told twice from here: what must
//! be is the session's to say again.
//!
//! Read in this order: [`form`] (what is told), [`courier`] (how it gets there).

pub mod courier;
pub mod form;

pub use courier::{Courier, Route};
pub use form::Writer;
