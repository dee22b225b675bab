//! What can happen in a chat, in the past tense. The transcript is a list of these. They are stored
//! as they stand here: `tests/golden/chat_events.json` holds one of each form that was ever written.

use crate::base::{ContactId, Millis, ParticipantId, Position, UserData};
pub use crate::chat::event_id::EventId;
use crate::chat::participant::{Joined, Visibility};
use crate::owned::Recorded;
use serde::{Deserialize, Serialize};

/// One line of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub position: Position,
    pub at: Millis,
    pub visibility: Visibility,
    /// A direct message: nobody but author and receiver sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ParticipantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<Key>>,
    pub fact: Fact,
}

/// The idempotency key of the wish that led to an event, with a print of that wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `<participant>/<client message id>`.
    pub id: String,
    /// HMAC of the request under the session's salt: the request itself may have to be masked.
    pub print: String,
    /// Of a bot's turn: it answers everything up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Position>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Somebody came. The first one to come starts the session.
    Joined {
        joined: Box<Joined>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started: Option<Box<Started>>,
    },
    Said {
        who: ParticipantId,
        words: Words,
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        attributes: UserData,
    },
    Noticed {
        who: ParticipantId,
        notice: Notice,
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        attributes: UserData,
    },
    DataChanged {
        who: ParticipantId,
        added: UserData,
    },
    Left {
        who: ParticipantId,
        /// Who asked for it, if it was not himself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<ParticipantId>,
        reason: LeaveReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    ContactFound {
        contact: ContactId,
        /// What the contact's record knows and the customer had not said.
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        attributes: UserData,
    },
    Closed {
        by: EndedBy,
        reason: EndReason,
    },
}

/// What is true of a session from its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub subject: String,
    pub tenant: String,
    pub service: String,
    /// The interaction queue that the endpoint of the service leads to.
    pub queue: String,
    pub media_type: String,
    pub user_data: UserData,
    /// Key of the prints of this session's requests; random, hex.
    pub salt: String,
    /// What every later participant must bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub text: String,
    /// Whatever the sender said of the kind of text; echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_as: Option<TreatAs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TreatAs {
    Normal,
    System,
}

/// A notice that stays in the transcript. Typing is not one of them: it lives only while it is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    PushUrl {
        url: String,
    },
    Custom {
        text: Option<String>,
        message_type: Option<String>,
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        data: UserData,
    },
    Nickname {
        nickname: String,
    },
    /// `read-confirm`: everything up to this event was seen. A newer one of the same participant,
    /// or his leaving, makes it vanish.
    ReadConfirm {
        upto: EventId,
    },
    /// Any other system command (`configure-session`, …).
    System {
        command: String,
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        data: UserData,
    },
    /// Nobody was active for a while; the data say what comes next, and when.
    IdleAlert {
        text: String,
        #[serde(default, skip_serializing_if = "UserData::is_empty")]
        data: UserData,
        #[serde(default, skip_serializing_if = "Control::is_regular")]
        of: Control,
    },
    /// Nobody was active for too long.
    IdleClose {
        text: String,
    },
    /// What a workflow has set of inactivity control, in all.
    IdleSet {
        overrides: UserData,
        /// Whose time begins anew: that of all, or of asynchronous chats alone.
        #[serde(default, skip_serializing_if = "Control::is_regular")]
        of: Control,
    },
}

/// Which inactivity control is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// `[inactivity-control]`
    #[default]
    Regular,
    /// That of asynchronous chats (`async-idle-alert`, `async-idle-close`).
    Asynchronous,
}

/// Why a participant left; the numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    Normal = 0,
    CloseIfNoAgents = 1,
    ForceClose = 2,
    Disconnect = 3,
    RemovedByOther = 4,
    RemovedByServer = 5,
    BadKey = 6,
    Inactivity = 7,
    Restoration = 8,
}

/// `csg_SessionEndedBy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EndedBy {
    Client,
    Agent,
    Supervisor,
    Bot,
    System,
}

/// `csg_SessionEndedReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    Disconnect,
    Quit,
    Force,
    Inactive,
    DbError,
    Other,
}

impl Control {
    fn is_regular(&self) -> bool {
        *self == Self::Regular
    }
}

impl LeaveReason {
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl EndedBy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Agent => "AGENT",
            Self::Supervisor => "SUPERVISOR",
            Self::Bot => "BOT",
            Self::System => "SYSTEM",
        }
    }
}

impl EndReason {
    pub fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "DISCONNECT",
            Self::Quit => "QUIT",
            Self::Force => "FORCE",
            Self::Inactive => "INACTIVE",
            Self::DbError => "DB_ERROR",
            Self::Other => "OTHER",
        }
    }
}

impl Fact {
    /// Who did it; nobody if the server did.
    pub fn author(&self) -> Option<ParticipantId> {
        match self {
            Self::Joined { joined, .. } => Some(joined.id),
            Self::Said { who, .. }
            | Self::Noticed { who, .. }
            | Self::DataChanged { who, .. }
            | Self::Left { who, .. } => Some(*who),
            Self::ContactFound { .. } | Self::Closed { .. } => None,
        }
    }
}

impl Fact {
    /// Who came, if it tells of a coming.
    pub fn newcomer(&self) -> Option<ParticipantId> {
        match self {
            Self::Joined { joined, .. } => Some(joined.id),
            Self::Said { .. }
            | Self::Noticed { .. }
            | Self::DataChanged { .. }
            | Self::Left { .. }
            | Self::ContactFound { .. }
            | Self::Closed { .. } => None,
        }
    }

    /// What it weighs against the bytes a session may have.
    pub fn n_bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        match self {
            Self::Joined { joined, started } => {
                let data = started.as_ref().map_or(0, |started| started.user_data.n_bytes());
                joined.nickname.len() + length(&joined.text) + joined.user_data.n_bytes() + data
            }
            Self::Said { words, attributes, .. } => {
                words.text.len() + length(&words.message_type) + attributes.n_bytes()
            }
            Self::Noticed { notice, attributes, .. } => notice.n_bytes() + attributes.n_bytes(),
            Self::DataChanged { added, .. } => added.n_bytes(),
            Self::Left { text, .. } => length(text),
            Self::ContactFound { attributes, .. } => attributes.n_bytes(),
            Self::Closed { .. } => 0,
        }
    }
}

impl Notice {
    fn n_bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        match self {
            Self::PushUrl { url } => url.len(),
            Self::Custom { text, message_type, data } => {
                length(text) + length(message_type) + data.n_bytes()
            }
            Self::Nickname { nickname } => nickname.len(),
            Self::ReadConfirm { .. } => 0,
            Self::System { command, data } => command.len() + data.n_bytes(),
            Self::IdleAlert { text, data, .. } => text.len() + data.n_bytes(),
            Self::IdleClose { text } => text.len(),
            Self::IdleSet { overrides, .. } => overrides.n_bytes(),
        }
    }
}

impl Fact {
    /// Whether it counts against the pace of a session.
    pub fn is_send(&self) -> bool {
        match self {
            Self::Said { .. } | Self::Noticed { .. } | Self::DataChanged { .. } => true,
            Self::Joined { .. }
            | Self::Left { .. }
            | Self::ContactFound { .. }
            | Self::Closed { .. } => false,
        }
    }
}

impl Event {
    /// The number of this event on every wire.
    pub fn id(&self) -> EventId {
        EventId::of(self.position)
    }
}

impl Recorded for Event {
    fn position(&self) -> Position {
        self.position
    }

    fn key(&self) -> Option<&str> {
        Some(self.key.as_ref()?.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small_for_a_session_keeps_thousands() {
        assert!(size_of::<Event>() <= 144, "{} bytes", size_of::<Event>());
    }

    #[test]
    fn every_number_lies_between_two_positions() {
        for number in 0..3_500 {
            let (last, first) = (EventId(number).last_position(), EventId(number).first_position());
            assert!(EventId::of(last) <= EventId(number) && EventId(number) <= EventId::of(first));
            assert!(first == last || first == last.next(), "{number}");
        }
    }
}
