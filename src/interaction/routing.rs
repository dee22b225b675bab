//! Who is offered what.
//!
//! *What*: the most urgent first (`Priority`, which may grow with the minutes in the queue), then the
//! oldest turn, per medium. What nobody present may take is passed by and blocks nothing behind it.
//! *Who*: of those whom the interaction's strategy looks for, and without one of all, the agent who is
//! ready the longest, counted from when he became ready or was last offered something, so that work
//! goes round; or who has the least to do, if the strategy says so.
//!
//! *Refusals*: whoever rejects, misses or leaves an interaction is passed over for it until
//! `reoffer_after` is gone, or until everybody else who is ready and free has refused it too; then
//! the oldest refusal is asked first, and whoever refused last is left in peace until his time is
//! gone. So nothing starves, and nobody is asked the same twice in a row.

use crate::base::expression::Variable;
use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::Agent;
use crate::interaction::ids::MediaType;
use crate::interaction::queue::{Lane, Turn, Turns};
use crate::interaction::record::Interaction;
use crate::interaction::route::{Choice, PassedOver, Rule, Sought};
use crate::interaction::running::Keeper;
use crate::interaction::state::Domain;
use crate::workflow::strategy::{self, Term};
use crate::workflow::{Brief, RoutingRequest, Selection, Target};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Priorities beyond this are as good as this: turns are counted in milliseconds of it.
const HIGHEST: i64 = 1_000_000_000;

const MINUTE: i64 = 60_000;

/// Where an interaction for which agents are looked for stands in line.
pub(super) fn lane_of(one: &Interaction) -> Option<(Lane, Turn)> {
    if !one.is_queued() {
        return None;
    }
    let media = one.attributes.media.clone();
    match (one.wanted(), one.running.is_some()) {
        (Some(request), _) => {
            let growth = request.priority_growth.clamp(-HIGHEST / MINUTE, HIGHEST / MINUTE);
            let rank = rank(request.priority).saturating_sub(growth.saturating_mul(at(one)));
            Some((Lane { media, growth }, Turn::of(rank, one.turn)))
        }
        (None, false) if one.keeper == Keeper::Routing => {
            let lane = Lane { media, growth: 0 };
            Some((lane, Turn::of(rank(one.priority()), one.turn)))
        }
        (None, _) => None,
    }
}

fn rank(priority: i64) -> i64 {
    priority.clamp(-HIGHEST, HIGHEST) * MINUTE
}

fn at(one: &Interaction) -> i64 {
    i64::try_from(one.placed_at.0).unwrap_or(i64::MAX)
}

/// The media for which agents are looked for.
pub fn media_in_demand(domain: &Domain) -> BTreeSet<MediaType> {
    domain.routable().media().map(|lane| lane.media.clone()).collect()
}

/// What agents are looked for at one moment, lane by lane. Making it costs nothing, however much waits.
pub struct Waiting(Vec<(i64, Turns<InteractionId>)>);

pub fn waiting(domain: &Domain, media: &MediaType, now: Millis) -> Waiting {
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let lanes = domain.routable().lines().filter(|(lane, _)| lane.media == *media);
    Waiting(lanes.map(|(lane, turns)| (lane.growth.saturating_mul(now), turns.clone())).collect())
}

impl Waiting {
    /// In the order of turns: the first of each lane are compared with what their priorities have grown by.
    pub fn in_turn(&self) -> impl Iterator<Item = &InteractionId> {
        let lanes = self.0.iter().map(|(grown, turns)| (*grown, turns.iter().peekable()));
        let mut lanes: Vec<_> = lanes.collect();
        std::iter::from_fn(move || {
            let firsts = lanes.iter_mut().enumerate().filter_map(|(idx, (grown, lane))| {
                let (turn, _) = lane.peek()?;
                let rank = turn.priority().saturating_add(*grown);
                Some((Reverse(rank), turn.position(), idx))
            });
            let (_, _, idx) = firsts.min()?;
            lanes[idx].1.next().map(|(_, id)| id)
        })
    }
}

/// Agents who could take one more of a medium, longest ready first.
pub fn candidates<'a>(
    domain: &'a Domain,
    media: &'a MediaType,
) -> impl Iterator<Item = &'a Arc<Agent>> {
    domain.free().of(media).filter_map(|agent| domain.agent(agent))
}

/// Whether it is a question about something that he has himself.
pub fn asks(domain: &Domain, interaction: &Interaction, agent: &AgentId) -> bool {
    let about = interaction.attributes.consultation.as_ref();
    let parent = about.and_then(|about| domain.interaction(&about.parent));
    parent.is_some_and(|parent| parent.parties.contains_key(agent))
}

/// Who is to be offered an interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<'a> {
    Offer(&'a AgentId, Choice),
    /// Those who could take it have refused it a short time ago.
    Refused,
    /// Nobody who is free is looked for.
    NobodyFits,
}

/// The agent to be offered this interaction, if there is one, and why he.
pub fn plan_offer<'a>(
    domain: &'a Domain,
    one: &'a Interaction,
    now: Millis,
    reoffer_after: Duration,
) -> Plan<'a> {
    let fitting = fitting(domain, one, now);
    if fitting.is_empty() {
        return Plan::NobodyFits;
    }
    let refused = |agent: &Agent| {
        let refusal = one.refusals.get(&agent.id);
        refusal.filter(|refusal| now < refusal.at + reoffer_after)
    };
    let untried = fitting.iter().find(|agent| refused(agent).is_none()).copied();
    let latest = one.latest_refuser();
    let again = || {
        let others = fitting.iter().filter(|agent| latest != Some(&agent.id));
        others.min_by_key(|agent| refused(agent).map(|refusal| refusal.position)).copied()
    };
    let Some(chosen) = untried.or_else(again) else { return Plan::Refused };
    let (sought, rule) = rule_of(one, chosen, now);
    let rule = if untried.is_some() { rule } else { Rule::OldestRefusal };
    let media = &one.attributes.media;
    let why = |agent: &Agent| match one.wanted().map(|request| request.selection) {
        _ if refused(agent).is_some() => PassedOver::Refused,
        Some(Selection::LeastOccupied) if occupancy(chosen, media) < occupancy(agent, media) => {
            PassedOver::MoreOccupied
        }
        Some(Selection::LeastOccupied | Selection::LongestReady) | None => PassedOver::ReadyLater,
    };
    let others = fitting.iter().filter(|agent| agent.id != chosen.id);
    let others = others.map(|agent| (&agent.id, why(agent))).chain(unfit(domain, one, &fitting));
    let not_ready = (domain.not_ready().of(media), domain.not_ready().count(media));
    Plan::Offer(&chosen.id, Choice::new((sought, rule), others, not_ready))
}

/// Those who are looked for and could take it, in the order in which it is their turn.
fn fitting<'a>(domain: &'a Domain, one: &'a Interaction, now: Millis) -> Vec<&'a Arc<Agent>> {
    let media = &one.attributes.media;
    let sought = one.wanted().map(|request| (request, one.brief()));
    let is_wanted = |agent: &Agent| {
        sought.as_ref().is_none_or(|(request, brief)| fits(agent, request, brief, now))
    };
    let could = |agent: &&Arc<Agent>| !asks(domain, one, &agent.id) && is_wanted(agent);
    let mut fitting: Vec<_> = candidates(domain, media).filter(could).collect();
    match one.wanted().map(|request| request.selection) {
        Some(Selection::LongestReady) | None => {}
        // A stable sort: of those who have equally little to do, who is ready the longest.
        Some(Selection::LeastOccupied) => {
            fitting.sort_by_key(|agent| occupancy(agent, media));
        }
    }
    fitting
}

/// Of those who are ready, who could not take it or is not looked for, and why. Only for the record: it
/// looks at everybody, and an offer is made seldom.
fn unfit<'a>(
    domain: &'a Domain,
    one: &'a Interaction,
    fitting: &[&Arc<Agent>],
) -> impl Iterator<Item = (&'a AgentId, PassedOver)> {
    let media = &one.attributes.media;
    let fitting: BTreeSet<AgentId> = fitting.iter().map(|agent| agent.id.clone()).collect();
    let ready = domain.ready().of(media).filter_map(|agent| domain.agent(agent));
    let others = ready.filter(move |agent| !fitting.contains(&agent.id));
    others.map(move |agent| {
        let why = match agent.hindrance(media) {
            Some(hindrance) => hindrance.into(),
            None if asks(domain, one, &agent.id) => PassedOver::HasIt,
            None => PassedOver::NotWanted,
        };
        (&agent.id, why)
    })
}

/// What looked for somebody who has not refused, and by which rule he is the one.
fn rule_of(one: &Interaction, chosen: &Agent, now: Millis) -> (Option<Sought>, Rule) {
    let Some((running, request)) =
        one.running.as_deref().and_then(|running| Some((running, running.wanted()?)))
    else {
        return (None, Rule::LongestReady);
    };
    let brief = one.brief();
    let target = request.targets.iter().find(|target| is_target(chosen, target, &brief, now));
    let by_name = matches!(target, Some(Target::Agent(_)));
    let rule = match request.selection {
        _ if by_name && one.last_agent.as_ref() == Some(&chosen.id) => Rule::LastAgent,
        Selection::LongestReady => Rule::LongestReady,
        Selection::LeastOccupied => Rule::LeastOccupied,
    };
    let (strategy, block) = (running.script.strategy.clone(), running.script.block.clone());
    let sought = target.map(|target| Sought { strategy, block, target: target.clone() });
    (sought, rule)
}

/// In thousandths of what he may have.
fn occupancy(agent: &Agent, media: &MediaType) -> u64 {
    let most = u64::from(agent.most(media)).max(1);
    u64::from(agent.load(media)) * 1_000 / most
}

/// Whether an agent is one of those who are looked for.
pub fn fits(agent: &Agent, request: &RoutingRequest, brief: &Brief, now: Millis) -> bool {
    request.targets.iter().any(|target| is_target(agent, target, brief, now))
}

/// An expression that gives no value for somebody does not hold for him.
fn is_target(agent: &Agent, target: &Target, brief: &Brief, now: Millis) -> bool {
    match target {
        Target::Any => true,
        Target::Agent(Term::Text(name)) => agent.id.as_str() == name,
        Target::Group(Term::Text(name)) => agent.profile.is_in(&name.as_str().into()),
        // Names that are still to be computed never come here: a request has texts.
        Target::Agent(_) | Target::Group(_) => false,
        Target::Skill(skill) => {
            let levels = agent.profile.skills.iter();
            let levels: BTreeMap<String, i64> =
                levels.map(|(name, level)| (name.0.clone(), i64::from(*level))).collect();
            let groups = agent.profile.groups.iter();
            let groups: BTreeMap<String, i64> = groups.map(|name| (name.0.clone(), 1)).collect();
            let variables = brief
                .variables(now)
                .with(strategy::SKILL, Variable::Numbers(&levels))
                .with(strategy::GROUP, Variable::Numbers(&groups));
            skill.holds(&variables).unwrap_or(false)
        }
    }
}

/// Whether whatever has the same request has the same answer: nothing in it looks at the interaction
/// itself.
pub fn is_same_for_all(one: &Interaction) -> bool {
    let looks_at_it = |target: &Target| match target {
        Target::Any | Target::Agent(_) | Target::Group(_) => false,
        Target::Skill(skill) => {
            !skill.names().iter().all(|name| [strategy::SKILL, strategy::GROUP].contains(name))
        }
    };
    let any = |request: &RoutingRequest| request.targets.iter().any(looks_at_it);
    one.attributes.consultation.is_none() && !one.wanted().is_some_and(any)
}
