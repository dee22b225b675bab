//! The rows of views, slowly. What lies in a queue, and which view took it, is read off the last facts of
//! each interaction; only what conditions look at is taken from a replay.

#![expect(clippy::wildcard_enum_match_arm, reason = "each figure looks for its own facts alone")]

use super::Recount;
use crate::base::{InteractionId, Millis};
use crate::interaction::event::Fact;
use crate::interaction::ids::QueueName;
use crate::interaction::running::Keeper;
use crate::interaction::state::Domain;
use crate::interaction::statistics::view::{HandEnd, ViewKey, ViewRow, ViewTally, view_row};
use crate::owned::Thing;
use crate::workflow::{Process, view_for};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of an interaction from its facts up to some moment.
#[derive(Default)]
struct Known {
    queue: Option<(QueueName, Keeper)>,
    placed_at: Millis,
    in_hand: Option<ViewKey>,
    lies: bool,
    is_online: bool,
}

impl Recount<'_> {
    pub(super) fn views(&self, workflow: Option<&Process>) -> Vec<ViewRow> {
        let mut known: BTreeMap<InteractionId, Known> = BTreeMap::new();
        let mut tallies: BTreeMap<ViewKey, ViewTally> = BTreeMap::new();
        for event in self.log {
            let Some(id) = told_of(&event.fact) else { continue };
            let one = known.entry(id.clone()).or_default();
            let is_today = self.since <= event.at;
            let had = one.in_hand.clone();
            let mut lost = |end| {
                if let Some(view) = had.clone().filter(|_| is_today) {
                    tallies.entry(view).or_default().count(end);
                }
            };
            match &event.fact {
                Fact::InteractionSubmitted { attributes, .. } => {
                    let is_online = attributes.nature == crate::interaction::event::Nature::Session;
                    *one = Known { is_online, ..Known::default() };
                }
                Fact::PlacedInQueue { queue, keeper, .. } => {
                    lost(HandEnd::Moved);
                    let (queue, is_online) = (Some((queue.clone(), *keeper)), one.is_online);
                    let (placed_at, lies, in_hand) = (event.at, true, None);
                    *one = Known { queue, placed_at, in_hand, lies, is_online };
                }
                Fact::PlacedInWorkbin { queue, .. } => {
                    lost(HandEnd::Moved);
                    let queue = queue.clone().map(|queue| (queue, Keeper::Views));
                    let (placed_at, lies, in_hand) = (event.at, true, None);
                    *one = Known { queue, placed_at, in_hand, lies, is_online: one.is_online };
                }
                Fact::HandedTo { keeper, .. } => {
                    one.queue = one.queue.take().map(|(queue, _)| (queue, *keeper));
                }
                Fact::TakenFromWorkbin { .. } => one.lies = false,
                Fact::StrategyMoved { running: Some(running), .. } => {
                    if had.is_none() && is_today {
                        let waited = event.at.since(one.placed_at);
                        tallies.entry(running.from.clone()).or_default().take(waited);
                    }
                    one.in_hand = Some(running.from.clone());
                }
                Fact::StrategyMoved { running: None, .. } => {
                    lost(HandEnd::Returned);
                    one.in_hand = None;
                }
                Fact::PartyAdded { errand, .. } if errand.part.handles() => {
                    lost(HandEnd::Routed);
                    (one.in_hand, one.lies) = (None, false);
                }
                Fact::ProcessingStopped { .. } => {
                    lost(HandEnd::Stopped);
                    (one.in_hand, one.lies) = (None, false);
                }
                Fact::SessionEnded { .. } => {
                    if let Some(view) = had.filter(|_| is_today && one.is_online) {
                        tallies.entry(view).or_default().n_abandoned += 1;
                    }
                    one.is_online = false;
                }
                Fact::Invited { .. } if one.lies => one.lies = false,
                Fact::Rejected { .. } | Fact::Revoked { .. } if had.is_some() => one.lies = true,
                _ => {}
            }
        }
        self.rows(tallies, &known, workflow)
    }

    fn rows(
        &self,
        tallies: BTreeMap<ViewKey, ViewTally>,
        known: &BTreeMap<InteractionId, Known>,
        workflow: Option<&Process>,
    ) -> Vec<ViewRow> {
        let mut rows: BTreeMap<ViewKey, ViewRow> = BTreeMap::new();
        for (key, tally) in tallies {
            rows.insert(key.clone(), ViewRow { today: Arc::new(tally), ..view_row(&key) });
        }
        let (domain, _) = Domain::replay(None, self.log.iter().cloned().map(Arc::new).collect());
        for (id, one) in known {
            if let Some(key) = &one.in_hand {
                rows.entry(key.clone()).or_insert_with(|| view_row(key)).n_in_hand += 1;
            }
            let Some((queue, Keeper::Views)) = &one.queue else { continue };
            let is_left = one.lies && one.in_hand.is_none();
            let Some(process) = workflow.filter(|_| is_left) else { continue };
            let Some(brief) = domain.interaction(id).map(|one| one.brief()) else { continue };
            let Some(view) = view_for(process, &brief, self.now).view else { continue };
            let key = (queue.clone(), view.name.clone());
            let row = rows.entry(key.clone()).or_insert_with(|| view_row(&key));
            row.n_waiting += 1;
            row.waiting_since = row.waiting_since.into_iter().chain([one.placed_at]).min();
        }
        rows.into_values().collect()
    }
}

fn told_of(fact: &Fact) -> Option<&InteractionId> {
    match fact {
        Fact::InteractionSubmitted { interaction, .. }
        | Fact::PlacedInQueue { interaction, .. }
        | Fact::PlacedInWorkbin { interaction, .. }
        | Fact::TakenFromWorkbin { interaction, .. }
        | Fact::HandedTo { interaction, .. }
        | Fact::StrategyMoved { interaction, .. }
        | Fact::PartyAdded { interaction, .. }
        | Fact::SessionEnded { interaction, .. }
        | Fact::ProcessingStopped { interaction, .. }
        | Fact::Invited { interaction, .. }
        | Fact::Rejected { interaction, .. }
        | Fact::Revoked { interaction, .. } => Some(interaction),
        _ => None,
    }
}
