//! What is due in a routing domain, and when.

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::ids::Ticket;
use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

/// What is due, earliest first.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    pub invitations: RedBlackTreeMapSync<(Millis, Ticket), InteractionId>,
    pub lost: RedBlackTreeSetSync<(Millis, AgentId)>,
    pub refusals: RedBlackTreeSetSync<(Millis, InteractionId, AgentId)>,
    pub over: RedBlackTreeSetSync<(Millis, InteractionId)>,
    /// When strategies want to be looked at.
    pub scripts: RedBlackTreeSetSync<(Millis, InteractionId)>,
    /// Until when something is handled, if nobody does anything.
    pub handled: RedBlackTreeSetSync<(Millis, InteractionId)>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            invitations: RedBlackTreeMapSync::new_sync(),
            lost: RedBlackTreeSetSync::new_sync(),
            refusals: RedBlackTreeSetSync::new_sync(),
            over: RedBlackTreeSetSync::new_sync(),
            scripts: RedBlackTreeSetSync::new_sync(),
            handled: RedBlackTreeSetSync::new_sync(),
        }
    }
}
