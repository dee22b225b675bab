//! What is looked for among the interactions, and what is shown to those who do not have it.

use super::on_show::{from_outside, interaction};
use super::wire::frame::{FoundInteractions, InteractionProperties};
use super::wire::request::InteractionState;
use super::wire::{Frame, Ref, request};
use crate::base::{AgentId, InteractionId};
use crate::interaction::find::{Found, Query, State};
use crate::interaction::views::InteractionView;
use crate::interaction::{MediaType, QueueName};

/// Shown if nobody says how many.
const USUALLY_FOUND: usize = 50;

pub fn query(wish: request::FindInteractions) -> Query {
    let request::FindInteractions { queue, state: in_state, media, agent, .. } = wish;
    Query {
        queue: queue.map(QueueName),
        state: in_state.map(state),
        media: media.map(MediaType),
        agent: agent.map(AgentId),
        properties: wish.properties,
        after: wish.after.map(InteractionId),
        limit: wish.limit.unwrap_or(USUALLY_FOUND),
    }
}

fn state(state: InteractionState) -> State {
    match state {
        InteractionState::Queued => State::Queued,
        InteractionState::Inviting => State::Inviting,
        InteractionState::Handling => State::Handling,
        InteractionState::InWorkbin => State::InWorkbin,
        InteractionState::Stopped => State::Stopped,
    }
}

pub fn found(reference: Option<Ref>, found: &Found) -> Frame {
    let interactions = found.interactions.iter().map(from_outside).collect();
    let next = found.next.as_ref().map(|id| id.0.clone());
    Frame::FoundInteractions(FoundInteractions { reference, interactions, next })
}

/// Who has it is shown all of it.
pub fn properties(reference: Option<Ref>, agent: &AgentId, view: &InteractionView) -> Frame {
    let interaction = if has(agent, view) { interaction(view) } else { from_outside(view) };
    Frame::InteractionProperties(Box::new(InteractionProperties { reference, interaction }))
}

/// Whether somebody wants an agent in its chat: he has it, is invited to it, or asked about it.
pub fn is_wanted(agent: &AgentId, view: &InteractionView) -> bool {
    has(agent, view) || view.asked.contains(agent)
}

/// Whether an agent handles it or looks on.
pub fn has(agent: &AgentId, view: &InteractionView) -> bool {
    view.parties.contains(agent) || view.observers.iter().any(|(one, _)| one == agent)
}
