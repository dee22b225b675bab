//! What a chat asks of the world. What another house must know is read from the log and told again
//! until that house has confirmed it; a lost effect loses nothing.

use crate::base::{AgentId, ContactId, Millis, ParticipantId};
use crate::base::{Position, SessionId, UserData};
use crate::chat::bots::BotReport;
use crate::chat::event::{EndReason, EndedBy, Event, LeaveReason, Started};
use crate::chat::participant::Visibility;
use crate::chat::push::PushNote;
use crate::chat::state::Session;
use crate::chat::tally::AgentPresence;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Effect {
    /// The Interaction Server must know these things; it answers how far it has come.
    TellInteraction(InteractionReport),
    /// The contact house must know this state; it answers how far it has come.
    SaveHistory(Box<HistoryReport>),
    /// A bot is to answer; its answer is a wish, and then it has heard.
    TellBot(Box<BotReport>),
    /// A customer's receiver is to be told, once; nobody answers.
    Push(Box<PushNote>),
    /// Somebody else than before owns the session: the interaction gets our address.
    TellAddress,
    Count(Count),
}

/// What happened in a session that its interaction shows, each with its position.
#[derive(Clone, Debug, PartialEq)]
pub struct InteractionReport {
    /// What the receiver has confirmed; it knows everything up to here.
    pub after: Position,
    /// Everything up to here is told with this report.
    pub upto: Position,
    pub notes: Vec<(Position, Note)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    Started {
        at: Millis,
        started: Arc<Started>,
        password: Option<String>,
    },
    DataChanged {
        added: UserData,
    },
    ContactFound {
        contact: ContactId,
        attributes: UserData,
    },
    PartyJoined {
        participant: ParticipantId,
        person: AgentId,
        visibility: Visibility,
    },
    PartyLeft {
        participant: ParticipantId,
        person: AgentId,
        visibility: Visibility,
        reason: LeaveReason,
    },
    Ended {
        at: Millis,
        attached: UserData,
        agents: AgentPresence,
    },
}

/// The whole session, for its record: the record replaces what it had.
#[derive(Clone, Debug)]
pub struct HistoryReport {
    pub upto: Position,
    pub session: Session,
    pub events: Vec<Arc<Event>>,
}

/// What the figures must know.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    SessionCreated,
    SessionFinished {
        by: EndedBy,
        reason: EndReason,
    },
    Message {
        party: &'static str,
    },
    Duplicate,
    /// A customer wants pushes through a provider that is not configured.
    UnknownPushProvider,
    /// User data that a customer may not set was dropped (decision 0014, D1).
    DroppedData {
        session: Option<SessionId>,
        keys: Vec<String>,
    },
}
