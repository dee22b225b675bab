//! The shells of ownership: the registry that claims, starts and supervises; the directory, which is
//! the fast way past it; [`Things`], the one way for everybody else to reach an owned thing, here or
//! on another node; and the [`Switchboard`], which answers other nodes.

pub mod arbiters;
mod asking;
mod closed;
pub mod directory;
mod elsewhere;
mod hand_on;
pub mod heart;
mod intake;
mod legacy;
mod moves;
mod open;
pub mod place;
mod recheck;
pub mod registry;
mod remote;
mod repair;
mod search;
mod sightings;
mod sleep;
pub mod switchboard;
mod take_over;
mod taking;
pub mod things;
pub mod watch;

pub use arbiters::Arbiters;
pub use directory::{Directory, Reached};
pub use hand_on::HandOn;
pub use heart::{Birth as HeartBirth, Heart};
pub use moves::NotMoved;
pub use open::{Open, Rouse};
pub use place::{NotTaken, Place, Taken, Takers};
pub use recheck::Hold;
pub use registry::{Close, Fenced, Observe, Registry, RegistrySight, RenewClaim};
pub use switchboard::Switchboard;
pub use take_over::{Doors, Origin};
pub use taking::{CLAIMED, Doubts, PeerTakers, Purge};
pub use things::Things;
pub use watch::Watch;
