//! The figures of the day, of queues and of agents: kept with the domain, folded from its events
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
pub mod queue;
mod spell;

#[cfg(test)]
pub(super) mod recount;
pub mod rows;

pub use agent::{AgentTally, MediaTally};
pub use group::{GroupMedia, GroupRow};
pub use queue::{QueueTally, WITHIN_SECONDS};
pub use rows::{AgentRow, MediaRow, QueueRow, RealTime};
pub use spell::Spell;

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::Agent;
use crate::interaction::event::{Event, Fact, RevokeReason};
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::party::Added;
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use queue::WaitEnd;
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Queues, each with a medium, of which a day has figures of their own. Names come from outside; what
/// is beyond counts as one.
const MOST_QUEUES: usize = 500;
/// The same of media of an agent.
const MOST_MEDIA: usize = 50;
const OTHERS: &str = "(others)";

type Queues = RedBlackTreeMapSync<(QueueName, MediaType), Arc<QueueTally>>;
type Agents = RedBlackTreeMapSync<AgentId, Arc<AgentTally>>;

/// A clone costs a few reference counts.
#[derive(Clone, Debug)]
pub struct Statistics {
    pub day: Millis,
    pub queues: Queues,
    pub agents: Agents,
}

/// The same as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsSnapshot {
    day: Millis,
    queues: Vec<(QueueName, MediaType, Arc<QueueTally>)>,
    agents: Vec<(AgentId, Arc<AgentTally>)>,
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
        Self { day: Millis::default(), queues: Queues::new_sync(), agents: Agents::new_sync() }
    }
}

impl Statistics {
    pub fn to_snapshot(&self) -> StatisticsSnapshot {
        let queues = self.queues.iter().map(|((queue, media), tally)| {
            let (queue, media) = (queue.clone(), media.clone());
            (queue, media, tally.clone())
        });
        let agents = self.agents.iter().map(|(agent, tally)| (agent.clone(), tally.clone()));
        StatisticsSnapshot { day: self.day, queues: queues.collect(), agents: agents.collect() }
    }

    pub fn of_snapshot(snapshot: StatisticsSnapshot) -> Self {
        let StatisticsSnapshot { day, queues, agents } = snapshot;
        let queues = queues.into_iter().map(|(queue, media, tally)| ((queue, media), tally));
        Self { day, queues: queues.collect(), agents: agents.into_iter().collect() }
    }

    /// Takes in an event.
    pub fn note(&mut self, before: &Before<'_>, event: &Event) {
        self.begin_day_of(event.at);
        self.note_of_queues(before, &event.fact, event.at);
        self.note_of_agents(before, &event.fact, event.at);
    }

    fn note_of_queues(&mut self, before: &Before<'_>, fact: &Fact, at: Millis) {
        match fact {
            Fact::PlacedInQueue { interaction, queue, .. } => {
                self.end_wait(before, interaction, WaitEnd::Moved, at);
                if let Some(one) = before.interactions.get(interaction)
                    && one.session != SessionPhase::Ended
                {
                    let media = &one.attributes.media;
                    self.change_queue(queue, media, |tally| tally.n_entered += 1);
                }
            }
            Fact::PlacedInWorkbin { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Moved, at);
            }
            Fact::PartyAdded { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Answered, at);
            }
            Fact::SessionEnded { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Abandoned, at);
            }
            Fact::ProcessingStopped { interaction, .. } => {
                self.end_wait(before, interaction, WaitEnd::Stopped, at);
            }
            Fact::InteractionSubmitted { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::CursorMoved { .. }
            | Fact::Invited { .. }
            | Fact::Rejected { .. }
            | Fact::Revoked { .. }
            | Fact::PartyRemoved { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::Forgotten { .. }
            | Fact::AgentLoggedIn { .. }
            | Fact::AgentLoggedOut { .. }
            | Fact::ConnectionLost { .. }
            | Fact::Resumed { .. }
            | Fact::MediaAdded { .. }
            | Fact::MediaRemoved { .. }
            | Fact::MediaReady { .. }
            | Fact::MediaNotReady { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::MediaReasonChanged { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. } => {}
        }
    }

    fn note_of_agents(&mut self, before: &Before<'_>, fact: &Fact, at: Millis) {
        match fact {
            Fact::AgentLoggedIn { agent, profile, .. } => {
                self.change_agent(agent, |tally| {
                    tally.logged_in.begin(at);
                    tally.groups.clone_from(&profile.groups);
                });
            }
            Fact::Resumed { agent, profile: Some(profile), .. } => {
                self.find_logged_in(before, agent, at);
                self.change_agent(agent, |tally| tally.groups.clone_from(&profile.groups));
            }
            Fact::Resumed { agent, .. } => self.find_logged_in(before, agent, at),
            Fact::AgentLoggedOut { agent, .. } => {
                self.change_agent(agent, |tally| tally.log_out(at));
            }
            Fact::MediaAdded { agent, media } => {
                self.change_media(agent, media, |tally| tally.turn_not_ready("", at));
            }
            Fact::MediaReady { agent, media } => {
                self.change_media(agent, media, |tally| tally.turn_ready(at));
            }
            Fact::MediaNotReady { agent, media, reason, .. }
            | Fact::MediaReasonChanged { agent, media, reason } => {
                self.change_media(agent, media, |tally| tally.turn_not_ready(reason, at));
            }
            Fact::MediaRemoved { agent, media } => {
                self.change_media(agent, media, |tally| {
                    tally.ready.end(at);
                    tally.end_not_ready(at);
                });
            }
            Fact::Invited { interaction, agent, .. } => {
                let Some(media) = before.media_of(interaction) else { return };
                self.change_media(agent, media, |tally| {
                    tally.n_offered += 1;
                    tally.delivering.begin(at);
                });
            }
            Fact::Rejected { interaction, agent, .. } => {
                self.end_offer((before, interaction), agent, at, |tally| tally.n_rejected += 1);
            }
            Fact::Revoked { interaction, agent, reason, .. } => {
                self.end_offer((before, interaction), agent, at, |tally| match reason {
                    RevokeReason::Expired => tally.n_missed += 1,
                    RevokeReason::Stopped
                    | RevokeReason::LoggedOut
                    | RevokeReason::MediaRemoved
                    | RevokeReason::Moved
                    | RevokeReason::Withdrawn => tally.n_withdrawn += 1,
                });
            }
            Fact::PartyAdded { interaction, agent, how, errand } => {
                if let Added::Accepted { .. } = how {
                    self.end_offer((before, interaction), agent, at, |tally| tally.n_accepted += 1);
                }
                // Who only looks on has nothing to do.
                let Some(media) = before.media_of(interaction) else { return };
                if errand.part.handles() {
                    self.change_agent(agent, |tally| tally.take_up(media, interaction, at));
                }
            }
            Fact::PartyRemoved { interaction, agent, .. } => {
                let Some(media) = before.media_of(interaction) else { return };
                self.change_agent(agent, |tally| tally.put_down(media, interaction, at));
            }
            Fact::InteractionSubmitted { .. }
            | Fact::PlacedInQueue { .. }
            | Fact::PlacedInWorkbin { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::SessionEnded { .. }
            | Fact::CursorMoved { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::ProcessingStopped { .. }
            | Fact::Forgotten { .. }
            | Fact::ConnectionLost { .. } => {}
        }
    }

    /// Who is logged in since a version that kept no figures, whose snapshot has none of him, counts
    /// from the first time that he comes back: after an upgrade, everybody does.
    fn find_logged_in(&mut self, before: &Before<'_>, agent: &AgentId, at: Millis) {
        let is_counted = self.agents.get(agent).is_some_and(|tally| tally.logged_in.is_on());
        if let Some(one) = before.agents.get(agent).filter(|_| !is_counted) {
            self.change_agent(agent, |tally| tally.find(one, at));
        }
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
        count: impl FnOnce(&mut MediaTally),
    ) {
        let Some(media) = before.media_of(id) else { return };
        let invited = before.agents.get(agent).into_iter().flat_map(|one| one.invited.values());
        let n_offers = invited.filter(|taken| taken.media == *media).count();
        self.change_media(agent, media, |tally| {
            count(tally);
            if n_offers <= 1 {
                tally.delivering.end(at);
            }
        });
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

    /// Clocks of nodes differ a little: a day that has begun does not end again.
    pub fn begin_day_of(&mut self, at: Millis) {
        let day = begin_of_day(at);
        if day <= self.day {
            return;
        }
        self.day = day;
        self.queues = Queues::new_sync();
        let logged_in = self.agents.iter().filter(|(_, tally)| tally.logged_in.is_on());
        let agents = logged_in.map(|(agent, tally)| {
            let mut tally = AgentTally::clone(tally);
            tally.begin_day(day);
            (agent.clone(), Arc::new(tally))
        });
        self.agents = agents.collect();
    }
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
            figures.change_media(&"ada".into(), &media, |tally| tally.n_offered += 1);
        }

        assert_eq!(figures.queues.size(), MOST_QUEUES + 1);
        let others = (QueueName::from(OTHERS), MediaType::from(OTHERS));
        let others = figures.queues.get(&others).unwrap();
        assert_eq!(others.n_entered, u64::try_from(n_more).unwrap());
        let ada = figures.agents.get(&AgentId::from("ada")).unwrap();
        assert_eq!(ada.media.len(), MOST_MEDIA + 1);
    }
}
