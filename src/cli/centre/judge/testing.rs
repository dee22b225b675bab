//! Days for the tests of the rules, made as desks would have seen them.

use super::{Book, Check, Evidence, Terms, judge};
use crate::cli::centre::journal::{CustomerLog, DeskLog, Happening, Journal, Note, Why};
use crate::cli::centre::plan::{Act, CustomerPlan};
use crate::cli::centre::workflow::{INBOUND, TOPIC};
use crate::cli::torture::check::Micros;
use crate::edge::agent::wire::Frame;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

pub const TERMS: Terms =
    Terms { skew: 1_000_000, idle_wait: 5_000_000, reoffer_after: 60_000_000, is_disturbed: false };

/// Which rules are broken.
pub fn broken(evidence: &Evidence) -> Vec<Check> {
    let book: Book = judge(evidence, TERMS);
    Check::ALL.into_iter().filter(|check| book.has_broken(*check)).collect()
}

pub struct Script {
    journal: Journal,
    now: Micros,
    n_refs: u64,
    /// When each interaction was placed in its queue: seconds.
    placed: Vec<(String, u64)>,
    /// What each is about, if it lies in the queue that asks.
    topics: BTreeMap<String, String>,
}

impl Script {
    pub fn new(agents: &[(&str, u32)]) -> Self {
        let desks = agents.iter().map(|(agent, capacity)| {
            let notes = vec![Note { at: 0, what: Happening::Opened }];
            let log = DeskLog {
                agent: (*agent).to_owned(),
                capacity: *capacity,
                notes,
                ..DeskLog::default()
            };
            ((*agent).to_owned(), log)
        });
        let journal = Journal {
            desks: desks.collect(),
            left_over: Some(vec![]),
            figures: None,
            ..Journal::default()
        };
        Self { journal, now: 1_000, n_refs: 0, placed: vec![], topics: BTreeMap::new() }
    }

    pub fn pass(&mut self, seconds: u64) -> &mut Self {
        self.now += seconds * 1_000_000;
        self
    }

    /// It has waited since then.
    pub fn placed(&mut self, interaction: &str, second: u64) -> &mut Self {
        self.placed.push((interaction.to_owned(), second));
        self
    }

    pub fn about(&mut self, interaction: &str, topic: &str) -> &mut Self {
        self.topics.insert(interaction.to_owned(), topic.to_owned());
        self
    }

    pub fn knows(&mut self, agent: &str, topic: &str) -> &mut Self {
        self.journal.desks.get_mut(agent).unwrap().skills.insert(topic.to_owned());
        self
    }

    pub fn ready(&mut self, agent: &str) -> &mut Self {
        let status = self.status(agent, "ready");
        self.hear(agent, status)
    }

    pub fn not_ready(&mut self, agent: &str) -> &mut Self {
        let status = self.status(agent, "notReady");
        self.hear(agent, status)
    }

    /// A sign that the connection is there.
    pub fn beat(&mut self, agent: &str) -> &mut Self {
        self.hear(agent, json!({"type": "pong"}))
    }

    pub fn routed(&mut self, agent: &str, interaction: &str, ticket: u64) -> &mut Self {
        let placed = self.placed.iter().find(|(id, _)| id == interaction);
        let placed = placed.map_or(self.now / 1_000_000, |(_, second)| *second);
        let topic = self.topics.get(interaction);
        let queue = if topic.is_some() { INBOUND } else { "q" };
        let data = topic.map_or(json!({}), |topic| json!({ TOPIC: topic }));
        let placed = jiff::Timestamp::from_second(i64::try_from(placed).unwrap()).unwrap();
        self.hear(
            agent,
            json!({
                "type": "invite", "ticket": ticket, "deadline": "", "remainingMs": 1,
                "operation": "RouteTo", "interaction": {
                    "interactionId": interaction, "media": "chat", "tenant": "t",
                    "interactionType": "", "subtype": "", "queue": queue, "receivedAt": "",
                    "placedInQueueAt": placed.to_string(), "submittedBy": "chat",
                    "isOnline": true, "parties": [], "userData": data,
                },
            }),
        )
    }

    pub fn accepted(&mut self, agent: &str, interaction: &str) -> &mut Self {
        let (asked, answered) = (self.now, self.now + 1_000);
        let answer = Ok(json!({"state": "handled", "text": format!("it is with {agent}")}));
        let (session, who) = (interaction.to_owned(), agent.to_owned());
        self.journal.whys.push(Why { session, agent: who, asked, answered, answer });
        let added = json!({"type": "partyAdded", "interactionId": interaction, "agent": agent, "operation": "RouteTo"});
        self.now -= 1_000;
        self.hear(agent, added);
        self.now += 1_000;
        self
    }

    pub fn rejected(&mut self, agent: &str, ticket: u64) -> &mut Self {
        self.n_refs += 1;
        let frame = json!({"ref": self.n_refs, "type": "reject", "ticket": ticket});
        let what = Happening::Sent(Box::new(serde_json::from_value(frame).unwrap()));
        self.note(agent, what);
        let ack = json!({"type": "ack", "ref": self.n_refs});
        self.hear(agent, ack)
    }

    pub fn gone(&mut self, agent: &str, interaction: &str, reason: &str) -> &mut Self {
        self.hear(
            agent,
            json!({"type": "partyRemoved", "interactionId": interaction, "agent": agent, "reason": reason}),
        )
    }

    /// Somebody who was served, by somebody.
    pub fn customer(&mut self, session: &str) -> &mut Self {
        let plan = CustomerPlan {
            number: u32::try_from(self.journal.customers.len()).unwrap() + 1,
            arrives: Duration::ZERO,
            act: Act::Plain,
            topic: "orders",
            pair: 0,
            n_customer_words: 1,
            n_agent_words: 1,
            is_other_way: false,
            patience: None,
        };
        let now = Some(self.now);
        self.journal.customers.push(CustomerLog {
            plan,
            session: Some(session.to_owned()),
            came: now,
            met: now,
            went: now,
            ended: now,
            answers: vec![],
        });
        let agent = self.journal.desks.keys().next().unwrap().clone();
        let ticket = 1_000 + self.journal.customers.len() as u64;
        self.ready(&agent).routed(&agent, session, ticket).accepted(&agent, session);
        self.gone(&agent, session, "stopped")
    }

    pub fn evidence(&self) -> Evidence {
        Evidence { journal: self.journal.clone(), ..Evidence::default() }
    }

    fn status(&self, agent: &str, state: &str) -> Value {
        json!({
            "type": "agentStatus", "agent": agent,
            "media": [{"media": "chat", "state": state, "since": "", "load": 0, "capacity": 1}],
        })
    }

    fn hear(&mut self, agent: &str, frame: Value) -> &mut Self {
        let frame: Frame = serde_json::from_value(frame).unwrap();
        self.note(agent, Happening::Heard(Box::new(frame)));
        self
    }

    fn note(&mut self, agent: &str, what: Happening) {
        let desk = self.journal.desks.get_mut(agent).unwrap();
        desk.notes.push(Note { at: self.now, what });
    }
}
