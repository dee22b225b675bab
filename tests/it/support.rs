//! What tests of the edges share.

pub mod rig;
pub mod strict;
