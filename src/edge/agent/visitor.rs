//! What every attendance of a connection shares.

use super::at_work::Working;
use super::chat_frames::Identity;
use super::outbox::Outbox;
use super::seat::Hold;
use crate::edge::handles::Handles;

/// Whoever is at the other end of a connection.
#[derive(Clone)]
pub struct Visitor {
    pub handles: Handles,
    pub out: Outbox,
    pub hold: Hold,
    pub identity: Identity,
    pub working: Working,
}
