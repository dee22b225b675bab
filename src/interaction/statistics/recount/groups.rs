//! The rows of groups, slowly: one figure after the other, each over all agents.

#![expect(clippy::wildcard_enum_match_arm, reason = "each figure looks for its own facts alone")]

use super::Recount;
use crate::base::AgentId;
use crate::interaction::event::Fact;
use crate::interaction::ids::{GroupName, MediaType};
use crate::interaction::statistics::{AgentRow, GroupMedia, GroupRow, MediaRow};
use std::collections::BTreeSet;

impl Recount<'_> {
    /// What his newest connection said.
    pub(super) fn groups_of(&self, agent: &AgentId) -> Vec<GroupName> {
        let said = self.log.iter().rev().find_map(|event| match &event.fact {
            Fact::AgentLoggedIn { agent: who, profile, .. }
            | Fact::Resumed { agent: who, profile: Some(profile), .. }
                if who == agent =>
            {
                Some(profile.groups.clone())
            }
            _ => None,
        });
        said.unwrap_or_default()
    }

    pub(super) fn groups(&self, agents: &[AgentRow]) -> Vec<GroupRow> {
        let all: BTreeSet<&GroupName> = agents.iter().flat_map(|row| &row.groups).collect();
        let rows = all.into_iter().map(|group| {
            let members = || agents.iter().filter(|row| row.groups.contains(group));
            let open = |row: &AgentRow| row.media.iter().map(|media| media.n_open).sum::<u64>();
            let media = self.all_media().into_iter();
            GroupRow {
                group: group.clone(),
                n_logged_in: members().filter(|row| row.is_logged_in).count() as u64,
                n_busy: members().filter(|row| 0 < open(row)).count() as u64,
                media: media
                    .map(|media| (media.clone(), self.group_media(members(), &media)))
                    .collect(),
            }
        });
        rows.collect()
    }

    pub(super) fn group_media<'r>(
        &self,
        members: impl Iterator<Item = &'r AgentRow>,
        media: &MediaType,
    ) -> GroupMedia {
        let members: Vec<&AgentRow> = members.collect();
        let rows = || {
            members.iter().flat_map(|agent| agent.media.iter().filter(|row| row.media == *media))
        };
        let sum = |figure: fn(&MediaRow) -> u64| rows().map(figure).sum::<u64>();
        let states = members.iter().filter_map(|agent| self.is_ready(&agent.agent, media));
        let (ready, not_ready): (Vec<bool>, Vec<bool>) = states.partition(|ready| *ready);
        GroupMedia {
            n_ready: ready.len() as u64,
            n_not_ready: not_ready.len() as u64,
            n_open: sum(|row| row.n_open),
            n_offered: sum(|row| row.n_offered),
            n_accepted: sum(|row| row.n_accepted),
            n_rejected: sum(|row| row.n_rejected),
            n_missed: sum(|row| row.n_missed),
            n_withdrawn: sum(|row| row.n_withdrawn),
            n_handled: sum(|row| row.n_handled),
            handled: rows().map(|row| row.handled).sum(),
            longest_handled: rows().map(|row| row.longest_handled).max().unwrap_or_default(),
        }
    }

    /// His state at this moment; nothing if he is not logged in for the medium.
    fn is_ready(&self, agent: &AgentId, media: &MediaType) -> Option<bool> {
        let last = self.log.iter().rev().find_map(|event| match &event.fact {
            Fact::MediaReady { agent: who, media: of } if who == agent && of == media => {
                Some(Some(true))
            }
            Fact::MediaAdded { agent: who, media: of }
            | Fact::MediaNotReady { agent: who, media: of, .. }
                if who == agent && of == media =>
            {
                Some(Some(false))
            }
            Fact::MediaRemoved { agent: who, media: of } if who == agent && of == media => {
                Some(None)
            }
            Fact::AgentLoggedOut { agent: who, .. } if who == agent => Some(None),
            _ => None,
        });
        last.flatten()
    }
}
