//! Who is in a chat: role, visibility, protocol, and what each may see.

use crate::base::{AgentId, Millis, ParticipantId, Position, UserData, UserId};
use crate::chat::engagement::Engagement;
use crate::chat::event_id::EventId;
use serde::{Deserialize, Serialize};

/// The guide's user types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    Client,
    Agent,
    Supervisor,
    /// A workflow.
    External,
    /// The server itself.
    System,
}

/// Who may see something; each level includes the ones after it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Visibility {
    /// Everyone (conference).
    #[default]
    All,
    /// Agents and supervisors (coaching).
    Int,
    /// Supervisors (monitoring).
    Vip,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Style {
    #[default]
    Human,
    Bot,
}

/// How a participant is connected, which decides what his silence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// Asks from time to time: silent for `flex-disconnect-timeout`, he is gone.
    Flex,
    /// Holds a connection: when it is lost, he has a window to come back.
    Basic,
    Esp,
    None,
}

/// What a client understands; newer things are hidden from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientVersion(pub u16);

impl ClientVersion {
    pub const DEFAULT: Self = Self(101);
    pub const NICKNAME: Self = Self(102);
    pub const SYSTEM_USER: Self = Self(103);
    pub const SYSTEM_COMMAND: Self = Self(104);
    pub const MONITORED: Self = Self(105);
    pub const ATTRIBUTES: Self = Self(106);
    pub const NEWEST: Self = Self(106);
}

/// A participant as he came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    pub id: ParticipantId,
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<AgentId>,
    pub nickname: String,
    pub role: Role,
    pub style: Style,
    pub visibility: Visibility,
    pub protocol: Protocol,
    pub client_version: ClientVersion,
    /// Minutes from UTC, as the client said.
    #[serde(default)]
    pub time_zone_offset: i32,
    /// Said with the joining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub user_data: UserData,
    /// What a bot of the gateway was engaged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Box<Engagement>>,
}

/// A participant as he is known now, also after he left: his old words keep their author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    pub joined: Joined,
    pub joined_at: Millis,
    pub nickname: String,
    /// Whether he ever took another nickname, also if he has the first one again.
    pub is_renamed: bool,
    /// His newest read confirmation; older ones have vanished.
    pub read_confirm: Option<Position>,
    /// How far he has said to have read.
    pub read_upto: EventId,
    /// Where his leaving stands.
    pub left: Option<Position>,
}

/// Set by a customer who wants to be told of what happens while he is not connected.
const PUSH_SUBSCRIBE: &str = "GCTI_Chat_PushSubscribe";

impl Joined {
    /// Whether what happens is pushed to him, so that nobody expects him to ask.
    pub fn is_pushed_to(&self) -> bool {
        let wish = self.user_data.text(PUSH_SUBSCRIBE);
        self.role == Role::Client
            && self.protocol == Protocol::Flex
            && wish.is_some_and(|wish| wish.trim().eq_ignore_ascii_case("true"))
    }
}

impl Visibility {
    /// Whether somebody of this role can be given, or can see, this visibility.
    pub fn reaches(self, role: Role) -> bool {
        match self {
            Self::All => true,
            Self::Int => role != Role::Client,
            Self::Vip => matches!(role, Role::Supervisor | Role::External | Role::System),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Int => "INT",
            Self::Vip => "VIP",
        }
    }
}

impl Role {
    /// Name in transcripts and in the agent API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Agent => "AGENT",
            Self::Supervisor => "SUPERVISOR",
            Self::External => "EXTERNAL",
            Self::System => "SYSTEM",
        }
    }
}

impl Protocol {
    /// Name in transcripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "FLEX",
            Self::Basic => "BASIC",
            Self::Esp => "ESP",
            Self::None => "NONE",
        }
    }
}

impl Participant {
    pub fn is_here(&self) -> bool {
        self.left.is_none()
    }

    /// The same, without what he brought along when he joined.
    pub fn without_luggage(&self) -> Self {
        let joined = Joined {
            id: self.joined.id,
            user_id: self.joined.user_id.clone(),
            person: self.joined.person.clone(),
            nickname: self.joined.nickname.clone(),
            role: self.joined.role,
            style: self.joined.style,
            visibility: self.joined.visibility,
            protocol: self.joined.protocol,
            client_version: self.joined.client_version,
            time_zone_offset: self.joined.time_zone_offset,
            text: None,
            user_data: UserData::default(),
            bot: None,
        };
        let (joined_at, nickname) = (self.joined_at, self.nickname.clone());
        let Self { is_renamed, read_confirm, read_upto, left, .. } = *self;
        Self { joined, joined_at, nickname, is_renamed, read_confirm, read_upto, left }
    }

    pub fn is_bot(&self) -> bool {
        self.joined.style == Style::Bot
    }

    /// Whether his presence keeps the session alive (decision 0014, D6).
    pub fn keeps_alive(&self) -> bool {
        let person = matches!(self.joined.role, Role::Client | Role::Agent | Role::Supervisor);
        self.is_here() && person && !self.is_bot() && self.joined.visibility < Visibility::Vip
    }

    /// Nobody whom one could ask to go: a workflow, or the server itself. It comes with its first word
    /// and never leaves.
    pub fn is_voice(&self) -> bool {
        let is_server = self.joined.role == Role::System && self.joined.protocol == Protocol::None;
        self.is_outside() || is_server
    }

    /// The voice of a workflow.
    pub fn is_outside(&self) -> bool {
        self.joined.role == Role::External && self.joined.protocol == Protocol::Esp
    }

    /// An agent or supervisor made of flesh.
    pub fn is_human_agent(&self) -> bool {
        matches!(self.joined.role, Role::Agent | Role::Supervisor) && !self.is_bot()
    }

    /// A human agent whom the customer can see: what statistics and after-actions count.
    pub fn is_visible_agent(&self) -> bool {
        self.is_human_agent() && self.joined.visibility == Visibility::All
    }

    /// Whether this participant can know of another one.
    pub fn knows(&self, other: &Participant) -> bool {
        other.joined.id == self.joined.id || other.joined.visibility.reaches(self.joined.role)
    }
}
