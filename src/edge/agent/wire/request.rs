//! What a client may send.

pub use super::bots::{HandToBot, TakeFromBot};
pub use super::together::{
    Assign, ChangeAgentState, Conference, Consult, ConsultMode, FindInteractions, InteractionState,
    Intrude, OneWorkbin, PlaceInWorkbin, Pull, Transfer, VisibilityMode, WithdrawInvitation,
    Workbin, WorkbinNotifications,
};

use super::{KeyValues, MediaState, UserType, Visibility};
use crate::base::UserData;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One frame of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestFrame {
    /// The client's own number or name for this frame; comes back with the answer.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    #[serde(flatten)]
    pub request: Request,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ref {
    Number(u64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Request {
    /// The first frame of every connection.
    Register(Register),
    AgentLogin(AgentLogin),
    AgentLogout(Nothing),
    AddMedia(AddMedia),
    RemoveMedia(OneMedia),
    Ready(OneMedia),
    NotReady(NotReady),
    ChangeMediaStateReason(NotReady),
    DoNotDisturbOn(Nothing),
    DoNotDisturbOff(Nothing),
    ChangeAgentState(ChangeAgentState),
    Accept(Accept),
    Reject(Reject),
    Transfer(Transfer),
    Conference(Conference),
    Consult(Consult),
    Intrude(Intrude),
    WithdrawInvitation(WithdrawInvitation),
    Assign(Assign),
    #[serde(rename = "hold")]
    KeepWaiting(OneInteraction),
    /// Puts it where it waits for its customer, as the options of the agent say.
    PlaceOnHold(OneInteraction),
    #[serde(rename = "resume")]
    EndWaiting(OneInteraction),
    LeaveInteraction(OneInteraction),
    StopProcessing(StopProcessing),
    PlaceInQueue(PlaceInQueue),
    PlaceInWorkbin(PlaceInWorkbin),
    Pull(Pull),
    GetWorkbinContent(OneWorkbin),
    GetInteractionProperties(OneInteraction),
    FindInteractions(FindInteractions),
    WorkbinNotifications(WorkbinNotifications),
    ChangeProperties(ChangeProperties),
    Submit(Box<Submit>),
    Join(Box<Join>),
    Message(Message),
    Notify(Notify),
    Release(Release),
    UpdateData(UpdateData),
    HandToBot(HandToBot),
    TakeFromBot(TakeFromBot),
    Transcript(Transcript),
    Ping(Nothing),
    Pong(Nothing),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nothing {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    #[serde(default)]
    pub client_type: ClientType,
    /// Of the program, for logs; of a media server, its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// `AGENT`, or `SUPERVISOR` if the account is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<UserType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// 101 to 106; 101 if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_version: Option<u16>,
    /// Minutes from UTC.
    #[serde(default)]
    pub time_zone_offset: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClientType {
    #[default]
    AgentApplication,
    MediaServer,
}

/// What an earlier connection had reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resume {
    /// `resumeToken` of an earlier `registered`.
    pub token: String,
    #[serde(default)]
    pub sessions: Vec<ResumedSession>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumedSession {
    pub session_id: String,
    /// Whom the answer to the joining named.
    pub user_id: String,
    /// The last `position` or `eventId` that was seen.
    pub last_event_id: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentLogin {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    pub media: Vec<AddMedia>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddMedia {
    pub media: String,
    pub state: MediaState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OneMedia {
    pub media: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotReady {
    pub media: String,
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accept {
    pub ticket: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reject {
    pub ticket: u64,
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OneInteraction {
    pub interaction_id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopProcessing {
    pub interaction_id: String,
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceInQueue {
    pub interaction_id: String,
    pub queue: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeProperties {
    pub interaction_id: String,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub added: UserData,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub changed: UserData,
    #[serde(default)]
    pub deleted: Vec<String>,
}

/// A media server brings an interaction in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Submit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<String>,
    /// The same one is taken in once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    pub media: String,
    pub tenant: String,
    /// Either this …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// … or an endpoint of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(default)]
    pub interaction_type: InteractionType,
    #[serde(default)]
    pub subtype: String,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InteractionType {
    #[default]
    Inbound,
    Outbound,
    Internal,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    /// Of an existing session; without it one is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(default)]
    pub visibility: Visibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `GCTI_Chat_SetPartyStyle`, `GCTI_Chat_SessionPassword` … stand here.
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
    /// Of a session to be created: `tenant:endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_as: Option<TreatAs>,
    #[serde(default)]
    pub visibility: Visibility,
    /// The `userId` of the only one who shall see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_id: Option<String>,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub event_attributes: UserData,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TreatAs {
    Normal,
    System,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notify {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    pub notice_type: NoticeType,
    /// The URL, the nickname, the system command, or what is typed so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    #[serde(default)]
    pub visibility: Visibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_id: Option<String>,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
    #[serde(default)]
    #[schemars(with = "KeyValues")]
    pub event_attributes: UserData,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoticeType {
    TypingStarted,
    TypingStopped,
    UserPushedUrl,
    UserCustom,
    UserUpdateNick,
    SysCommand,
    /// Only the server says these.
    IdleControlAlert,
    IdleControlClose,
    IdleControlSet,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Who goes; without it the client itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default)]
    pub after_action: AfterAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AfterAction {
    #[default]
    KeepAlive,
    CloseIfNoAgents,
    ForceClose,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateData {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transcript {
    pub session_id: String,
    /// The last `eventId` that is not wanted any more; 0 for everything.
    #[serde(default)]
    pub last_event_id: u64,
}

impl Request {
    /// Gives a frame that changes something once, and that has no key of its own, one.
    pub fn take_key(&mut self, key_for: impl Fn(Option<String>) -> String) {
        let key = match self {
            Self::Message(message) => &mut message.message_id,
            Self::Notify(notify) => &mut notify.message_id,
            Self::Release(release) => &mut release.message_id,
            Self::UpdateData(update) => &mut update.message_id,
            Self::HandToBot(hand) => &mut hand.message_id,
            Self::TakeFromBot(take) => &mut take.message_id,
            // Its own name is as good.
            Self::Submit(submit) if submit.interaction_id.is_some() => return,
            Self::Submit(submit) => &mut submit.message_id,
            // The name of a session that is to be created is made from its key, if it has one.
            Self::Join(_)
            | Self::Register(_)
            | Self::AgentLogin(_)
            | Self::AgentLogout(_)
            | Self::AddMedia(_)
            | Self::RemoveMedia(_)
            | Self::Ready(_)
            | Self::NotReady(_)
            | Self::ChangeMediaStateReason(_)
            | Self::DoNotDisturbOn(_)
            | Self::DoNotDisturbOff(_)
            | Self::ChangeAgentState(_)
            | Self::Accept(_)
            | Self::Reject(_)
            | Self::Transfer(_)
            | Self::Conference(_)
            | Self::Consult(_)
            | Self::Intrude(_)
            | Self::WithdrawInvitation(_)
            | Self::Assign(_)
            | Self::KeepWaiting(_)
            | Self::PlaceOnHold(_)
            | Self::EndWaiting(_)
            | Self::LeaveInteraction(_)
            | Self::StopProcessing(_)
            | Self::PlaceInQueue(_)
            | Self::PlaceInWorkbin(_)
            | Self::Pull(_)
            | Self::GetWorkbinContent(_)
            | Self::GetInteractionProperties(_)
            | Self::FindInteractions(_)
            | Self::WorkbinNotifications(_)
            | Self::ChangeProperties(_)
            | Self::Transcript(_)
            | Self::Ping(_)
            | Self::Pong(_) => return,
        };
        *key = Some(key_for(key.take()));
    }

    /// The session that a frame is for, if it is for one that the client is in.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Message(message) => Some(&message.session_id),
            Self::Notify(notify) => Some(&notify.session_id),
            Self::Release(release) => Some(&release.session_id),
            Self::UpdateData(update) => Some(&update.session_id),
            Self::HandToBot(hand) => Some(&hand.session_id),
            Self::TakeFromBot(take) => Some(&take.session_id),
            Self::Transcript(transcript) => Some(&transcript.session_id),
            Self::Register(_)
            | Self::AgentLogin(_)
            | Self::AgentLogout(_)
            | Self::AddMedia(_)
            | Self::RemoveMedia(_)
            | Self::Ready(_)
            | Self::NotReady(_)
            | Self::ChangeMediaStateReason(_)
            | Self::DoNotDisturbOn(_)
            | Self::DoNotDisturbOff(_)
            | Self::ChangeAgentState(_)
            | Self::Accept(_)
            | Self::Reject(_)
            | Self::Transfer(_)
            | Self::Conference(_)
            | Self::Consult(_)
            | Self::Intrude(_)
            | Self::WithdrawInvitation(_)
            | Self::Assign(_)
            | Self::KeepWaiting(_)
            | Self::PlaceOnHold(_)
            | Self::EndWaiting(_)
            | Self::LeaveInteraction(_)
            | Self::StopProcessing(_)
            | Self::PlaceInQueue(_)
            | Self::PlaceInWorkbin(_)
            | Self::Pull(_)
            | Self::GetWorkbinContent(_)
            | Self::GetInteractionProperties(_)
            | Self::FindInteractions(_)
            | Self::WorkbinNotifications(_)
            | Self::ChangeProperties(_)
            | Self::Submit(_)
            | Self::Join(_)
            | Self::Ping(_)
            | Self::Pong(_) => None,
        }
    }
}
