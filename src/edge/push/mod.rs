//! Pushes on their way out: what a session has to tell a customer's receiver or device, in the form that it
//! knows, over as many lanes as its operator allows.
//!
//! ```text
//! PushNote --Courier: provider, lane of the session--> Teller --form--> JSON --Messenger--> the receiver
//!                                                             --mobile::alert--> Fcm, Apns --> the device
//! ```
//!
//! Invariants: nobody waits for a receiver; those of one session reach it in their order; a slow one costs
//! only those who go to it, and no more memory than its queue. A receiver is told nothing twice from here:
//! what must be is the session's to say again. A service for mobile devices is asked again when it cannot
//! take something yet, as it documents.
//!
//! Read in this order: [`form`], [`mobile`] (what is told, and how), [`outcome`] (what became of it),
//! [`rest`], [`put_off`], [`lane`] (who waits for how long, behind whom), [`carrier`], [`courier`] (how it gets
//! there).

pub mod carrier;
pub mod courier;
pub mod form;
pub mod lane;
pub mod mobile;
pub mod outcome;
pub mod put_off;
pub mod rest;

pub use carrier::Means;
pub use courier::{Courier, Route, Unreachable};
pub use form::Writer;
