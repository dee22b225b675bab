//! Waits in queues: who certainly waited when, and with what claim to be served.

use super::Terms;
use super::day::{Day, Offer, OfferEnd, Span};
use super::shown::{placed_at, priority, skill};
use crate::cli::centre::journal::Journal;
use crate::cli::torture::check::Micros;
use crate::edge::agent::wire::request::InteractionState;
use std::collections::{BTreeMap, BTreeSet};

/// An interaction in a queue, from its placing until somebody has it or it is over.
#[derive(Clone, Debug)]
pub struct Wait<'a> {
    pub interaction: &'a str,
    pub queue: &'a str,
    /// The skill that its queue asks for.
    pub skill: Option<String>,
    /// Milliseconds since 1970, by the server's clock.
    pub placed_at: i64,
    /// The same since the run began.
    pub from: Micros,
    /// In the order of their making.
    pub offers: Vec<&'a Offer>,
    /// When a supervisor saw it wait.
    pub seen: Vec<Micros>,
    /// Who has ever said no to it, missed it or had it.
    pub refusers: BTreeSet<&'a str>,
    /// As it was when it came.
    pub priority: i64,
}

/// All of the day. Only chats of this run that were seen are known.
pub fn waits<'a>(journal: &Journal, day: &'a Day) -> Vec<Wait<'a>> {
    let mut waits = BTreeMap::<(&str, i64), Wait<'a>>::new();
    let begin = |(interaction, queue): (&'a str, &'a str), skill, placed_at: i64, priority| Wait {
        interaction,
        queue,
        skill,
        placed_at,
        from: u64::try_from(placed_at - journal.began).unwrap_or(0) * 1_000,
        offers: vec![],
        seen: vec![],
        refusers: BTreeSet::new(),
        priority,
    };
    for offer in day.offers.iter().filter(|one| one.is_routing()) {
        let key = (offer.interaction.as_str(), offer.placed_at);
        let what = (offer.interaction.as_str(), offer.queue.as_str());
        let new = || begin(what, offer.skill.clone(), offer.placed_at, offer.priority);
        waits.entry(key).or_insert_with(new).offers.push(offer);
    }
    for snapshot in &day.snapshots {
        for one in &snapshot.interactions {
            if one.state == InteractionState::Queued {
                let (id, at) = (one.interaction_id.as_str(), placed_at(one));
                let new = || begin((id, &one.queue), skill(one), at, priority(one));
                waits.entry((id, at)).or_insert_with(new).seen.push(snapshot.at);
            }
        }
    }
    let mut refusers = BTreeMap::<&str, BTreeSet<&str>>::new();
    for offer in day.offers.iter().filter(|one| one.end != OfferEnd::Open) {
        refusers.entry(&offer.interaction).or_default().insert(&offer.agent);
    }
    for holding in &day.holdings {
        refusers.entry(&holding.interaction).or_default().insert(&holding.agent);
    }
    for wait in waits.values_mut() {
        // Nobody is asked about what he has himself.
        let parent = asked_about(wait.interaction);
        let ids = [Some(wait.interaction), parent].into_iter().flatten();
        wait.refusers = ids.filter_map(|id| refusers.get(id)).flatten().copied().collect();
    }
    waits.into_values().collect()
}

/// What somebody is asked about, if an interaction is such a question.
pub fn asked_about(interaction: &str) -> Option<&str> {
    interaction.split_once("-consult-").map(|(parent, _)| parent)
}

impl Wait<'_> {
    /// When it certainly waited, and was not being offered.
    pub fn spans(&self, terms: Terms) -> Vec<Span> {
        let mut spans = vec![];
        let mut from = Some(self.from + terms.skew);
        for offer in &self.offers {
            if let Some(from) = from {
                spans.push((from, offer.at.saturating_sub(terms.skew)));
            }
            from = offer.ended_at.filter(|_| offer.was_refused());
        }
        // It was seen there; what came later is not known.
        if let Some(from) = from
            && let Some(last) = self.seen.last()
        {
            spans.push((from, *last));
        }
        spans.into_iter().filter(|(from, until)| from < until).collect()
    }

    /// How long it took until somebody who took it was asked; nothing if nobody took it.
    pub fn length(&self) -> Option<Micros> {
        let taken = self.offers.iter().find(|offer| offer.end == OfferEnd::Accepted)?;
        Some(taken.at.saturating_sub(self.from))
    }
}
