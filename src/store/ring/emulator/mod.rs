//! A ring for simulations: three replicas in this process, behind the same door as the real tables.
//!
//! ```text
//! Link (one per process: may be cut, slow, forgetful)  --rows, with stamps-->  three replicas
//!                                                      <--merge of any two---
//! ```
//!
//! It promises what a quorum promises and nothing more: a write is acknowledged when two replicas have
//! it, and a read that begins later sees it. A write that is not acknowledged may be on none, some or
//! all of them, now or seconds later; an acknowledgement may get lost. All of it comes from a seed,
//! in the time of the runtime, which may stand still and jump.
//!
//! Read in this order: [`replica`] (rows, stamps, deletions), [`ring`], [`link`] (the door).

pub mod link;
pub mod replica;
pub mod ring;
pub mod tables;

pub use link::{Faults, Link};
pub use ring::{Emulator, Seeded};
