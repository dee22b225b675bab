//! The same figures, slowly: from the whole log, each by itself, with nothing kept in between.

#![expect(clippy::wildcard_enum_match_arm, reason = "each figure looks for its own facts alone")]

mod groups;
mod places;
mod views;

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::event::{Event, Fact, RevokeReason};
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::party::Added;
use crate::interaction::statistics::agent::MOST_REASONS;
use crate::interaction::statistics::limits::OTHERS;
use crate::interaction::statistics::queue::WaitEnd;
use crate::interaction::statistics::rows::media_row;
use crate::interaction::statistics::{
    AgentRow, GroupMedia, MediaRow, MediaTally, QueueRow, QueueTally, RealTime, Spell, begin_of_day,
};
use crate::workflow::Process;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// One span of a state: from when to when.
type Span = (Millis, Millis);

pub fn real_time(log: &[Event], workflow: Option<&Process>, now: Millis) -> RealTime {
    let newest = log.iter().map(|event| event.at).max().unwrap_or_default();
    let since = begin_of_day(newest.max(now));
    let recount = Recount { log, since, now };
    let agents = recount.agents();
    let (groups, places) = (recount.groups(&agents), recount.places(&agents));
    let (queues, views) = (recount.queues(), recount.views(workflow));
    RealTime { now, since, queues, agents, groups, places, views }
}

struct Recount<'a> {
    log: &'a [Event],
    since: Millis,
    now: Millis,
}

/// A stay of an interaction in a queue.
struct Stay {
    queue: QueueName,
    media: MediaType,
    from: Millis,
    is_offered: bool,
    end: Option<(WaitEnd, Millis)>,
}

impl Recount<'_> {
    fn queues(&self) -> Vec<QueueRow> {
        let (stays, entered) = (self.stays(), self.entered());
        let mut keys: BTreeSet<(QueueName, MediaType)> = BTreeSet::new();
        keys.extend(entered.iter().map(|(queue, media)| (queue.clone(), media.clone())));
        let relevant = stays.iter().filter(|stay| stay.end.is_none_or(|(_, at)| self.since <= at));
        keys.extend(relevant.map(|stay| (stay.queue.clone(), stay.media.clone())));
        keys.into_iter().map(|key| self.queue(key, &stays, &entered)).collect()
    }

    fn queue(
        &self,
        (queue, media): (QueueName, MediaType),
        stays: &[Stay],
        entered: &[(QueueName, MediaType)],
    ) -> QueueRow {
        let of_queue = || stays.iter().filter(|stay| stay.queue == queue && stay.media == media);
        let waiting = || of_queue().filter(|stay| stay.end.is_none());
        let mut today = QueueTally::default();
        let n_entered = entered.iter().filter(|one| one.0 == queue && one.1 == media).count();
        today.n_entered = n_entered as u64;
        for stay in of_queue() {
            if let Some((end, at)) = stay.end
                && self.since <= at
            {
                today.count(end, at.since(stay.from));
            }
        }
        QueueRow {
            n_waiting: waiting().count() as u64,
            n_offered: waiting().filter(|stay| stay.is_offered).count() as u64,
            waiting_since: waiting().map(|stay| stay.from).min(),
            today: Arc::new(today),
            queue,
            media,
        }
    }

    /// Every placing of today, of what still has a customer.
    fn entered(&self) -> Vec<(QueueName, MediaType)> {
        let mut ended: BTreeSet<&InteractionId> = BTreeSet::new();
        let mut entered = vec![];
        for (idx, event) in self.log.iter().enumerate() {
            match &event.fact {
                Fact::SessionEnded { interaction, .. } => {
                    ended.insert(interaction);
                }
                Fact::InteractionSubmitted { interaction, .. } => {
                    ended.remove(interaction);
                }
                Fact::PlacedInQueue { interaction, queue, .. }
                    if self.since <= event.at && !ended.contains(interaction) =>
                {
                    entered.push((queue.clone(), self.media_of(interaction, idx)));
                }
                _ => {}
            }
        }
        entered
    }

    fn stays(&self) -> Vec<Stay> {
        let mut stays: Vec<(InteractionId, Stay)> = vec![];
        let mut ended: BTreeSet<InteractionId> = BTreeSet::new();
        for (idx, event) in self.log.iter().enumerate() {
            let last = |stays: &mut Vec<(InteractionId, Stay)>, id: &InteractionId| {
                stays.iter().rposition(|(one, stay)| one == id && stay.end.is_none())
            };
            let end = match &event.fact {
                Fact::InteractionSubmitted { interaction, .. } => {
                    ended.remove(interaction);
                    None
                }
                Fact::PlacedInQueue { interaction, .. }
                | Fact::PlacedInWorkbin { interaction, .. } => Some((interaction, WaitEnd::Moved)),
                Fact::PartyAdded { interaction, .. } => Some((interaction, WaitEnd::Answered)),
                Fact::SessionEnded { interaction, .. } => {
                    ended.insert(interaction.clone());
                    Some((interaction, WaitEnd::Abandoned))
                }
                Fact::ProcessingStopped { interaction, .. } => {
                    Some((interaction, WaitEnd::Stopped))
                }
                Fact::Invited { interaction, .. } => {
                    if let Some(stay) = last(&mut stays, interaction) {
                        stays[stay].1.is_offered = true;
                    }
                    None
                }
                Fact::Rejected { interaction, .. } | Fact::Revoked { interaction, .. } => {
                    if let Some(stay) = last(&mut stays, interaction) {
                        stays[stay].1.is_offered = false;
                    }
                    None
                }
                _ => None,
            };
            if let Some((id, end)) = end
                && let Some(stay) = last(&mut stays, id)
            {
                stays[stay].1.end = Some((end, event.at));
            }
            if let Fact::PlacedInQueue { interaction, queue, .. } = &event.fact
                && !ended.contains(interaction)
            {
                let (media, queue) = (self.media_of(interaction, idx), queue.clone());
                let stay = Stay { queue, media, from: event.at, is_offered: false, end: None };
                stays.push((interaction.clone(), stay));
            }
        }
        stays.into_iter().map(|(_, stay)| stay).collect()
    }

    fn agents(&self) -> Vec<AgentRow> {
        let named = self.log.iter().filter_map(|event| match &event.fact {
            Fact::AgentLoggedIn { agent, .. } => Some(agent.clone()),
            _ => None,
        });
        let all: BTreeSet<AgentId> = named.collect();
        all.into_iter().filter_map(|agent| self.agent(&agent)).collect()
    }

    /// Whoever was logged in today.
    fn agent(&self, agent: &AgentId) -> Option<AgentRow> {
        let logged_in = self.spans(|fact| match fact {
            Fact::AgentLoggedIn { agent: who, .. } if who == agent => Some(true),
            Fact::AgentLoggedOut { agent: who, .. } if who == agent => Some(false),
            _ => None,
        });
        let mut logins = self.log.iter().filter_map(|event| match &event.fact {
            Fact::AgentLoggedIn { agent: who, place, .. } if who == agent => Some(Some(place)),
            Fact::AgentLoggedOut { agent: who, .. } if who == agent => Some(None),
            _ => None,
        });
        let at_place = logins.next_back().flatten();
        let was_here_today = at_place.is_some() || self.log.iter().any(|event| {
            self.since <= event.at
                && matches!(&event.fact, Fact::AgentLoggedOut { agent: who, .. } if who == agent)
        });
        was_here_today.then(|| AgentRow {
            agent: agent.clone(),
            place: at_place.cloned().flatten(),
            is_logged_in: at_place.is_some(),
            groups: self.groups_of(agent),
            logged_in: self.today(&logged_in),
            busy: self.today(&self.busy(agent, None)),
            media: self.all_media().into_iter().map(|media| self.media(agent, media)).collect(),
        })
    }

    fn media(&self, agent: &AgentId, media: MediaType) -> MediaRow {
        let handled = self.handled(agent, &media);
        let ended_today: Vec<Duration> = handled
            .iter()
            .filter_map(|(from, end)| end.map(|end| (*from, end)))
            .filter(|(_, end)| self.since <= *end)
            .map(|(from, end)| end.since(from))
            .collect();
        let n_open = handled.iter().filter(|(_, end)| end.is_none()).count() as u64;
        let n = |is: &dyn Fn(&Fact) -> bool| self.count(&media, is);
        let is_his = |who: &AgentId| who == agent;
        MediaRow {
            ready: self.today(&self.readiness(agent, &media, None)),
            not_ready: self.not_ready(agent, &media),
            delivering: self.today(&self.delivering(agent, &media)),
            handling: self.today(&self.busy(agent, Some(&media))),
            n_open,
            n_offered: n(&|fact| matches!(fact, Fact::Invited { agent, .. } if is_his(agent))),
            n_accepted: n(&|fact| {
                matches!(fact, Fact::PartyAdded { agent, how: Added::Accepted { .. }, .. }
                    if is_his(agent))
            }),
            n_rejected: n(&|fact| matches!(fact, Fact::Rejected { agent, .. } if is_his(agent))),
            n_missed: n(&|fact| {
                matches!(fact, Fact::Revoked { agent, reason: RevokeReason::Expired, .. }
                    if is_his(agent))
            }),
            n_withdrawn: n(&|fact| match fact {
                Fact::Revoked { agent, reason, .. } => {
                    is_his(agent) && *reason != RevokeReason::Expired
                }
                _ => false,
            }),
            n_handled: ended_today.len() as u64,
            handled: ended_today.iter().sum(),
            longest_handled: ended_today.iter().max().copied().unwrap_or_default(),
            media,
        }
    }

    fn count(&self, media: &MediaType, is: &dyn Fn(&Fact) -> bool) -> u64 {
        let today = self.log.iter().enumerate().filter(|(_, event)| self.since <= event.at);
        let counted = today.filter(|(idx, event)| {
            is(&event.fact)
                && interaction_of(&event.fact).is_some_and(|id| self.media_of(id, *idx) == *media)
        });
        counted.count() as u64
    }

    /// When he was ready; or, with a reason, not ready for it.
    fn readiness(&self, agent: &AgentId, media: &MediaType, reason: Option<&str>) -> Vec<Span> {
        let reasons = self.reasons(agent, media);
        self.spans(|fact| {
            let state = match fact {
                Fact::MediaReady { agent: who, media: of } if who == agent && of == media => None,
                Fact::MediaNotReady { agent: who, media: of, reason, .. }
                | Fact::MediaReasonChanged { agent: who, media: of, reason }
                    if who == agent && of == media =>
                {
                    Some(reason.as_str())
                }
                Fact::MediaAdded { agent: who, media: of } if who == agent && of == media => {
                    Some("")
                }
                Fact::MediaRemoved { agent: who, media: of } if who == agent && of == media => {
                    return Some(false);
                }
                Fact::AgentLoggedOut { agent: who, .. } if who == agent => return Some(false),
                _ => return None,
            };
            let state = state.map(|word| if reasons.contains(word) { word } else { OTHERS });
            Some(state == reason)
        })
    }

    fn not_ready(&self, agent: &AgentId, media: &MediaType) -> BTreeMap<String, Spell> {
        let reasons = self.reasons(agent, media);
        let reasons = reasons.iter().map(|reason| (*reason).to_owned());
        let times = reasons.map(|reason| {
            let spans = self.readiness(agent, media, Some(&reason));
            (reason, self.today(&spans))
        });
        times.collect()
    }

    /// The reasons of the log; histories have fewer than are told apart.
    fn reasons(&self, agent: &AgentId, media: &MediaType) -> BTreeSet<&str> {
        let given = self.log.iter().filter_map(|event| match &event.fact {
            Fact::MediaNotReady { agent: who, media: of, reason, .. }
            | Fact::MediaReasonChanged { agent: who, media: of, reason }
                if who == agent && of == media =>
            {
                Some(reason.as_str())
            }
            Fact::MediaAdded { agent: who, media: of } if who == agent && of == media => Some(""),
            _ => None,
        });
        let reasons: BTreeSet<&str> = given.collect();
        assert!(reasons.len() < MOST_REASONS);
        reasons
    }

    fn delivering(&self, agent: &AgentId, media: &MediaType) -> Vec<Span> {
        let mut offers: BTreeMap<InteractionId, Millis> = BTreeMap::new();
        let mut spans = vec![];
        for (idx, event) in self.log.iter().enumerate() {
            match &event.fact {
                Fact::Invited { interaction, agent: who, .. }
                    if who == agent && self.media_of(interaction, idx) == *media =>
                {
                    offers.insert(interaction.clone(), event.at);
                }
                Fact::Rejected { interaction, agent: who, .. }
                | Fact::Revoked { interaction, agent: who, .. }
                | Fact::PartyAdded {
                    interaction, agent: who, how: Added::Accepted { .. }, ..
                } if who == agent => {
                    spans.extend(offers.remove(interaction).map(|from| (from, event.at)));
                }
                _ => {}
            }
        }
        spans.extend(offers.into_values().map(|from| (from, self.now)));
        union(spans)
    }

    /// When he handled something, of one medium or of any.
    fn busy(&self, agent: &AgentId, media: Option<&MediaType>) -> Vec<Span> {
        let media = media.map_or_else(|| self.all_media(), |media| vec![media.clone()]);
        let all = media.iter().flat_map(|media| self.handled(agent, media));
        union(all.map(|(from, end)| (from, end.unwrap_or(self.now))).collect())
    }

    /// What he handled: from when, and until when if it is over.
    fn handled(&self, agent: &AgentId, media: &MediaType) -> Vec<(Millis, Option<Millis>)> {
        let handled = self.handled_upto(agent, media).into_iter();
        handled.map(|(from, end)| (from, end.map(|idx| self.log[idx].at))).collect()
    }

    /// The same, with the place in the log of the event that ended it.
    fn handled_upto(&self, agent: &AgentId, media: &MediaType) -> Vec<(Millis, Option<usize>)> {
        let mut handled: Vec<(InteractionId, Millis, Option<usize>)> = vec![];
        for (idx, event) in self.log.iter().enumerate() {
            match &event.fact {
                Fact::PartyAdded { interaction, agent: who, errand, .. }
                    if who == agent
                        && errand.part.handles()
                        && self.media_of(interaction, idx) == *media =>
                {
                    handled.push((interaction.clone(), event.at, None));
                }
                Fact::PartyRemoved { interaction, agent: who, .. } if who == agent => {
                    let open =
                        handled.iter_mut().find(|(id, _, end)| id == interaction && end.is_none());
                    if let Some((_, _, end)) = open {
                        *end = Some(idx);
                    }
                }
                _ => {}
            }
        }
        handled.into_iter().map(|(_, from, end)| (from, end)).collect()
    }

    /// Spans between the facts that begin a state and those that end it.
    fn spans(&self, turns: impl Fn(&Fact) -> Option<bool>) -> Vec<Span> {
        let mut since = None;
        let mut spans = vec![];
        for event in self.log {
            match turns(&event.fact) {
                Some(true) => {
                    since.get_or_insert(event.at);
                }
                Some(false) => spans.extend(since.take().map(|from| (from, event.at))),
                None => {}
            }
        }
        spans.extend(since.map(|from| (from, self.now)));
        spans
    }

    /// How much of them lies in today.
    fn today(&self, spans: &[Span]) -> Spell {
        Spell::lasted(spans.iter().map(|(from, to)| to.since((*from).max(self.since))).sum())
    }

    fn all_media(&self) -> Vec<MediaType> {
        let media = self.log.iter().filter_map(|event| match &event.fact {
            Fact::InteractionSubmitted { attributes, .. } => Some(attributes.media.clone()),
            Fact::MediaAdded { media, .. } => Some(media.clone()),
            _ => None,
        });
        media.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What was submitted last by this name.
    fn media_of(&self, id: &InteractionId, upto: usize) -> MediaType {
        let submitted = self.log[..=upto].iter().rev().find_map(|event| match &event.fact {
            Fact::InteractionSubmitted { interaction, attributes, .. } if interaction == id => {
                Some(attributes.media.clone())
            }
            _ => None,
        });
        submitted.unwrap()
    }
}

/// Overlapping spans as one.
fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut joined: Vec<Span> = vec![];
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

fn interaction_of(fact: &Fact) -> Option<&InteractionId> {
    match fact {
        Fact::Invited { interaction, .. }
        | Fact::Rejected { interaction, .. }
        | Fact::Revoked { interaction, .. }
        | Fact::PartyAdded { interaction, .. } => Some(interaction),
        _ => None,
    }
}

/// With times as they are at the moment, and without the rows and reasons in which there is nothing:
/// the slow way knows all media, the other one only those that were touched.
pub fn bare(mut figures: RealTime) -> RealTime {
    let now = figures.now;
    let still = |spell: &mut Spell| *spell = Spell::lasted(spell.upto(now));
    for agent in &mut figures.agents {
        [&mut agent.logged_in, &mut agent.busy].into_iter().for_each(still);
        for row in &mut agent.media {
            let spells = [&mut row.ready, &mut row.delivering, &mut row.handling];
            spells.into_iter().chain(row.not_ready.values_mut()).for_each(still);
            row.not_ready.retain(|_, time| *time != Spell::default());
        }
        agent.media.retain(|row| *row != media_row(&row.media, &MediaTally::default()));
    }
    for place in &mut figures.places {
        [&mut place.occupied, &mut place.busy].into_iter().for_each(still);
        place.media.retain(|_, row| *row != GroupMedia::default());
    }
    for group in &mut figures.groups {
        group.media.retain(|_, row| *row != GroupMedia::default());
    }
    figures
}
