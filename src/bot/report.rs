//! One record for each bot's work in a chat, in the form that reporting takes from a bot gateway.

use crate::base::time::utc;
use crate::base::{Millis, ParticipantId, SessionId};
use crate::bot::delivery::session_name;
use crate::chat::bots::{Ending, StartBot};
use crate::chat::state::Session;
use serde_json::{Value, json};

/// The version of the form.
const VERSION: &str = "1.0";
/// What stands for a word that the workflow did not say.
const UNSPECIFIED: &str = "Unspecified";

/// The record of a bot that was there. The same bot in the same chat has the same `cbs_id`, so a record
/// that is written twice can be known.
pub fn record(id: &SessionId, session: &Session, who: ParticipantId) -> Option<Value> {
    let (_, engaged, bot) = session.bot(who)?;
    let ended = bot.left_at?;
    let Ending { by, reason, result } = session.bot_ending(who);
    let is_abnormal = session.bot_ending(who).is_abnormal();
    let started = session.started.as_deref();
    Some(json!({
        "schema_info": { "version": VERSION },
        "cbs_endTime": utc(ended),
        "chatBot_info": info((&engaged.id, &engaged.name), &engaged.category, &engaged.function),
        "session_info": {
            "attr_itx_id": id.0,
            "attr_itx_submitted_at": utc(session.started_at),
            "attr_itx_tenant_id": started.map(|started| started.tenant.as_str()),
            "attr_itx_media_type": started.map(|started| started.media_type.as_str()),
            "cbs_id": session_name(id, who),
            "cbs_startTime": utc(bot.came_at),
            "cbs_rejectedToStart": 0,
        },
        "session_stats": {
            "cbs_duration": u64::try_from(ended.since(bot.came_at).as_millis()).unwrap_or(u64::MAX),
            "cbs_messagesSent": bot.n_sent,
            "cbs_messagesReceived": bot.n_received,
            "cbs_endedAbnormally": u8::from(is_abnormal),
            "cbs_endedBy": by,
            "cbs_endReason": reason,
            "cbs_endResult": result,
        },
    }))
}

/// The record of one that was not let in. No more is known of the chat than its name.
pub fn rejected(id: &SessionId, wish: &StartBot, (why, now): (&str, Millis)) -> Value {
    let engaged = &wish.engagement;
    let request = wish.once.as_ref().map(|once| once.id.as_str()).unwrap_or_default();
    json!({
        "schema_info": { "version": VERSION },
        "cbs_endTime": utc(now),
        "chatBot_info": info((&engaged.id, &engaged.name), &engaged.category, &engaged.function),
        "session_info": {
            "attr_itx_id": id.0,
            "cbs_id": format!("{id}/{}/{request}", wish.client),
            "cbs_startTime": utc(now),
            "cbs_rejectedToStart": 1,
        },
        "session_stats": {
            "cbs_duration": 0,
            "cbs_messagesSent": 0,
            "cbs_messagesReceived": 0,
            "cbs_endedAbnormally": 1,
            "cbs_endedBy": "SYSTEM",
            "cbs_endReason": why,
            "cbs_endResult": "",
        },
    })
}

fn info((id, name): (&str, &str), category: &str, function: &str) -> Value {
    let word = |text: &str| if text.is_empty() { UNSPECIFIED.to_owned() } else { text.to_owned() };
    let name = if name.is_empty() { id.to_owned() } else { format!("{id}-{name}") };
    json!({
        "chatBot_name": name,
        "chatBot_category": word(category),
        "chatBot_function": word(function),
    })
}
