//! What can happen in a routing domain. These words are stored: a field may be added with a
//! default, nothing may be renamed. `golden_facts.json` holds one of each.

pub use crate::base::Change;
use crate::base::{AgentId, Epoch, InteractionId, Millis, Position, Process, UserData};
use crate::interaction::capacity::Capacity;
use crate::interaction::consultation::{Consultation, InteractionType};
use crate::interaction::ids::{ConnectionId, MediaType, QueueName, ServerName, Ticket};
use crate::interaction::party::{Added, Errand};
use crate::interaction::profile::Profile;
pub use crate::interaction::reason::{LogoutReason, NotReadyCause, RemoveReason, RevokeReason};
use crate::interaction::route::Choice;
use crate::interaction::running::{Keeper, Running};
use crate::interaction::workbin::Workbin;
use crate::owned::Recorded;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub position: Position,
    pub at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub fact: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    InteractionSubmitted {
        interaction: InteractionId,
        attributes: Attributes,
        user_data: UserData,
    },
    /// At the end of the queue. Nobody handles it any more.
    PlacedInQueue {
        interaction: InteractionId,
        queue: QueueName,
        #[serde(default, skip_serializing_if = "Keeper::is_routing")]
        keeper: Keeper,
    },
    /// Nobody handles it any more, and nobody is offered it.
    PlacedInWorkbin {
        interaction: InteractionId,
        workbin: Workbin,
        /// The queue whose views look at what lies there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<QueueName>,
    },
    /// A strategy has gone on with it, or nothing is left of one.
    StrategyMoved {
        interaction: InteractionId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        running: Option<Arc<Running>>,
    },
    /// Somebody else sees to it, because the workflow is another than it was.
    HandedTo {
        interaction: InteractionId,
        keeper: Keeper,
    },
    /// The next event says where it goes.
    TakenFromWorkbin {
        interaction: InteractionId,
        workbin: Workbin,
    },
    PropertiesChanged {
        interaction: InteractionId,
        change: Change,
    },
    /// Whoever handles it has until then to do something.
    HandlingTimed {
        interaction: InteractionId,
        until: Millis,
    },
    InteractionHeld {
        interaction: InteractionId,
        agent: AgentId,
    },
    InteractionResumed {
        interaction: InteractionId,
        agent: AgentId,
    },
    /// The session has another owner.
    AddressChanged {
        interaction: InteractionId,
        address: Address,
    },
    SessionJoined {
        interaction: InteractionId,
        agent: AgentId,
    },
    SessionLeft {
        interaction: InteractionId,
        agent: AgentId,
        reason: u8,
    },
    SessionEnded {
        interaction: InteractionId,
        attached: UserData,
    },
    /// Everything of the session up to here was taken in.
    CursorMoved {
        interaction: InteractionId,
        upto: Position,
    },
    Invited {
        ticket: Ticket,
        interaction: InteractionId,
        agent: AgentId,
        deadline: Millis,
        #[serde(default, skip_serializing_if = "Errand::is_routing")]
        errand: Errand,
        /// Why routing chose him, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<Arc<Choice>>,
    },
    Rejected {
        ticket: Ticket,
        interaction: InteractionId,
        agent: AgentId,
        reason: String,
        #[serde(default, skip_serializing_if = "Errand::is_routing")]
        errand: Errand,
    },
    Revoked {
        ticket: Ticket,
        interaction: InteractionId,
        agent: AgentId,
        reason: RevokeReason,
        #[serde(default, skip_serializing_if = "Errand::is_routing")]
        errand: Errand,
    },
    PartyAdded {
        interaction: InteractionId,
        agent: AgentId,
        how: Added,
        #[serde(default, skip_serializing_if = "Errand::is_routing")]
        errand: Errand,
    },
    PartyRemoved {
        interaction: InteractionId,
        agent: AgentId,
        reason: RemoveReason,
    },
    /// So long ago was the refusal that this agent may be asked again.
    RefusalLapsed {
        interaction: InteractionId,
        agent: AgentId,
    },
    ProcessingStopped {
        interaction: InteractionId,
        reason: String,
    },
    /// A stopped interaction is remembered no longer.
    Forgotten {
        interaction: InteractionId,
    },
    AgentLoggedIn {
        agent: AgentId,
        connection: ConnectionId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun: Option<Millis>,
        place: Option<String>,
        #[serde(default, skip_serializing_if = "Profile::is_empty")]
        profile: Profile,
        capacity: Capacity,
    },
    AgentLoggedOut {
        agent: AgentId,
        reason: LogoutReason,
    },
    ConnectionLost {
        agent: AgentId,
        /// From when his window counts, if it is later than the loss.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts_from: Option<Millis>,
    },
    /// Another connection took the agent's desk over.
    Resumed {
        agent: AgentId,
        connection: ConnectionId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun: Option<Millis>,
        /// Absent where it is what it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<Profile>,
        capacity: Capacity,
    },
    MediaAdded {
        agent: AgentId,
        media: MediaType,
    },
    MediaRemoved {
        agent: AgentId,
        media: MediaType,
    },
    MediaReady {
        agent: AgentId,
        media: MediaType,
    },
    MediaNotReady {
        agent: AgentId,
        media: MediaType,
        reason: String,
        cause: NotReadyCause,
    },
    /// He is not ready for as long as before, for another reason.
    MediaReasonChanged {
        agent: AgentId,
        media: MediaType,
        reason: String,
    },
    DoNotDisturbSet {
        agent: AgentId,
    },
    DoNotDisturbCleared {
        agent: AgentId,
    },
}

/// What an interaction is from its submission to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub submitted_by: ServerName,
    pub media: MediaType,
    pub tenant: String,
    pub subtype: String,
    pub received_at: Millis,
    /// Whether a live session belongs to it, which ends it, or whether it is a piece of work.
    pub nature: Nature,
    /// The key it was submitted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What was submitted, so that another request under the same name is known as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The process that owns the session it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Process>,
    /// `InteractionType`
    #[serde(default, skip_serializing_if = "InteractionType::is_inbound")]
    pub kind: InteractionType,
    /// If an agent asks another one about an interaction: about which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation: Option<Consultation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    Session,
    Work,
}

/// Where a session lives, and by which claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub app_name: String,
    /// The process that holds the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Process>,
    pub epoch: Epoch,
}

impl Recorded for Event {
    fn position(&self) -> Position {
        self.position
    }

    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl Fact {
    /// Whose state a fact changes.
    pub fn changes_status_of(&self) -> Option<&AgentId> {
        match self {
            Self::Invited { agent, .. }
            | Self::Rejected { agent, .. }
            | Self::Revoked { agent, .. }
            | Self::PartyAdded { agent, .. }
            | Self::PartyRemoved { agent, .. }
            | Self::AgentLoggedIn { agent, .. }
            | Self::Resumed { agent, .. }
            | Self::MediaAdded { agent, .. }
            | Self::MediaRemoved { agent, .. }
            | Self::MediaReady { agent, .. }
            | Self::MediaNotReady { agent, .. }
            | Self::MediaReasonChanged { agent, .. }
            | Self::DoNotDisturbSet { agent }
            | Self::DoNotDisturbCleared { agent } => Some(agent),
            Self::InteractionSubmitted { .. }
            | Self::PlacedInQueue { .. }
            | Self::PlacedInWorkbin { .. }
            | Self::TakenFromWorkbin { .. }
            | Self::StrategyMoved { .. }
            | Self::HandedTo { .. }
            | Self::PropertiesChanged { .. }
            | Self::HandlingTimed { .. }
            | Self::InteractionHeld { .. }
            | Self::InteractionResumed { .. }
            | Self::AddressChanged { .. }
            | Self::SessionJoined { .. }
            | Self::SessionLeft { .. }
            | Self::SessionEnded { .. }
            | Self::CursorMoved { .. }
            | Self::RefusalLapsed { .. }
            | Self::ProcessingStopped { .. }
            | Self::Forgotten { .. }
            | Self::AgentLoggedOut { .. }
            | Self::ConnectionLost { .. } => None,
        }
    }

    /// What became of an invitation, in a word for the figures.
    pub fn offer_result(&self) -> Option<&'static str> {
        match self {
            Self::PartyAdded { how: Added::Accepted { .. }, .. } => Some("accepted"),
            Self::Rejected { .. } => Some("rejected"),
            Self::Revoked { reason: RevokeReason::Expired, .. } => Some("missed"),
            Self::Revoked { .. } => Some("withdrawn"),
            Self::PartyAdded {
                how: Added::JoinedSession | Added::Intruded | Added::Pulled,
                ..
            }
            | Self::InteractionSubmitted { .. }
            | Self::PlacedInQueue { .. }
            | Self::PlacedInWorkbin { .. }
            | Self::TakenFromWorkbin { .. }
            | Self::StrategyMoved { .. }
            | Self::HandedTo { .. }
            | Self::PropertiesChanged { .. }
            | Self::HandlingTimed { .. }
            | Self::InteractionHeld { .. }
            | Self::InteractionResumed { .. }
            | Self::AddressChanged { .. }
            | Self::SessionJoined { .. }
            | Self::SessionLeft { .. }
            | Self::SessionEnded { .. }
            | Self::CursorMoved { .. }
            | Self::Invited { .. }
            | Self::PartyRemoved { .. }
            | Self::RefusalLapsed { .. }
            | Self::ProcessingStopped { .. }
            | Self::Forgotten { .. }
            | Self::AgentLoggedIn { .. }
            | Self::AgentLoggedOut { .. }
            | Self::ConnectionLost { .. }
            | Self::Resumed { .. }
            | Self::MediaAdded { .. }
            | Self::MediaRemoved { .. }
            | Self::MediaReady { .. }
            | Self::MediaNotReady { .. }
            | Self::MediaReasonChanged { .. }
            | Self::DoNotDisturbSet { .. }
            | Self::DoNotDisturbCleared { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::By;
    use crate::interaction::support::Life;

    /// One of each kind of fact in each form in which it was ever stored.
    const GOLDEN: &str = include_str!("golden_facts.json");

    #[test]
    fn every_invitation_has_one_result() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.reject("1");
        life.chat("2");
        life.accept("2");
        life.chat("3");
        life.wait_seconds(30);
        life.ready_agent("bob");
        life.stop("3", By::Operator);

        let facts: Vec<Event> =
            life.log.iter().map(|stored| serde_json::from_str(stored).unwrap()).collect();
        let results = facts.iter().filter_map(|event| event.fact.offer_result());

        let n_invited =
            facts.iter().filter(|event| matches!(event.fact, Fact::Invited { .. })).count();
        let results: Vec<_> = results.collect();
        assert_eq!(results[..3], ["rejected", "accepted", "missed"]);
        assert!(results[3..].contains(&"withdrawn"));
        let n_open = life.domain.interactions().filter(|one| one.invited().is_some()).count();
        assert_eq!(results.len() + n_open, n_invited);
    }

    #[test]
    fn facts_of_the_first_format_are_read_and_written_as_they_were() {
        let stored: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();

        let events: Vec<Event> = serde_json::from_str(GOLDEN).unwrap();

        assert_eq!(serde_json::to_value(events).unwrap(), stored);
    }
}
