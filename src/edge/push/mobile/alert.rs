//! What a device is told: a line for its owner to see, or nothing that he sees; and for the app, from
//! where on to ask.

use crate::base::{Millis, SessionId};
use crate::chat::event::Fact;
use crate::chat::push::{Matter, PushNote, Told};
use crate::edge::push::form::Writer;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Both providers take 4 KiB in all. What was said is cut so that it fits with everything else, also when
/// each letter of it has to be escaped; a control character, which would take six bytes then, is a space.
const LONGEST_TEXT: usize = 1_000;
const LONGEST_TITLE: usize = 100;

/// What is shown, in the operator's words.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// Above the text; empty: nothing, or who spoke.
    pub title: String,
    pub text: String,
    /// The text for other languages, by what clients call them.
    pub texts: BTreeMap<String, String>,
    /// Whether what was said is shown in place of the text.
    pub tells_what_was_said: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Nothing where the app alone is told.
    pub shown: Option<Shown>,
    /// For the app. All values are texts, as Firebase wants it.
    pub data: Map<String, Value>,
    /// A newer alert under this name takes the place of an older one.
    pub name: String,
    /// When nobody need be told any more.
    pub ends: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub title: Option<String>,
    pub text: String,
}

impl Alert {
    pub fn of(
        (session, note): (&SessionId, &PushNote),
        (writer, wording): (&Writer, &Wording),
        (now, time_to_live): (Millis, Duration),
    ) -> Self {
        let said = said(note).filter(|_| wording.tells_what_was_said);
        let is_shown = is_for_people(note);
        // What was said stands beside what was said before; a hint takes the place of an older one, and
        // what the app alone is told never that of something to see.
        let name = match said {
            Some(_) => note.name(&session.0),
            None if is_shown => format!("{session}/{}", note.who),
            None => format!("{session}/{}/app", note.who),
        };
        Self {
            shown: is_shown.then(|| shown(note, said, wording)),
            data: data(writer, session, note, now),
            name,
            ends: note.at + time_to_live,
        }
    }
}

/// Whether its owner is to look at his device. Who comes, goes or is called otherwise is for the app.
fn is_for_people(note: &PushNote) -> bool {
    let Told::Event(line) = &note.told else { return true };
    match Matter::of(&line.event.fact) {
        Some(Matter::Message | Matter::PushUrl | Matter::IdleAlert | Matter::IdleClose) => true,
        Some(Matter::Joined | Matter::Left | Matter::Renamed | Matter::Custom | Matter::Notice)
        | None => note.is_over,
    }
}

/// Who said what.
fn said(note: &PushNote) -> Option<(&str, &str)> {
    let Told::Event(line) = &note.told else { return None };
    let Fact::Said { words, .. } = &line.event.fact else { return None };
    Some((&line.author.nickname, &words.text))
}

fn shown(note: &PushNote, said: Option<(&str, &str)>, wording: &Wording) -> Shown {
    let language = note.subscription.language.as_deref();
    let usual = language.and_then(|language| wording.texts.get(language)).unwrap_or(&wording.text);
    let title = Some(wording.title.as_str()).filter(|title| !title.is_empty());
    let title = title.or(said.map(|(nickname, _)| nickname));
    Shown {
        title: title.map(|title| cut(title, LONGEST_TITLE)),
        text: cut(said.map_or(usual.as_str(), |(_, text)| text), LONGEST_TEXT),
    }
}

fn data(writer: &Writer, session: &SessionId, note: &PushNote, now: Millis) -> Map<String, Value> {
    let mut data = writer.identity(session, note, now);
    data.extend(writer.cometd_key(session, note, now).map(|key| ("secureKey".into(), key.into())));
    let mut tell = |name: &str, value: String| data.insert(name.to_owned(), value.into());
    tell("chatEnded", note.is_over.to_string());
    match &note.told {
        Told::Event(line) => {
            tell("notify-position", line.event.id().0.to_string());
            tell("nextPosition", note.next.0.to_string());
        }
        Told::Reminder { attempt, from, .. } => {
            let from = from.map_or_else(|| "-1".to_owned(), |from| from.0.to_string());
            tell("notify-position", from);
            tell("notify-attempt", attempt.to_string());
        }
    }
    data
}

/// As much of a text as goes into so many bytes.
fn cut(text: &str, longest: usize) -> String {
    let text = text.replace(|c: char| c.is_control() && c != '\n', " ");
    if text.len() <= longest {
        return text;
    }
    let ends = (0..=longest - '…'.len_utf8()).rev().find(|at| text.is_char_boundary(*at));
    format!("{}…", &text[..ends.unwrap_or_default()])
}

#[cfg(test)]
mod tests;
