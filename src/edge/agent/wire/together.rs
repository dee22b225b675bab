//! What agents and supervisors may ask of interactions beside the one that is handled: colleagues,
//! workbins, what waits.

use super::{KeyValues, MediaState};
use crate::base::UserData;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of another agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeAgentState {
    pub agent: String,
    pub media: String,
    pub state: MediaState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Somebody else is to have the interaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transfer {
    pub interaction_id: String,
    /// Either an agent, who is invited …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// … or a queue, in which it is placed at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
}

/// Somebody else is to come to the interaction too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conference {
    pub interaction_id: String,
    pub agent: String,
    #[serde(default)]
    pub visibility_mode: VisibilityMode,
}

/// Somebody else is to be asked about the interaction, in one of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consult {
    pub interaction_id: String,
    /// Either an agent, who is invited …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// … or a queue, in which it waits for whoever is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    #[serde(default)]
    pub visibility_mode: ConsultMode,
}

/// How somebody who is asked comes into the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConsultMode {
    /// With `INT`: the customer does not see him.
    #[default]
    Coach,
    /// With `ALL`.
    Conference,
}

/// A supervisor comes to what others handle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Intrude {
    pub interaction_id: String,
    #[serde(default)]
    pub visibility_mode: VisibilityMode,
}

/// What somebody is to be beside the one who handles an interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum VisibilityMode {
    /// Joins the chat with `ALL`, and handles it too.
    #[default]
    Conference,
    /// Joins the chat with `INT`: the customer does not see him.
    Coach,
    /// Joins the chat with `VIP` and only looks on.
    Monitor,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawInvitation {
    /// Of the `ack` that answered the transfer or the conference.
    pub ticket: u64,
}

/// Offers what waits to an agent of the supervisor's choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assign {
    pub interaction_id: String,
    pub agent: String,
}

/// A named place for interactions; without an owner the client's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workbin {
    pub name: String,
    /// Whose it is …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// … or at which place …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// … or of which group of agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceInWorkbin {
    pub interaction_id: String,
    pub workbin: Workbin,
}

/// What is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindInteractions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<InteractionState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Who has it, or is invited to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Properties that it has with just these values.
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    #[schemars(with = "KeyValues")]
    pub properties: UserData,
    /// `next` of an earlier answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// 1 to 100; 50 without a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InteractionState {
    #[default]
    Queued,
    Inviting,
    Handling,
    InWorkbin,
    Stopped,
}

/// Takes what nobody handles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pull {
    pub interaction_id: String,
    /// In which it lies; without one, in a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workbin: Option<Workbin>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OneWorkbin {
    pub workbin: Workbin,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkbinNotifications {
    pub workbin: Workbin,
    /// Whether changes are to be told from now on.
    pub on: bool,
}
