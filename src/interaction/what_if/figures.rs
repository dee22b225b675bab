//! What came of a day, in figures that can be laid beside one another.

use crate::base::{AgentId, Millis};
use crate::interaction::what_if::day::{Day, End, Stint};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Of one day, lived once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Of those who were served, from their arrival until an agent had them; the shortest first.
    pub waits: Vec<Duration>,
    pub n_abandoned: usize,
    /// Stopped by a strategy or a person before anybody had them.
    pub n_stopped: usize,
    /// Waiting when the day ended.
    pub n_waiting: usize,
    /// Time in which agents had something, and in which they were logged in.
    pub busy: Duration,
    pub logged_in: Duration,
    /// What was complained of on the way.
    pub warnings: Vec<String>,
}

impl Figures {
    /// As it was recorded.
    pub fn recorded(day: &Day) -> Self {
        let (mut figures, mut busy) = (Self::default(), Busy::default());
        let mut changes: Vec<(Millis, &AgentId, Change)> = vec![];
        for line in &day.agents {
            let change = if line.desk.is_some() { Change::Comes } else { Change::Goes };
            changes.push((line.at, &line.agent, change));
        }
        let stints: Vec<Stint> = day.arrivals.iter().flat_map(|arrival| arrival.stints()).collect();
        for Stint { agent, from, to } in &stints {
            changes.push((*from, agent, Change::Begins));
            changes.push((*to, agent, Change::Ends));
        }
        for arrival in &day.arrivals {
            match &arrival.end {
                End::Served { waited, .. } => figures.waits.push(Duration::from_millis(*waited)),
                End::Abandoned { .. } => figures.n_abandoned += 1,
                End::Stopped { .. } => figures.n_stopped += 1,
                End::Waiting { .. } => figures.n_waiting += 1,
            }
        }
        changes.sort_by_key(|(at, _, _)| *at);
        for (at, agent, change) in changes {
            match change {
                Change::Comes => busy.comes(agent, at),
                Change::Goes => busy.goes(agent, at),
                Change::Begins => busy.begins(agent, at),
                Change::Ends => busy.ends(agent, at),
            }
        }
        (figures.busy, figures.logged_in) = busy.spans(day.to);
        figures.waits.sort();
        figures
    }

    pub fn n_came(&self) -> usize {
        self.waits.len() + self.n_abandoned + self.n_stopped + self.n_waiting
    }

    /// So many percent of those who were served had waited at most so long.
    pub fn wait(&self, percent: usize) -> Option<Duration> {
        let rank = (self.waits.len() * percent).div_ceil(100);
        self.waits.get(rank.max(1) - 1).copied()
    }

    /// In tenths of a percent.
    pub fn abandoned_share(&self) -> Option<u128> {
        (self.n_abandoned as u128 * 1_000).checked_div(self.n_came() as u128)
    }

    /// In tenths of a percent.
    pub fn occupancy(&self) -> Option<u128> {
        (self.busy.as_millis() * 1_000).checked_div(self.logged_in.as_millis())
    }
}

enum Change {
    Comes,
    Goes,
    Begins,
    Ends,
}

/// How long agents have something, and are there.
#[derive(Debug, Default)]
pub struct Busy {
    agents: BTreeMap<AgentId, Spells>,
}

#[derive(Debug, Default)]
struct Spells {
    n_open: u32,
    busy_since: Option<Millis>,
    busy: Duration,
    there_since: Option<Millis>,
    there: Duration,
}

impl Busy {
    pub fn comes(&mut self, agent: &AgentId, at: Millis) {
        self.of(agent).there_since.get_or_insert(at);
    }

    pub fn goes(&mut self, agent: &AgentId, at: Millis) {
        let one = self.of(agent);
        one.there += one.there_since.take().map_or(Duration::ZERO, |since| at.since(since));
    }

    pub fn begins(&mut self, agent: &AgentId, at: Millis) {
        let one = self.of(agent);
        one.n_open += 1;
        one.busy_since.get_or_insert(at);
    }

    pub fn ends(&mut self, agent: &AgentId, at: Millis) {
        let one = self.of(agent);
        one.n_open = one.n_open.saturating_sub(1);
        if one.n_open == 0 {
            one.busy += one.busy_since.take().map_or(Duration::ZERO, |since| at.since(since));
        }
    }

    /// Busy and logged in, of all together.
    pub fn spans(&self, now: Millis) -> (Duration, Duration) {
        let open = |since: Option<Millis>| since.map_or(Duration::ZERO, |since| now.since(since));
        let busy = self.agents.values().map(|one| one.busy + open(one.busy_since)).sum();
        let there = self.agents.values().map(|one| one.there + open(one.there_since)).sum();
        (busy, there)
    }

    fn of(&mut self, agent: &AgentId) -> &mut Spells {
        self.agents.entry(agent.clone()).or_default()
    }
}

/// Side by side, one line for each figure.
pub fn table(columns: &[(&str, &Figures)]) -> String {
    let mut text = row("", columns.iter().map(|(name, _)| (*name).to_owned()));
    let mut add = |name: &str, figure: &dyn Fn(&Figures) -> String| {
        text.push_str(&row(name, columns.iter().map(|(_, figures)| figure(figures))));
    };
    add("came", &|one| one.n_came().to_string());
    add("served", &|one| one.waits.len().to_string());
    add("abandoned", &|one| one.n_abandoned.to_string());
    add("abandoned, %", &|one| tenths(one.abandoned_share()));
    add("stopped unserved", &|one| one.n_stopped.to_string());
    add("waiting at the end", &|one| one.n_waiting.to_string());
    for percent in [50, 90, 99] {
        add(&format!("wait p{percent}, s"), &|one| seconds(one.wait(percent)));
    }
    add("occupancy, %", &|one| tenths(one.occupancy()));
    text
}

fn row(name: &str, columns: impl Iterator<Item = String>) -> String {
    let mut line = format!("{name:<20}");
    for column in columns {
        // To a text nothing fails to be written.
        let _ = write!(line, "{column:>12}");
    }
    line.push('\n');
    line
}

fn tenths(of: Option<u128>) -> String {
    of.map_or("-".to_owned(), |of| format!("{}.{}", of / 10, of % 10))
}

fn seconds(span: Option<Duration>) -> String {
    span.map_or("-".to_owned(), |span| format!("{:.1}", span.as_secs_f64()))
}
