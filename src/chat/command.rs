//! What can be wished in a chat, in the imperative. Names and secrets a wish needs were made by
//! whoever translated it: rules throw no dice.

use crate::base::{AgentId, ContactId, ParticipantId, UserData, UserId};
use crate::chat::event::{EventId, LeaveReason, TreatAs};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Join(Box<Join>),
    Say(Say),
    Notify(Notify),
    ChangeData(ChangeData),
    Leave(Leave),
    /// The server ends the session: its interaction was stopped, an operator said so.
    Close(LeaveReason),
    /// The contact house knows who the customer is.
    NameContact {
        contact: ContactId,
        attributes: UserData,
    },
    TimePassed,
}

/// A client's own name for a request. The same name and the same request lead to the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Once {
    /// At most 64 printable characters; unique per participant for the life of the session.
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Join {
    #[serde(skip)]
    pub once: Option<Once>,
    #[serde(skip)]
    pub user_id: UserId,
    pub person: Option<AgentId>,
    pub nickname: String,
    pub role: Role,
    pub visibility: Visibility,
    pub protocol: Protocol,
    pub client_version: ClientVersion,
    pub time_zone_offset: i32,
    pub text: Option<String>,
    /// `GCTI_Chat_SetPartyStyle`, `GCTI_Chat_SessionPassword` and the like stand here too.
    pub user_data: UserData,
    /// Given by whoever wants a session that does not exist yet.
    pub start: Option<Box<Start>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Start {
    pub subject: String,
    pub tenant: String,
    pub service: String,
    pub queue: String,
    pub media_type: String,
    #[serde(skip)]
    pub salt: String,
    /// Made by the server when `session-password-enforce` is on.
    #[serde(skip)]
    pub password: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Say {
    #[serde(skip)]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
    pub text: String,
    pub message_type: Option<String>,
    pub treat_as: Option<TreatAs>,
    pub attributes: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notify {
    #[serde(skip)]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
    pub notice: NoticeWish,
    pub attributes: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum NoticeWish {
    PushUrl(String),
    Custom { text: Option<String>, message_type: Option<String>, data: UserData },
    Nickname(String),
    ReadConfirm(EventId),
    System { command: String, data: UserData },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeData {
    #[serde(skip)]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub added: UserData,
}

/// Somebody goes, or makes somebody go.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leave {
    #[serde(skip)]
    pub once: Option<Once>,
    pub asker: ParticipantId,
    pub who: ParticipantId,
    pub after: AfterAction,
    pub text: Option<String>,
}

/// What becomes of the session when an agent goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum AfterAction {
    #[default]
    KeepAlive,
    CloseIfNoAgents,
    ForceClose,
}

impl Command {
    /// The client's name for this request, with whoever it belongs to: two people may use the same
    /// name. Names have no blanks, so no two pairs look alike.
    pub fn key(&self) -> Option<String> {
        let (who, once) = match self {
            Self::Join(join) => {
                let id = &join.once.as_ref()?.id;
                return Some(match &join.person {
                    Some(person) => format!("join/{id} {person}"),
                    None => format!("join/{id}"),
                });
            }
            Self::Say(say) => (say.who.to_string(), &say.once),
            Self::Notify(notify) => (notify.who.to_string(), &notify.once),
            Self::ChangeData(change) => (change.who.to_string(), &change.once),
            Self::Leave(leave) => (leave.asker.to_string(), &leave.once),
            Self::Close(_) | Self::NameContact { .. } | Self::TimePassed => return None,
        };
        Some(format!("{who}/{}", once.as_ref()?.id))
    }
}
