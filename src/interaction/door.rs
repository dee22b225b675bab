//! What desks and media servers hear of what happened. It is a hint: whoever missed something looks
//! it up.

use crate::base::{AgentId, InteractionId};
use crate::interaction::event::{Change, LogoutReason, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::views::{AgentStatus, InvitationView};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeskNews {
    Invited(Box<InvitationView>),
    Revoked {
        ticket: Ticket,
        interaction: InteractionId,
        reason: RevokeReason,
    },
    PartyAdded {
        interaction: InteractionId,
        agent: AgentId,
    },
    PartyRemoved {
        interaction: InteractionId,
        agent: AgentId,
        reason: RemoveReason,
    },
    PropertiesChanged {
        interaction: InteractionId,
        change: Change,
    },
    ProcessingStopped {
        interaction: InteractionId,
        reason: String,
    },
    /// The agent's own state, after it changed.
    Status(AgentStatus),
    LoggedOut {
        reason: LogoutReason,
    },
    /// Another connection has taken the desk over. The last that this one hears.
    Displaced,
}
