//! A day of a centre with far too few agents, by the real rules.

use holdfast::base::{AgentId, InteractionId, Millis, UserData};
use holdfast::interaction::command::Destination;
use holdfast::interaction::event::Nature;
use holdfast::interaction::{
    By, Command, ConnectionId, Desks, Domain, Event, InteractionType, Login, Policy, Submission,
    Wanted,
};
use holdfast::owned::{Room, Scene, Thing};
use std::sync::Arc;

const N_OPEN: usize = 10_000;
const N_AGENTS: usize = 100;

/// What a customer's page and a chat session attach.
const PROPERTIES: [(&str, &str); 10] = [
    ("FirstName", "Annemarie"),
    ("LastName", "Oberhauser"),
    ("EmailAddress", "annemarie.oberhauser@example.com"),
    ("PhoneNumber", "+43 1 555 01 23"),
    ("Subject", "The parcel has not come, and the order says that it has"),
    ("ChatServerHost", "node-a.chat.example.com"),
    ("ChatServerPort", "8081"),
    ("ChatServerAppName", "holdfast"),
    ("GCTI_LanguageName", "German"),
    ("Category", "parcels"),
];

pub struct Busy {
    domain: Domain,
    desks: Desks,
    policy: Policy,
    now: Millis,
}

impl Busy {
    pub fn begin(domain: Domain) -> Self {
        let now = Millis(1_700_000_000_000);
        Self { domain, desks: Desks::default(), policy: Policy::default(), now }
    }

    /// All come in, and agents take what they may have.
    pub fn fill(&mut self) -> Vec<Arc<Event>> {
        let mut events = vec![];
        for n in 0..N_AGENTS {
            events.extend(self.perform(Command::AgentLogin(Login {
                agent: agent(n),
                connection: ConnectionId(format!("connection-{n}")),
                begun: None,
                place: None,
                profile: Default::default(),
                media: vec![("chat".into(), Wanted::Ready)],
            })));
        }
        for n in 0..N_OPEN {
            let submission = Submission {
                submitted_by: "chat".into(),
                interaction: Some(InteractionId(format!("interaction-{n:016}"))),
                key: None,
                media: "chat".into(),
                tenant: "Environment".into(),
                to: Destination::Queue("chat-inbound".into()),
                kind: InteractionType::Inbound,
                subtype: "InboundNew".into(),
                nature: Nature::Session,
                owner: None,
                user_data: PROPERTIES.into_iter().collect::<UserData>(),
                properties: UserData::default(),
            };
            events.extend(self.perform(Command::Submit(submission)));
        }
        for n in 0..N_AGENTS {
            events.extend(self.accept_all(n));
        }
        events
    }

    /// Agents give back what they have and take the next, for so many events.
    pub fn work(&mut self, n_events: usize) -> Vec<Arc<Event>> {
        let mut events = vec![];
        for n in (0..N_AGENTS).cycle() {
            if n_events <= events.len() {
                return events;
            }
            let handled = self.domain.agent(&agent(n)).unwrap().handling.keys().next().cloned();
            if let Some(interaction) = handled {
                let (queue, by) = ("chat-inbound".into(), By::Agent(agent(n)));
                events.extend(self.perform(Command::PlaceInQueue { interaction, queue, by }));
            }
            events.extend(self.accept_all(n));
        }
        events
    }

    fn accept_all(&mut self, n: usize) -> Vec<Arc<Event>> {
        let tickets: Vec<_> =
            self.domain.agent(&agent(n)).unwrap().invited.keys().copied().collect();
        let accept = |ticket| self.perform(Command::Accept { agent: agent(n), ticket });
        tickets.into_iter().flat_map(accept).collect()
    }

    fn perform(&mut self, command: Command) -> Vec<Arc<Event>> {
        self.now = Millis(self.now.0 + 20);
        let scene = Scene { room: &self.desks, drafted: &[], now: self.now, policy: &self.policy };
        let decision = self.domain.decide(&scene, command).unwrap();
        let events: Vec<_> = decision.events.into_iter().map(Arc::new).collect();
        events.iter().for_each(|event| self.domain.apply(event));
        self.desks.committed(&self.domain, &events, self.now, &self.policy);
        events
    }
}

fn agent(n: usize) -> AgentId {
    AgentId(format!("agent-{n:03}"))
}
