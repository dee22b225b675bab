//! Puts one node together: policies from the configuration, the store behind the doors, the actors,
//! the edges; carries effects from house to house; starts, and stops in order.
//!
//! [`run`] is the life of a node; [`wiring`] the only place where houses meet.

pub mod certificates;
pub mod houses;
pub mod listeners;
pub mod policies;
pub mod run;
pub mod secrets;
pub mod wiring;
pub mod world;

pub use run::{Node, StartError, ToldToStop};
