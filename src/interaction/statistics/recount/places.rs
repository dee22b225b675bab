//! The rows of places, slowly: each fact counts where its agent was when it happened.

#![expect(clippy::wildcard_enum_match_arm, reason = "each figure looks for its own facts alone")]

use super::{Recount, Span, interaction_of, union};
use crate::base::{AgentId, Millis};
use crate::interaction::event::{Fact, RevokeReason};
use crate::interaction::ids::MediaType;
use crate::interaction::party::Added;
use crate::interaction::statistics::{AgentRow, GroupMedia, PlaceRow};
use std::collections::BTreeSet;
use std::time::Duration;

/// Somebody's stay at a place: who, from when, until when if he has gone.
type Stay = (AgentId, Millis, Option<Millis>);

impl Recount<'_> {
    pub(super) fn places(&self, agents: &[AgentRow]) -> Vec<PlaceRow> {
        let named = self.log.iter().filter_map(|event| match &event.fact {
            Fact::AgentLoggedIn { place, .. } => place.clone(),
            _ => None,
        });
        let all: BTreeSet<String> = named.collect();
        all.iter().filter_map(|place| self.place(place, agents)).collect()
    }

    /// One at which somebody was today.
    fn place(&self, place: &str, agents: &[AgentRow]) -> Option<PlaceRow> {
        let stays = self.stays_at(place);
        stays.iter().find(|(_, _, end)| end.is_none_or(|end| self.since <= end))?;
        let here = || agents.iter().filter(|row| row.place.as_deref() == Some(place));
        let busy = stays.iter().flat_map(|(agent, from, end)| {
            let his = self.busy(agent, None).into_iter();
            his.map(|(begin, to)| (begin.max(*from), to.min(end.unwrap_or(self.now))))
        });
        let busy: Vec<Span> = busy.filter(|(from, to)| from <= to).collect();
        let occupied = stays.iter().map(|(_, from, end)| (*from, end.unwrap_or(self.now)));
        let media = self.all_media().into_iter();
        Some(PlaceRow {
            place: place.to_owned(),
            agents: here().map(|row| row.agent.clone()).collect(),
            occupied: self.today(&union(occupied.collect())),
            busy: self.today(&union(busy)),
            media: media
                .map(|media| (media.clone(), self.at_place(place, &media, here())))
                .collect(),
        })
    }

    fn stays_at(&self, place: &str) -> Vec<Stay> {
        let mut stays: Vec<Stay> = vec![];
        for event in self.log {
            match &event.fact {
                Fact::AgentLoggedIn { agent, place: Some(at), .. } if at == place => {
                    stays.push((agent.clone(), event.at, None));
                }
                Fact::AgentLoggedOut { agent, .. } => {
                    let open = stays.iter_mut().find(|(who, _, end)| who == agent && end.is_none());
                    if let Some((_, _, end)) = open {
                        *end = Some(event.at);
                    }
                }
                _ => {}
            }
        }
        stays
    }

    fn at_place<'r>(
        &self,
        place: &str,
        media: &MediaType,
        here: impl Iterator<Item = &'r AgentRow>,
    ) -> GroupMedia {
        let n = |is: &dyn Fn(&Fact) -> bool| self.count_at(place, media, is);
        let handled = self.handled_at(place, media);
        let now = self.group_media(here, media);
        GroupMedia {
            n_ready: now.n_ready,
            n_not_ready: now.n_not_ready,
            n_open: now.n_open,
            n_offered: n(&|fact| matches!(fact, Fact::Invited { .. })),
            n_accepted: n(&|fact| {
                matches!(fact, Fact::PartyAdded { how: Added::Accepted { .. }, .. })
            }),
            n_rejected: n(&|fact| matches!(fact, Fact::Rejected { .. })),
            n_missed: n(&|fact| {
                matches!(fact, Fact::Revoked { reason: RevokeReason::Expired, .. })
            }),
            n_withdrawn: n(
                &|fact| matches!(fact, Fact::Revoked { reason, .. } if *reason != RevokeReason::Expired),
            ),
            n_handled: handled.len() as u64,
            handled: handled.iter().sum(),
            longest_handled: handled.iter().max().copied().unwrap_or_default(),
        }
    }

    fn count_at(&self, place: &str, media: &MediaType, is: &dyn Fn(&Fact) -> bool) -> u64 {
        let today = self.log.iter().enumerate().filter(|(_, event)| self.since <= event.at);
        let counted = today.filter(|(idx, event)| {
            let of_media = interaction_of(&event.fact).map(|id| self.media_of(id, *idx));
            let agent = event.fact.changes_status_of();
            is(&event.fact)
                && of_media.as_ref() == Some(media)
                && agent.and_then(|agent| self.place_of(agent, *idx)) == Some(place)
        });
        counted.count() as u64
    }

    /// Where he was last, up to an event.
    fn place_of(&self, agent: &AgentId, upto: usize) -> Option<&str> {
        let logins = self.log[..=upto].iter().rev();
        let login = logins.filter_map(|event| match &event.fact {
            Fact::AgentLoggedIn { agent: who, place, .. } if who == agent => Some(place),
            _ => None,
        });
        login.into_iter().next()?.as_deref()
    }

    /// How long each was handled that ended today while whoever had it was there.
    fn handled_at(&self, place: &str, media: &MediaType) -> Vec<Duration> {
        let all: BTreeSet<AgentId> =
            self.stays_at(place).into_iter().map(|(agent, _, _)| agent).collect();
        let ends = all.iter().flat_map(|agent| {
            let over = self.handled_upto(agent, media).into_iter();
            over.filter_map(move |(from, end)| Some((agent, from, end?)))
        });
        let ends = ends.filter(|(agent, _, idx)| self.place_of(agent, *idx) == Some(place));
        let spans = ends.map(|(_, from, idx)| (from, self.log[idx].at));
        let today = spans.filter(|(_, end)| self.since <= *end);
        today.map(|(from, end)| end.since(from)).collect()
    }
}
