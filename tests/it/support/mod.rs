//! What tests share: wishes, processes, patience.

pub mod patience;
pub mod wishes;
