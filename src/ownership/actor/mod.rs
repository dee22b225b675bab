//! The shells of ownership: the registry that claims, starts and supervises; the directory, which is
//! the fast way past it; and [`Things`], the one way for everybody else to reach an owned thing.

pub mod arbiters;
pub mod directory;
pub mod registry;
mod take_over;
#[cfg(test)]
mod tests;
pub mod things;

pub use arbiters::Arbiters;
pub use directory::Directory;
pub use registry::{Observe, Registry, RegistrySight};
pub use take_over::Doors;
pub use things::Things;
