//! Puts one node together: policies from the configuration, the store behind the doors, the actors,
//! the edges; carries effects from house to house; starts, and stops in order.
//!
//! [`run`] is the life of a node; [`wiring`] the only place where houses meet.

pub mod backend;
pub mod certificates;
pub mod clock;
pub mod cluster;
pub mod error;
pub mod footing;
pub mod houses;
pub mod listeners;
pub mod open_files;
pub mod orphans;
pub mod policies;
pub mod queue_lines;
pub mod responses;
pub mod run;
pub mod scopes;
pub mod secrets;
pub mod upkeep;
pub mod wiring;
pub mod workflow;
pub mod world;

pub use error::StartError;
pub use run::{End, Node, ToldToStop};
