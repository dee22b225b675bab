//! The door through which desks and media servers hear what happened.

use crate::base::{AgentId, InteractionId};
use crate::interaction::event::{Change, LogoutReason, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::views::{AgentStatus, InvitationView};

/// One who hears. What he hears is a hint: whoever missed something looks it up.
pub trait Listener: Send {
    /// Takes the news without waiting.
    fn hear(&mut self, news: &DeskNews) -> Hearing;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    Alive,
    /// Nobody hears any more. The listener is dropped.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
