//! The reference model for random histories: what the events say, kept as simply as can be, and the
//! promises that must hold at each event and between wishes.

use crate::base::{AgentId, InteractionId, Millis, Position};
use crate::interaction::capacity::Allowance;
use crate::interaction::event::{Event, Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::{Added, Errand, Part};
use crate::interaction::record::Stage;
use crate::interaction::support::Life;
use crate::interaction::workbin::Workbin;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The media of the random histories.
pub const MEDIA: [&str; 2] = ["chat", "email"];
/// The capacity rule of one agent of the random histories.
pub const CHAT_BESIDE_EMAIL: &str = "chat < 3 && (email == 0 || chat < 1)";
pub const EMAIL_BESIDE_CHAT: &str = "email < 2 && chat < 2";

/// How long somebody may have something without a sign of work, and what a sign is believed beyond it.
pub const HANDLING_TIMEOUT: Duration = Duration::from_secs(50);
const CREDIT: Duration = Duration::from_secs(10);

/// What the events say, kept as simply as can be.
#[derive(Default)]
pub struct Model {
    interactions: BTreeMap<InteractionId, ModelInteraction>,
    agents: BTreeMap<AgentId, ModelAgent>,
}

#[derive(Default)]
struct ModelInteraction {
    media: String,
    /// No session, or one that runs.
    is_alive: bool,
    is_stopped: bool,
    offered_to: Option<AgentId>,
    parties: BTreeMap<AgentId, Part>,
    /// Invitations of those who handle it.
    beside: BTreeMap<Ticket, (AgentId, Errand)>,
    placed: Position,
    priority: i64,
    in_workbin: Option<Workbin>,
    /// Agents who refused, the latest at the end.
    refused_by: Vec<AgentId>,
    cursor: Position,
    /// Until when it stays with whoever handles it.
    until: Option<Millis>,
    /// What an agent asks about, and who.
    asks: Option<(InteractionId, AgentId)>,
}

#[derive(Default)]
struct ModelAgent {
    is_connected: bool,
    is_left_in_peace: bool,
    /// Since when he is ready, or was last offered something.
    ready: BTreeMap<String, Position>,
    capacity: BTreeMap<String, Allowance>,
}

impl Model {
    pub fn fold(&mut self, events: &[Arc<Event>]) {
        for event in events {
            self.fold_fact(event);
        }
    }

    fn fold_fact(&mut self, event: &Event) {
        match &event.fact {
            Fact::InteractionSubmitted { interaction, attributes, .. } => {
                let media = attributes.media.0.clone();
                let asks = attributes.consultation.clone().map(|asked| (asked.parent, asked.by));
                let one = ModelInteraction { media, is_alive: true, asks, ..Default::default() };
                assert!(self.interactions.insert(interaction.clone(), one).is_none());
            }
            Fact::Invited { ticket, interaction, agent, deadline, errand, .. } => {
                assert!(event.at < *deadline);
                if !self.one(interaction).parties.is_empty() {
                    return self.invite_beside(*ticket, interaction, (agent, errand));
                }
                match errand.inviter {
                    Some(_) => self.check_assignment(interaction, agent),
                    None => self.check_offer(interaction, agent),
                }
                self.one(interaction).offered_to = Some(agent.clone());
                let media = self.one(interaction).media.clone();
                self.agent(agent).ready.insert(media, event.position);
            }
            Fact::Rejected { ticket, interaction, agent, .. } => {
                if !self.end_beside(*ticket, interaction, agent) {
                    self.refuse(interaction, agent);
                }
            }
            Fact::Revoked { ticket, interaction, agent, reason, .. } => {
                if self.end_beside(*ticket, interaction, agent) {
                    return;
                }
                if *reason == RevokeReason::Expired {
                    return self.refuse(interaction, agent);
                }
                assert_eq!(self.one(interaction).offered_to.take().as_ref(), Some(agent));
            }
            Fact::PartyAdded { interaction, agent, how, errand } => {
                self.add_party(interaction, (agent, errand.part), *how);
            }
            Fact::PartyRemoved { interaction, agent, reason } => {
                let one = self.one(interaction);
                let is_due = one.until.is_some_and(|until| until <= event.at);
                assert!(is_due || *reason != RemoveReason::HandlingTimeout, "taken too early");
                let part = one.parties.remove(agent).expect("no party");
                let is_refusal = !matches!(
                    reason,
                    RemoveReason::LoggedOut | RemoveReason::Stopped | RemoveReason::PlacedInWorkbin
                );
                if is_refusal && part.handles() {
                    one.refused_by.push(agent.clone());
                }
            }
            Fact::RefusalLapsed { interaction, agent } => {
                self.one(interaction).refused_by.retain(|one| one != agent);
            }
            Fact::ProcessingStopped { interaction, .. } => {
                let one = self.one(interaction);
                assert!(one.is_with_nobody() && !one.is_stopped && one.in_workbin.is_none());
                one.is_stopped = true;
            }
            Fact::SessionEnded { interaction, .. } => self.one(interaction).is_alive = false,
            Fact::CursorMoved { interaction, upto } => {
                let one = self.one(interaction);
                assert!(one.cursor < *upto, "a cursor went back");
                one.cursor = *upto;
            }
            Fact::Forgotten { interaction } => {
                assert!(self.interactions.remove(interaction).is_some_and(|one| one.is_stopped));
            }
            Fact::AgentLoggedIn { agent, capacity, .. } => {
                let capacity = capacity.0.iter();
                let capacity = capacity.map(|(media, one)| (media.0.clone(), one.clone()));
                let capacity = capacity.collect();
                let one = ModelAgent { is_connected: true, capacity, ..Default::default() };
                assert!(self.agents.insert(agent.clone(), one).is_none());
            }
            Fact::AgentLoggedOut { agent, .. } => {
                assert!(self.agents.remove(agent).is_some());
            }
            Fact::ConnectionLost { agent, .. } => self.agent(agent).is_connected = false,
            Fact::Resumed { agent, .. } => self.agent(agent).is_connected = true,
            Fact::MediaReady { agent, media } => {
                self.agent(agent).ready.entry(media.0.clone()).or_insert(event.position);
            }
            Fact::MediaRemoved { agent, media } | Fact::MediaNotReady { agent, media, .. } => {
                self.agent(agent).ready.remove(&media.0);
            }
            Fact::PlacedInQueue { interaction, .. } => {
                let one = self.one(interaction);
                assert!(one.is_with_nobody() && !one.is_stopped && one.in_workbin.is_none());
                one.placed = event.position;
            }
            Fact::PlacedInWorkbin { interaction, workbin, .. } => {
                let one = self.one(interaction);
                assert!(one.is_with_nobody() && !one.is_stopped && one.in_workbin.is_none());
                one.in_workbin = Some(workbin.clone());
                one.refused_by.clear();
            }
            Fact::TakenFromWorkbin { interaction, workbin } => {
                let one = self.one(interaction);
                assert_eq!(one.in_workbin.take().as_ref(), Some(workbin));
                one.placed = event.position;
            }
            Fact::PropertiesChanged { interaction, change } => {
                if let Some(priority) = change.changed.text("Priority") {
                    self.one(interaction).priority = priority.parse().unwrap();
                }
            }
            Fact::DoNotDisturbSet { agent } => self.agent(agent).is_left_in_peace = true,
            Fact::DoNotDisturbCleared { agent } => self.agent(agent).is_left_in_peace = false,
            Fact::InteractionHeld { interaction, agent }
            | Fact::InteractionResumed { interaction, agent } => {
                assert!(self.one(interaction).parties[agent].handles());
            }
            Fact::StrategyMoved { .. } | Fact::HandedTo { .. } => {
                panic!("there is no workflow here")
            }
            Fact::HandlingTimed { interaction, until } => {
                let span = until.since(event.at);
                assert!(HANDLING_TIMEOUT <= span && span <= HANDLING_TIMEOUT + CREDIT);
                let one = self.one(interaction);
                assert!(one.parties.values().any(|part| part.handles()), "nobody handles it");
                one.until = Some(*until);
            }
            Fact::MediaReasonChanged { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::MediaAdded { .. } => {}
        }
    }

    /// Who handles it asks somebody who has a free place, or who needs none.
    fn invite_beside(
        &mut self,
        ticket: Ticket,
        interaction: &InteractionId,
        (agent, errand): (&AgentId, &Errand),
    ) {
        let one = &self.interactions[interaction];
        let inviter = errand.inviter.as_ref().and_then(|inviter| one.parties.get(inviter));
        assert!(inviter.is_some_and(|part| part.handles()), "invited by a stranger");
        assert!(!one.is_stopped);
        let before = one.parties.get(agent).copied();
        let has_his_place = before.is_some_and(Part::counts);
        assert!(before.is_none_or(|before| !before.handles() && errand.part.handles()));
        assert!(one.beside.values().all(|(other, _)| other != agent), "invited twice");
        let media = one.media.clone();
        if errand.part.counts() {
            let can_take = if has_his_place {
                self.is_ready(agent, &media)
            } else {
                self.is_free(agent, &media)
            };
            assert!(can_take, "{agent} cannot take {interaction}");
            self.agent(agent).ready.insert(media, ticket.0);
        }
        self.one(interaction).beside.insert(ticket, (agent.clone(), errand.clone()));
    }

    fn end_beside(&mut self, ticket: Ticket, interaction: &InteractionId, agent: &AgentId) -> bool {
        let ended = self.one(interaction).beside.remove(&ticket);
        ended.inspect(|(invited, _)| assert_eq!(invited, agent)).is_some()
    }

    fn add_party(
        &mut self,
        interaction: &InteractionId,
        (agent, part): (&AgentId, Part),
        how: Added,
    ) {
        let one = &self.interactions[interaction];
        let had_a_place = one.parties.get(agent).is_some_and(|part| part.counts());
        let is_full = !self.has_room(agent, &one.media);
        let is_handled = one.parties.values().any(|part| part.handles());
        match how {
            Added::Accepted { ticket } if self.end_beside(ticket, interaction, agent) => {}
            Added::Accepted { .. } => {
                assert_eq!(self.one(interaction).offered_to.take().as_ref(), Some(agent));
            }
            Added::Intruded => {
                assert!(is_handled, "intruded on nobody");
                assert!(had_a_place || !part.counts() || !is_full, "{agent} is over capacity");
            }
            Added::Pulled => {
                assert!(!is_handled, "pulled from a colleague");
                assert!(!is_full, "{agent} is over capacity");
            }
            Added::JoinedSession => assert!(!is_full, "{agent} is over capacity"),
        }
        let one = self.one(interaction);
        assert!(one.offered_to.is_none() && !one.is_stopped && one.in_workbin.is_none());
        if part.handles() {
            one.refused_by.clear();
        }
        one.parties.insert(agent.clone(), part);
    }

    fn check_offer(&self, interaction: &InteractionId, agent: &AgentId) {
        let one = &self.interactions[interaction];
        assert!(one.offered_to.is_none(), "offered to two agents at once");
        assert!(one.parties.is_empty() && !one.is_stopped, "offered though handled or stopped");
        assert!(one.in_workbin.is_none(), "offered though in a workbin");
        assert!(self.could_have(one, agent), "{agent} cannot take {interaction}");
        self.check_best_agent(one, agent);
        self.check_oldest(one, agent);
    }

    fn check_assignment(&self, interaction: &InteractionId, agent: &AgentId) {
        let one = &self.interactions[interaction];
        assert!(one.is_with_nobody() && !one.is_stopped && one.in_workbin.is_none());
        assert!(self.is_free(agent, &one.media), "{agent} cannot take {interaction}");
    }

    /// Untried ones first, the longest ready before others; then the oldest refusal.
    fn check_best_agent(&self, one: &ModelInteraction, agent: &AgentId) {
        let free = self.agents.keys().filter(|agent| self.could_have(one, agent));
        let untried = free.filter(|agent| !one.refused_by.contains(agent));
        let longest_ready = untried.min_by_key(|agent| self.agents[*agent].ready[&one.media]);
        if longest_ready.is_some() {
            return assert_eq!(longest_ready, Some(agent), "not the longest ready");
        }
        let mut refusers = one.refused_by.iter();
        let oldest = refusers.find(|agent| self.could_have(one, agent));
        assert_eq!(oldest, Some(agent), "not the oldest refusal");
        assert_ne!(one.refused_by.last(), Some(agent), "asked twice in a row");
    }

    /// Nothing that waits longer could go to this agent, who has not refused it.
    fn check_oldest(&self, one: &ModelInteraction, agent: &AgentId) {
        let waiting = self.interactions.iter().filter(|(_, other)| {
            other.is_with_nobody()
                && other.in_workbin.is_none()
                && !other.is_stopped
                && other.media == one.media
        });
        let turn = |one: &ModelInteraction| (Reverse(one.priority), one.placed);
        for (id, other) in waiting.filter(|(_, other)| turn(other) < turn(one)) {
            let may_have = self.could_have(other, agent);
            assert!(!may_have || other.refused_by.contains(agent), "{id} waits longer");
        }
    }

    fn refuse(&mut self, interaction: &InteractionId, agent: &AgentId) {
        let one = self.one(interaction);
        assert_eq!(one.offered_to.take().as_ref(), Some(agent));
        one.refused_by.retain(|other| other != agent);
        one.refused_by.push(agent.clone());
    }

    /// Nobody is asked about what he has himself.
    fn could_have(&self, one: &ModelInteraction, agent: &AgentId) -> bool {
        let about = one.asks.as_ref().and_then(|(parent, _)| self.interactions.get(parent));
        let has_it = about.is_some_and(|parent| parent.parties.contains_key(agent));
        !has_it && self.is_free(agent, &one.media)
    }

    fn is_free(&self, agent: &AgentId, media: &str) -> bool {
        self.is_ready(agent, media) && self.has_room(agent, media)
    }

    fn is_ready(&self, agent: &AgentId, media: &str) -> bool {
        let Some(one) = self.agents.get(agent) else { return false };
        let is_there = one.is_connected && !one.is_left_in_peace;
        is_there && one.ready.contains_key(media)
    }

    /// Conditions are worked out by hand.
    fn has_room(&self, agent: &AgentId, media: &str) -> bool {
        let [chat, email] = MEDIA.map(|media| self.load(agent, media));
        match self.agents[agent].capacity.get(media) {
            None => self.load(agent, media) < 1,
            Some(Allowance::Most(most)) => self.load(agent, media) < *most,
            Some(Allowance::While(condition)) => match condition.text() {
                CHAT_BESIDE_EMAIL => chat < 3 && (email == 0 || chat < 1),
                EMAIL_BESIDE_CHAT => email < 2 && chat < 2,
                unheard_of => panic!("{unheard_of}"),
            },
        }
    }

    fn load(&self, agent: &AgentId, media: &str) -> u32 {
        let same = self.interactions.values().filter(|one| one.media == media);
        let taken = same.filter(|one| {
            let is_invited =
                one.beside.values().any(|(other, errand)| other == agent && errand.part.counts());
            let has_it = one.parties.get(agent).is_some_and(|part| part.counts());
            one.offered_to.as_ref() == Some(agent) || is_invited || has_it
        });
        u32::try_from(taken.count()).unwrap()
    }

    /// Every promise that holds between wishes.
    pub fn check(&self, life: &Life) {
        assert_eq!(self.interactions.len(), life.domain.interactions().count());
        for (id, one) in &self.interactions {
            let truth = life.domain.interaction(id).unwrap();
            assert_eq!(truth.cursor, one.cursor);
            assert_eq!(truth.is_stopped(), one.is_stopped);
            assert_eq!(truth.invited().map(|(agent, _)| agent), one.offered_to.as_ref());
            let parts = truth.parties.iter().map(|(agent, party)| (agent, &party.part));
            assert!(parts.eq(&one.parties));
            one.check_beside(id);
            self.check_parent(id, one);
            assert!(truth.beside.keys().eq(one.beside.keys()));
            assert!(one.is_alive || one.offered_to.is_none(), "{id} is offered after its end");
            if one.parties.values().any(|part| part.handles()) {
                assert_eq!(truth.handled_until, one.until);
                assert!(one.until.is_some_and(|until| life.now <= until), "{id} is forgotten");
            }
            if one.is_stopped || !one.is_with_nobody() {
                continue;
            }
            assert!(one.is_alive, "{id} ended and was not stopped");
            if let Some(workbin) = &one.in_workbin {
                assert_eq!(truth.workbin(), Some(workbin));
                assert!(life.domain.workbins().of(workbin).any(|lies| lies == id));
                continue;
            }
            assert_eq!(truth.stage, Stage::Queued, "{id} is nowhere");
            assert!(life.domain.waiting().of(&truth.attributes.media).any(|waits| waits == id));
            self.check_nobody_could_take(id, one);
        }
        self.check_desks(life);
    }

    /// A question lives as long as whoever asks has what it is about.
    fn check_parent(&self, id: &InteractionId, one: &ModelInteraction) {
        let Some((parent, by)) = one.asks.as_ref().filter(|_| !one.is_stopped) else { return };
        let part = self.interactions.get(parent).and_then(|parent| parent.parties.get(by));
        assert!(part.is_some_and(|part| part.handles()), "{id} outlives its parent");
    }

    fn check_nobody_could_take(&self, id: &InteractionId, one: &ModelInteraction) {
        for agent in self.agents.keys().filter(|agent| self.could_have(one, agent)) {
            assert!(one.refused_by.contains(agent), "{agent} is free, {id} waits");
            assert_eq!(one.refused_by.last(), Some(agent), "{agent} is not asked again for {id}");
        }
    }

    fn check_desks(&self, life: &Life) {
        assert_eq!(self.agents.len(), life.domain.agents().count());
        for agent in life.domain.agents() {
            for media in MEDIA {
                assert_eq!(agent.load(&media.into()), self.load(&agent.id, media));
            }
        }
    }

    fn one(&mut self, interaction: &InteractionId) -> &mut ModelInteraction {
        self.interactions.get_mut(interaction).unwrap()
    }

    fn agent(&mut self, agent: &AgentId) -> &mut ModelAgent {
        self.agents.get_mut(agent).unwrap()
    }
}

impl ModelInteraction {
    fn is_with_nobody(&self) -> bool {
        self.offered_to.is_none() && self.parties.is_empty() && self.beside.is_empty()
    }

    /// Whoever looks on or is invited does so beside somebody who handles it, and by his word.
    fn check_beside(&self, id: &InteractionId) {
        let n_handle = self.parties.values().filter(|part| part.handles()).count();
        assert!(self.parties.is_empty() || 0 < n_handle, "{id} is only looked on at");
        for (_, errand) in self.beside.values() {
            let inviter = errand.inviter.as_ref().and_then(|inviter| self.parties.get(inviter));
            assert!(inviter.is_some_and(|part| part.handles()), "{id}: its inviter is gone");
        }
    }
}
