//! The document as lines for people. Nothing that somebody typed can look like a line of its own or
//! steer a terminal.

use super::characters::{for_name, for_screen};
use super::entry::{Document, Entry, What, reason_text};
use crate::base::Millis;
use crate::base::time::utc;
use crate::chat::participant::Visibility;
use std::borrow::Cow;

impl Document {
    /// The transcript as readable lines with names and times (UTC).
    pub fn to_text(&self) -> String {
        let session = for_name(self.session.as_str());
        let mut text = format!("Chat {session}, started at {}\n\n", readable(self.start_at));
        for entry in &self.entries {
            let at = readable(self.at(entry));
            let line = format!("{}{}", audience(entry), sentence(entry));
            text.push_str(&format!("{at}  {}\n", indented(&line)));
        }
        text
    }
}

/// `2026-01-02 03:04:05 UTC` says it to everybody.
fn readable(at: Millis) -> String {
    utc(at).replace('T', " ").replace('Z', " UTC")
}

fn audience(entry: &Entry) -> String {
    let visibility = match entry.visibility {
        Visibility::All => String::new(),
        Visibility::Int | Visibility::Vip => format!("[{}] ", entry.visibility.name()),
    };
    match &entry.receiver {
        Some(receiver) => format!("{visibility}[to {}] ", for_name(&receiver.nickname)),
        None => visibility,
    }
}

fn sentence(entry: &Entry) -> String {
    let who = for_name(&entry.nickname);
    match &entry.what {
        What::NewParty { info, text, .. } => {
            format!("{who} ({}) joined{}", info.role.name(), said(text.as_deref()))
        }
        What::Message { text, .. } => format!("{who}: {}", for_screen(text)),
        What::Notice { kind, text, .. } => format!("{who} {}", notice(kind, &for_screen(text))),
        What::PartyLeft { reason, text, .. } => {
            format!("{who} {}{}", reason_text(*reason), said(text.as_deref()))
        }
    }
}

fn notice(kind: &str, text: &str) -> String {
    match kind {
        "USER_PUSHED_URL" => format!("showed {text}"),
        "USER_UPDATE_NICK" => format!("took the name {text}"),
        "USER_CUSTOM" => format!("noticed {text}").trim_end().to_owned(),
        _ => format!("sent {kind} {text}"),
    }
}

fn said(text: Option<&str>) -> Cow<'static, str> {
    text.map_or(Cow::Borrowed(""), |text| Cow::Owned(format!(": {}", for_screen(text))))
}

/// Further lines of a text stand further right than any line of the transcript.
fn indented(line: &str) -> String {
    line.replace('\n', "\n    ")
}
