//! A row of the document, with the guide's words: what all its forms have in common.

use crate::base::{AgentId, Millis, SessionId, UserData, UserId};
use crate::chat::event::{EventId, LeaveReason, TreatAs};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};

/// A transcript that is ready to be written in any form.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub session: SessionId,
    pub start_at: Millis,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub event: EventId,
    pub user: UserId,
    /// How the author is called now.
    pub nickname: String,
    /// Whole seconds since the start; never less than before.
    pub time_shift: u64,
    pub visibility: Visibility,
    /// To whom a direct message went.
    pub receiver: Option<Receiver>,
    pub what: What,
    pub attributes: UserData,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Receiver {
    pub user: UserId,
    pub nickname: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    NewParty { info: UserInfo, text: Option<String>, user_data: UserData },
    Message { text: String, kind: Option<String>, treat_as: Option<TreatAs> },
    Notice { kind: &'static str, text: String, user_data: UserData },
    PartyLeft { asker: UserId, reason: LeaveReason, text: Option<String> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct UserInfo {
    /// Only people of the contact centre have one.
    pub person: Option<AgentId>,
    pub nickname: String,
    pub role: Role,
    pub protocol: Protocol,
    pub time_zone_offset: i32,
    pub client_version: ClientVersion,
}

impl Document {
    /// When something happened, to the second.
    pub fn at(&self, entry: &Entry) -> Millis {
        Millis((self.start_at.seconds() + entry.time_shift) * 1_000)
    }
}

/// What the guide's server writes for a leaving.
pub fn reason_text(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Normal => "left",
        LeaveReason::CloseIfNoAgents => "left with request to close if no agents",
        LeaveReason::ForceClose => "left with request to close forcedly",
        LeaveReason::Disconnect => "left due to disconnect",
        LeaveReason::RemovedByOther => "removed by other party",
        LeaveReason::RemovedByServer => "removed by server",
        LeaveReason::BadKey => "removed due to bad secure key",
        LeaveReason::Inactivity => "removed due to inactivity",
        LeaveReason::Restoration => "left due to session restoration",
    }
}

/// The code beside the text; an ordinary leaving has none.
pub fn reason_code(reason: LeaveReason) -> Option<u8> {
    (reason != LeaveReason::Normal).then(|| reason.code())
}

/// The guide's word for how a text is meant.
pub fn treat_as_name(treat_as: TreatAs) -> &'static str {
    match treat_as {
        TreatAs::Normal => "NORMAL",
        TreatAs::System => "SYSTEM",
    }
}
