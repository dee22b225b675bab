//! The frames of the agent API, as they stand on the wire: one JSON object each. `docs/api/agent.md`
//! explains them, `docs/api/agent.schema.json` is made from them.
//!
//! [`request`] is what a client sends (with `together`), [`frame`] what the server sends, [`event`] the lines of a
//! transcript within.

mod bots;
pub mod event;
pub mod frame;
pub mod request;
mod schema;
mod together;

pub use event::{WireEvent, describe, time};
pub use frame::{Ack, Failure, Frame, SessionInfo, SessionStatus, Typing};
pub use request::{Ref, Request, RequestFrame};
pub use schema::schema_text;

use crate::chat::participant as chat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may see something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Visibility {
    /// Everyone.
    #[default]
    All,
    /// Agents and supervisors.
    Int,
    /// Supervisors.
    Vip,
}

/// What kind of participant somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum UserType {
    Client,
    Agent,
    Supervisor,
    External,
    System,
}

/// A medium's state at an agent's desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MediaState {
    Ready,
    NotReady,
}

/// Key-value lists: values are texts, numbers or lists.
pub type KeyValues = std::collections::BTreeMap<String, serde_json::Value>;

impl From<Visibility> for chat::Visibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::All => Self::All,
            Visibility::Int => Self::Int,
            Visibility::Vip => Self::Vip,
        }
    }
}

impl From<chat::Visibility> for Visibility {
    fn from(visibility: chat::Visibility) -> Self {
        match visibility {
            chat::Visibility::All => Self::All,
            chat::Visibility::Int => Self::Int,
            chat::Visibility::Vip => Self::Vip,
        }
    }
}

impl From<chat::Role> for UserType {
    fn from(role: chat::Role) -> Self {
        match role {
            chat::Role::Client => Self::Client,
            chat::Role::Agent => Self::Agent,
            chat::Role::Supervisor => Self::Supervisor,
            chat::Role::External => Self::External,
            chat::Role::System => Self::System,
        }
    }
}
