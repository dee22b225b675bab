//! What the agents of a group do together: sums over the rows of all who were logged in today.

use crate::interaction::ids::{GroupName, MediaType};
use crate::interaction::statistics::rows::{AgentRow, MediaRow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// An agent of several groups is in the row of each of them, with all that he did today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub group: GroupName,
    /// At this moment.
    pub n_logged_in: u64,
    /// Of those, how many handle something.
    pub n_busy: u64,
    pub media: BTreeMap<MediaType, GroupMedia>,
}

/// Of one medium. The first three are of this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMedia {
    pub n_ready: u64,
    pub n_not_ready: u64,
    pub n_open: u64,
    pub n_offered: u64,
    pub n_accepted: u64,
    pub n_rejected: u64,
    pub n_missed: u64,
    pub n_withdrawn: u64,
    pub n_handled: u64,
    pub handled: Duration,
    pub longest_handled: Duration,
}

/// A row for each group to which one of these agents belongs.
pub fn group_rows(agents: &[AgentRow]) -> Vec<GroupRow> {
    let mut rows: BTreeMap<&GroupName, GroupRow> = BTreeMap::new();
    for agent in agents {
        for group in &agent.groups {
            rows.entry(group).or_insert_with(|| GroupRow::new(group.clone())).add(agent);
        }
    }
    rows.into_values().collect()
}

impl GroupRow {
    /// One of which nobody is here.
    pub fn new(group: GroupName) -> Self {
        Self { group, n_logged_in: 0, n_busy: 0, media: BTreeMap::new() }
    }

    fn add(&mut self, agent: &AgentRow) {
        self.n_logged_in += u64::from(agent.is_logged_in);
        self.n_busy += u64::from(agent.busy.is_on());
        for row in &agent.media {
            self.media.entry(row.media.clone()).or_default().add(row);
        }
    }
}

impl GroupMedia {
    /// Adds what is of this moment.
    pub(super) fn add_state(&mut self, row: &MediaRow) {
        self.n_ready += u64::from(row.ready.is_on());
        self.n_not_ready += u64::from(row.not_ready.values().any(|spell| spell.is_on()));
        self.n_open += row.n_open;
    }

    fn add(&mut self, row: &MediaRow) {
        self.add_state(row);
        self.n_offered += row.n_offered;
        self.n_accepted += row.n_accepted;
        self.n_rejected += row.n_rejected;
        self.n_missed += row.n_missed;
        self.n_withdrawn += row.n_withdrawn;
        self.n_handled += row.n_handled;
        self.handled += row.handled;
        self.longest_handled = self.longest_handled.max(row.longest_handled);
    }
}
