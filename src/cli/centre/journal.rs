//! What was seen and done, by whom and when: all that the judge knows. Pure.

use crate::cli::centre::plan::CustomerPlan;
use crate::cli::torture::check::Micros;
use crate::edge::agent::wire::{Frame, RequestFrame};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened at a desk.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    Opened,
    /// The connection is gone, whoever ended it.
    Lost,
    Sent(Box<RequestFrame>),
    Heard(Box<Frame>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub at: Micros,
    pub what: Happening,
}

/// Everything of one agent or supervisor, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskLog {
    pub agent: String,
    /// How many chats he may have, as the configuration says.
    pub capacity: u32,
    /// What he knows about, as the configuration says.
    pub skills: BTreeSet<String>,
    pub notes: Vec<Note>,
}

/// Everything of one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerLog {
    pub plan: CustomerPlan,
    pub session: Option<String>,
    /// When he was told that his chat is there.
    pub came: Option<Micros>,
    /// When he first saw an agent.
    pub met: Option<Micros>,
    /// When he said that he goes.
    pub went: Option<Micros>,
    /// When he was told that the chat is over.
    pub ended: Option<Micros>,
    /// Of twins alone: every answer, byte for byte.
    pub answers: Vec<Vec<u8>>,
}

/// An answer to why an interaction is where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    pub session: String,
    /// Who had just got it.
    pub agent: String,
    pub asked: Micros,
    pub answered: Micros,
    /// Nothing if there was no answer; the text is what was in the way.
    pub answer: Result<Value, String>,
}

/// All of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// Names the run; its interactions carry it.
    pub run: String,
    /// When the run began: milliseconds since 1970.
    pub began: i64,
    pub desks: BTreeMap<String, DeskLog>,
    pub customers: Vec<CustomerLog>,
    pub whys: Vec<Why>,
    /// The servers' figures at the beginning and at the end.
    pub figures: Option<(Value, Value)>,
    /// What was still open at the very end: id and state. Nothing if nobody could be asked.
    pub left_over: Option<Vec<(String, String)>>,
}

impl Journal {
    /// What was seen of one interaction, everywhere, in the order of time.
    pub fn story(&self, interaction: &str) -> Vec<String> {
        self.lines(|text| text.contains(interaction), Some(interaction))
    }

    /// Everything that was seen, in the order of time.
    pub fn whole(&self) -> Vec<String> {
        self.lines(|_| true, None)
    }

    fn lines(&self, is_wanted: impl Fn(&str) -> bool, of_session: Option<&str>) -> Vec<String> {
        let mut lines = vec![];
        for desk in self.desks.values() {
            for note in &desk.notes {
                let text = match &note.what {
                    Happening::Opened => "opened".to_owned(),
                    Happening::Lost => "lost".to_owned(),
                    Happening::Sent(frame) => format!("> {}", json(frame)),
                    // A snapshot of everything is no part of one story.
                    Happening::Heard(frame) if matches!(**frame, Frame::FoundInteractions(_)) => {
                        continue;
                    }
                    Happening::Heard(frame) => format!("< {}", json(frame)),
                };
                if is_wanted(&text) {
                    lines.push((note.at, format!("{} {text}", desk.agent)));
                }
            }
        }
        let is_of_it =
            |one: &&CustomerLog| of_session.is_none() || one.session.as_deref() == of_session;
        for one in self.customers.iter().filter(is_of_it) {
            lines.extend(one.lines());
        }
        // What one desk saw at the same moment stays in its order.
        lines.sort_by_key(|(at, _)| *at);
        let line = |(at, text): (Micros, String)| format!("{:10.3} s  {text}", seconds(at));
        lines.into_iter().map(line).collect()
    }
}

impl CustomerLog {
    fn lines(&self) -> Vec<(Micros, String)> {
        let plan = &self.plan;
        let who = format!("customer {} ({})", plan.number, plan.act.name());
        let told = [
            ("came", self.came),
            ("met an agent", self.met),
            ("went", self.went),
            ("was told the end", self.ended),
        ];
        let told = told.into_iter().filter_map(|(what, at)| Some((at?, format!("{who} {what}"))));
        told.collect()
    }
}

/// For people.
pub fn seconds(at: Micros) -> f64 {
    std::time::Duration::from_micros(at).as_secs_f64()
}

fn json(frame: &impl serde::Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}
