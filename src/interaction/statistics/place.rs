//! What was done at a place today, whoever sat there. A place has figures of its own: who moves from one
//! to another in the course of a day takes nothing along.

use crate::base::{AgentId, Millis};
use crate::interaction::ids::MediaType;
use crate::interaction::statistics::agent::{AgentTally, Agents};
use crate::interaction::statistics::group::GroupMedia;
use crate::interaction::statistics::limits::{MOST_MEDIA, OTHERS};
use crate::interaction::statistics::rows::AgentRow;
use crate::interaction::statistics::spell::Spell;
use crate::interaction::statistics::work::Work;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The figures of one place today: times in which somebody was there, and work that was done there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceTally {
    /// Somebody is logged in at it.
    pub occupied: Spell,
    /// Somebody there handles something.
    pub busy: Spell,
    n_here: u64,
    n_busy: u64,
    pub media: BTreeMap<MediaType, Work>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    pub place: String,
    /// Who is logged in at it at this moment.
    pub agents: Vec<AgentId>,
    pub occupied: Spell,
    pub busy: Spell,
    /// What is of this moment is of those who are there.
    pub media: BTreeMap<MediaType, GroupMedia>,
}

impl PlaceTally {
    pub fn come(&mut self, is_busy: bool, at: Millis) {
        self.n_here += 1;
        self.occupied.begin(at);
        if is_busy {
            self.begin_work(at);
        }
    }

    pub fn go(&mut self, at: Millis) {
        self.n_here = self.n_here.saturating_sub(1);
        if self.n_here == 0 {
            self.occupied.end(at);
        }
    }

    /// One of those who are there has something to do.
    pub fn begin_work(&mut self, at: Millis) {
        self.n_busy += 1;
        self.busy.begin(at);
    }

    /// He has nothing more to do.
    pub fn end_work(&mut self, at: Millis) {
        self.n_busy = self.n_busy.saturating_sub(1);
        if self.n_busy == 0 {
            self.busy.end(at);
        }
    }

    pub fn work(&mut self, media: &MediaType) -> &mut Work {
        let is_too_much = MOST_MEDIA <= self.media.len() && !self.media.contains_key(media);
        let media = if is_too_much { OTHERS.into() } else { media.clone() };
        self.media.entry(media).or_default()
    }

    pub fn begin_day(&mut self, at: Millis) {
        self.occupied.begin_day(at);
        self.busy.begin_day(at);
        self.media.clear();
    }

    pub fn row(&self, place: &str) -> PlaceRow {
        let media = self.media.iter().map(|(media, work)| (media.clone(), sums(work)));
        PlaceRow {
            place: place.to_owned(),
            agents: vec![],
            occupied: self.occupied,
            busy: self.busy,
            media: media.collect(),
        }
    }
}

fn sums(work: &Work) -> GroupMedia {
    GroupMedia {
        n_offered: work.n_offered,
        n_accepted: work.n_accepted,
        n_rejected: work.n_rejected,
        n_missed: work.n_missed,
        n_withdrawn: work.n_withdrawn,
        n_handled: work.n_handled,
        handled: Duration::from_millis(work.handled_ms),
        longest_handled: Duration::from_millis(work.longest_handled_ms),
        ..GroupMedia::default()
    }
}

/// Adds who is where, to rows without anybody.
pub fn seat(mut rows: Vec<PlaceRow>, agents: &[AgentRow], tallies: &Agents) -> Vec<PlaceRow> {
    for agent in agents {
        let at = tallies.get(&agent.agent).and_then(|tally| AgentTally::place(tally));
        let idx = at.and_then(|at| rows.binary_search_by(|row| row.place.as_str().cmp(at)).ok());
        let Some(row) = idx.and_then(|idx| rows.get_mut(idx)) else { continue };
        row.agents.push(agent.agent.clone());
        for media in &agent.media {
            row.media.entry(media.media.clone()).or_default().add_state(media);
        }
    }
    rows
}
