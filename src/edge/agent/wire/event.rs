//! The lines of a transcript as frames carry them.

use super::request::{NoticeType, TreatAs};
use super::{KeyValues, UserType, Visibility};
use crate::base::{Millis, UserData};
use crate::chat::Participant;
use crate::chat::document::entry::reason_text;
use crate::chat::event::{Fact, Notice};
use crate::chat::line::Line;
use crate::chat::look::Names;
use crate::chat::participant::{Joined, Style};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One event. Which of the optional members are there depends on `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WireEvent {
    pub event_id: u64,
    #[serde(rename = "type")]
    pub kind: EventKind,
    pub time: String,
    pub user_id: String,
    pub participant_id: u32,
    pub nickname: String,
    pub user_type: UserType,
    pub visibility: Visibility,
    /// `BOT`, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_as: Option<TreatAs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_type: Option<NoticeType>,
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    #[schemars(with = "KeyValues")]
    pub user_data: UserData,
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    #[schemars(with = "KeyValues")]
    pub event_attributes: UserData,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_info: Option<UserInfo>,
    /// Who made the party leave, if it was somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    NewParty,
    Message,
    Notice,
    PartyLeft,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserInfo {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    pub protocol_type: String,
    pub time_zone_offset: i32,
    pub client_version: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    pub code: u8,
    pub text: String,
}

/// A line as the wire has it; nothing for what no viewer is shown. Others than its author are named as
/// far as the viewer may know of them.
pub fn describe(names: &Names, line: &Line) -> Option<WireEvent> {
    let Line { event, author, attributes } = line;
    let mut shown = WireEvent {
        event_id: event.id().0,
        kind: EventKind::Message,
        time: time(event.at),
        user_id: author.joined.user_id.0.clone(),
        participant_id: author.joined.id.0,
        nickname: author.nickname.clone(),
        user_type: author.joined.role.into(),
        visibility: event.visibility.into(),
        style: author.is_bot().then(|| style(author.joined.style).to_owned()),
        receiver_id: event
            .receiver
            .and_then(|receiver| names.get(&receiver).map(|name| name.0.clone())),
        text: None,
        message_type: None,
        treat_as: None,
        notice_type: None,
        user_data: UserData::default(),
        event_attributes: attributes.clone(),
        user_info: None,
        asker_id: None,
        reason: None,
    };
    match &event.fact {
        Fact::Joined { joined, .. } => describe_joining(&mut shown, joined, author),
        Fact::Said { words, .. } => {
            shown.text = Some(words.text.clone());
            shown.message_type.clone_from(&words.message_type);
            shown.treat_as = words.treat_as.map(treat_as);
        }
        Fact::Noticed { notice, .. } => describe_notice(&mut shown, notice),
        Fact::Left { asker, reason, text, .. } => {
            shown.kind = EventKind::PartyLeft;
            shown.asker_id = asker.and_then(|asker| names.get(&asker).map(|name| name.0.clone()));
            shown.text.clone_from(text);
            let (code, text) = (reason.code(), reason_text(*reason).to_owned());
            shown.reason = Some(Reason { code, text });
        }
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => return None,
    }
    Some(shown)
}

fn describe_joining(shown: &mut WireEvent, joined: &Joined, author: &Participant) {
    shown.kind = EventKind::NewParty;
    shown.nickname.clone_from(&joined.nickname);
    shown.visibility = joined.visibility.into();
    shown.text.clone_from(&joined.text);
    shown.user_data = author.shown_user_data();
    shown.user_info = Some(UserInfo {
        person_id: joined.person.as_ref().map(|person| person.0.clone()),
        protocol_type: joined.protocol.name().to_owned(),
        time_zone_offset: joined.time_zone_offset,
        client_version: joined.client_version.0,
    });
}

fn describe_notice(shown: &mut WireEvent, notice: &Notice) {
    shown.kind = EventKind::Notice;
    let (kind, text, data) = match notice {
        Notice::PushUrl { url } => {
            (NoticeType::UserPushedUrl, Some(url.clone()), UserData::default())
        }
        Notice::Custom { text, message_type, data } => {
            shown.message_type.clone_from(message_type);
            (NoticeType::UserCustom, text.clone(), data.clone())
        }
        Notice::Nickname { nickname } => {
            (NoticeType::UserUpdateNick, Some(nickname.clone()), UserData::default())
        }
        Notice::ReadConfirm { upto } => {
            let mut data = UserData::default();
            data.set("last-event-id", upto.0.to_string());
            (NoticeType::SysCommand, Some("read-confirm".to_owned()), data)
        }
        Notice::System { command, data } => {
            (NoticeType::SysCommand, Some(command.clone()), data.clone())
        }
        Notice::IdleAlert { text, data, .. } => {
            (NoticeType::IdleControlAlert, Some(text.clone()), data.clone())
        }
        Notice::IdleClose { text } => {
            (NoticeType::IdleControlClose, Some(text.clone()), UserData::default())
        }
        Notice::IdleSet { overrides, .. } => (NoticeType::IdleControlSet, None, overrides.clone()),
    };
    shown.notice_type = Some(kind);
    shown.text = text;
    shown.user_data = data;
}

fn style(style: Style) -> &'static str {
    match style {
        Style::Human => "HUMAN",
        Style::Bot => "BOT",
    }
}

fn treat_as(treat_as: crate::chat::event::TreatAs) -> TreatAs {
    match treat_as {
        crate::chat::event::TreatAs::Normal => TreatAs::Normal,
        crate::chat::event::TreatAs::System => TreatAs::System,
    }
}

/// A time as the wire shows it: RFC 3339, UTC, milliseconds.
pub fn time(at: Millis) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let stamp = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    format!("{stamp:.3}")
}
