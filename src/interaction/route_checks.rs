//! Whether what is recorded of routes is true: the log is told again, and before each invitation every
//! agent is asked, as simply as can be, why he should not have it.

use crate::base::{AgentId, InteractionId, Millis, Position};
use crate::interaction::agent::{Agent, Hindrance, MediaState};
use crate::interaction::event::{Event, Fact};
use crate::interaction::ids::{MediaType, Ticket};
use crate::interaction::party::Added;
use crate::interaction::record::Interaction;
use crate::interaction::route::{Choice, MOST_KEPT, MOST_NAMED, PassedOver, RouteEnd, Rule};
use crate::interaction::routing;
use crate::interaction::state::Domain;
use crate::interaction::support::Life;
use crate::owned::Thing;
use crate::workflow::{Selection, Target};
use std::collections::BTreeMap;

/// Asserts it of the whole log, and returns how many choices of each rule there were.
pub fn check(life: &Life) -> BTreeMap<String, usize> {
    let mut domain = Domain::default();
    let mut kept: BTreeMap<InteractionId, Vec<_>> = BTreeMap::new();
    let mut n_by_rule = BTreeMap::new();
    for stored in &life.log {
        let event: Event = serde_json::from_str(stored).unwrap();
        if let Fact::Invited { ticket, interaction, agent, errand, choice, .. } = &event.fact {
            assert_eq!(choice.is_some(), errand.is_routing(), "{stored}");
            if let Some(choice) = choice {
                let one = domain.interaction(interaction).unwrap();
                let now = event.at;
                Moment { domain: &domain, one, chosen: agent, life, now }.check(choice);
                *n_by_rule.entry(format!("{:?}", choice.rule)).or_default() += 1;
            }
            kept.entry(interaction.clone()).or_default().push((*ticket, None));
        }
        if let Some((ticket, end)) = end_of(&event.fact) {
            let route = kept.values_mut().flatten().find(|(one, _)| *one == ticket).unwrap();
            assert_eq!(route.1.replace((event.at, end)), None, "an invitation ended twice");
        }
        domain.apply(&event);
    }
    for one in life.domain.interactions() {
        let kept = kept.remove(&one.id).unwrap_or_default();
        let last = &kept[kept.len().saturating_sub(MOST_KEPT)..];
        let told: Vec<_> =
            one.routes.iter().map(|route| (route.ticket, route.end.clone())).collect();
        assert_eq!(told, last, "{}", one.id);
    }
    n_by_rule
}

struct Moment<'a> {
    domain: &'a Domain,
    one: &'a Interaction,
    chosen: &'a AgentId,
    life: &'a Life,
    now: Millis,
}

impl Moment<'_> {
    fn check(&self, choice: &Choice) {
        let media = &self.one.attributes.media;
        let him = self.domain.agent(self.chosen).unwrap();
        assert_eq!(him.hindrance(media), None);
        self.check_sought(choice);
        let others = self.domain.agents().filter(|agent| agent.id != *self.chosen);
        let mut others: BTreeMap<_, _> = others
            .filter(|agent| agent.media.contains_key(media))
            .map(|agent| (agent.id.clone(), self.reason(agent, choice)))
            .collect();
        let mut last = None;
        for (agent, why) in &choice.others {
            assert_eq!(others.remove(agent).as_ref(), Some(why), "{agent}: {choice:?}");
            let place = (group(*why), self.turn(agent, media).filter(|_| self.is_by_turn()));
            assert!(last <= Some(place), "{agent} is named out of turn: {choice:?}");
            last = Some(place);
        }
        let mut rest: BTreeMap<PassedOver, u32> = BTreeMap::new();
        others.into_values().for_each(|why| *rest.entry(why).or_default() += 1);
        assert_eq!(rest, choice.more);
        assert!(choice.more.is_empty() || choice.others.len() == MOST_NAMED);
    }

    fn check_sought(&self, choice: &Choice) {
        let Some(running) = &self.one.running else { return assert_eq!(choice.sought, None) };
        let request = running.wanted().unwrap();
        let sought = choice.sought.as_ref().unwrap();
        let script = &running.script;
        assert_eq!((&sought.strategy, &sought.block), (&script.strategy, &script.block));
        assert!(request.targets.contains(&sought.target));
        let him = self.domain.agent(self.chosen).unwrap();
        assert!(routing::fits(him, request, &self.one.brief(), self.now));
        let is_last = self.one.last_agent.as_ref() == Some(self.chosen);
        let by_name = matches!(sought.target, Target::Agent(_));
        let is_refused = choice.rule == Rule::OldestRefusal;
        assert_eq!(choice.rule == Rule::LastAgent, is_last && by_name && !is_refused);
    }

    fn reason(&self, agent: &Agent, choice: &Choice) -> PassedOver {
        let (one, media) = (self.one, &self.one.attributes.media);
        let about = one.attributes.consultation.as_ref();
        let about = about.and_then(|about| self.domain.interaction(&about.parent));
        let is_refused = self.refused_for(&agent.id).is_some();
        if matches!(agent.media[media], MediaState::NotReady { .. }) {
            return PassedOver::NotReady;
        } else if agent.do_not_disturb.is_some() {
            return PassedOver::DoNotDisturb;
        } else if !agent.is_connected() {
            return PassedOver::ConnectionLost;
        } else if let Some(hindrance) = agent.hindrance(media) {
            let fails = matches!(hindrance, Hindrance::RuleFails { .. });
            return if fails { PassedOver::CapacityUnknown } else { PassedOver::Full };
        } else if about.is_some_and(|parent| parent.parties.contains_key(&agent.id)) {
            return PassedOver::HasIt;
        }
        let wanted = one.wanted();
        if wanted.is_some_and(|request| !routing::fits(agent, request, &one.brief(), self.now)) {
            return PassedOver::NotWanted;
        }
        if choice.rule == Rule::OldestRefusal {
            let his = self.refused_for(&agent.id).expect("he has not refused it");
            let is_last = one.latest_refuser() == Some(&agent.id);
            assert!(is_last || self.refused_for(self.chosen).unwrap() < his, "an older refusal");
        }
        if is_refused {
            return PassedOver::Refused;
        }
        let share = |agent: &AgentId| {
            let agent = self.domain.agent(agent).unwrap();
            agent.load(media) * 1_000 / agent.most(media).max(1)
        };
        let (chosens, his) = (share(self.chosen), share(&agent.id));
        if !self.is_by_turn() && chosens < his {
            return PassedOver::MoreOccupied;
        }
        assert!(self.is_by_turn() || chosens == his);
        assert!(self.turn(self.chosen, media) < self.turn(&agent.id, media));
        PassedOver::ReadyLater
    }

    fn refused_for(&self, agent: &AgentId) -> Option<Position> {
        let refusal = self.one.refusals.get(agent)?;
        let is_over = refusal.at + self.life.policy.reoffer_after <= self.now;
        (!is_over).then_some(refusal.position)
    }

    fn is_by_turn(&self) -> bool {
        let selection = self.one.wanted().map(|request| request.selection);
        selection.is_none_or(|selection| selection == Selection::LongestReady)
    }

    fn turn(&self, agent: &AgentId, media: &MediaType) -> Option<Position> {
        let turns = self.domain.agent(agent)?.turns().find(|(of, _)| *of == media);
        turns.map(|(_, turn)| turn)
    }
}

fn end_of(fact: &Fact) -> Option<(Ticket, RouteEnd)> {
    if let Fact::Rejected { ticket, .. } = fact {
        Some((*ticket, RouteEnd::Rejected))
    } else if let Fact::Revoked { ticket, reason, .. } = fact {
        Some((*ticket, RouteEnd::Revoked(*reason)))
    } else if let Fact::PartyAdded { how: Added::Accepted { ticket }, .. } = fact {
        Some((*ticket, RouteEnd::Accepted))
    } else {
        None
    }
}

/// Those who could have it come first, those who are not ready last.
fn group(why: PassedOver) -> u8 {
    match why {
        PassedOver::Refused | PassedOver::ReadyLater | PassedOver::MoreOccupied => 0,
        PassedOver::NotReady => 2,
        PassedOver::NotWanted
        | PassedOver::HasIt
        | PassedOver::DoNotDisturb
        | PassedOver::ConnectionLost
        | PassedOver::Full
        | PassedOver::CapacityUnknown => 1,
    }
}
