//! A recorded day, as it stands in its file: lines of JSON in the order of time.

use crate::base::{AgentId, InteractionId, Millis, UserData};
use crate::interaction::capacity::Capacity;
use crate::interaction::event::Nature;
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::profile::Profile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The form of the lines. A field may be added with a default.
const VERSION: u32 = 1;
/// What is lived through at once, with some room for a week.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Who was there between two moments, and what came in. Everything is in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub from: Millis,
    pub to: Millis,
    pub agents: Vec<AgentLine>,
    pub arrivals: Vec<Arrival>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Day { version: u32, from: Millis, to: Millis },
    Agent(AgentLine),
    Arrival(Box<Arrival>),
}

/// What an agent is from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentLine {
    pub at: Millis,
    pub agent: AgentId,
    /// Absent when he is logged out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskState>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeskState {
    /// Each medium for which he is logged in, and whether he can be offered it.
    pub media: BTreeMap<MediaType, bool>,
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    pub capacity: Capacity,
}

/// Somebody, or something, that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrival {
    pub at: Millis,
    pub id: InteractionId,
    pub media: MediaType,
    #[serde(default)]
    pub subtype: String,
    pub tenant: String,
    pub queue: QueueName,
    pub nature: Nature,
    /// As it was submitted.
    #[serde(default)]
    pub user_data: UserData,
    pub end: End,
    /// Who had it, and from when to when each. Absent in what an older version wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stints: Vec<Stint>,
}

/// A time for which an agent had something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stint {
    pub agent: AgentId,
    pub from: Millis,
    pub to: Millis,
}

/// What became of it. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum End {
    /// `waited` from its arrival until somebody had it, `taken_after` from his invitation until
    /// then; `handled` by him and others in all, as long as the recording went.
    Served { by: AgentId, waited: u64, taken_after: u64, handled: u64 },
    /// Its session ended before anybody had it.
    Abandoned { after: u64 },
    /// A strategy or a person stopped it before.
    Stopped { after: u64 },
    /// It waited when the recording ended.
    Waiting { waited: u64 },
}

/// Why a text is no day.
#[derive(Debug, thiserror::Error)]
pub enum DayFault {
    #[error("line {number}: {source}")]
    Unreadable { number: usize, source: serde_json::Error },
    #[error("the first line does not say 'kind': 'day'")]
    NoHead,
    #[error("it ends before it begins, or after more than 31 days")]
    BadSpan,
    #[error("this version reads days of form {VERSION}, not {0}")]
    OtherVersion(u32),
}

impl Arrival {
    /// Who had it. An older version has noted the first agent alone, and how long it was handled in all.
    pub fn stints(&self) -> Vec<Stint> {
        match &self.end {
            End::Served { by, waited, handled, .. } if self.stints.is_empty() => {
                let from = self.at + Duration::from_millis(*waited);
                let to = from + Duration::from_millis(*handled);
                vec![Stint { agent: by.clone(), from, to }]
            }
            End::Served { .. }
            | End::Abandoned { .. }
            | End::Stopped { .. }
            | End::Waiting { .. } => self.stints.clone(),
        }
    }
}

impl Day {
    /// Fails at the first line that is no part of a day of this form.
    pub fn read(text: &str) -> Result<Self, DayFault> {
        let (mut head, mut agents, mut arrivals) = (None, vec![], vec![]);
        for (idx, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line = serde_json::from_str(line)
                .map_err(|source| DayFault::Unreadable { number: idx + 1, source })?;
            match line {
                Line::Day { version: VERSION, from, to } => head = Some((from, to)),
                Line::Day { version, .. } => return Err(DayFault::OtherVersion(version)),
                Line::Agent(_) | Line::Arrival(_) if head.is_none() => {
                    return Err(DayFault::NoHead);
                }
                Line::Agent(line) => agents.push(line),
                Line::Arrival(arrival) => arrivals.push(*arrival),
            }
        }
        let (from, to) = head.ok_or(DayFault::NoHead)?;
        if to < from || LONGEST < to.since(from) {
            return Err(DayFault::BadSpan);
        }
        agents.sort_by_key(|line: &AgentLine| line.at);
        arrivals.sort_by_key(|arrival: &Arrival| arrival.at);
        Ok(Self { from, to, agents, arrivals })
    }

    /// Its file, line by line, without line breaks.
    pub fn lines(&self) -> impl Iterator<Item = serde_json::Result<String>> {
        let head = Line::Day { version: VERSION, from: self.from, to: self.to };
        let agents = self.agents.iter().map(|line| (line.at, Line::Agent(line.clone())));
        let arrivals = self.arrivals.iter();
        let arrivals = arrivals.map(|one| (one.at, Line::Arrival(Box::new(one.clone()))));
        let mut lines: Vec<(Millis, Line)> = agents.chain(arrivals).collect();
        lines.sort_by_key(|(at, _)| *at);
        let lines = std::iter::once(head).chain(lines.into_iter().map(|(_, line)| line));
        lines.map(|line| serde_json::to_string(&line))
    }
}
