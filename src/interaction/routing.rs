//! Who is offered what.
//!
//! *What*: the most urgent first (`Priority`), then the oldest turn, per medium. What nobody present may take is passed by and blocks
//! nothing behind it. *Who*: the agent who is ready the longest, counted from when he became ready
//! or was last offered something, so that work goes round.
//!
//! *Refusals*: whoever rejects, misses or leaves an interaction is passed over for it until
//! `reoffer_after` is gone, or until everybody else who is ready and free has refused it too; then
//! the oldest refusal is asked first, and whoever refused last is left in peace until his time is
//! gone. So nothing starves, and nobody is asked the same twice in a row.

use crate::base::{AgentId, Millis, Position};
use crate::interaction::agent::Agent;
use crate::interaction::ids::MediaType;
use crate::interaction::record::Interaction;
use crate::interaction::state::Domain;
use std::sync::Arc;
use std::time::Duration;

/// Agents who could take one more of a medium, longest ready first.
pub fn candidates<'a>(
    domain: &'a Domain,
    media: &'a MediaType,
) -> impl Iterator<Item = &'a Arc<Agent>> {
    let ready = domain.ready().of(media).filter_map(|agent| domain.agent(agent));
    ready.filter(|agent| agent.hindrance(media).is_none())
}

/// Whether it is a question about something that he has himself.
pub fn asks(domain: &Domain, interaction: &Interaction, agent: &AgentId) -> bool {
    let about = interaction.attributes.consultation.as_ref();
    let parent = about.and_then(|about| domain.interaction(&about.parent));
    parent.is_some_and(|parent| parent.parties.contains_key(agent))
}

/// The agent to be offered this interaction, if there is one.
pub fn plan_offer<'a>(
    domain: &'a Domain,
    interaction: &'a Interaction,
    now: Millis,
    reoffer_after: Duration,
) -> Option<&'a AgentId> {
    let latest = interaction.latest_refuser();
    let mut second_round: Option<(Position, &AgentId)> = None;
    let free = candidates(domain, &interaction.attributes.media);
    for agent in free.filter(|agent| !asks(domain, interaction, &agent.id)) {
        let Some(refusal) = interaction.refusals.get(&agent.id) else {
            return Some(&agent.id);
        };
        if refusal.at + reoffer_after <= now {
            return Some(&agent.id);
        }
        let is_older = second_round.is_none_or(|(oldest, _)| refusal.position < oldest);
        if latest != Some(&agent.id) && is_older {
            second_round = Some((refusal.position, &agent.id));
        }
    }
    second_round.map(|(_, agent)| agent)
}
