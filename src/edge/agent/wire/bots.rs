//! What an agent asks of bots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Gives the floor to a bot, which comes if it is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandToBot {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// A bot of the configuration.
    pub bot_id: String,
    /// Which one behind it, if it leads to several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bot_name: String,
    /// What people see of it, if it comes; without it, its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
}

/// Takes the floor from whatever bot has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TakeFromBot {
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
}
