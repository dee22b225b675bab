//! What measurements share in which the node is a process on a core of its own, and the load comes from
//! the measuring program on another.

pub mod clock;
pub mod heard;
pub mod program;
