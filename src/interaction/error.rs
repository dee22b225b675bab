//! Why a wish was refused.

use crate::base::user_data::UserDataFault;
use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::Hindrance;
use crate::interaction::ids::{MediaType, QueueName, ServerName, Ticket};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rejection {
    #[error("interaction '{0}' is unknown")]
    UnknownInteraction(InteractionId),
    #[error("interaction '{0}' was submitted by somebody else")]
    InteractionExists(InteractionId),
    #[error("the name was used for another submission, which is interaction '{0}'")]
    KeyReused(InteractionId),
    #[error("interaction '{0}' is stopped")]
    Stopped(InteractionId),
    #[error("interaction '{interaction}' is not handled by agent '{agent}'")]
    NotYours { interaction: InteractionId, agent: AgentId },
    #[error("interaction '{interaction}' does not belong to media server '{server}'")]
    NotSubmittedByYou { interaction: InteractionId, server: ServerName },
    #[error("nobody handles interaction '{0}'")]
    NobodyHandles(InteractionId),
    #[error("nothing says where agent '{agent}' places interactions of '{media}' on hold")]
    NoPlaceOnHold { agent: AgentId, media: MediaType },
    #[error("agents put nothing into queue '{0}'")]
    NotForAgents(QueueName),
    #[error("at most {0} questions about one interaction are open at once")]
    TooManyConsultations(usize),
    #[error("a desk follows no more than {0} workbins")]
    TooManyWorkbins(usize),
    #[error("interaction '{0}' does not lie there")]
    NotThere(InteractionId),
    #[error("agent '{agent}' is invited to interaction '{interaction}' already")]
    InvitedAlready { interaction: InteractionId, agent: AgentId },
    #[error("agent '{agent}' has interaction '{interaction}' already")]
    PartyAlready { interaction: InteractionId, agent: AgentId },
    #[error("agent '{agent}' cannot take it: {hindrance}")]
    CannotTake { agent: AgentId, hindrance: Hindrance },
    #[error("nobody is consulted about interaction '{0}' in that way")]
    NoConsultation(InteractionId),
    #[error("ticket {0} has expired")]
    TicketExpired(Ticket),
    #[error("a newer connection speaks for agent '{0}'")]
    Displaced(AgentId),
    #[error("agent '{agent}' is ready for '{media}' and has no reason not to be")]
    HasNoReason { agent: AgentId, media: MediaType },
    #[error("agent '{supervisor}' cannot assign interaction '{interaction}': somebody handles it")]
    IsHandled { interaction: InteractionId, supervisor: AgentId },
    #[error("agent '{0}' is not logged in")]
    NotLoggedIn(AgentId),
    #[error("agent '{agent}' is not logged in for media type '{media}'")]
    MediaNotLoggedIn { agent: AgentId, media: MediaType },
    #[error("agent '{agent}' can be logged in for {most} media types and no more")]
    TooManyMedia { agent: AgentId, most: usize },
    #[error("{what} has 1 to {most} printable characters")]
    BadName { what: String, most: usize },
    #[error("{what} has at most {most} bytes")]
    TextTooLong { what: String, most: usize },
    #[error("at most {most} properties are deleted at once")]
    TooManyDeleted { most: usize },
    #[error("media server '{0}' is not registered")]
    NotRegistered(ServerName),
    #[error("property '{0}' is reserved")]
    ReservedProperty(String),
    #[error("property '{0}' must be a whole number")]
    NotANumber(String),
    #[error("{0}")]
    UserData(UserDataFault),
}
