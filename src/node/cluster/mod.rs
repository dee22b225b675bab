//! What a node does because it is not alone: its heart and its links, what its claims need, the
//! things of dead nodes, the draining.

pub mod begin;
pub mod drain;
pub mod late_peers;
pub mod refuge;
pub mod status;
pub mod survivors;
pub mod tend;

pub use late_peers::LatePeers;
