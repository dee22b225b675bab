//! ESP: what workflows and other systems may ask of a chat session, with the methods, parameters and
//! results of the guide. Everything here is plain data and plain functions; who fills the [`door`]
//! knows the way to the sessions.
//!
//! ```text
//! Request --read--> Call { session, Task } --(wishes and looks of `chat`)--> Done --> parameters
//!            \--> Fault                                                       \--> Fault
//! ```
//!
//! Invariants: values are texts, and of truths only `true` is one; a parameter that the method does
//! not know is refused, for a slip in `Visibility` would show customers what is not for them; what is
//! said is carried out once for each name of a request; a method either does what it says or answers
//! with a fault.
//!
//! Read in this order: [`method`] (what there is), [`request`] with `bots` and [`parameters`] (reading it),
//! [`pairs`] (lists in a text), [`answer`] and [`fault`], [`door`].

pub mod answer;
mod bots;
pub mod door;
pub mod fault;
pub mod method;
pub mod pairs;
pub mod parameters;
pub mod request;
mod sender;

pub use answer::{Answer, Done};
pub use door::Door;
pub use fault::Fault;
pub use method::Method;
pub use request::{Call, Policy, Request, Task};
