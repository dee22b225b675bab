//! From frames to wishes of a chat. Nothing is decided here.

use super::refuse::Refused;
use super::wire::request::{self, NoticeType};
use crate::base::{AgentId, Millis, ParticipantId, SessionId, UserId};
use crate::chat::bots::{BotWish, Engagement, StartBot};
use crate::chat::command::{
    AfterAction, ChangeData, Join, Leave, NoticeWish, Notify, Once, Say, Start,
};
use crate::chat::decide::clean_text;
use crate::chat::event::{EventId, TreatAs};
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::participant::{ClientVersion, Protocol};
use crate::chat::{Command, Role, Visibility};
use crate::edge::handles::{Handles, StartOrigin};
use aws_lc_rs::hmac;

/// Who a connection speaks for.
#[derive(Clone, Debug)]
pub struct Identity {
    pub agent: AgentId,
    pub role: Role,
    pub nickname: String,
    pub client_version: ClientVersion,
    pub time_zone_offset: i32,
}

/// A notice, either lasting or alive.
pub enum NoticeKind {
    Stored(NoticeWish),
    Live(Typing),
}

/// The session a joining is for, and how it starts if it is to be created.
pub fn destination(
    handles: &Handles,
    agent: &AgentId,
    join: &request::Join,
) -> Result<(SessionId, Option<Box<Start>>), Refused> {
    match (&join.session_id, &join.queue) {
        (Some(session), None) => Ok((SessionId(session.clone()), None)),
        (None, Some(endpoint)) => {
            let start = start(handles, endpoint, join.subject.clone().unwrap_or_default())?;
            let session = match &join.message_id {
                Some(once) => session_of(handles, agent, once),
                None => handles.new_session_id(),
            };
            Ok((session, Some(Box::new(start))))
        }
        (Some(_), Some(_)) | (None, None) => {
            Err(Refused::new(400, "either sessionId or queue is needed"))
        }
    }
}

fn start(handles: &Handles, endpoint: &str, subject: String) -> Result<Start, Refused> {
    let queue = handles.config.queue_of(endpoint);
    let queue = queue.ok_or_else(|| Refused::new(404, "there is no such endpoint"))?;
    let tenant = endpoint.split_once(':').map_or("", |(tenant, _)| tenant);
    let (tenant, queue) = (tenant.to_owned(), queue.to_owned());
    Ok(handles.new_start(StartOrigin { subject, tenant, service: String::new(), queue }))
}

/// The same request for a new session, asked twice, is for the same session; nobody else can guess
/// its name.
fn session_of(handles: &Handles, agent: &AgentId, once: &str) -> SessionId {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &handles.cluster_key.0[..]);
    let tag = hmac::sign(&key, format!("agent-session\0{agent}\0{once}").as_bytes());
    SessionId(crate::base::chance::to_hex(&tag.as_ref()[..16]))
}

pub fn join(
    identity: &Identity,
    user_id: UserId,
    wish: request::Join,
    start: Option<Box<Start>>,
) -> Join {
    Join {
        once: once(wish.message_id),
        user_id,
        person: Some(identity.agent.clone()),
        nickname: wish.nickname.unwrap_or_else(|| identity.nickname.clone()),
        role: identity.role,
        visibility: wish.visibility.into(),
        protocol: Protocol::Basic,
        client_version: identity.client_version,
        time_zone_offset: identity.time_zone_offset,
        text: wish.text,
        user_data: wish.user_data,
        start,
    }
}

pub fn say(who: ParticipantId, receiver: Option<ParticipantId>, wish: request::Message) -> Say {
    Say {
        once: once(wish.message_id),
        who,
        visibility: wish.visibility.into(),
        receiver,
        text: wish.text,
        message_type: wish.message_type,
        treat_as: wish.treat_as.map(treat_as),
        attributes: wish.event_attributes,
    }
}

fn treat_as(treat_as: request::TreatAs) -> TreatAs {
    match treat_as {
        request::TreatAs::Normal => TreatAs::Normal,
        request::TreatAs::System => TreatAs::System,
    }
}

pub fn notice_kind(wish: &request::Notify) -> Result<NoticeKind, Refused> {
    let text = || wish.text.clone().ok_or_else(|| Refused::new(400, "this notice needs a text"));
    let stored = match wish.notice_type {
        NoticeType::TypingStarted => return Ok(NoticeKind::Live(Typing::Started)),
        NoticeType::TypingStopped => return Ok(NoticeKind::Live(Typing::Stopped)),
        NoticeType::UserPushedUrl => NoticeWish::PushUrl(text()?),
        NoticeType::UserUpdateNick => NoticeWish::Nickname(text()?),
        NoticeType::UserCustom => {
            let (text, message_type) = (wish.text.clone(), wish.message_type.clone());
            NoticeWish::Custom { text, message_type, data: wish.user_data.clone() }
        }
        NoticeType::SysCommand => match (text()?, wish.user_data.text("last-event-id")) {
            (command, Some(upto)) if command == "read-confirm" => {
                let upto = upto.parse();
                let upto = upto.map_err(|_| Refused::new(400, "last-event-id is no number"))?;
                NoticeWish::ReadConfirm(EventId(upto))
            }
            (command, _) => NoticeWish::System { command, data: wish.user_data.clone() },
        },
        NoticeType::IdleControlAlert
        | NoticeType::IdleControlClose
        | NoticeType::IdleControlSet => {
            return Err(Refused::new(400, "only the server gives notice of inactivity"));
        }
    };
    Ok(NoticeKind::Stored(stored))
}

pub fn notify(
    who: ParticipantId,
    receiver: Option<ParticipantId>,
    notice: NoticeWish,
    wish: request::Notify,
) -> Notify {
    Notify {
        once: once(wish.message_id),
        who,
        visibility: wish.visibility.into(),
        receiver,
        notice,
        attributes: wish.event_attributes,
    }
}

pub fn live_notice(
    who: ParticipantId,
    receiver: Option<ParticipantId>,
    typing: Typing,
    (at, wish): (Millis, request::Notify),
) -> LiveNotice {
    LiveNotice {
        id: EventId::default(),
        at,
        who,
        typing,
        visibility: wish.visibility.into(),
        receiver,
        preview: wish.text.map(clean_text),
    }
}

pub fn leave(asker: ParticipantId, who: ParticipantId, wish: request::Release) -> Leave {
    let after = match wish.after_action {
        request::AfterAction::KeepAlive => AfterAction::KeepAlive,
        request::AfterAction::CloseIfNoAgents => AfterAction::CloseIfNoAgents,
        request::AfterAction::ForceClose => AfterAction::ForceClose,
    };
    Leave { once: once(wish.message_id), asker, who, after, text: wish.text }
}

pub fn change_data(who: ParticipantId, wish: request::UpdateData) -> ChangeData {
    ChangeData { once: once(wish.message_id), who, added: wish.user_data }
}

pub fn hand_to_bot(
    handles: &Handles,
    asker: ParticipantId,
    wish: request::HandToBot,
) -> Result<Command, Refused> {
    let request::HandToBot { message_id, bot_id: id, bot_name: name, nickname, .. } = wish;
    let Some(bot) = handles.config.bots.get(&id) else {
        return Err(Refused::new(404, "there is no such bot"));
    };
    if LONGEST_BOT_NAME < id.chars().count() + name.chars().count() {
        return Err(Refused::new(400, "the id and the name of a bot are too long"));
    }
    let own = || if bot.nickname.is_empty() { id.clone() } else { bot.nickname.clone() };
    let start = StartBot {
        once: once(message_id),
        client: String::new(),
        user_id: handles.new_user_id(),
        asker: Some(asker),
        nickname: nickname.unwrap_or_else(own),
        visibility: Visibility::All,
        engagement: Engagement { id, name, ..Engagement::default() },
    };
    Ok(Command::Bots(Box::new(BotWish::Start(start))))
}

pub fn take_from_bot(asker: ParticipantId, wish: request::TakeFromBot) -> Command {
    Command::Bots(Box::new(BotWish::Take { once: once(wish.message_id), asker }))
}

/// Of id and name together, as over ESP.
const LONGEST_BOT_NAME: usize = 48;

fn once(id: Option<String>) -> Option<Once> {
    id.map(|id| Once { id })
}
