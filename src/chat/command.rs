//! What can be wished in a chat, in the imperative. Names and secrets a wish needs were made by
//! whoever translated it: rules throw no dice.

use crate::base::{AgentId, ContactId, ParticipantId, UserData, UserId};
use crate::chat::bots::BotWish;
use crate::chat::event::{LeaveReason, TreatAs};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
pub use crate::chat::wish::{NoticeWish, Once};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Join(Box<Join>),
    Say(Say),
    Notify(Notify),
    ChangeData(ChangeData),
    Leave(Leave),
    /// The server ends the session: its interaction was stopped, an operator said so.
    Close(LeaveReason),
    /// The same, unless an agent is there.
    CloseIfNoAgents(LeaveReason),
    /// A workflow says something in the name of a participant of its own.
    SayOutside(Box<Outside>),
    /// A workflow has a name for a wish that has none of its own, so that it may ask again.
    AskOutside(Box<AskedOutside>),
    /// A workflow places an asynchronous session on hold.
    #[serde(rename = "Hold")]
    PlaceOnHold,
    /// A workflow lets the idle time of an asynchronous session begin anew.
    BeginIdleAnew,
    /// An agent has placed the interaction of the session in a queue for others.
    Transferred(AgentId),
    /// A workflow says which language the session is in.
    SetLanguage(Language),
    /// A workflow changes inactivity control for this session.
    ControlIdle(IdleWish),
    /// What is wished of bots, or by them.
    Bots(Box<BotWish>),
    /// The contact house knows who the customer is.
    NameContact {
        contact: ContactId,
        attributes: UserData,
    },
    TimePassed,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Join {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    #[serde(default = "no_user_id", skip_serializing_if = "is_no_user_id")]
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

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub subject: String,
    pub tenant: String,
    pub service: String,
    pub queue: String,
    pub media_type: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// Made by the server when `session-password-enforce` is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Say {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
    pub text: String,
    pub message_type: Option<String>,
    pub treat_as: Option<TreatAs>,
    pub attributes: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notify {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
    pub notice: NoticeWish,
    pub attributes: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeData {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub who: ParticipantId,
    pub added: UserData,
}

/// A message or notice of a workflow. Its author comes in with the first one and stays: there is one
/// for each nickname and visibility.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    /// Whose names of requests these are: two clients may use the same.
    pub client: String,
    /// For an author who is not there yet.
    #[serde(default = "no_user_id", skip_serializing_if = "is_no_user_id")]
    pub user_id: UserId,
    pub nickname: String,
    pub visibility: Visibility,
    pub speech: Speech,
    pub attributes: UserData,
}

/// A wish of a workflow under a name of the workflow's own. Asked again, it is answered from what it
/// changed the first time; what changed nothing leaves no trace, and is asked anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskedOutside {
    pub once: Once,
    /// As of [`Outside`].
    pub client: String,
    pub wish: Command,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Speech {
    Message { text: String, message_type: Option<String> },
    Notice(NoticeWish),
}

/// What a workflow wants of inactivity control, under the names of the options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdleWish {
    pub base: IdleBase,
    pub changed: UserData,
}

/// What the change starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdleBase {
    /// The configuration of the server.
    Configured,
    /// What holds for the session.
    AsItIs,
}

/// As the user data of a session names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    Name(String),
    Code(String),
}

/// Somebody goes, or makes somebody go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leave {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub asker: ParticipantId,
    pub who: ParticipantId,
    pub after: AfterAction,
    pub text: Option<String>,
}

/// What becomes of the session when an agent goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterAction {
    #[default]
    KeepAlive,
    CloseIfNoAgents,
    ForceClose,
}

impl Command {
    /// The wish without what its translator made up for it: two requests are the same if this is.
    pub fn as_asked(mut self) -> Self {
        match &mut self {
            Self::Join(join) => {
                join.once = None;
                join.user_id = no_user_id();
                if let Some(start) = &mut join.start {
                    start.salt.clear();
                    start.password = None;
                }
            }
            Self::Say(say) => say.once = None,
            Self::Notify(notify) => notify.once = None,
            Self::ChangeData(change) => change.once = None,
            Self::Leave(leave) => leave.once = None,
            Self::SayOutside(outside) => {
                outside.once = None;
                outside.user_id = no_user_id();
            }
            Self::Bots(wish) => wish.as_asked(),
            // The name of the request is none of what is asked.
            Self::AskOutside(_)
            | Self::Close(_)
            | Self::CloseIfNoAgents(_)
            | Self::PlaceOnHold
            | Self::BeginIdleAnew
            | Self::Transferred(_)
            | Self::SetLanguage(_)
            | Self::ControlIdle(_)
            | Self::NameContact { .. }
            | Self::TimePassed => {}
        }
        self
    }

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
            Self::SayOutside(outside) => (format!("outside/{}", outside.client), &outside.once),
            Self::AskOutside(asked) => {
                return Some(format!("outside/{}/{}", asked.client, asked.once.id));
            }
            Self::Bots(wish) => return wish.key(),
            Self::Close(_)
            | Self::CloseIfNoAgents(_)
            | Self::PlaceOnHold
            | Self::BeginIdleAnew
            | Self::Transferred(_)
            | Self::SetLanguage(_)
            | Self::ControlIdle(_)
            | Self::NameContact { .. }
            | Self::TimePassed => return None,
        };
        Some(format!("{who}/{}", once.as_ref()?.id))
    }
}

/// Without user data: a session's password may stand there.
impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("once", &self.once)
            .field("user_id", &self.user_id)
            .field("person", &self.person)
            .field("role", &self.role)
            .field("visibility", &self.visibility)
            .field("protocol", &self.protocol)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// Without salt and password.
impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("tenant", &self.tenant)
            .field("service", &self.service)
            .field("queue", &self.queue)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

fn no_user_id() -> UserId {
    UserId(String::new())
}

fn is_no_user_id(user_id: &UserId) -> bool {
    user_id.0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::testing::{agent, once, start};

    #[test]
    fn a_wish_comes_back_as_it_went_and_tells_no_secret_to_a_log() {
        let start = Start { password: Some("open sesame".into()), ..start() };
        let user_data = UserData::default().with("GCTI_Chat_SessionPassword", "open sesame");
        let join =
            Join { once: once("m1"), start: Some(Box::new(start)), user_data, ..agent("bob") };
        let wish = Command::Join(Box::new(join));

        let text = serde_json::to_string(&wish).unwrap();

        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), wish);
        let logged = format!("{wish:?}");
        assert!(!logged.contains("sesame") && !logged.contains("0123"), "{logged}");
    }
}
