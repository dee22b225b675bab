//! The shells of ownership: the registry that claims, starts and supervises; the directory, which is
//! the fast way past it; and [`Things`], the one way for everybody else to reach an owned thing.

pub mod arbiters;
pub mod directory;
pub mod heart;
pub mod registry;
mod take_over;
pub mod things;

pub use arbiters::Arbiters;
pub use directory::Directory;
pub use heart::{Birth as HeartBirth, Heart};
pub use registry::{Close, Observe, Open, Reached, Registry, RegistrySight};
pub use take_over::{Doors, Origin};
pub use things::Things;
