//! The figures of the day, of queues and their views, of agents and their places: kept with the domain, folded from its events
//! like everything else, so that they are right after a restoration and whoever asks sees them in
//! step with the desks. `recount` makes the same figures slowly from the log alone; they must agree.
//!
//! A day begins at 00:00 UTC. Time in a state is cut at midnight; what is handled, and what waits,
//! counts as a whole on the day on which it ends.
//!
//! *Waiting* is what lies in a queue or is offered from it, as long as no agent has it and, if it is
//! a session, as long as that runs.

pub mod agent;
pub mod group;
mod limits;
mod note;
pub mod place;
pub mod queue;
mod spell;
pub mod view;
mod work;

#[cfg(test)]
pub(super) mod recount;
pub mod rows;
mod shown;

pub use agent::{AgentTally, MediaTally};
pub use group::{GroupMedia, GroupRow};
pub use limits::OTHERS;
pub use place::{PlaceRow, PlaceTally};
pub use queue::{QueueTally, WITHIN_SECONDS};
pub use rows::{AgentRow, MediaRow, QueueRow};
pub use shown::RealTime;
pub use spell::Spell;
pub use view::{ViewRow, ViewTally};
pub use work::Work;

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::Agent;
use crate::interaction::event::Event;
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use agent::Agents;
use limits::{MOST_MEDIA, MOST_PLACES, MOST_QUEUES};
use queue::WaitEnd;
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use view::ViewKey;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

type Queues = RedBlackTreeMapSync<(QueueName, MediaType), Arc<QueueTally>>;
type Places = RedBlackTreeMapSync<String, Arc<PlaceTally>>;
/// There are no more than the workflow has, or had today.
type Views = RedBlackTreeMapSync<ViewKey, Arc<ViewTally>>;

/// A clone costs a few reference counts.
#[derive(Clone, Debug)]
pub struct Statistics {
    pub day: Millis,
    pub queues: Queues,
    pub agents: Agents,
    pub places: Places,
    pub views: Views,
}

/// The same as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsSnapshot {
    day: Millis,
    queues: Vec<(QueueName, MediaType, Arc<QueueTally>)>,
    agents: Vec<(AgentId, Arc<AgentTally>)>,
    /// Absent, like views, in what a version without them wrote.
    #[serde(default)]
    places: Vec<(String, Arc<PlaceTally>)>,
    #[serde(default)]
    views: Vec<(ViewKey, Arc<ViewTally>)>,
}

/// How everything stood before an event.
pub struct Before<'a> {
    pub interactions: &'a RedBlackTreeMapSync<InteractionId, Arc<Interaction>>,
    pub agents: &'a RedBlackTreeMapSync<AgentId, Arc<Agent>>,
}

impl Before<'_> {
    fn media_of(&self, id: &InteractionId) -> Option<&MediaType> {
        self.interactions.get(id).map(|one| &one.attributes.media)
    }
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            day: Millis::default(),
            queues: Queues::new_sync(),
            agents: Agents::new_sync(),
            places: Places::new_sync(),
            views: Views::new_sync(),
        }
    }
}

impl Statistics {
    pub fn to_snapshot(&self) -> StatisticsSnapshot {
        let queues = self.queues.iter().map(|((queue, media), tally)| {
            let (queue, media) = (queue.clone(), media.clone());
            (queue, media, tally.clone())
        });
        StatisticsSnapshot {
            day: self.day,
            queues: queues.collect(),
            agents: listed(&self.agents),
            places: listed(&self.places),
            views: listed(&self.views),
        }
    }

    pub fn of_snapshot(snapshot: StatisticsSnapshot) -> Self {
        let StatisticsSnapshot { day, queues, agents, places, views } = snapshot;
        let queues = queues.into_iter().map(|(queue, media, tally)| ((queue, media), tally));
        Self {
            day,
            queues: queues.collect(),
            agents: agents.into_iter().collect(),
            places: places.into_iter().collect(),
            views: views.into_iter().collect(),
        }
    }

    /// Takes in an event.
    pub fn note(&mut self, before: &Before<'_>, event: &Event) {
        self.begin_day_of(event.at);
        self.note_of_queues(before, &event.fact, event.at);
        self.note_of_agents(before, &event.fact, event.at);
        self.note_of_views(before, &event.fact, event.at);
    }

    /// Who is logged in since a version that kept no figures, whose snapshot has none of him, counts
    /// from the first time that he comes back: after an upgrade, everybody does.
    fn find_logged_in(&mut self, before: &Before<'_>, agent: &AgentId, at: Millis) {
        let is_counted = self.agents.get(agent).is_some_and(|tally| tally.logged_in.is_on());
        if let Some(one) = before.agents.get(agent).filter(|_| !is_counted) {
            self.change_agent(agent, |tally| tally.find(one, at));
        }
        let place = before.agents.get(agent).and_then(|one| one.place.as_ref());
        if let Some(place) = place.filter(|_| self.place_of(agent).is_none()) {
            self.come(agent, place, at);
        }
    }

    fn place_of(&self, agent: &AgentId) -> Option<String> {
        self.agents.get(agent).and_then(|tally| tally.place.clone())
    }

    fn come(&mut self, agent: &AgentId, place: &str, at: Millis) {
        let is_too_much = MOST_PLACES <= self.places.size() && !self.places.contains_key(place);
        let place = if is_too_much { OTHERS } else { place };
        let mut is_busy = false;
        self.change_agent(agent, |tally| {
            tally.place = Some(place.to_owned());
            is_busy = tally.busy.is_on();
        });
        self.change_place(place, |tally| tally.come(is_busy, at));
    }

    fn log_out(&mut self, agent: &AgentId, at: Millis) {
        let place = self.place_of(agent);
        self.change_agent(agent, |tally| tally.log_out(at));
        if let Some(place) = place {
            self.change_place(&place, |tally| tally.go(at));
        }
    }

    /// Counts for an agent and for the place at which he is.
    fn count_work(&mut self, agent: &AgentId, media: &MediaType, count: impl Fn(&mut Work)) {
        self.change_media(agent, media, |tally| count(&mut tally.work));
        if let Some(place) = self.place_of(agent) {
            self.change_place(&place, |tally| count(tally.work(media)));
        }
    }

    fn take_up(&mut self, agent: &AgentId, media: &MediaType, id: &InteractionId, at: Millis) {
        let mut was_busy = false;
        self.change_agent(agent, |tally| {
            was_busy = tally.busy.is_on();
            tally.take_up(media, id, at);
        });
        if let Some(place) = self.place_of(agent).filter(|_| !was_busy) {
            self.change_place(&place, |tally| tally.begin_work(at));
        }
    }

    fn put_down(&mut self, agent: &AgentId, media: &MediaType, id: &InteractionId, at: Millis) {
        let (mut handled, mut is_idle) = (None, false);
        self.change_agent(agent, |tally| {
            let was_busy = tally.busy.is_on();
            handled = tally.put_down(media, id, at);
            is_idle = was_busy && !tally.busy.is_on();
        });
        let Some(place) = self.place_of(agent) else { return };
        self.change_place(&place, |tally| {
            if let Some(handled) = handled {
                tally.work(media).handle(handled);
            }
            if is_idle {
                tally.end_work(at);
            }
        });
    }

    fn end_wait(&mut self, before: &Before<'_>, id: &InteractionId, end: WaitEnd, at: Millis) {
        let Some(one) = before.interactions.get(id).filter(|one| is_waiting(one)) else { return };
        let wait = at.since(one.placed_at);
        self.change_queue(&one.queue, &one.attributes.media, |tally| tally.count(end, wait));
    }

    fn end_offer(
        &mut self,
        (before, id): (&Before<'_>, &InteractionId),
        agent: &AgentId,
        at: Millis,
        count: impl Fn(&mut Work),
    ) {
        let Some(media) = before.media_of(id) else { return };
        let invited = before.agents.get(agent).into_iter().flat_map(|one| one.invited.values());
        let n_offers = invited.filter(|taken| taken.media == *media).count();
        self.count_work(agent, media, count);
        if n_offers <= 1 {
            self.change_media(agent, media, |tally| tally.delivering.end(at));
        }
    }

    fn change_queue(
        &mut self,
        queue: &QueueName,
        media: &MediaType,
        change: impl FnOnce(&mut QueueTally),
    ) {
        let mut key = (queue.clone(), media.clone());
        if MOST_QUEUES <= self.queues.size() && !self.queues.contains_key(&key) {
            key = (OTHERS.into(), OTHERS.into());
        }
        let mut tally = self.queues.get(&key).cloned().unwrap_or_default();
        change(Arc::make_mut(&mut tally));
        self.queues.insert_mut(key, tally);
    }

    fn change_agent(&mut self, agent: &AgentId, change: impl FnOnce(&mut AgentTally)) {
        let mut tally = self.agents.get(agent).cloned().unwrap_or_default();
        change(Arc::make_mut(&mut tally));
        self.agents.insert_mut(agent.clone(), tally);
    }

    fn change_media(
        &mut self,
        agent: &AgentId,
        media: &MediaType,
        change: impl FnOnce(&mut MediaTally),
    ) {
        self.change_agent(agent, |tally| {
            let is_too_much = MOST_MEDIA <= tally.media.len() && !tally.media.contains_key(media);
            let media = if is_too_much { OTHERS.into() } else { media.clone() };
            change(tally.media.entry(media).or_default());
        });
    }

    fn change_place(&mut self, place: &str, change: impl FnOnce(&mut PlaceTally)) {
        let mut tally = self.places.get(place).cloned().unwrap_or_default();
        change(Arc::make_mut(&mut tally));
        self.places.insert_mut(place.to_owned(), tally);
    }

    fn change_view(&mut self, view: &ViewKey, change: impl FnOnce(&mut ViewTally)) {
        let mut tally = self.views.get(view).cloned().unwrap_or_default();
        change(Arc::make_mut(&mut tally));
        self.views.insert_mut(view.clone(), tally);
    }

    /// Clocks of nodes differ a little: a day that has begun does not end again.
    pub fn begin_day_of(&mut self, at: Millis) {
        let day = begin_of_day(at);
        if day <= self.day {
            return;
        }
        self.day = day;
        self.queues = Queues::new_sync();
        self.views = Views::new_sync();
        let occupied = self.places.iter().filter(|(_, tally)| tally.occupied.is_on());
        let places = occupied.map(|(place, tally)| {
            let mut tally = PlaceTally::clone(tally);
            tally.begin_day(day);
            (place.clone(), Arc::new(tally))
        });
        self.places = places.collect();
        let logged_in = self.agents.iter().filter(|(_, tally)| tally.logged_in.is_on());
        let agents = logged_in.map(|(agent, tally)| {
            let mut tally = AgentTally::clone(tally);
            tally.begin_day(day);
            (agent.clone(), Arc::new(tally))
        });
        self.agents = agents.collect();
    }
}

fn listed<K: Ord + Clone, V>(all: &RedBlackTreeMapSync<K, Arc<V>>) -> Vec<(K, Arc<V>)> {
    all.iter().map(|(key, tally)| (key.clone(), tally.clone())).collect()
}

fn begin_of_day(at: Millis) -> Millis {
    let day = spell::millis(DAY);
    Millis(at.0 / day * day)
}

/// Whether its customer waits for an agent. What was submitted a moment ago is in no queue yet.
pub(super) fn is_waiting(one: &Interaction) -> bool {
    let is_unanswered = match one.stage {
        Stage::Queued | Stage::Inviting { .. } => one.parties.is_empty(),
        Stage::Handling | Stage::InWorkbin { .. } | Stage::Stopped { .. } => false,
    };
    is_unanswered && one.session != SessionPhase::Ended && !one.queue.0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_somebody_makes_up_do_not_fill_the_figures() {
        let mut figures = Statistics::default();
        let n_more = 5;

        for n in 0..MOST_QUEUES + n_more {
            let queue = QueueName(format!("queue {n}"));
            figures.change_queue(&queue, &"chat".into(), |tally| tally.n_entered += 1);
        }
        for n in 0..MOST_MEDIA + n_more {
            let media = MediaType(format!("media {n}"));
            figures.change_media(&"ada".into(), &media, |tally| tally.work.n_offered += 1);
        }
        for n in 0..MOST_PLACES + n_more {
            figures.come(&"ada".into(), &format!("place {n}"), Millis(1));
        }

        assert_eq!(figures.queues.size(), MOST_QUEUES + 1);
        let others = (QueueName::from(OTHERS), MediaType::from(OTHERS));
        let others = figures.queues.get(&others).unwrap();
        assert_eq!(others.n_entered, u64::try_from(n_more).unwrap());
        let ada = figures.agents.get(&AgentId::from("ada")).unwrap();
        assert_eq!(ada.media.len(), MOST_MEDIA + 1);
        assert_eq!(figures.places.size(), MOST_PLACES + 1);
    }
}
