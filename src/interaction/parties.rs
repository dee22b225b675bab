//! How people come to interactions and leave them, as far as state goes.

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::{MediaState, Taken};
use crate::interaction::event::{Event, RemoveReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::{Added, Errand, Invitation, Party};
use crate::interaction::record::{Refusal, Stage};
use crate::interaction::route::{Route, RouteEnd};
use crate::interaction::state::Domain;

impl Domain {
    pub(super) fn invite(&mut self, id: &InteractionId, invitation: Invitation, route: Route) {
        let Some(media) = self.media_of(id) else { return };
        let ticket = route.ticket;
        let (agent, part) = (invitation.agent.clone(), invitation.errand.part);
        self.change(id, |one| {
            one.note_route(route);
            if one.handlers().next().is_some() {
                one.beside.insert(ticket, invitation);
            } else {
                let Invitation { agent, deadline, errand } = invitation;
                one.stage = Stage::Inviting { agent, ticket, deadline, errand };
            }
        });
        self.change_agent(&agent, |one| {
            if let Some(MediaState::Ready { turn, .. }) = one.media.get_mut(&media)
                && part.counts()
            {
                *turn = ticket.0;
            }
            one.invited.insert(ticket, Taken { interaction: id.clone(), media, part });
        });
    }

    pub(super) fn withdraw(
        &mut self,
        ticket: Ticket,
        id: &InteractionId,
        agent: &AgentId,
        refusal: Option<Refusal>,
    ) {
        self.change(id, |one| {
            // Who handles it goes on, whatever his colleagues answer.
            if one.beside.remove(&ticket).is_some() {
                return;
            }
            one.stage = Stage::Queued;
            if let Some(refusal) = refusal {
                one.refusals.insert(agent.clone(), refusal);
            }
        });
        self.change_agent(agent, |one| {
            one.invited.remove(&ticket);
        });
    }

    pub(super) fn note_route_end(
        &mut self,
        ticket: Ticket,
        id: &InteractionId,
        end: (Millis, RouteEnd),
    ) {
        self.change(id, |one| one.note_route_end(ticket, end));
    }

    pub(super) fn join(
        &mut self,
        id: &InteractionId,
        agent: &AgentId,
        (how, errand): (Added, &Errand),
    ) {
        let Some(media) = self.media_of(id) else { return };
        let part = errand.part;
        self.change(id, |one| {
            if part.handles() {
                one.stage = Stage::Handling;
                one.refusals.clear();
                one.note_handler(agent);
            }
            if let Added::Accepted { ticket } = how {
                one.beside.remove(&ticket);
            }
            one.parties.insert(agent.clone(), Party { how, part });
        });
        self.change_agent(agent, |one| {
            if let Added::Accepted { ticket } = how {
                one.invited.remove(&ticket);
            }
            if part.counts() {
                one.monitoring.remove(id);
                one.handling.insert(id.clone(), media);
            } else {
                one.handling.remove(id);
                one.monitoring.insert(id.clone());
            }
        });
    }

    /// The stage stays until the same wish says what becomes of an interaction that nobody handles.
    pub(super) fn part(
        &mut self,
        id: &InteractionId,
        agent: &AgentId,
        reason: RemoveReason,
        event: &Event,
    ) {
        self.change(id, |one| {
            let had_it = one.is_handled_by(agent);
            one.parties.remove(agent);
            one.in_session.remove(agent);
            match reason {
                RemoveReason::Left
                | RemoveReason::LeftSession
                | RemoveReason::PlacedInQueue
                | RemoveReason::HandlingTimeout
                | RemoveReason::Transferred
                    if had_it =>
                {
                    one.refusals.insert(agent.clone(), Refusal::of(event));
                }
                RemoveReason::Left
                | RemoveReason::LeftSession
                | RemoveReason::PlacedInQueue
                | RemoveReason::HandlingTimeout
                | RemoveReason::Transferred
                | RemoveReason::PlacedInWorkbin
                | RemoveReason::NobodyHandles
                | RemoveReason::LoggedOut
                | RemoveReason::Stopped => {}
            }
        });
        self.change_agent(agent, |one| {
            one.handling.remove(id);
            one.monitoring.remove(id);
        });
    }
}
