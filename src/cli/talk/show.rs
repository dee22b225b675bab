//! From an event to a line of text. Pure: what strangers wrote cannot reach the terminal's controls.

use crate::cli::talk::http::Message;
use crate::edge::agent::wire::event::EventKind;
use crate::edge::agent::wire::frame::TypingState;
use crate::edge::agent::wire::request::NoticeType;
use crate::edge::agent::wire::{Typing, Visibility, WireEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A line of a customer's screen; nothing for what is not worth one.
pub fn of_message(message: &Message, zone: &TimeZone) -> Option<String> {
    let text = || message.text.as_deref().unwrap_or_default();
    let name = &message.from.nickname;
    let words = match message.kind.as_str() {
        "ParticipantJoined" => format!("{name} joined"),
        "ParticipantLeft" if text().is_empty() => format!("{name} left"),
        "ParticipantLeft" => format!("{name} left: {}", text()),
        "Message" => format!("{name}: {}", text()),
        "TypingStarted" => typing(name, text()),
        "PushUrl" => format!("{name} shows {}", text()),
        // Its sender is called so already.
        "NicknameUpdated" => format!("somebody is called {} from here on", text()),
        "CustomNotice" => format!("{name} sends a notice: {}", text()),
        "FileUploaded" => format!("{name} sends a file"),
        "IdleAlert" | "IdleClose" => format!("* {}", text()),
        // Such as types that are newer than this program.
        _ => return None,
    };
    let at = i64::try_from(message.utc_time).ok();
    let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
    Some(stamped(at, zone, &words))
}

/// A line of an agent's screen; nothing for what is not worth one.
pub fn of_event(event: &WireEvent, zone: &TimeZone) -> Option<String> {
    let text = event.text.as_deref().unwrap_or_default();
    let name = match event.visibility {
        Visibility::All => event.nickname.clone(),
        Visibility::Int => format!("{} (agents only)", event.nickname),
        Visibility::Vip => format!("{} (supervisors only)", event.nickname),
    };
    let words = match event.kind {
        EventKind::NewParty => format!("{name} joined"),
        EventKind::PartyLeft => {
            left(&name, event.reason.as_ref().map_or("left", |reason| &reason.text))
        }
        EventKind::Message => format!("{name}: {text}"),
        EventKind::Notice => notice(&name, event.notice_type?, text)?,
    };
    Some(stamped(event.time.parse().ok(), zone, &words))
}

/// A line for somebody who types.
pub fn of_typing(event: &Typing, zone: &TimeZone) -> Option<String> {
    match event.state {
        TypingState::Started => {
            let words = typing(&event.nickname, event.text.as_deref().unwrap_or_default());
            Some(stamped(event.time.parse().ok(), zone, &words))
        }
        TypingState::Stopped => None,
    }
}

/// A text on one line, without anything that a terminal would obey.
pub fn harmless(text: &str) -> String {
    let shown = text.chars().map(|letter| match letter {
        '\n' => '⏎',
        '\t' => ' ',
        letter if letter.is_control() => '\u{FFFD}',
        letter => letter,
    });
    shown.collect()
}

fn notice(name: &str, kind: NoticeType, text: &str) -> Option<String> {
    match kind {
        NoticeType::UserPushedUrl => Some(format!("{name} shows {text}")),
        NoticeType::UserCustom => Some(format!("{name} sends a notice: {text}")),
        NoticeType::UserUpdateNick => Some(format!("somebody is called {text} from here on")),
        NoticeType::TypingStarted => Some(typing(name, text)),
        NoticeType::IdleControlAlert | NoticeType::IdleControlClose => Some(format!("* {text}")),
        NoticeType::TypingStopped | NoticeType::SysCommand | NoticeType::IdleControlSet => None,
    }
}

fn left(name: &str, reason: &str) -> String {
    if reason.starts_with("removed") {
        format!("{name} was {reason}")
    } else {
        format!("{name} {reason}")
    }
}

fn typing(name: &str, preview: &str) -> String {
    let preview = if preview.is_empty() { String::new() } else { format!(": {preview}") };
    format!("{name} is typing{preview} …")
}

fn stamped(at: Option<Timestamp>, zone: &TimeZone, words: &str) -> String {
    let words = harmless(words);
    match at {
        Some(at) => {
            let time = at.to_zoned(zone.clone()).time();
            format!("[{:02}:{:02}:{:02}] {words}", time.hour(), time.minute(), time.second())
        }
        None => format!("[--:--:--] {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::talk::http::Reply;
    use serde_json::json;

    #[test]
    fn customers_see_who_said_what_when() {
        let lines = shown(&json!([
            message(1, "ParticipantJoined", "Bob", ""),
            message(1_001, "Message", "Bob", "hello"),
            message(1_002, "TypingStarted", "Bob", ""),
            message(2_001, "NicknameUpdated", "Bob", "Robert"),
            message(2_002, "Notice", "Bob", "read-confirm"),
            message(3_001, "ParticipantLeft", "Bob", "bye"),
        ]));

        assert_eq!(
            lines,
            [
                "[12:34:56] Bob joined",
                "[12:34:56] Bob: hello",
                "[12:34:56] Bob is typing …",
                "[12:34:56] somebody is called Robert from here on",
                "[12:34:56] Bob left: bye",
            ]
        );
    }

    #[test]
    fn nothing_that_was_written_steers_the_terminal() {
        let lines = shown(&json!([message(1, "Message", "Bob\u{1b}[2J", "a\nb\u{7}")]));

        assert_eq!(lines, ["[12:34:56] Bob\u{FFFD}[2J: a⏎b\u{FFFD}"]);
    }

    #[test]
    fn agents_see_what_only_agents_see_as_such() {
        let event = |visibility: &str, kind: &str, more: serde_json::Value| {
            let mut event = json!({
                "eventId": 1, "type": kind, "time": "2026-11-21T12:34:56.789Z", "userId": "U",
                "participantId": 1, "nickname": "Ann", "userType": "AGENT",
                "visibility": visibility, "text": "hm",
            });
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let event: WireEvent = serde_json::from_value(event).unwrap();
            of_event(&event, &TimeZone::UTC)
        };
        let gone = json!({"reason": {"code": 3, "text": "left due to disconnect"}});
        let removed = json!({"reason": {"code": 4, "text": "removed by other party"}});
        let command = json!({"noticeType": "SYS_COMMAND"});

        assert_eq!(event("ALL", "message", json!({})).unwrap(), "[12:34:56] Ann: hm");
        assert_eq!(event("INT", "message", json!({})).unwrap(), "[12:34:56] Ann (agents only): hm");
        let gone = event("ALL", "partyLeft", gone).unwrap();
        assert_eq!(gone, "[12:34:56] Ann left due to disconnect");
        let removed = event("ALL", "partyLeft", removed).unwrap();
        assert_eq!(removed, "[12:34:56] Ann was removed by other party");
        assert_eq!(event("ALL", "notice", command), None);
    }

    fn message(index: u64, kind: &str, nickname: &str, text: &str) -> serde_json::Value {
        json!({
            "from": {"nickname": nickname, "participantId": 2, "type": "Agent"},
            "index": index, "type": kind, "utcTime": 1_795_264_496_789_u64, "text": text,
        })
    }

    fn shown(messages: &serde_json::Value) -> Vec<String> {
        let reply: Reply = serde_json::from_value(json!({"messages": messages})).unwrap();
        reply.messages.iter().filter_map(|one| of_message(one, &TimeZone::UTC)).collect()
    }
}
