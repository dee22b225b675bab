//! Lives a recorded day through with other strategies. All rules are those of the domain; what is made
//! up here are the people: agents take whatever they are offered and work as long as was recorded,
//! customers wait as long as they can, other houses answer at once.

use crate::base::{AgentId, InteractionId, Millis, Position, UserData};
use crate::interaction::command::{
    Answer, By, Command, Destination, Login, SessionNote, SessionReport, Submission, Wanted,
};
use crate::interaction::consultation::InteractionType;
use crate::interaction::desks::Desks;
use crate::interaction::effect::Effect;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Event, Fact};
use crate::interaction::ids::{MediaType, Ticket};
use crate::interaction::party::Added;
use crate::interaction::policy::Policy;
use crate::interaction::scope::Scope;
use crate::interaction::state::Domain;
use crate::interaction::what_if::customers::Customer;
use crate::interaction::what_if::day::{AgentLine, Arrival, Day, DeskState};
use crate::interaction::what_if::figures::{Busy, Figures};
use crate::owned::{Room, Scene, Thing};
use crate::workflow::Process;
use crate::workflow::command::Answer as ServiceAnswer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

const SUBMITTER: &str = "chat";
/// Nobody is thought to have gone to sleep over a long conversation.
const NO_TIMEOUT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MILLISECOND: Duration = Duration::from_millis(1);
/// Requests for one interaction that other houses answer. Answers take no time here, so a strategy that
/// asks again and again would never come to an end; from then on its requests time out.
const MOST_ANSWERS: u32 = 1_000;

/// What comes of a day with the same customers; without a workflow everything is offered to whoever has
/// been ready the longest.
pub fn play(day: &Day, customers: &[Customer], workflow: Option<Arc<Process>>) -> Figures {
    let mut play = Play::new(day, customers, workflow);
    while let Some(at) = play.next_at().filter(|at| *at < day.to) {
        play.now = play.now.max(at);
        match play.due() {
            Some(happening) => play.happen(happening),
            None => play.wish(Command::TimePassed),
        }
    }
    play.now = day.to;
    play.figures()
}

#[derive(Clone, Debug)]
enum Happening {
    AgentIs(usize),
    Arrives(usize),
    Accepts(AgentId, Ticket),
    /// The customer's patience is over.
    GivesUp(InteractionId),
    /// Somebody takes it away.
    IsStopped(InteractionId),
    /// All is said.
    IsDone(InteractionId),
    SessionEnds(InteractionId),
    IsAnswered(InteractionId, u64),
}

struct Play<'a> {
    day: &'a Day,
    customers: &'a [Customer],
    by_id: BTreeMap<&'a InteractionId, usize>,
    domain: Domain,
    desks: Desks,
    policy: Policy,
    now: Millis,
    /// What will happen, by time and then in the order in which it was foreseen.
    ahead: BTreeMap<(Millis, u64), Happening>,
    n_foreseen: u64,
    /// Agents who go as soon as they have nothing left.
    leaving: BTreeSet<AgentId>,
    waits: BTreeMap<InteractionId, Duration>,
    gave_up: BTreeSet<InteractionId>,
    n_stopped: usize,
    n_answers: BTreeMap<InteractionId, u32>,
    busy: Busy,
    warnings: BTreeSet<String>,
}

impl<'a> Play<'a> {
    fn new(day: &'a Day, customers: &'a [Customer], workflow: Option<Arc<Process>>) -> Self {
        let policy = Policy { workflow, handling_timeout: NO_TIMEOUT, ..Policy::default() };
        let by_id = day.arrivals.iter().enumerate().map(|(idx, one)| (&one.id, idx)).collect();
        let mut play = Self {
            day,
            customers,
            by_id,
            domain: Domain::default(),
            desks: Desks::default(),
            policy,
            now: day.from,
            ahead: BTreeMap::new(),
            n_foreseen: 0,
            leaving: BTreeSet::new(),
            waits: BTreeMap::new(),
            gave_up: BTreeSet::new(),
            n_stopped: 0,
            n_answers: BTreeMap::new(),
            busy: Busy::default(),
            warnings: BTreeSet::new(),
        };
        for (idx, line) in day.agents.iter().enumerate() {
            play.foresee(line.at, Happening::AgentIs(idx));
        }
        for (idx, arrival) in day.arrivals.iter().enumerate() {
            play.foresee(arrival.at, Happening::Arrives(idx));
        }
        play
    }

    fn foresee(&mut self, at: Millis, happening: Happening) {
        self.n_foreseen += 1;
        self.ahead.insert((at, self.n_foreseen), happening);
    }

    fn next_at(&self) -> Option<Millis> {
        let ahead = self.ahead.first_key_value().map(|((at, _), _)| *at);
        [ahead, self.deadline()].into_iter().flatten().min()
    }

    fn deadline(&self) -> Option<Millis> {
        self.domain.next_deadline(&self.desks, &self.policy)
    }

    /// What happens now, unless the domain's own alarm rings first.
    fn due(&mut self) -> Option<Happening> {
        if self.deadline().is_some_and(|at| at <= self.now) {
            return None;
        }
        self.ahead.pop_first().map(|(_, happening)| happening)
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::AgentIs(idx) => {
                if let Some(line) = self.day.agents.get(idx) {
                    self.agent_is(line);
                }
            }
            Happening::Arrives(idx) => {
                if let (Some(arrival), Some(customer)) =
                    (self.day.arrivals.get(idx), self.customers.get(idx).copied())
                {
                    self.arrives(arrival, customer);
                }
            }
            // It may have been taken back in the meantime.
            Happening::Accepts(agent, ticket) => {
                drop(self.perform(Command::Accept { agent, ticket }))
            }
            Happening::GivesUp(id) => {
                if self.is_unserved(&id) {
                    self.gave_up.insert(id.clone());
                    self.end_session(id);
                }
            }
            Happening::IsStopped(id) => {
                if self.is_unserved(&id) {
                    let (by, reason) = (By::Operator, "stopped".to_owned());
                    self.wish(Command::Stop { interaction: id, by, reason });
                }
            }
            Happening::IsDone(id) => self.is_done(id),
            Happening::SessionEnds(id) => self.end_session(id),
            Happening::IsAnswered(interaction, request) => {
                let answer = ServiceAnswer::Done(UserData::default());
                self.wish(Command::ServiceAnswered { interaction, request, answer });
            }
        }
    }

    fn arrives(&mut self, arrival: &Arrival, customer: Customer) {
        self.wish(Command::Submit(Submission {
            submitted_by: SUBMITTER.into(),
            interaction: Some(arrival.id.clone()),
            key: None,
            media: arrival.media.clone(),
            tenant: arrival.tenant.clone(),
            to: Destination::Queue(arrival.queue.clone()),
            subtype: arrival.subtype.clone(),
            nature: arrival.nature,
            kind: InteractionType::Inbound,
            owner: None,
            user_data: arrival.user_data.clone(),
            properties: UserData::default(),
        }));
        if let Some(patience) = customer.patience {
            self.foresee(arrival.at + patience, Happening::GivesUp(arrival.id.clone()));
        }
        if let Some(after) = customer.stopped_after {
            self.foresee(arrival.at + after, Happening::IsStopped(arrival.id.clone()));
        }
    }

    fn is_unserved(&self, id: &InteractionId) -> bool {
        let one = self.domain.interaction(id);
        !self.waits.contains_key(id)
            && !self.gave_up.contains(id)
            && one.is_some_and(|one| !one.is_stopped())
    }

    fn end_session(&mut self, id: InteractionId) {
        let Some(one) = self.domain.interaction(&id).filter(|one| one.is_online()) else { return };
        let (after, upto) = (one.cursor, Position(one.cursor.0 + 1));
        let ended = SessionNote::Ended { attached: UserData::default(), and_stop: false };
        let notes = vec![(upto, ended)];
        let report = SessionReport { interaction: id, after, upto, notes };
        self.wish(Command::ReportFromSession(report));
    }

    /// The session ends, and whoever has it marks it done.
    fn is_done(&mut self, id: InteractionId) {
        self.end_session(id.clone());
        let handler = self.domain.interaction(&id).and_then(|one| one.handlers().next().cloned());
        let Some(agent) = handler else { return };
        let (by, reason) = (By::Agent(agent), "done".to_owned());
        self.wish(Command::Stop { interaction: id, by, reason });
    }

    fn agent_is(&mut self, line: &AgentLine) {
        let agent = &line.agent;
        let one = self.domain.agent(agent);
        let is_there = one.is_some();
        match &line.desk {
            None if is_there => {
                self.leaving.insert(agent.clone());
                self.change_media(agent, &BTreeMap::new());
                self.see_off(agent);
            }
            None => {}
            Some(desk) => {
                let is_same = one.is_some_and(|one| {
                    one.profile == desk.profile && one.capacity == desk.capacity
                });
                self.leaving.remove(agent);
                if !is_same {
                    self.log_in(agent, desk);
                }
                self.change_media(agent, &desk.media);
                self.busy.comes(agent, self.now);
            }
        }
    }

    /// With what he may do from now on. Who is there already takes his desk over once more.
    fn log_in(&mut self, agent: &AgentId, desk: &DeskState) {
        let scope = Scope { capacity: Some(desk.capacity.clone()), ..Scope::default() };
        self.policy.scopes.agents.insert(agent.clone(), scope);
        self.wish(Command::AgentLogin(Login {
            agent: agent.clone(),
            connection: agent.as_str().into(),
            begun: None,
            place: None,
            profile: desk.profile.clone(),
            media: vec![],
        }));
    }

    /// Who should not be logged in for a medium any more is only not ready, for he may have some of it.
    fn change_media(&mut self, agent: &AgentId, wanted_media: &BTreeMap<MediaType, bool>) {
        let Some(one) = self.domain.agent(agent).cloned() else { return };
        for media in one.media.keys() {
            let (agent, media) = (agent.clone(), media.clone());
            if wanted_media.get(&media) == Some(&true) {
                self.wish(Command::Ready { agent, media });
            } else {
                self.wish(Command::NotReady { agent, media, reason: String::new() });
            }
        }
        let added = wanted_media.iter().filter(|(media, _)| !one.media.contains_key(*media));
        for (media, is_ready) in added {
            let (agent, media) = (agent.clone(), media.clone());
            self.wish(Command::AddMedia { agent, media, wanted: wanted(*is_ready) });
        }
    }

    fn see_off(&mut self, agent: &AgentId) {
        let has_nothing = |id| {
            let one = self.domain.agent(id);
            one.is_some_and(|one| one.handling.is_empty() && one.invited.is_empty())
        };
        if self.leaving.contains(agent) && has_nothing(agent) {
            self.leaving.remove(agent);
            self.busy.goes(agent, self.now);
            self.wish(Command::AgentLogout { agent: agent.clone() });
        }
    }

    /// A wish that may be refused like any other: then nothing came of it, and it is told.
    fn wish(&mut self, command: Command) {
        if let Err(no) = self.perform(command) {
            self.warnings.insert(no.to_string());
        }
    }

    fn perform(&mut self, command: Command) -> Result<Answer, Rejection> {
        let (room, policy) = (&self.desks, &self.policy);
        let scene = Scene { room, drafted: &[], now: self.now, policy };
        let decision = self.domain.decide(&scene, command)?;
        let events: Vec<Arc<Event>> = decision.events.into_iter().map(Arc::new).collect();
        for event in &events {
            self.domain.apply(event);
        }
        let later = self.desks.committed(&self.domain, &events, self.now, &self.policy);
        for effect in decision.effects.into_iter().chain(later) {
            self.carry_out(effect);
        }
        for event in &events {
            self.note(&event.fact);
        }
        Ok(decision.answer)
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::AskService { interaction, request, .. } => {
                let n_answers = self.n_answers.entry(interaction.clone()).or_default();
                *n_answers += 1;
                if *n_answers <= MOST_ANSWERS {
                    self.foresee(self.now, Happening::IsAnswered(interaction, request));
                } else {
                    self.warnings.insert(format!(
                        "interaction '{interaction}' asks other servers more than {MOST_ANSWERS} times, \
                         and is answered no more"
                    ));
                }
            }
            Effect::InteractionStopped { interaction, .. } => {
                self.foresee(self.now, Happening::SessionEnds(interaction));
            }
            Effect::Warn(warning) => {
                self.warnings.insert(warning.to_string());
            }
        }
    }

    fn note(&mut self, fact: &Fact) {
        if let Fact::Invited { ticket, interaction, agent, deadline, .. } = fact {
            let customer = self.by_id.get(interaction).and_then(|idx| self.customers.get(*idx));
            let after = customer.map_or(Duration::ZERO, |customer| customer.taken_after);
            let at = (self.now + after).min(*deadline - MILLISECOND);
            self.foresee(at, Happening::Accepts(agent.clone(), *ticket));
        }
        if let Fact::PartyAdded { interaction, agent, how: Added::Accepted { .. }, .. } = fact {
            self.busy.begins(agent, self.now);
            self.is_served(interaction);
        }
        if let Fact::PartyRemoved { agent, .. } = fact {
            self.busy.ends(agent, self.now);
            self.see_off(agent);
        }
        if let Fact::Revoked { agent, .. } = fact {
            self.see_off(agent);
        }
        if let Fact::ProcessingStopped { interaction, .. } = fact
            && !self.waits.contains_key(interaction)
            && !self.gave_up.contains(interaction)
        {
            self.n_stopped += 1;
        }
    }

    /// Only the first time it waits for somebody counts.
    fn is_served(&mut self, id: &InteractionId) {
        let Some(idx) = self.by_id.get(id).copied() else { return };
        let (Some(arrival), Some(customer)) = (self.day.arrivals.get(idx), self.customers.get(idx))
        else {
            return;
        };
        // A strategy may bring somebody what is over, who then only marks it done.
        let is_there = !self.gave_up.contains(id);
        let handling = if is_there { customer.handling } else { Duration::ZERO };
        if is_there {
            self.waits.entry(id.clone()).or_insert(self.now.since(arrival.at));
        }
        self.foresee(self.now + handling, Happening::IsDone(id.clone()));
    }

    fn figures(self) -> Figures {
        let (n_abandoned, n_stopped) = (self.gave_up.len(), self.n_stopped);
        let n_gone = self.waits.len() + n_abandoned + n_stopped;
        let n_waiting = self.day.arrivals.len().saturating_sub(n_gone);
        let (busy, logged_in) = self.busy.spans(self.now);
        let mut waits: Vec<Duration> = self.waits.into_values().collect();
        waits.sort();
        let warnings = self.warnings.into_iter().collect();
        Figures { waits, n_abandoned, n_stopped, n_waiting, busy, logged_in, warnings }
    }
}

fn wanted(is_ready: bool) -> Wanted {
    if is_ready { Wanted::Ready } else { Wanted::NotReady { reason: String::new() } }
}
