//! A domain in the hand: performs wishes as the actor would. Each event passes through its stored
//! form on the way, and a restart rebuilds everything from there.

use crate::base::{AgentId, InteractionId, Millis, Parting, Position, UserData};
use crate::interaction::capacity::Capacity;
use crate::interaction::command::{
    Answer, By, Command, Destination, Login, Manner, SessionNote, SessionReport, Submission, Wanted,
};
use crate::interaction::consultation::InteractionType;
use crate::interaction::desks::Desks;
use crate::interaction::door::DeskNews;
use crate::interaction::effect::Effect;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Event, Fact, Nature};
use crate::interaction::ids::{ConnectionId, Ticket};
use crate::interaction::policy::Policy;
use crate::interaction::record::Stage;
use crate::interaction::state::Domain;
use crate::interaction::statistics::RealTime;
use crate::owned::{Hearing, Listener};
use crate::owned::{Room, Scene, Thing};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
pub struct Life {
    pub domain: Domain,
    pub desks: Desks,
    pub policy: Policy,
    pub now: Millis,
    /// What the store has.
    pub log: Vec<String>,
    pub effects: Vec<Effect>,
}

impl Life {
    pub fn new() -> Self {
        Self { now: Millis(1_000_000), ..Self::default() }
    }

    /// Performs a wish and says what happened.
    pub fn perform(&mut self, command: Command) -> Result<(Answer, Vec<Arc<Event>>), Rejection> {
        let mut events = vec![];
        let answer = self.decide(command, &mut events)?;
        self.commit(&events);
        Ok((answer, events))
    }

    /// Performs wishes that were decided while one append was on its way.
    pub fn perform_together(&mut self, commands: Vec<Command>) -> Vec<Arc<Event>> {
        let mut events = vec![];
        for command in commands {
            self.decide(command, &mut events).unwrap();
        }
        self.commit(&events);
        events
    }

    fn decide(
        &mut self,
        command: Command,
        events: &mut Vec<Arc<Event>>,
    ) -> Result<Answer, Rejection> {
        let (room, policy) = (&self.desks, &self.policy);
        let scene = Scene { room, drafted: events, now: self.now, policy };
        let decision = self.domain.decide(&scene, command)?;
        for event in &decision.events {
            let stored = serde_json::to_string(event).unwrap();
            let event: Event = serde_json::from_str(&stored).unwrap();
            self.log.push(stored);
            self.domain.apply(&event);
            events.push(Arc::new(event));
        }
        self.effects.extend(decision.effects);
        Ok(decision.answer)
    }

    fn commit(&mut self, events: &[Arc<Event>]) {
        let effects = self.desks.committed(&self.domain, events, self.now, &self.policy);
        self.effects.extend(effects);
    }

    /// Performs a wish that must be allowed.
    pub fn wish(&mut self, command: Command) -> Answer {
        self.perform(command).unwrap().0
    }

    /// Performs a wish that must be refused.
    pub fn refused(&mut self, command: Command) -> Rejection {
        self.perform(command).unwrap_err()
    }

    /// Lets time go by and the alarm ring whenever it should.
    pub fn wait(&mut self, span: Duration) -> Vec<Arc<Event>> {
        let until = self.now + span;
        let mut events = vec![];
        while let Some(at) = self.next_deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            events.extend(self.perform(Command::TimePassed).unwrap().1);
            assert!(self.next_deadline().is_none_or(|next| self.now < next), "the alarm spins");
        }
        self.now = until;
        events
    }

    pub fn real_time(&self) -> RealTime {
        self.domain.real_time(self.desks.workflow.as_deref(), self.now)
    }

    /// Everything that was stored.
    pub fn events(&self) -> Vec<Event> {
        self.log.iter().map(|stored| serde_json::from_str(stored).unwrap()).collect()
    }

    pub fn wait_seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        self.domain.next_deadline(&self.desks, &self.policy)
    }

    /// The process dies and another one replays the log.
    pub fn restart(&mut self) {
        self.come_to_life(Parting::Lost);
    }

    /// Another process replays the log because this one has handed it on.
    pub fn move_on(&mut self) {
        self.come_to_life(Parting::Moving);
    }

    fn come_to_life(&mut self, parting: Parting) {
        let events = self.log.iter().map(|stored| serde_json::from_str(stored).unwrap());
        let (domain, desks) = Domain::replay(None, events.collect());
        assert_eq!(describe(&domain), describe(&self.domain), "replay is not life");
        self.live_on(domain, desks, parting);
    }

    /// The process dies and another one begins from a snapshot.
    pub fn restart_from_snapshot(&mut self) {
        let stored = serde_json::to_string(&self.domain.snapshot(&self.desks)).unwrap();
        let (domain, desks) = begin_from(&stored);
        assert_eq!(describe(&domain), describe(&self.domain), "snapshot is not life");
        self.live_on(domain, desks, Parting::Lost);
    }

    /// The same with a snapshot that somebody else wrote.
    pub fn begin_from_snapshot(&mut self, stored: &str) {
        let (domain, desks) = begin_from(stored);
        self.live_on(domain, desks, Parting::Lost);
    }

    fn live_on(&mut self, domain: Domain, desks: Desks, parting: Parting) {
        (self.domain, self.desks) = (domain, desks);
        let effects = self.desks.restored(&self.domain, parting, self.now, &self.policy);
        self.effects.extend(effects);
    }

    /// The capacity rule that an agent's account gives him.
    pub fn give_capacity(&mut self, agent: &str, capacity: Capacity) {
        let scope = self.policy.scopes.agents.entry(agent.into()).or_default();
        scope.capacity = Some(capacity);
    }

    /// An agent at his desk, ready for chats.
    pub fn ready_agent(&mut self, agent: &str) {
        self.login(agent, Wanted::Ready);
    }

    pub fn login(&mut self, agent: &str, wanted: Wanted) -> Answer {
        self.wish(Command::AgentLogin(Login {
            agent: agent.into(),
            connection: connection(agent),
            begun: None,
            place: None,
            profile: Default::default(),
            media: vec![("chat".into(), wanted)],
        }))
    }

    /// A chat comes in.
    pub fn chat(&mut self, id: &str) {
        self.wish(Command::Submit(chat(id)));
    }

    /// A session tells what happened at the next positions.
    pub fn tell<const N: usize>(&mut self, id: &str, notes: [SessionNote; N]) -> Answer {
        let after = self.domain.interaction(&id.into()).unwrap().cursor;
        let positions = (after.0 + 1..).map(Position);
        let notes: Vec<_> = positions.zip(notes).collect();
        let upto = notes.last().map_or(after, |(position, _)| *position);
        self.wish(Command::ReportFromSession(SessionReport {
            interaction: id.into(),
            after,
            upto,
            notes,
        }))
    }

    /// The ticket of the agent who is invited to an interaction.
    pub fn invited(&self, id: &str) -> Option<(String, Ticket)> {
        let one = self.domain.interaction(&id.into()).unwrap();
        one.invited().map(|(agent, ticket)| (agent.0.clone(), ticket))
    }

    pub fn invited_agent(&self, id: &str) -> String {
        self.invited(id).map_or_else(|| "nobody".into(), |(agent, _)| agent)
    }

    pub fn accept(&mut self, id: &str) {
        let (agent, ticket) = self.invited(id).unwrap();
        self.wish(Command::Accept { agent: AgentId(agent), ticket });
    }

    pub fn reject(&mut self, id: &str) {
        let (agent, ticket) = self.invited(id).unwrap();
        self.wish(Command::Reject { agent: AgentId(agent), ticket, reason: String::new() });
    }

    pub fn stop(&mut self, id: &str, by: By) {
        self.wish(Command::Stop { interaction: id.into(), by, reason: "done".into() });
    }

    pub fn stage(&self, id: &str) -> Stage {
        self.domain.interaction(&id.into()).unwrap().stage.clone()
    }

    pub fn handlers(&self, id: &str) -> Vec<String> {
        let one = self.domain.interaction(&id.into()).unwrap();
        one.handlers().map(|agent| agent.0.clone()).collect()
    }

    pub fn property(&self, id: &str, key: &str) -> String {
        let one = self.domain.interaction(&id.into()).unwrap();
        one.user_data.text(key).unwrap_or_default()
    }

    /// Everything the desk of an agent hears from here on.
    pub fn listen(&mut self, agent: &str) -> Arc<Mutex<Vec<DeskNews>>> {
        let heard = Arc::new(Mutex::new(vec![]));
        let listener = Box::new(Notebook(heard.clone()));
        self.desks.listen(&self.domain, &agent.into(), connection(agent), listener).unwrap();
        heard
    }

    pub fn facts(&self) -> Vec<Fact> {
        let events = self.log.iter().map(|stored| serde_json::from_str::<Event>(stored).unwrap());
        events.map(|event| event.fact).collect()
    }
}

fn begin_from(snapshot: &str) -> (Domain, Desks) {
    Domain::replay(Some(serde_json::from_str(snapshot).unwrap()), vec![])
}

/// All that a domain holds, lines and calendars too, in their order.
fn describe(domain: &Domain) -> String {
    let snapshot = domain.snapshot(&Desks::default());
    let line = |media: &str| {
        let media = media.into();
        let lines = [domain.ready().turns(&media), domain.free().turns(&media)];
        let waiting = domain.waiting().turns(&media);
        let agents = lines.map(|line| format!("{:?}", line.iter().collect::<Vec<_>>()));
        format!("{:?} {agents:?}", waiting.iter().collect::<Vec<_>>())
    };
    let workbins = domain.workbins().media().map(|workbin| {
        let turns = domain.workbins().turns(workbin);
        format!("{workbin} {:?}", turns.iter().collect::<Vec<_>>())
    });
    let calendar = domain.calendar();
    format!(
        "{snapshot:?} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        line("chat"),
        line("email"),
        workbins.collect::<Vec<_>>(),
        calendar.invitations.iter().collect::<Vec<_>>(),
        calendar.lost.iter().collect::<Vec<_>>(),
        calendar.refusals.iter().collect::<Vec<_>>(),
        calendar.over.iter().collect::<Vec<_>>(),
        calendar.scripts.iter().collect::<Vec<_>>(),
        domain.routable().all().collect::<Vec<_>>(),
        domain.left_to_views.iter().collect::<Vec<_>>(),
        domain.in_hand().iter().collect::<Vec<_>>(),
        calendar.handled.iter().collect::<Vec<_>>(),
    )
}

pub struct Notebook(pub Arc<Mutex<Vec<DeskNews>>>);

impl Listener<DeskNews> for Notebook {
    fn hear(&mut self, news: DeskNews) -> Hearing {
        self.0.lock().unwrap().push(news);
        Hearing::Goes
    }
}

/// The session tells that an agent came, seen by the customer.
pub fn joins(agent: &str) -> SessionNote {
    SessionNote::PartyJoined { agent: agent.into(), manner: Manner::Open }
}

/// The session tells that he went.
pub fn goes(agent: &str) -> SessionNote {
    SessionNote::PartyLeft { agent: agent.into(), reason: 2, manner: Manner::Open }
}

pub fn connection(agent: &str) -> ConnectionId {
    ConnectionId(format!("connection of {agent}"))
}

pub fn chat(id: &str) -> Submission {
    Submission {
        submitted_by: "chat".into(),
        interaction: Some(InteractionId::from(id)),
        key: None,
        media: "chat".into(),
        tenant: "Environment".into(),
        to: Destination::Endpoint("support".into()),
        subtype: "InboundNew".into(),
        nature: Nature::Session,
        kind: InteractionType::Inbound,
        owner: None,
        user_data: UserData::default().with("FirstName", "Ann"),
        properties: UserData::default().with("ChatServerHost", "node-a"),
    }
}
