//! What the server sends.

use super::request::{InteractionState, VisibilityMode, Workbin};
use super::{KeyValues, MediaState, Ref, UserType, Visibility, WireEvent};
use crate::base::UserData;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Frame {
    Registered(Registered),
    Ack(Ack),
    Error(Failure),
    SessionInfo(SessionInfo),
    Typing(Typing),
    /// Go on at another node: the socket is closed next.
    Moved(Moved),
    AgentStatus(AgentStatus),
    Invite(Box<Invite>),
    Revoked(Revoked),
    /// Whom this client has invited does not come.
    Rejected(Rejected),
    PartyAdded(PartyAdded),
    PartyRemoved(PartyRemoved),
    PropertiesChanged(PropertiesChanged),
    Held(OnHold),
    Resumed(OnHold),
    ProcessingStopped(ProcessingStopped),
    PulledInteractions(PulledInteractions),
    InteractionProperties(Box<InteractionProperties>),
    FoundInteractions(FoundInteractions),
    WorkbinContent(WorkbinContent),
    WorkbinContentChanged(WorkbinContentChanged),
    LoggedOut(LoggedOut),
    Ping(Beat),
    Pong(Beat),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registered {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub agent: String,
    pub connection_id: String,
    /// For `register.resume`.
    pub resume_token: String,
    /// Seconds after a loss in which nobody notices it.
    pub resume_window: u64,
    /// Seconds between two `ping`s of the server.
    pub ping_interval: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ack {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Of a joining: who the client is in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<u32>,
    /// The event that the request became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<u64>,
    /// The same `messageId` was carried out before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<String>,
    /// Of the invitation that the request became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    /// Something an operator should put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub code: u16,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionInfo {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub session_id: String,
    pub status: SessionStatus,
    pub events: Vec<WireEvent>,
    /// Everything up to here was shown; `lastEventId` of a later resumption.
    pub position: u64,
    /// More of the same follows at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// A supervisor looks on unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SessionStatus {
    Alive,
    /// Nothing more will come for this client.
    Over,
}

/// Somebody types, or no longer does. Never stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Typing {
    pub session_id: String,
    pub event_id: u64,
    pub time: String,
    pub state: TypingState,
    pub user_id: String,
    pub participant_id: u32,
    pub nickname: String,
    pub user_type: UserType,
    pub visibility: Visibility,
    /// What was typed so far, if the client shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum TypingState {
    Started,
    Stopped,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Moved {
    /// None of a connection that attends no session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Everything of the session up to here was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The node on which the session lives, if it is another one; a hint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentStatus {
    pub agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    pub media: Vec<MediaStatus>,
    /// Since when the agent is to be left in peace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_disturb: Option<String>,
    /// Given after a login or a resumption: everything that lies on the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitations: Option<Vec<Invite>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<Vec<Interaction>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MediaStatus {
    pub media: String,
    pub state: MediaState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Set not ready by the server, because an invitation was missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    pub since: String,
    /// How many are offered or handled, and how many may be.
    pub load: u32,
    pub capacity: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invite {
    pub ticket: u64,
    pub deadline: String,
    pub remaining_ms: u64,
    #[serde(default)]
    pub operation: Operation,
    /// Who asks, if it is a colleague.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter: Option<String>,
    /// What the client is to be beside the one who handles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility_mode: Option<VisibilityMode>,
    /// How to join the chat.
    #[serde(default)]
    pub visibility: Visibility,
    pub interaction: Interaction,
}

/// How a party comes to an interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Operation {
    #[default]
    RouteTo,
    Transfer,
    Conference,
    Intrude,
    Pull,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interaction {
    /// For a chat also the id of its session.
    pub interaction_id: String,
    pub media: String,
    pub tenant: String,
    /// `Inbound`, `Outbound` or `Internal`.
    pub interaction_type: String,
    /// What it is about, if an agent asks another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_interaction_id: Option<String>,
    pub subtype: String,
    /// In which it waits, or to which it goes back.
    pub queue: String,
    #[serde(default)]
    pub state: InteractionState,
    /// In which it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workbin: Option<Workbin>,
    pub received_at: String,
    pub placed_in_queue_at: String,
    pub submitted_by: String,
    pub is_online: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_held: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at: Option<String>,
    /// Agents who handle it.
    pub parties: Vec<String>,
    /// Who looks on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observers: Vec<Observer>,
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revoked {
    /// Of the invitation; absent when it was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<u64>,
    pub interaction_id: String,
    /// `expired`, `stopped`, `logged_out`, `media_removed`, `moved` or `withdrawn`; of what was handled,
    /// `handling_timeout`.
    pub reason: String,
}

/// What the client has now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PulledInteractions {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub interactions: Vec<Interaction>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionProperties {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub interaction: Interaction,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FoundInteractions {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub interactions: Vec<Interaction>,
    /// Ask on with this as `after`; missing if everything was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What lies in a workbin, the oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkbinContent {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
    pub workbin: Workbin,
    pub interactions: Vec<Interaction>,
    /// There is more than is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkbinContentChanged {
    pub workbin: Workbin,
    pub interaction_id: String,
    pub operation: WorkbinOperation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WorkbinOperation {
    Placed,
    Taken,
    /// Properties of what lies there.
    Changed,
}

/// Somebody who does not handle an interaction, but follows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observer {
    pub agent: String,
    pub visibility_mode: VisibilityMode,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rejected {
    pub ticket: u64,
    pub interaction_id: String,
    pub agent: String,
    pub operation: Operation,
    /// `rejected`, `expired`, `logged_out` or `media_removed`.
    pub reason: String,
    /// What the agent said when he rejected it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyAdded {
    pub interaction_id: String,
    pub agent: String,
    /// Missing if the agent came by joining the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// What he is beside the one who handles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility_mode: Option<VisibilityMode>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyRemoved {
    pub interaction_id: String,
    pub agent: String,
    /// `left`, `left_session`, `logged_out`, `placed_in_queue`, `placed_in_workbin`, `stopped`,
    /// `transferred` or `nobody_handles`.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PropertiesChanged {
    pub interaction_id: String,
    #[schemars(with = "KeyValues")]
    pub added: UserData,
    #[schemars(with = "KeyValues")]
    pub changed: UserData,
    pub deleted: Vec<String>,
}

/// Who keeps the customer waiting, or no longer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnHold {
    pub interaction_id: String,
    pub agent: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessingStopped {
    pub interaction_id: String,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoggedOut {
    /// `asked` or `connection_lost`.
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beat {
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Ref>,
}

impl Frame {
    pub fn to_text(&self) -> String {
        match serde_json::to_string(self) {
            Ok(text) => text,
            Err(error) => {
                crate::never!("a frame is not JSON: {error}");
                String::new()
            }
        }
    }
}
