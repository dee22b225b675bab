//! Makes a day from the facts of a domain.

use crate::base::{AgentId, InteractionId, Millis, Position};
use crate::interaction::agent::Agent;
use crate::interaction::event::{Event, Fact};
use crate::interaction::party::Added;
use crate::interaction::record::Interaction;
use crate::interaction::state::Domain;
use crate::interaction::what_if::day::{AgentLine, Arrival, Day, DeskState, End, Stint};
use crate::owned::Thing;
use std::collections::{BTreeMap, BTreeSet};

/// The facts of a span of time in any order, some of them perhaps twice. What came in before its
/// beginning is left out, and what somebody has to do with of whom the facts do not say that he came;
/// who was logged in by then is there. Facts may be missing at the beginning and in between.
pub fn record(mut events: Vec<Event>, (from, to): (Millis, Millis)) -> Day {
    events.sort_by_key(|event| event.position);
    events.dedup_by_key(|event| event.position);
    let mut recording = Recording::default();
    for event in events.iter().filter(|event| event.at < to) {
        recording.fold(event);
    }
    recording.into_day(from, to)
}

#[derive(Default)]
struct Recording {
    domain: Domain,
    seen: BTreeMap<InteractionId, Seen>,
    agents: Vec<AgentLine>,
}

struct Seen {
    arrival: Arrival,
    /// Since when it is handled, if it is.
    handled_since: Option<Millis>,
    /// Who has it, and since when.
    with: BTreeMap<AgentId, Millis>,
    is_over: bool,
}

impl Recording {
    /// Facts of what began before the first of them say nothing that could be used. Of what comes in and
    /// meets an agent who did, only a part would be told: it is left out as well.
    fn fold(&mut self, event: &Event) {
        if !self.is_known(&event.fact) {
            if let Some(id) = interaction_of(&event.fact) {
                self.seen.remove(id);
            }
            return;
        }
        // A domain minds gaps, for its log has none; what was recorded beside it may have some.
        self.domain.last = Position(event.position.0.saturating_sub(1));
        self.domain.apply(event);
        self.note_agent(event);
        self.note_interaction(event);
    }

    fn is_known(&self, fact: &Fact) -> bool {
        let knows = |id: &InteractionId| self.domain.interaction(id).is_some();
        let interaction = interaction_of(fact);
        let is_new = matches!(fact, Fact::InteractionSubmitted { .. });
        let logs_in = matches!(fact, Fact::AgentLoggedIn { .. });
        let is_there = |agent: &AgentId| self.domain.agent(agent).is_some();
        let is_known = is_new || interaction.is_none_or(knows);
        is_known && (logs_in || agent_of(fact).is_none_or(is_there))
    }

    fn note_agent(&mut self, event: &Event) {
        let Some(agent) = agent_of(&event.fact) else { return };
        let desk = self.domain.agent(agent).map(|agent| desk_state(agent));
        let at = event.at;
        // What happens in one wish is one change.
        let mut same = self.agents.iter_mut().rev().take_while(|line| line.at == at);
        if let Some(line) = same.find(|line| line.agent == *agent) {
            line.desk = desk;
            return;
        }
        let before = self.agents.iter().rev().find(|line| line.agent == *agent);
        if before.and_then(|line| line.desk.as_ref()) != desk.as_ref() {
            self.agents.push(AgentLine { at, agent: agent.clone(), desk });
        }
    }

    fn note_interaction(&mut self, event: &Event) {
        if let Fact::InteractionSubmitted { interaction, attributes, user_data } = &event.fact
            && attributes.consultation.is_none()
        {
            let arrival = Arrival {
                at: event.at,
                id: interaction.clone(),
                media: attributes.media.clone(),
                subtype: attributes.subtype.clone(),
                tenant: attributes.tenant.clone(),
                queue: "".into(),
                nature: attributes.nature,
                user_data: user_data.clone(),
                end: End::Waiting { waited: 0 },
                stints: vec![],
            };
            let seen = Seen { arrival, handled_since: None, with: BTreeMap::new(), is_over: false };
            self.seen.insert(interaction.clone(), seen);
        }
        let Some(id) = interaction_of(&event.fact) else { return };
        let (Some(seen), Some(one)) = (self.seen.get_mut(id), self.domain.interaction(id)) else {
            return;
        };
        seen.note(event, one);
    }

    fn into_day(self, from: Millis, to: Millis) -> Day {
        let mut there: BTreeMap<AgentId, AgentLine> = BTreeMap::new();
        let (before, during): (Vec<_>, Vec<_>) =
            self.agents.into_iter().partition(|line| line.at < from);
        for line in before {
            there.insert(line.agent.clone(), AgentLine { at: from, ..line });
        }
        let there = there.into_values().filter(|line| line.desk.is_some());
        let agents = there.chain(during).collect();
        let arrivals = self.seen.into_values().map(|seen| seen.ended(to));
        let mut arrivals: Vec<_> = arrivals.filter(|arrival| from <= arrival.at).collect();
        arrivals.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Day { from, to, agents, arrivals }
    }
}

impl Seen {
    fn note(&mut self, event: &Event, one: &Interaction) {
        let since_arrival = millis(self.arrival.at, event.at);
        let is_unserved = !self.is_over && matches!(self.arrival.end, End::Waiting { .. });
        if let Fact::PlacedInQueue { queue, .. } = &event.fact
            && self.arrival.queue.0.is_empty()
        {
            self.arrival.queue = queue.clone();
        }
        if let Fact::PartyAdded { agent, how, errand, .. } = &event.fact
            && errand.part.handles()
        {
            self.handled_since.get_or_insert(event.at);
            if is_unserved {
                let taken_after = taken_after(one, *how, event.at);
                let (by, waited) = (agent.clone(), since_arrival);
                self.arrival.end = End::Served { by, waited, taken_after, handled: 0 };
            }
        }
        let handlers: BTreeSet<&AgentId> = one.handlers().collect();
        for agent in &handlers {
            self.with.entry(AgentId::clone(agent)).or_insert(event.at);
        }
        self.let_go(event.at, |agent| !handlers.contains(agent));
        if handlers.is_empty() {
            self.pause(event.at);
        }
        if is_unserved && matches!(event.fact, Fact::SessionEnded { .. }) {
            self.arrival.end = End::Abandoned { after: since_arrival };
            self.is_over = true;
        }
        if is_unserved && matches!(event.fact, Fact::ProcessingStopped { .. }) {
            self.arrival.end = End::Stopped { after: since_arrival };
            self.is_over = true;
        }
    }

    fn let_go(&mut self, at: Millis, has_gone: impl Fn(&AgentId) -> bool) {
        let stints = &mut self.arrival.stints;
        self.with.retain(|agent, from| {
            let goes = has_gone(agent);
            if goes {
                stints.push(Stint { agent: agent.clone(), from: *from, to: at });
            }
            !goes
        });
    }

    fn pause(&mut self, at: Millis) {
        if let (Some(since), End::Served { handled, .. }) =
            (self.handled_since.take(), &mut self.arrival.end)
        {
            *handled += millis(since, at);
        }
    }

    fn ended(mut self, to: Millis) -> Arrival {
        self.pause(to);
        self.let_go(to, |_| true);
        if let End::Waiting { waited } = &mut self.arrival.end {
            *waited = millis(self.arrival.at, to);
        }
        self.arrival
    }
}

fn desk_state(agent: &Agent) -> DeskState {
    let is_there = agent.is_connected() && agent.do_not_disturb.is_none();
    let ready: Vec<_> = agent.turns().map(|(media, _)| media).collect();
    let media = agent.media.keys();
    let media = media.map(|media| (media.clone(), is_there && ready.contains(&media))).collect();
    DeskState { media, profile: agent.profile.clone(), capacity: agent.capacity.clone() }
}

/// How long after his invitation he had it; who came by himself was not invited.
fn taken_after(one: &Interaction, how: Added, at: Millis) -> u64 {
    let Added::Accepted { ticket } = how else { return 0 };
    let route = one.routes.iter().find(|route| route.ticket == ticket);
    route.map_or(0, |route| millis(route.at, at))
}

fn agent_of(fact: &Fact) -> Option<&AgentId> {
    if let Fact::AgentLoggedOut { agent, .. } | Fact::ConnectionLost { agent, .. } = fact {
        Some(agent)
    } else {
        fact.changes_status_of()
    }
}

fn millis(from: Millis, to: Millis) -> u64 {
    to.0.saturating_sub(from.0)
}

/// The interaction that a fact is about.
fn interaction_of(fact: &Fact) -> Option<&InteractionId> {
    match fact {
        Fact::InteractionSubmitted { interaction, .. }
        | Fact::PlacedInQueue { interaction, .. }
        | Fact::PlacedInWorkbin { interaction, .. }
        | Fact::TakenFromWorkbin { interaction, .. }
        | Fact::StrategyMoved { interaction, .. }
        | Fact::HandedTo { interaction, .. }
        | Fact::PropertiesChanged { interaction, .. }
        | Fact::HandlingTimed { interaction, .. }
        | Fact::InteractionHeld { interaction, .. }
        | Fact::InteractionResumed { interaction, .. }
        | Fact::AddressChanged { interaction, .. }
        | Fact::SessionJoined { interaction, .. }
        | Fact::SessionLeft { interaction, .. }
        | Fact::SessionEnded { interaction, .. }
        | Fact::CursorMoved { interaction, .. }
        | Fact::Invited { interaction, .. }
        | Fact::Rejected { interaction, .. }
        | Fact::Revoked { interaction, .. }
        | Fact::PartyAdded { interaction, .. }
        | Fact::PartyRemoved { interaction, .. }
        | Fact::RefusalLapsed { interaction, .. }
        | Fact::ProcessingStopped { interaction, .. }
        | Fact::Forgotten { interaction } => Some(interaction),
        Fact::AgentLoggedIn { .. }
        | Fact::AgentLoggedOut { .. }
        | Fact::ConnectionLost { .. }
        | Fact::Resumed { .. }
        | Fact::MediaAdded { .. }
        | Fact::MediaRemoved { .. }
        | Fact::MediaReady { .. }
        | Fact::MediaNotReady { .. }
        | Fact::MediaReasonChanged { .. }
        | Fact::DoNotDisturbSet { .. }
        | Fact::DoNotDisturbCleared { .. } => None,
    }
}
