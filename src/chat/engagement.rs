//! Why a bot is in a session.

use serde::{Deserialize, Serialize};

/// What a bot was brought into a session for. It stands with its joining.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Which one of the configuration.
    pub id: String,
    /// Which one behind it, if it leads to several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default)]
    pub stops_on_agent_arrival: bool,
    #[serde(default)]
    pub stops_on_customer_left: bool,
    /// Its workflow goes on when it has ended.
    #[serde(default)]
    pub holds_up: bool,
    /// For reports alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
}
