//! The table of operations: path, what the figures call it, what the document says of it. Routes and
//! document are both made from it, so neither can have what the other lacks.

use crate::edge::rest_v2::form::{
    ATTRIBUTES, EMAIL, ENDPOINT, FIRST_NAME, LAST_NAME, MESSAGE, MESSAGE_TYPE, NICKNAME, POSITION,
    PUSH_URL, SUBJECT, TEXT,
};

/// Where the API lives; `{service}` is a `[chat.<service>]` of the configuration.
pub const BASE: &str = "/genesys/2/chat/{service}";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Send,
    Refresh,
    StartTyping,
    StopTyping,
    ReadReceipt,
    UpdateNickname,
    PushUrl,
    UpdateData,
    CustomNotice,
    Disconnect,
}

impl Operation {
    pub const ALL: &'static [Self] = &[
        Self::Create,
        Self::Send,
        Self::Refresh,
        Self::StartTyping,
        Self::StopTyping,
        Self::ReadReceipt,
        Self::UpdateNickname,
        Self::PushUrl,
        Self::UpdateData,
        Self::CustomNotice,
        Self::Disconnect,
    ];

    /// Its name, in the path, in the document and in the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Refresh => "refresh",
            Self::StartTyping => "startTyping",
            Self::StopTyping => "stopTyping",
            Self::ReadReceipt => "readReceipt",
            Self::UpdateNickname => "updateNickname",
            Self::PushUrl => "pushUrl",
            Self::UpdateData => "updateData",
            Self::CustomNotice => "customNotice",
            Self::Disconnect => "disconnect",
        }
    }

    /// The path without a slash at its end; with one it is the same operation.
    pub fn path(self) -> String {
        match self {
            Self::Create => BASE.to_owned(),
            Self::Send
            | Self::Refresh
            | Self::StartTyping
            | Self::StopTyping
            | Self::ReadReceipt
            | Self::UpdateNickname
            | Self::PushUrl
            | Self::UpdateData
            | Self::CustomNotice
            | Self::Disconnect => format!("{BASE}/{{chatId}}/{}", self.name()),
        }
    }

    pub fn summary(self) -> &'static str {
        match self {
            Self::Create => "Starts a chat and joins it as its customer",
            Self::Send => "Sends a message",
            Self::Refresh => "Reads what is new; says that the customer is still there",
            Self::StartTyping => "Shows that the customer types",
            Self::StopTyping => "Shows that the customer no longer types",
            Self::ReadReceipt => "Tells up to which event the customer has read",
            Self::UpdateNickname => "Changes the customer's nickname",
            Self::PushUrl => "Shows an address to the others",
            Self::UpdateData => "Adds to the user data of the session",
            Self::CustomNotice => "Sends a notice of the client's own kind",
            Self::Disconnect => "Leaves the chat",
        }
    }

    /// Parameters of its own, beside those that prove who asks.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Create => &[NICKNAME, FIRST_NAME, LAST_NAME, EMAIL, SUBJECT, TEXT, ENDPOINT],
            Self::Send => &[MESSAGE, MESSAGE_TYPE, ATTRIBUTES, POSITION],
            Self::Refresh | Self::StartTyping | Self::StopTyping => &[MESSAGE, POSITION],
            Self::ReadReceipt => &[POSITION],
            Self::UpdateNickname => &[NICKNAME, POSITION],
            Self::PushUrl => &[PUSH_URL, POSITION],
            Self::UpdateData | Self::Disconnect => &[POSITION],
            Self::CustomNotice => &[MESSAGE, MESSAGE_TYPE, ATTRIBUTES, POSITION],
        }
    }

    /// Which of its parameters must be there.
    pub fn required(self) -> &'static [&'static str] {
        match self {
            Self::Send => &[MESSAGE],
            Self::ReadReceipt => &[POSITION],
            Self::UpdateNickname => &[NICKNAME],
            Self::PushUrl => &[PUSH_URL],
            Self::Create
            | Self::Refresh
            | Self::StartTyping
            | Self::StopTyping
            | Self::UpdateData
            | Self::CustomNotice
            | Self::Disconnect => &[],
        }
    }

    /// Whether it takes `userData[KEY]`.
    pub fn takes_user_data(self) -> bool {
        matches!(self, Self::Create | Self::UpdateData | Self::CustomNotice)
    }
}
