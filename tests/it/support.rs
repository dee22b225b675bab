//! What tests share: wishes, rigs, clients, processes, patience.

pub mod accounts;
pub mod balancer;
pub mod bomb;
pub mod certs;
pub mod cluster;
pub mod counted;
pub mod desk;
pub mod desk_line;
pub mod desk_rig;
pub mod detour;
pub mod gate;
pub mod lateness;
pub mod patience;
pub mod process;
pub mod rig;
pub mod ring;
pub mod screen;
pub mod smtp;
pub mod strangers;
pub mod streets;
pub mod strict;
pub mod wishes;
