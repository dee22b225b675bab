//! One interaction as the domain remembers it.

use crate::base::{AgentId, Epoch, InteractionId, Millis, Position, Process, UserData};
use crate::interaction::event::{Attributes, Event};
use crate::interaction::ids::{QueueName, Ticket};
use crate::interaction::party::{Errand, Invitation, Party};
use crate::interaction::queue::Turn;
use crate::interaction::route::{MOST_KEPT, Route, RouteEnd};
use crate::interaction::running::{Keeper, Running};
use crate::interaction::workbin::Workbin;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Nothing is more urgent: who writes a larger number is before nobody who writes this one.
pub(super) const MOST_URGENT: i64 = 1_000_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    pub id: InteractionId,
    pub attributes: Arc<Attributes>,
    pub user_data: Arc<UserData>,
    pub queue: QueueName,
    pub placed_at: Millis,
    /// Its turn in the queue. An invitation that fails does not cost it.
    pub turn: Position,
    pub stage: Stage,
    /// Agents who handle it, and those who look on.
    pub parties: BTreeMap<AgentId, Party>,
    /// Invitations of those who handle it to others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<Ticket, Invitation>,
    /// What its handlers ask others about it, as children of it, until each is over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub consultations: BTreeSet<InteractionId>,
    /// Agents who are in its chat session, as far as the session told.
    pub in_session: BTreeSet<AgentId>,
    /// Who said no to it, or let it go, and when.
    pub refusals: BTreeMap<AgentId, Refusal>,
    /// The last invitations to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Arc<Route>>,
    /// Since when whoever handles it keeps its customer waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at: Option<Millis>,
    /// Who handled it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_agent: Option<AgentId>,
    #[serde(default, skip_serializing_if = "Keeper::is_routing")]
    pub keeper: Keeper,
    /// The strategy that has it in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Arc<Running>>,
    /// The number of the last request of a strategy; no other of its strategies has it again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub last_request: u64,
    /// Until when it stays with whoever handles it, if he does nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled_until: Option<Millis>,
    pub session: SessionPhase,
    /// The process that owns its session, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Process>,
    /// Everything of its session up to here was taken in.
    pub cursor: Position,
    /// The claim under which its session was last told to live somewhere.
    pub address_epoch: Option<Epoch>,
    /// Since when nothing can happen to it any more.
    pub over_since: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Queued,
    Inviting {
        agent: AgentId,
        ticket: Ticket,
        deadline: Millis,
        #[serde(default, skip_serializing_if = "Errand::is_routing")]
        errand: Errand,
    },
    Handling,
    InWorkbin {
        workbin: Workbin,
    },
    Stopped {
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionPhase {
    /// It is a piece of work; it never had a session.
    Never,
    Online,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub at: Millis,
    /// Tells refusals of the same time apart.
    pub position: Position,
}

impl Refusal {
    pub(super) fn of(event: &Event) -> Self {
        Self { at: event.at, position: event.position }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Interaction {
    pub(super) fn note_route(&mut self, route: Route) {
        if MOST_KEPT <= self.routes.len() {
            self.routes.remove(0);
        }
        self.routes.push(Arc::new(route));
    }

    pub(super) fn note_route_end(&mut self, ticket: Ticket, end: (Millis, RouteEnd)) {
        let route = self.routes.iter_mut().find(|route| route.ticket == ticket);
        if let Some(route) = route {
            Arc::make_mut(route).end = Some(end);
        }
    }

    pub fn is_stopped(&self) -> bool {
        matches!(self.stage, Stage::Stopped { .. })
    }

    pub fn is_online(&self) -> bool {
        self.session == SessionPhase::Online
    }

    /// Its place in the line: the more urgent one first, then the older one.
    pub fn turn_in_line(&self) -> Turn {
        Turn::of(self.priority(), self.turn)
    }

    /// Whether it lies in its queue, and nobody has it or is asked to take it.
    pub fn is_queued(&self) -> bool {
        self.stage == Stage::Queued
    }

    /// Whether it is for views to say what becomes of it.
    pub fn is_left_to_views(&self) -> bool {
        let lies = self.is_queued() || self.workbin().is_some();
        lies && self.keeper == Keeper::Views && self.running.is_none()
    }

    /// The workbin in which it lies.
    pub fn workbin(&self) -> Option<&Workbin> {
        match &self.stage {
            Stage::InWorkbin { workbin } => Some(workbin),
            Stage::Queued | Stage::Inviting { .. } | Stage::Handling | Stage::Stopped { .. } => {
                None
            }
        }
    }

    /// Whether an agent is a party who handles it.
    pub fn is_handled_by(&self, agent: &AgentId) -> bool {
        self.parties.get(agent).is_some_and(|party| party.part.handles())
    }

    /// Agents who handle it.
    pub fn handlers(&self) -> impl Iterator<Item = &AgentId> {
        let handling = self.parties.iter().filter(|(_, party)| party.part.handles());
        handling.map(|(agent, _)| agent)
    }

    /// Parties who do not handle it, but look on.
    pub fn observers(&self) -> impl Iterator<Item = (&AgentId, &Party)> {
        self.parties.iter().filter(|(_, party)| !party.part.handles())
    }

    /// All open invitations, of routing and of colleagues.
    pub fn invitations(&self) -> Vec<(Ticket, Invitation)> {
        let beside = self.beside.iter().map(|(ticket, one)| (*ticket, one.clone()));
        let routing = match &self.stage {
            Stage::Inviting { agent, ticket, deadline, errand } => {
                let (agent, deadline, errand) = (agent.clone(), *deadline, errand.clone());
                Some((*ticket, Invitation { agent, deadline, errand }))
            }
            Stage::Queued | Stage::Handling | Stage::InWorkbin { .. } | Stage::Stopped { .. } => {
                None
            }
        };
        routing.into_iter().chain(beside).collect()
    }

    /// The open invitation with this ticket.
    pub fn invitation(&self, ticket: Ticket) -> Option<Invitation> {
        let mut open = self.invitations().into_iter();
        open.find(|(one, _)| *one == ticket).map(|(_, invitation)| invitation)
    }

    /// The agent to whom routing offers it, with his ticket.
    pub fn invited(&self) -> Option<(&AgentId, Ticket)> {
        match &self.stage {
            Stage::Inviting { agent, ticket, .. } => Some((agent, *ticket)),
            Stage::Queued | Stage::Handling | Stage::InWorkbin { .. } | Stage::Stopped { .. } => {
                None
            }
        }
    }

    /// Who refused it last.
    pub fn latest_refuser(&self) -> Option<&AgentId> {
        let latest = self.refusals.iter().max_by_key(|(_, refusal)| refusal.position);
        latest.map(|(agent, _)| agent)
    }
}
