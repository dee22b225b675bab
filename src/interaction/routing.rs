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
use crate::base::{AgentId, InteractionId, Millis, Position};
use crate::interaction::agent::Agent;
use crate::interaction::ids::MediaType;
use crate::interaction::queue::{Lane, Turn, Turns};
use crate::interaction::record::Interaction;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan<'a> {
    Offer(&'a AgentId),
    /// Those who could take it have refused it a short time ago.
    Refused,
    /// Nobody who is free is looked for.
    NobodyFits,
}

/// The agent to be offered this interaction, if there is one.
pub fn plan_offer<'a>(
    domain: &'a Domain,
    interaction: &'a Interaction,
    now: Millis,
    reoffer_after: Duration,
) -> Plan<'a> {
    let fitting = fitting(domain, interaction, now);
    if fitting.is_empty() {
        return Plan::NobodyFits;
    }
    let latest = interaction.latest_refuser();
    let mut second_round: Option<(Position, &AgentId)> = None;
    for agent in fitting {
        let Some(refusal) = interaction.refusals.get(&agent.id) else {
            return Plan::Offer(&agent.id);
        };
        if refusal.at + reoffer_after <= now {
            return Plan::Offer(&agent.id);
        }
        let is_older = second_round.is_none_or(|(oldest, _)| refusal.position < oldest);
        if latest != Some(&agent.id) && is_older {
            second_round = Some((refusal.position, &agent.id));
        }
    }
    second_round.map_or(Plan::Refused, |(_, agent)| Plan::Offer(agent))
}

/// Those who are looked for and could take it, whose turn it is first.
fn fitting<'a>(domain: &'a Domain, one: &'a Interaction, now: Millis) -> Vec<&'a Arc<Agent>> {
    let media = &one.attributes.media;
    let all = candidates(domain, media).filter(|agent| !asks(domain, one, &agent.id));
    let Some(request) = one.wanted() else { return all.collect() };
    let brief = one.brief();
    let mut fitting: Vec<_> = all.filter(|agent| fits(agent, request, &brief, now)).collect();
    match request.selection {
        Selection::LongestReady => {}
        // A stable sort: of those who have equally little to do, who is ready the longest.
        Selection::LeastOccupied => fitting.sort_by_key(|agent| occupancy(agent, media)),
    }
    fitting
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
