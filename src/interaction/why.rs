//! Why an interaction is where it is, and what keeps each agent from it. Plain data, made at the moment
//! of asking.

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::{Agent, Hindrance};
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::routing;
use crate::interaction::running::{Running, Service};
use crate::interaction::state::Domain;
use crate::interaction::workbin::Workbin;
use crate::workflow::Target;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Why an interaction is not with an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhyNotRouted {
    Unknown,
    Stopped {
        reason: String,
    },
    Handled {
        by: Vec<AgentId>,
    },
    Offered {
        to: AgentId,
        remaining: Duration,
    },
    /// Until somebody takes it out.
    InWorkbin {
        workbin: Workbin,
    },
    /// No view of its queue takes it at this time.
    LeftToViews {
        queue: QueueName,
    },
    /// A strategy has it in hand and looks for nobody.
    InStrategy {
        strategy: String,
        block: String,
        waits_for: Wait,
    },
    NobodyLoggedIn {
        media: MediaType,
    },
    /// What keeps each agent who is logged in for the medium.
    NobodyFree {
        agents: Vec<(AgentId, Obstacle)>,
        /// The strategy that looks for them.
        #[serde(default)]
        wanted: Option<Box<Wanted>>,
    },
}

/// What a strategy waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// The answer to a request to another house, by its method.
    Answer {
        method: String,
    },
    Time {
        remaining: Duration,
    },
}

/// Whom a strategy looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub strategy: String,
    pub block: String,
    pub targets: Vec<Target>,
    pub remaining: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    Hindered(Hindrance),
    /// The strategy does not look for him.
    NotWanted,
    /// It is a question about something that he has himself.
    HasIt,
    /// He rejected, missed or left it a short time ago.
    PassedOver {
        since: Millis,
    },
    /// He can take it, and will be asked with the next wish.
    None,
}

/// Explains where an interaction is stuck, if it is.
pub fn why_not_routed(domain: &Domain, id: &InteractionId, now: Millis) -> WhyNotRouted {
    let Some(one) = domain.interaction(id) else { return WhyNotRouted::Unknown };
    match &one.stage {
        Stage::Stopped { reason } => WhyNotRouted::Stopped { reason: reason.clone() },
        Stage::Handling => WhyNotRouted::Handled { by: one.handlers().cloned().collect() },
        Stage::Inviting { agent, deadline, .. } => {
            WhyNotRouted::Offered { to: agent.clone(), remaining: deadline.since(now) }
        }
        Stage::InWorkbin { workbin } => WhyNotRouted::InWorkbin { workbin: workbin.clone() },
        Stage::Queued if one.is_left_to_views() => {
            WhyNotRouted::LeftToViews { queue: one.queue.clone() }
        }
        Stage::Queued => why_queued(domain, one, now),
    }
}

fn why_queued(domain: &Domain, one: &Interaction, now: Millis) -> WhyNotRouted {
    if let Some(running) = one.running.as_ref().filter(|running| running.wanted().is_none()) {
        return in_strategy(running, now);
    }
    let media = &one.attributes.media;
    let agents = domain.agents().filter(|agent| agent.media.contains_key(media));
    let agents: Vec<_> =
        agents.map(|agent| (agent.id.clone(), obstacle(domain, one, (agent, now)))).collect();
    if agents.is_empty() {
        return WhyNotRouted::NobodyLoggedIn { media: media.clone() };
    }
    let wanted = one.running.as_ref().and_then(|running| {
        let request = running.wanted()?;
        let (strategy, block) = (running.script.strategy.clone(), running.script.block.clone());
        let (targets, remaining) = (request.targets.clone(), request.until.since(now));
        Some(Box::new(Wanted { strategy, block, targets, remaining }))
    });
    WhyNotRouted::NobodyFree { agents, wanted }
}

fn in_strategy(running: &Running, now: Millis) -> WhyNotRouted {
    let waits_for = match running.service() {
        Some((_, Service::Esp(esp))) => Wait::Answer { method: esp.method },
        Some((_, Service::Transcript { .. })) => Wait::Answer { method: "transcript".into() },
        None => {
            let due = running.script.next_deadline().unwrap_or(now);
            Wait::Time { remaining: due.since(now) }
        }
    };
    let (strategy, block) = (running.script.strategy.clone(), running.script.block.clone());
    WhyNotRouted::InStrategy { strategy, block, waits_for }
}

fn obstacle(domain: &Domain, one: &Interaction, (agent, now): (&Agent, Millis)) -> Obstacle {
    if routing::asks(domain, one, &agent.id) {
        return Obstacle::HasIt;
    }
    if one.wanted().is_some_and(|request| !routing::fits(agent, request, &one.brief(), now)) {
        return Obstacle::NotWanted;
    }
    if let Some(hindrance) = agent.hindrance(&one.attributes.media) {
        return Obstacle::Hindered(hindrance);
    }
    match one.refusals.get(&agent.id) {
        Some(refusal) => Obstacle::PassedOver { since: refusal.at },
        None => Obstacle::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::support::Life;

    #[test]
    fn it_is_explained_why_a_chat_waits() {
        let mut life = Life::new();
        life.chat("1");
        let why = |life: &Life| why_not_routed(&life.domain, &"1".into(), life.now);

        assert_eq!(why(&life), WhyNotRouted::NobodyLoggedIn { media: "chat".into() });
        life.ready_agent("ada");
        assert!(matches!(why(&life), WhyNotRouted::Offered { .. }));
        life.reject("1");
        let since = life.now;
        let agents = vec![("ada".into(), Obstacle::PassedOver { since })];
        assert_eq!(why(&life), WhyNotRouted::NobodyFree { agents, wanted: None });
    }
}
