//! What can be wished of a routing domain, and what is answered.

use crate::base::{AgentId, InteractionId, Millis, Parting, Position, Process, UserData};
use crate::interaction::consultation::{Consulted, InteractionType};
use crate::interaction::event::{Address, Change, Nature};
use crate::interaction::ids::{ConnectionId, MediaType, QueueName, ServerName, Ticket};
use crate::interaction::party::Part;
use crate::interaction::profile::Profile;
use crate::interaction::views::InteractionView;
use crate::interaction::workbin::Workbin;
use crate::owned::Repeat;
use crate::workflow;
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// Brings in a new interaction. Repeated with the same id or key it changes nothing.
    Submit(Submission),
    ChangeProperties {
        interaction: InteractionId,
        by: By,
        change: Change,
    },
    /// What a media server's session tells, by positions. Repeated it changes nothing.
    ReportFromSession(SessionReport),
    AgentLogin(Login),
    /// A new connection of an agent who is logged in.
    Resume {
        agent: AgentId,
        connection: ConnectionId,
        /// When the connection began. One that began before the agent's newest has lost its claim
        /// to his desk.
        begun: Option<Millis>,
        /// What his account says at the node he came to; without it what was known stays.
        #[serde(default)]
        profile: Option<Profile>,
    },
    AgentLogout {
        agent: AgentId,
    },
    /// Counts only while this connection is the agent's.
    ConnectionLost {
        agent: AgentId,
        connection: ConnectionId,
        parting: Parting,
    },
    AddMedia {
        agent: AgentId,
        media: MediaType,
        wanted: Wanted,
    },
    RemoveMedia {
        agent: AgentId,
        media: MediaType,
    },
    Ready {
        agent: AgentId,
        media: MediaType,
    },
    NotReady {
        agent: AgentId,
        media: MediaType,
        reason: String,
    },
    /// Another reason for the same state.
    ChangeReason {
        agent: AgentId,
        media: MediaType,
        reason: String,
    },
    SetDoNotDisturb {
        agent: AgentId,
    },
    ClearDoNotDisturb {
        agent: AgentId,
    },
    Accept {
        agent: AgentId,
        ticket: Ticket,
    },
    Reject {
        agent: AgentId,
        ticket: Ticket,
        reason: String,
    },
    /// A colleague is to have it in this agent's place.
    Transfer {
        agent: AgentId,
        interaction: InteractionId,
        to: AgentId,
    },
    /// A colleague is to come beside this agent.
    Conference {
        agent: AgentId,
        interaction: InteractionId,
        to: AgentId,
        part: Part,
    },
    /// A colleague is to be asked about it, in an interaction of its own.
    Consult {
        agent: AgentId,
        interaction: InteractionId,
        whom: Consulted,
        part: Part,
    },
    /// Offers what nobody handles to an agent whom a supervisor has chosen.
    Assign {
        supervisor: AgentId,
        interaction: InteractionId,
        to: AgentId,
    },
    /// Takes an invitation back that this agent has made.
    Withdraw {
        agent: AgentId,
        ticket: Ticket,
    },
    /// Comes uninvited to what others handle.
    Intrude {
        agent: AgentId,
        interaction: InteractionId,
        part: Part,
    },
    Leave {
        agent: AgentId,
        interaction: InteractionId,
    },
    /// Keeps its customer waiting, who stays with him.
    #[serde(rename = "Hold")]
    KeepWaiting {
        agent: AgentId,
        interaction: InteractionId,
    },
    /// Puts it where the agent's options have it wait: in a queue, or in a workbin of his.
    PlaceOnHold {
        agent: AgentId,
        interaction: InteractionId,
    },
    /// He is there for its customer again.
    #[serde(rename = "EndHold")]
    EndWaiting {
        agent: AgentId,
        interaction: InteractionId,
    },
    /// The end of processing: an agent's "mark done", a media server's or an operator's word.
    Stop {
        interaction: InteractionId,
        by: By,
        reason: String,
    },
    PlaceInQueue {
        interaction: InteractionId,
        queue: QueueName,
        by: By,
    },
    PlaceInWorkbin {
        interaction: InteractionId,
        workbin: Workbin,
        by: By,
    },
    /// Takes what nobody handles, by hand.
    Pull {
        agent: AgentId,
        interaction: InteractionId,
        from: Source,
    },
    /// What a strategy has asked of another house. An answer that nobody waits for changes nothing.
    ServiceAnswered {
        interaction: InteractionId,
        request: u64,
        answer: workflow::command::Answer,
    },
    /// The desk of an agent has asked for something, whatever it was: he works.
    Work {
        agent: AgentId,
    },
    TimePassed,
}

impl Command {
    /// What comes of it if it was carried out and is asked for once more.
    pub fn repeat(&self) -> Repeat {
        match self {
            Self::Submit(Submission { interaction: None, key: None, .. })
            // Somebody may have taken it out of the queue meanwhile, or have come to be asked.
            | Self::PlaceInQueue {
                by: By::Supervisor(_) | By::MediaServer(_) | By::Operator, ..
            }
            | Self::Consult { whom: Consulted::Queue(_), .. } => Repeat::DoneAgain,
            Self::Submit(_)
            | Self::ReportFromSession(_)
            | Self::Resume { .. }
            | Self::ConnectionLost { .. }
            | Self::Work { .. }
            | Self::TimePassed => Repeat::AnsweredAlike,
            Self::ChangeProperties { .. }
            | Self::AgentLogin(_)
            | Self::AgentLogout { .. }
            | Self::AddMedia { .. }
            | Self::RemoveMedia { .. }
            | Self::Ready { .. }
            | Self::NotReady { .. }
            | Self::ChangeReason { .. }
            | Self::SetDoNotDisturb { .. }
            | Self::ClearDoNotDisturb { .. }
            | Self::Accept { .. }
            | Self::Reject { .. }
            | Self::Transfer { .. }
            | Self::Conference { .. }
            | Self::Consult { whom: Consulted::Agent(_), .. }
            | Self::Assign { .. }
            | Self::Withdraw { .. }
            | Self::Intrude { .. }
            | Self::Leave { .. }
            | Self::KeepWaiting { .. }
            | Self::PlaceOnHold { .. }
            | Self::EndWaiting { .. }
            | Self::Stop { .. }
            | Self::PlaceInQueue { by: By::Agent(_), .. }
            | Self::PlaceInWorkbin { .. }
            | Self::Pull { .. }
            | Self::ServiceAnswered { .. } => Repeat::PerhapsRefused,
        }
    }
}

/// Where something is taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Queue,
    Workbin(Workbin),
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Submission {
    pub submitted_by: ServerName,
    /// Without one, the domain makes a name.
    pub interaction: Option<InteractionId>,
    pub key: Option<String>,
    pub media: MediaType,
    pub tenant: String,
    pub to: Destination,
    pub subtype: String,
    pub nature: Nature,
    #[serde(default)]
    pub kind: InteractionType,
    /// The process that owns the session it belongs to.
    pub owner: Option<Process>,
    pub user_data: UserData,
    /// What the server itself has to say; wins over user data of the same key.
    pub properties: UserData,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Destination {
    Queue(QueueName),
    Endpoint(String),
}

/// Who wishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    Agent(AgentId),
    /// Also what nobody handles.
    Supervisor(AgentId),
    MediaServer(ServerName),
    /// Somebody on duty. Always works.
    Operator,
}

/// All that a session has to tell of its positions above `after`, up to and including `upto`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionReport {
    pub interaction: InteractionId,
    /// If more than this is missing here, nothing is taken in and the answer says from where on to
    /// tell again.
    pub after: Position,
    pub upto: Position,
    pub notes: Vec<(Position, SessionNote)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SessionNote {
    /// Submits the interaction, if it is not known.
    Started(Box<Submission>),
    DataChanged(Change),
    PartyJoined {
        agent: AgentId,
        #[serde(default)]
        manner: Manner,
    },
    PartyLeft {
        agent: AgentId,
        reason: u8,
        #[serde(default)]
        manner: Manner,
    },
    /// Judged by its epoch and not by its position: the highest stays.
    AddressChanged(Address),
    Ended {
        attached: UserData,
        /// Whether the chat side wants it stopped then, whoever handles it and whatever is planned for it.
        #[serde(default)]
        and_stop: bool,
    },
}

/// Whether the customer sees somebody in the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    #[default]
    Open,
    /// Colleagues alone see him, or supervisors alone.
    Unseen,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    pub agent: AgentId,
    pub connection: ConnectionId,
    /// When the connection began.
    pub begun: Option<Millis>,
    pub place: Option<String>,
    /// What his account says at the node he came to.
    #[serde(default)]
    pub profile: Profile,
    pub media: Vec<(MediaType, Wanted)>,
}

/// The state a medium is to begin in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    Ready,
    NotReady { reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Done,
    Submitted {
        interaction: InteractionId,
        repeated: Repeated,
    },
    /// The domain has everything up to here; tell what follows.
    Confirmed {
        upto: Position,
    },
    LoggedIn {
        capacity_warning: Option<String>,
    },
    Accepted {
        interaction: InteractionId,
    },
    /// What it is, now that it was taken.
    Pulled {
        interaction: Box<InteractionView>,
    },
    /// The child, and the ticket of the invitation, if somebody was named.
    Consulted {
        interaction: InteractionId,
        ticket: Option<Ticket>,
    },
    /// The ticket of the invitation.
    Invited {
        ticket: Ticket,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeated {
    No,
    Yes,
}

/// Without user data and properties: a session's password stands there.
impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission")
            .field("submitted_by", &self.submitted_by)
            .field("interaction", &self.interaction)
            .field("key", &self.key)
            .field("media", &self.media)
            .field("tenant", &self.tenant)
            .field("to", &self.to)
            .field("subtype", &self.subtype)
            .field("nature", &self.nature)
            .finish_non_exhaustive()
    }
}
