//! What desks and media servers hear of what happened. It is a hint: whoever missed something looks
//! it up.

use crate::base::{AgentId, InteractionId};
use crate::interaction::event::{Change, LogoutReason, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::{Added, Errand};
use crate::interaction::views::{AgentStatus, InvitationView};
use crate::interaction::workbin::Workbin;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeskNews {
    Invited(Box<InvitationView>),
    Revoked {
        ticket: Ticket,
        interaction: InteractionId,
        reason: RevokeReason,
    },
    /// It is his no more: he did nothing for too long.
    TakenAway {
        interaction: InteractionId,
    },
    /// Whom this agent has invited does not come.
    Declined {
        ticket: Ticket,
        interaction: InteractionId,
        agent: AgentId,
        errand: Errand,
        why: Declined,
    },
    PartyAdded {
        interaction: InteractionId,
        agent: AgentId,
        /// A node of the version before says only that he has come.
        #[serde(default = "somehow")]
        how: Added,
        #[serde(default)]
        errand: Errand,
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
    Held {
        interaction: InteractionId,
        agent: AgentId,
    },
    Resumed {
        interaction: InteractionId,
        agent: AgentId,
    },
    ProcessingStopped {
        interaction: InteractionId,
        reason: String,
    },
    /// In a workbin that this desk follows.
    WorkbinChanged {
        workbin: Workbin,
        interaction: InteractionId,
        what: InWorkbin,
    },
    /// The agent's own state, after it changed.
    Status(AgentStatus),
    LoggedOut {
        reason: LogoutReason,
    },
    /// Another connection has taken the desk over. The last that this one hears.
    Displaced,
}

fn somehow() -> Added {
    Added::JoinedSession
}

/// What happened in a workbin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InWorkbin {
    Placed,
    Taken,
    /// The properties of what lies there.
    Changed,
}

/// Why an invited colleague does not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Declined {
    /// He said no, in these words.
    Rejected {
        reason: String,
    },
    Revoked(RevokeReason),
}
