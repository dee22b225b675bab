//! What wishes of clients and of bots have in common.

use crate::base::UserData;
use crate::chat::event::EventId;
use serde::{Deserialize, Serialize};

/// A client's own name for a request. The same name and the same request lead to the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// At most 64 printable characters; unique per participant for the life of the session.
    pub id: String,
}

/// A notice that a participant wishes to give: something that is told and not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NoticeWish {
    PushUrl(String),
    Custom { text: Option<String>, message_type: Option<String>, data: UserData },
    Nickname(String),
    ReadConfirm(EventId),
    System { command: String, data: UserData },
}
