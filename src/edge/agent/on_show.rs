//! An interaction and a workbin as they are shown on the wire.

use super::parts::observer;
use super::wire::frame::Interaction;
use super::wire::request::InteractionState;
use super::wire::{request, time};
use crate::base::UserData;
use crate::interaction::find::State;
use crate::interaction::record::SessionPhase;
use crate::interaction::views::InteractionView;
use crate::interaction::{Owner, Workbin, property};
use std::sync::Arc;

pub fn interaction(view: &InteractionView) -> Interaction {
    let attributes = &view.attributes;
    Interaction {
        interaction_id: view.id.0.clone(),
        media: attributes.media.0.clone(),
        tenant: attributes.tenant.clone(),
        interaction_type: attributes.kind.name().to_owned(),
        parent_interaction_id: attributes.consultation.as_ref().map(|asked| asked.parent.0.clone()),
        subtype: attributes.subtype.clone(),
        queue: view.queue.0.clone(),
        state: state(State::from(&view.stage)),
        workbin: view.workbin().map(workbin),
        received_at: time(attributes.received_at),
        placed_in_queue_at: time(view.placed_at),
        submitted_by: attributes.submitted_by.0.clone(),
        is_online: view.session == SessionPhase::Online,
        is_held: view.held_at.is_some(),
        held_at: view.held_at.map(time),
        parties: view.parties.iter().map(|agent| agent.0.clone()).collect(),
        observers: view.observers.iter().filter_map(observer).collect(),
        user_data: (*view.user_data).clone(),
    }
}

/// As it is shown to somebody who does not have it: without the way into its session.
pub fn from_outside(view: &InteractionView) -> Interaction {
    let user_data = view.user_data.0.iter().filter(|(key, _)| !property::leads_to_session(key));
    let user_data = user_data.map(|(key, value)| (key.clone(), value.clone())).collect();
    interaction(&InteractionView { user_data: Arc::new(UserData(user_data)), ..view.clone() })
}

fn state(state: State) -> InteractionState {
    match state {
        State::Queued => InteractionState::Queued,
        State::Inviting => InteractionState::Inviting,
        State::Handling => InteractionState::Handling,
        State::InWorkbin => InteractionState::InWorkbin,
        State::Stopped => InteractionState::Stopped,
    }
}

pub fn workbin(workbin: &Workbin) -> request::Workbin {
    let name = workbin.name.clone();
    let (agent, place, group) = match &workbin.owner {
        Owner::Agent(agent) => (Some(agent.0.clone()), None, None),
        Owner::Place(place) => (None, Some(place.clone()), None),
        Owner::Group(group) => (None, None, Some(group.0.clone())),
    };
    request::Workbin { name, agent, place, group }
}
