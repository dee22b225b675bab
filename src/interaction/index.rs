//! Keeps the lines and calendars of a domain in step with what they are made from: each change of
//! an interaction or an agent goes through here, and nothing is decided.

use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::{Agent, Presence};
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::routing;
use crate::interaction::state::Domain;
use std::sync::Arc;

impl Domain {
    pub(super) fn change(&mut self, id: &InteractionId, change: impl FnOnce(&mut Interaction)) {
        debug_assert!(self.interactions.contains_key(id), "{id} is not known");
        if let Some(one) = self.interactions.get(id) {
            let mut one = Interaction::clone(one);
            change(&mut one);
            self.put_interaction(Arc::new(one));
        }
    }

    pub(super) fn change_agent(&mut self, id: &AgentId, change: impl FnOnce(&mut Agent)) {
        debug_assert!(self.agents.contains_key(id), "{id} is not known");
        if let Some(one) = self.agents.get(id) {
            let mut one = Agent::clone(one);
            change(&mut one);
            self.put_agent(Arc::new(one));
        }
    }

    pub(super) fn put_interaction(&mut self, one: Arc<Interaction>) {
        self.drop_interaction(&one.id);
        let id = &one.id;
        match &one.stage {
            Stage::Queued => {
                self.waiting.insert(&one.attributes.media, one.turn_in_line(), id.clone());
            }
            Stage::Inviting { ticket, deadline, .. } => {
                self.calendar.invitations.insert_mut((*deadline, *ticket), id.clone());
            }
            Stage::InWorkbin { workbin } => self.workbins.insert(workbin, one.turn, id.clone()),
            Stage::Handling | Stage::Stopped { .. } => {}
        }
        self.put_workflow(&one);
        for (ticket, invitation) in &one.beside {
            self.calendar.invitations.insert_mut((invitation.deadline, *ticket), id.clone());
        }
        for (agent, refusal) in &one.refusals {
            self.calendar.refusals.insert_mut((refusal.at, id.clone(), agent.clone()));
        }
        if let Some(at) = one.over_since {
            self.calendar.over.insert_mut((at, id.clone()));
        }
        if let Some(until) = one.handled_until {
            self.calendar.handled.insert_mut((until, id.clone()));
        }
        if let Some(key) = &one.attributes.key {
            let submission = (one.attributes.submitted_by.clone(), key.clone());
            self.submissions.insert_mut(submission, id.clone());
        }
        self.interactions.insert_mut(id.clone(), one);
    }

    pub(super) fn drop_interaction(&mut self, id: &InteractionId) {
        let Some(one) = self.interactions.get(id).cloned() else { return };
        match &one.stage {
            Stage::Queued => self.waiting.remove(&one.attributes.media, one.turn_in_line()),
            Stage::InWorkbin { workbin } => self.workbins.remove(workbin, one.turn),
            Stage::Inviting { ticket, deadline, .. } => {
                self.calendar.invitations.remove_mut(&(*deadline, *ticket));
            }
            Stage::Handling | Stage::Stopped { .. } => {}
        }
        self.drop_workflow(&one);
        for (ticket, invitation) in &one.beside {
            self.calendar.invitations.remove_mut(&(invitation.deadline, *ticket));
        }
        for (agent, refusal) in &one.refusals {
            self.calendar.refusals.remove_mut(&(refusal.at, id.clone(), agent.clone()));
        }
        if let Some(at) = one.over_since {
            self.calendar.over.remove_mut(&(at, id.clone()));
        }
        if let Some(until) = one.handled_until {
            self.calendar.handled.remove_mut(&(until, id.clone()));
        }
        if let Some(key) = &one.attributes.key {
            self.submissions.remove_mut(&(one.attributes.submitted_by.clone(), key.clone()));
        }
        self.interactions.remove_mut(id);
    }

    fn put_workflow(&mut self, one: &Interaction) {
        if let Some((lane, turn)) = routing::lane_of(one) {
            self.routable.insert(&lane, turn, one.id.clone());
        }
        if one.is_left_to_views() {
            self.left_to_views.insert_mut((one.queue.clone(), one.id.clone()));
        }
        if let Some(at) = one.script_due_at() {
            self.calendar.scripts.insert_mut((at, one.id.clone()));
        }
        if let Some(running) = &one.running {
            let n_before = self.in_hand.get(&running.from).copied().unwrap_or(0);
            self.in_hand.insert_mut(running.from.clone(), n_before + 1);
        }
    }

    fn drop_workflow(&mut self, one: &Interaction) {
        if let Some((lane, turn)) = routing::lane_of(one) {
            self.routable.remove(&lane, turn);
        }
        if one.is_left_to_views() {
            self.left_to_views.remove_mut(&(one.queue.clone(), one.id.clone()));
        }
        if let Some(at) = one.script_due_at() {
            self.calendar.scripts.remove_mut(&(at, one.id.clone()));
        }
        if let Some(running) = &one.running {
            match self.in_hand.get(&running.from).copied() {
                Some(n_before) if 1 < n_before => {
                    self.in_hand.insert_mut(running.from.clone(), n_before - 1);
                }
                Some(_) | None => {
                    self.in_hand.remove_mut(&running.from);
                }
            }
        }
    }

    pub(super) fn put_agent(&mut self, one: Arc<Agent>) {
        self.drop_agent(&one.id);
        for (media, turn) in one.turns() {
            self.ready.insert(media, turn, one.id.clone());
            // Asked when he changes, and not at each offer: a full centre is asked for nothing.
            if one.hindrance(media).is_none() {
                self.free.insert(media, turn, one.id.clone());
            }
        }
        for media in one.media_not_ready() {
            self.not_ready.insert(media, one.present_since(), one.id.clone());
        }
        if let Presence::Lost { at, .. } = one.presence {
            self.calendar.lost.insert_mut((at, one.id.clone()));
        }
        self.agents.insert_mut(one.id.clone(), one);
    }

    pub(super) fn drop_agent(&mut self, id: &AgentId) {
        let Some(one) = self.agents.get(id).cloned() else { return };
        for (media, turn) in one.turns() {
            self.ready.remove(media, turn);
            self.free.remove(media, turn);
        }
        for media in one.media_not_ready() {
            self.not_ready.remove(media, one.present_since());
        }
        if let Presence::Lost { at, .. } = one.presence {
            self.calendar.lost.remove_mut(&(at, id.clone()));
        }
        self.agents.remove_mut(id);
    }
}
