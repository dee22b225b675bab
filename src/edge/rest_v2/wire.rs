//! The reply and its messages as they look on the wire, and how an event becomes one of them. The
//! set of types is closed: a strict client drops the whole reply for a type it does not know.

use crate::base::user_data::{UserData, Value};
use crate::base::{Millis, ParticipantId};
use crate::chat::event::{Event, Fact, Notice};
use crate::chat::line::Line;
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::transcript::View;
use crate::chat::{Participant, Role};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What every operation answers, whatever became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatReply {
    /// 0 done; 1 not now, ask again; 2 refused, asking again will not help.
    pub status_code: u8,
    /// The session.
    pub chat_id: String,
    /// The customer's name in the session.
    pub user_id: String,
    /// The proof of being that customer, to be sent with every request.
    pub secure_key: String,
    /// The node that answered. May change; send back the newest.
    pub alias: String,
    /// Events with rising `index`, of which numbers may be left out.
    pub messages: Vec<Message>,
    /// Whether this customer is out of the session.
    pub chat_ended: bool,
    /// What to send as `transcriptPosition` next.
    pub next_position: u64,
    /// Whether a supervisor listens, if the server tells.
    pub monitored: bool,
    /// The same request was carried out before; this is its answer again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<ErrorNote>>,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorNote {
    pub code: u32,
    pub message: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub from: Sender,
    /// The number of the event. Rises, with gaps. What is no event has none.
    #[serde(skip_serializing_if = "is_none")]
    pub index: u64,
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// Milliseconds since 1970.
    pub utc_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the sender said of the kind of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "UserData::is_empty")]
    #[schema(value_type = Object)]
    pub event_attributes: UserData,
}

/// Whose event it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    pub nickname: String,
    pub participant_id: u32,
    #[serde(rename = "type")]
    pub kind: SenderType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum SenderType {
    Client,
    Agent,
    Supervisor,
    External,
    System,
}

/// Every type there is. The file types belong to clients' closed set and are sent by the part that
/// knows files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum MessageType {
    ParticipantJoined,
    ParticipantLeft,
    Message,
    TypingStarted,
    TypingStopped,
    NicknameUpdated,
    PushUrl,
    CustomNotice,
    Notice,
    IdleAlert,
    IdleClose,
}

impl ErrorNote {
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Sender {
    fn of(participant: &Participant) -> Self {
        let kind = match participant.joined.role {
            Role::Client => SenderType::Client,
            Role::Agent => SenderType::Agent,
            Role::Supervisor => SenderType::Supervisor,
            Role::External => SenderType::External,
            Role::System => SenderType::System,
        };
        let nickname = participant.nickname.clone();
        Self { nickname, participant_id: participant.joined.id.0, kind }
    }
}

impl Message {
    fn bare(from: &Participant, event: &Event, kind: MessageType) -> Self {
        Self {
            from: Sender::of(from),
            index: event.id().0,
            kind,
            utc_time: event.at.0,
            text: None,
            message_type: None,
            user_data: BTreeMap::new(),
            event_attributes: UserData::default(),
        }
    }
}

/// No event has this number.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_none(index: &u64) -> bool {
    *index == 0
}

/// How many files a customer may send, and how large: none. Clients read every one of these.
pub fn file_limits(who: ParticipantId, now: Millis) -> Message {
    const LIMITS: &[(&str, &str)] = &[
        ("upload-max-files", "0"),
        ("upload-max-file-size", "0"),
        ("upload-max-total-size", "0"),
        ("upload-file-types", ""),
        ("upload-need-agent", "false"),
        ("download-attempts", "0"),
        ("delete-file", ""),
        ("used-upload-max-files", "0"),
        ("used-upload-max-total-size", "0"),
        ("used-download-attempts", "0"),
    ];
    let limits = LIMITS.iter().map(|(name, limit)| ((*name).to_owned(), (*limit).to_owned()));
    Message {
        from: Sender { nickname: String::new(), participant_id: who.0, kind: SenderType::Client },
        index: 0,
        kind: MessageType::Notice,
        utc_time: now.0,
        text: Some("file-client-cfg-get".to_owned()),
        message_type: None,
        user_data: limits.collect(),
        event_attributes: UserData::default(),
    }
}

/// Everything of a view, in the order of the numbers.
pub fn messages(view: &View) -> Vec<Message> {
    let stored = view.lines.iter().filter_map(stored);
    let live = view.live.iter().map(|(notice, author)| typing(notice, author));
    let mut messages: Vec<_> = stored.chain(live).collect();
    messages.sort_by_key(|message| message.index);
    messages
}

fn stored(line: &Line) -> Option<Message> {
    let bare = |kind| Message::bare(&line.author, &line.event, kind);
    let mut message = match &line.event.fact {
        Fact::Joined { .. } => {
            let user_data = joined_data(&line.author);
            Message { user_data, ..bare(MessageType::ParticipantJoined) }
        }
        Fact::Left { text, .. } => {
            Message { text: text.clone(), ..bare(MessageType::ParticipantLeft) }
        }
        Fact::Said { words, .. } => Message {
            text: Some(words.text.clone()),
            message_type: words.message_type.clone(),
            ..bare(MessageType::Message)
        },
        Fact::Noticed { notice, .. } => noticed(notice, bare(MessageType::Notice)),
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => return None,
    };
    message.event_attributes = line.attributes.clone();
    Some(message)
}

/// What a joining shows a customer of the user data: only that somebody has changed his name.
/// Everything else that was brought along is between the bringer and the house.
fn joined_data(author: &Participant) -> BTreeMap<String, String> {
    const ORIGINAL_NICKNAME: &str = "GCTI_Original_Nickname";
    let first = author.shown_user_data().text(ORIGINAL_NICKNAME);
    first
        .filter(|_| author.nickname != author.joined.nickname)
        .map_or_else(BTreeMap::new, |nickname| {
            BTreeMap::from([(ORIGINAL_NICKNAME.to_owned(), nickname)])
        })
}

fn noticed(notice: &Notice, bare: Message) -> Message {
    match notice {
        Notice::PushUrl { url } => {
            Message { kind: MessageType::PushUrl, text: Some(url.clone()), ..bare }
        }
        Notice::Custom { text, message_type, data } => Message {
            kind: MessageType::CustomNotice,
            text: text.clone(),
            message_type: message_type.clone(),
            user_data: as_texts(data),
            ..bare
        },
        Notice::Nickname { nickname } => {
            Message { kind: MessageType::NicknameUpdated, text: Some(nickname.clone()), ..bare }
        }
        Notice::ReadConfirm { upto } => Message {
            text: Some("read-confirm".to_owned()),
            user_data: BTreeMap::from([("last-event-id".to_owned(), upto.0.to_string())]),
            ..bare
        },
        Notice::System { command, data } => {
            Message { text: Some(command.clone()), user_data: as_texts(data), ..bare }
        }
        Notice::IdleAlert { text, data, .. } => Message {
            kind: MessageType::IdleAlert,
            text: Some(text.clone()),
            user_data: as_texts(data),
            ..bare
        },
        Notice::IdleClose { text } => {
            Message { kind: MessageType::IdleClose, text: Some(text.clone()), ..bare }
        }
        // The server says it to nobody.
        Notice::IdleSet { .. } => bare,
    }
}

fn typing(notice: &LiveNotice, author: &Participant) -> Message {
    let kind = match notice.typing {
        Typing::Started => MessageType::TypingStarted,
        Typing::Stopped => MessageType::TypingStopped,
    };
    Message {
        from: Sender::of(author),
        index: notice.id.0,
        kind,
        utc_time: notice.at.0,
        text: notice.preview.clone(),
        message_type: None,
        user_data: BTreeMap::new(),
        event_attributes: UserData::default(),
    }
}

/// Strict clients take nothing but texts: a list becomes its JSON.
fn as_texts(data: &UserData) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::List(list) => serde_json::to_string(list).unwrap_or_default(),
    };
    data.0.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}
