//! What a bot is told: one JSON document with everything since the last one, and what it needs to know
//! of the chat to answer without a memory of its own.

use crate::base::time::utc;
use crate::base::{ParticipantId, SessionId, UserData};
use crate::chat::bots::{BotReport, Ending, Engagement, Occasion};
use crate::chat::event::{Fact, LeaveReason, Notice};
use crate::chat::line::Line;
use crate::chat::participant::Participant;
use crate::chat::state::Session;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The same for each attempt.
    pub delivery: String,
    pub occasion: &'static str,
    pub bot: About,
    pub chat: Chat,
    /// Everything up to here was told before.
    pub after: u64,
    pub upto: u64,
    pub has_floor: bool,
    /// Events that are too many to be told stand before all others, and are left out.
    pub skipped: usize,
    pub events: Vec<Told>,
    /// How it ended, at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Ending>,
}

/// The bot itself, as it was started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    #[serde(flatten)]
    pub engagement: Named,
    /// Its work in this chat has a name of its own.
    pub session: String,
    pub participant: u32,
    pub nickname: String,
    pub visibility: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    pub id: String,
    pub name: String,
    pub category: String,
    pub function: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    pub id: String,
    pub started_at: String,
    pub subject: String,
    pub tenant: String,
    pub media_type: String,
    pub user_data: UserData,
    pub participants: Vec<Person>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub participant: u32,
    pub nickname: String,
    /// `CLIENT`, `AGENT`, `SUPERVISOR`, `EXTERNAL`, `SYSTEM`.
    pub role: &'static str,
    pub is_bot: bool,
    pub is_here: bool,
}

/// One event. Those that other bots or workflows brought about are told, and need no answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    pub position: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<u32>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    Joined {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    Message {
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        message_type: Option<String>,
        #[serde(skip_serializing_if = "UserData::is_empty")]
        attributes: UserData,
    },
    Notice {
        /// The name of a system command, or none.
        #[serde(skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(skip_serializing_if = "UserData::is_empty")]
        data: UserData,
    },
    Renamed {
        nickname: String,
    },
    Left {
        reason: u8,
    },
    /// Sent by the workflow, for this bot alone.
    Data {
        data: UserData,
    },
}

impl Delivery {
    pub fn of(session_id: &SessionId, report: &BotReport) -> Option<Self> {
        let BotReport { who, session, .. } = report;
        let (known, engaged, _) = session.bot(*who)?;
        let is_end = report.occasion == Occasion::End;
        Some(Self {
            delivery: format!(
                "{session_id}/{who}/{}{}",
                report.upto,
                if is_end { "/end" } else { "" }
            ),
            occasion: match report.occasion {
                Occasion::Start => "start",
                Occasion::Turn => "turn",
                Occasion::End => "end",
            },
            bot: About {
                engagement: named(engaged),
                session: session_name(session_id, *who),
                participant: who.0,
                nickname: known.nickname.clone(),
                visibility: known.joined.visibility.name(),
            },
            chat: chat(session_id, session, known),
            after: report.heard.0,
            upto: report.upto.0,
            has_floor: session.bots.floor == Some(*who),
            skipped: report.n_skipped,
            events: events(report),
            end: is_end.then(|| session.bot_ending(*who)),
        })
    }
}

/// The name of one bot's work in one chat.
pub fn session_name(session: &SessionId, who: ParticipantId) -> String {
    format!("{session}/{who}")
}

fn named(engaged: &Engagement) -> Named {
    let Engagement { id, name, category, function, .. } = engaged.clone();
    Named { id, name, category, function }
}

fn chat(id: &SessionId, session: &Session, bot: &Participant) -> Chat {
    let text = |of: fn(&crate::chat::event::Started) -> &String| {
        session.started.as_deref().map(of).cloned().unwrap_or_default()
    };
    let known = session.participants.values();
    let known = known.filter(|one| one.joined.visibility <= bot.joined.visibility);
    Chat {
        id: id.to_string(),
        started_at: utc(session.started_at),
        subject: text(|started| &started.subject),
        tenant: text(|started| &started.tenant),
        media_type: text(|started| &started.media_type),
        user_data: (*session.user_data).clone(),
        participants: known.map(|one| person(one)).collect(),
    }
}

fn person(one: &Participant) -> Person {
    Person {
        participant: one.joined.id.0,
        nickname: one.nickname.clone(),
        role: one.joined.role.name(),
        is_bot: one.is_bot(),
        is_here: one.is_here(),
    }
}

/// In the order of their positions.
fn events(report: &BotReport) -> Vec<Told> {
    let data = report.data.iter().map(|(position, data)| Told {
        position: position.0,
        at: None,
        participant: None,
        what: What::Data { data: data.clone() },
    });
    let mut events: Vec<_> = report.lines.iter().filter_map(told).chain(data).collect();
    events.sort_by_key(|event| event.position);
    events
}

fn told(line: &Line) -> Option<Told> {
    Some(Told {
        position: line.event.position.0,
        at: Some(utc(line.event.at)),
        participant: Some(line.author.joined.id.0),
        what: what(line)?,
    })
}

fn what(line: &Line) -> Option<What> {
    Some(match &line.event.fact {
        Fact::Joined { joined, .. } => What::Joined { text: joined.text.clone() },
        Fact::Said { words, .. } => What::Message {
            text: words.text.clone(),
            message_type: words.message_type.clone(),
            attributes: line.attributes.clone(),
        },
        Fact::Noticed { notice, .. } => return what_notice(notice),
        Fact::Left { reason, .. } => What::Left { reason: LeaveReason::code(*reason) },
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => return None,
    })
}

fn what_notice(notice: &Notice) -> Option<What> {
    let (mut command, mut url, mut text, mut data) = (None, None, None, UserData::default());
    match notice {
        Notice::PushUrl { url: pushed } => url = Some(pushed.clone()),
        Notice::Custom { text: said, data: with, .. } => {
            (text, data) = (said.clone(), with.clone());
        }
        Notice::System { command: named, data: with } => {
            (command, data) = (Some(named.clone()), with.clone());
        }
        Notice::Nickname { nickname } => {
            return Some(What::Renamed { nickname: nickname.clone() });
        }
        Notice::ReadConfirm { .. }
        | Notice::IdleAlert { .. }
        | Notice::IdleClose { .. }
        | Notice::IdleSet { .. } => return None,
    }
    Some(What::Notice { command, url, text, data })
}
