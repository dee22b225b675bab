//! Random histories against a reference model. The model knows events alone; after each step the
//! domain must agree with it and keep every promise of this house.

mod colleagues;

use crate::base::{
    AgentId, Dice, Epoch, Expression, InteractionId, Millis, Parting, Position, UserData,
};
use crate::interaction::agent::Presence;
use crate::interaction::capacity::{Allowance, Capacity};
use crate::interaction::command::{
    Answer, By, Command, Login, Manner, SessionNote, SessionReport, Submission, Wanted,
};
use crate::interaction::event::{Address, Change, Event, Fact, Nature};
use crate::interaction::ids::{ConnectionId, MediaType, Ticket};
use crate::interaction::record::Stage;
use crate::interaction::reference_model::{
    CHAT_BESIDE_EMAIL, EMAIL_BESIDE_CHAT, HANDLING_TIMEOUT, MEDIA, Model,
};
use crate::interaction::route_checks;
use crate::interaction::statistics::recount;
use crate::interaction::support::{Life, chat};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const N_HISTORIES: u64 = 500;
const N_STEPS: usize = 80;
/// Kinds of facts, a joining of a party counted by how it came about.
const N_KINDS: usize = 37;
const AGENTS: [&str; 4] = ["ada", "bob", "cyd", "dan"];

#[test]
fn no_history_breaks_a_promise() {
    let only = option_env!("SEED").and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..N_HISTORIES, |seed| seed..seed + 1);
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds {
        let mut history = History::new(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| history.run()));
        assert!(outcome.is_ok(), "SEED={seed} breaks a promise at step {}", history.step);
        for fact in history.life.facts() {
            *kinds.entry(kind_of(&fact)).or_default() += 1;
        }
    }
    // A history in which a thing never happens proves nothing about it.
    assert!(only.is_some() || kinds.len() == N_KINDS, "too little happened: {kinds:?}");
}

fn kind_of(fact: &Fact) -> String {
    let stored = serde_json::to_value(fact).unwrap();
    let how = stored["how"]["how"].as_str().unwrap_or_default();
    let reason = stored["reason"].as_str().filter(|reason| *reason == "handling_timeout");
    let kind = stored["attributes"]["kind"].as_str();
    let how = reason.or(kind).unwrap_or(how);
    format!("{} {how}", stored["kind"].as_str().unwrap())
}

struct History {
    life: Life,
    model: Model,
    dice: Dice,
    sessions: BTreeMap<InteractionId, Session>,
    n_connections: u32,
    step: usize,
}

/// A chat session as its media server sees it.
#[derive(Default)]
struct Session {
    notes: Vec<SessionNote>,
    confirmed: Position,
    has_ended: bool,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut life = Life::new();
        if seed % 2 == 1 {
            // Midnight comes in the middle.
            life.now = Millis(24 * 60 * 60 * 1_000 - 120_000);
        }
        life.policy.keep_stopped = Duration::from_secs(90);
        life.policy.handling_timeout = HANDLING_TIMEOUT;
        let beside = [("chat".into(), CHAT_BESIDE_EMAIL), ("email".into(), EMAIL_BESIDE_CHAT)];
        let conditions =
            beside.map(|(media, text)| (media, Allowance::While(Expression::read(text).unwrap())));
        life.give_capacity("dan", Capacity(conditions.into()));
        for agent in AGENTS.iter().take(2) {
            let capacity = [("chat".into(), 2), ("email".into(), 1)];
            life.give_capacity(agent, Capacity::of_numbers(capacity));
        }
        Self {
            life,
            model: Model::default(),
            dice: Dice::new(seed),
            sessions: BTreeMap::new(),
            n_connections: 0,
            step: 0,
        }
    }

    fn run(&mut self) {
        for step in 0..N_STEPS {
            self.step = step;
            self.take_a_step();
            self.model.check(&self.life);
        }
        self.count_again();
        route_checks::check(&self.life);
        self.life.restart();
        self.life.restart_from_snapshot();
        self.leave_nobody_waiting();
    }

    /// The figures that are kept are those of the whole log.
    fn count_again(&self) {
        let kept = self.life.real_time();
        let counted = recount::real_time(&self.life.events(), None, self.life.now);
        assert_eq!(recount::bare(kept), recount::bare(counted));
    }

    fn take_a_step(&mut self) {
        match self.dice.below(43) {
            0..4 => self.submit(),
            4..7 => self.login(),
            7 | 8 => self.set_media(),
            9..12 => self.answer_invitation(),
            12..17 => self.hear_from_session(),
            17 => self.leave_or_stop(),
            18 => self.place_in_queue(),
            19 => self.lose_or_resume(),
            20 => self.logout(),
            21 | 22 => self.wait(),
            23 | 24 => self.ask_a_colleague(),
            25 => self.intrude(),
            26 => self.withdraw(),
            27 | 28 => self.put_in_workbin(),
            29 | 30 => self.pull(),
            31 | 32 => self.supervise(),
            33 => self.be_left_in_peace(),
            34 | 35 => self.hold(),
            36 | 37 => self.work(),
            38 | 39 => self.consult(),
            40 => self.end_consultation(),
            _ => self.restart(),
        }
    }

    /// What a desk asks for is a sign of work, also if the desk handles nothing.
    fn work(&mut self) {
        let agent = self.some_agent();
        self.perform(Command::Work { agent });
    }

    fn submit(&mut self) {
        let id = format!("ix-{}", self.dice.below(30));
        let mut submission = chat(&id);
        if self.dice.below(4) == 0 {
            submission.media = "email".into();
            submission.nature = Nature::Work;
            submission.interaction = Some(InteractionId(format!("mail-{id}")));
        } else if self.dice.below(2) == 0 {
            return self.start_by_report(id, submission);
        }
        let id = submission.interaction.clone().unwrap();
        // A session's name is never used again, not even when it is forgotten.
        if self.sessions.contains_key(&id) && self.life.domain.interaction(&id).is_none() {
            return;
        }
        self.perform(Command::Submit(submission.clone()));
        let repeated = self.perform(Command::Submit(submission));
        assert!(repeated.is_empty(), "a repeated submission did something");
    }

    fn start_by_report(&mut self, id: String, submission: Submission) {
        let id = InteractionId(id);
        if self.sessions.contains_key(&id) || self.life.domain.interaction(&id).is_some() {
            return;
        }
        let started = SessionNote::Started(Box::new(submission));
        self.sessions.entry(id.clone()).or_default().notes.push(started);
        self.report(&id, Position::NONE);
    }

    fn hear_from_session(&mut self) {
        let online = self.life.domain.interactions().filter(|one| one.is_online());
        let online: Vec<_> = online.map(|one| one.id.clone()).collect();
        let Some(id) = self.dice.pick(&online).cloned() else { return };
        let note = self.some_note();
        let session = self.sessions.entry(id.clone()).or_default();
        if !session.has_ended {
            session.has_ended = matches!(note, SessionNote::Ended { .. });
            session.notes.push(note);
        }
        let cursor = self.life.domain.interaction(&id).unwrap().cursor;
        let after = match self.dice.below(4) {
            0 => Position::NONE,
            1 => Position(cursor.0 + 1),
            _ => cursor,
        };
        self.report(&id, after);
    }

    fn some_note(&mut self) -> SessionNote {
        let agent = AgentId::from(AGENTS[self.dice.index(AGENTS.len())]);
        let some = UserData::default().with("n", i64::from(self.dice.below(9)));
        match self.dice.below(9) {
            0 | 1 => SessionNote::Ended { attached: some, and_stop: self.dice.below(2) == 0 },
            2..5 => SessionNote::PartyJoined { agent, manner: self.some_manner() },
            5 | 6 => {
                let manner = self.some_manner();
                SessionNote::PartyLeft { agent, reason: 2, manner }
            }
            7 => SessionNote::DataChanged(Change { changed: some, ..Change::default() }),
            _ => {
                let epoch = Epoch { micros: u64::from(self.dice.below(9)), tie: 0 };
                let (host, app_name) = ("node-b".to_owned(), "chat".to_owned());
                SessionNote::AddressChanged(Address {
                    host,
                    port: 8080,
                    app_name,
                    owner: None,
                    epoch,
                })
            }
        }
    }

    fn some_manner(&mut self) -> Manner {
        if self.dice.below(4) == 0 { Manner::Unseen } else { Manner::Open }
    }

    /// Tells what a session has beyond a position, and then tells the same once more.
    fn report(&mut self, id: &InteractionId, after: Position) {
        let session = &self.sessions[id];
        let notes = (1..).map(Position).zip(session.notes.clone());
        let notes: Vec<_> = notes.filter(|(position, _)| after < *position).collect();
        let upto = notes.last().map_or(after, |(position, _)| *position);
        let report = SessionReport { interaction: id.clone(), after, upto, notes };
        let before = session.confirmed;
        let cursor = self.life.domain.interaction(id).map_or(Position::NONE, |one| one.cursor);
        let command = Command::ReportFromSession(report);
        let Ok((Answer::Confirmed { upto }, events)) = self.life.perform(command.clone()) else {
            panic!("a report was refused");
        };
        self.model.fold(&events);
        assert!(before <= upto, "a cursor went back");
        assert!(after <= cursor || upto == cursor, "a gap was taken in");
        let known = self.life.domain.interaction(id);
        assert!(known.is_none_or(|one| one.cursor == upto), "confirmed what is not stored");
        self.sessions.entry(id.clone()).or_default().confirmed = upto;
        let again = self.perform(command);
        assert!(again.is_empty(), "a repeated report did something: {again:?}");
    }

    fn login(&mut self) {
        let agent = self.some_agent();
        let connection = self.new_connection();
        let n_media = self.dice.index(MEDIA.len()) + 1;
        let media =
            MEDIA.iter().take(n_media).map(|media| (MediaType::from(*media), Wanted::Ready));
        let place = ["desk-1", "desk-2", ""][self.dice.index(3)];
        let place = Some(place.to_owned()).filter(|place| !place.is_empty());
        let (media, profile) = (media.collect(), self.some_profile());
        self.perform(Command::AgentLogin(Login {
            agent,
            connection,
            begun: None,
            place,
            profile,
            media,
        }));
    }

    fn set_media(&mut self) {
        let agent = self.some_agent();
        let media = MediaType::from(MEDIA[self.dice.index(MEDIA.len())]);
        let reason = "break".to_owned();
        let command = match self.dice.below(5) {
            0 | 1 => Command::Ready { agent, media },
            2 => Command::NotReady { agent, media, reason },
            3 => Command::AddMedia { agent, media, wanted: Wanted::Ready },
            _ => Command::RemoveMedia { agent, media },
        };
        self.perform(command);
    }

    fn answer_invitation(&mut self) {
        let invited = self.life.domain.agents().flat_map(|agent| {
            let tickets = agent.invited.keys();
            tickets.map(|ticket| (agent.id.clone(), *ticket))
        });
        let invited: Vec<(AgentId, Ticket)> = invited.collect();
        let Some((agent, ticket)) = self.dice.pick(&invited).cloned() else { return };
        let command = match self.dice.below(3) {
            0 => Command::Reject { agent, ticket, reason: String::new() },
            _ => Command::Accept { agent, ticket },
        };
        self.perform(command.clone());
        let is_accept = matches!(command, Command::Accept { .. });
        let again = self.perform(command);
        assert!(!is_accept || again.is_empty(), "a repeated accept did something");
    }

    fn leave_or_stop(&mut self) {
        let Some((agent, interaction)) = self.some_handled() else { return };
        let reason = "done".to_owned();
        let command = match self.dice.below(3) {
            0 => Command::Leave { agent, interaction },
            1 => Command::Stop { interaction, by: By::Agent(agent), reason },
            _ => Command::Stop { interaction, by: By::Operator, reason },
        };
        self.perform(command);
    }

    fn place_in_queue(&mut self) {
        let all: Vec<_> = self.life.domain.interactions().map(|one| one.id.clone()).collect();
        let queue = "other".into();
        let command = match (self.dice.below(2), self.some_handled()) {
            (0, Some((agent, interaction))) => {
                Command::PlaceInQueue { interaction, queue, by: By::Agent(agent) }
            }
            _ => {
                let Some(interaction) = self.dice.pick(&all).cloned() else { return };
                Command::PlaceInQueue { interaction, queue, by: By::Operator }
            }
        };
        self.perform(command);
    }

    fn some_handled(&mut self) -> Option<(AgentId, InteractionId)> {
        let handled = self.life.domain.agents().flat_map(|agent| {
            let interactions = agent.handling.keys();
            interactions.map(|interaction| (agent.id.clone(), interaction.clone()))
        });
        let handled: Vec<_> = handled.collect();
        self.dice.pick(&handled).cloned()
    }

    fn lose_or_resume(&mut self) {
        let agent = self.some_agent();
        let Some(one) = self.life.domain.agent(&agent).cloned() else { return };
        let command = match &one.presence {
            Presence::Connected { connection, .. } => {
                let parting = Parting::Lost;
                Command::ConnectionLost { agent, connection: connection.clone(), parting }
            }
            Presence::Lost { .. } => Command::Resume {
                agent,
                connection: self.new_connection(),
                begun: None,
                profile: None,
            },
        };
        self.perform(command);
    }

    fn logout(&mut self) {
        let agent = self.some_agent();
        self.perform(Command::AgentLogout { agent });
    }

    fn wait(&mut self) {
        let span = Duration::from_millis(u64::from(self.dice.below(40_000)));
        let events = self.life.wait(span);
        self.model.fold(&events);
    }

    fn restart(&mut self) {
        match self.dice.below(2) {
            0 => self.life.restart(),
            _ => self.life.restart_from_snapshot(),
        }
        // The alarm rings at once; it may also be a wish that comes first.
        if self.dice.below(2) == 0 {
            let events = self.life.wait(Duration::ZERO);
            self.model.fold(&events);
            let connected = self.life.domain.agents().filter(|agent| agent.is_connected());
            assert_eq!(connected.count(), 0, "a connection outlived its process");
        }
    }

    /// Everybody goes, and one agent with much time comes: all that lives must reach him.
    fn leave_nobody_waiting(&mut self) {
        self.life.wait(Duration::from_secs(120));
        assert_eq!(self.life.domain.agents().count(), 0, "somebody is logged in for ever");
        let most = MEDIA.map(|media| (MediaType::from(media), 1_000));
        let eve = AgentId::from("eve");
        self.life.give_capacity("eve", Capacity::of_numbers(most));
        let media = MEDIA.map(|media| (MediaType::from(media), Wanted::Ready)).to_vec();
        let (connection, place) = ("last".into(), None);
        self.life.wish(Command::AgentLogin(Login {
            agent: eve,
            connection,
            begun: None,
            place,
            profile: Default::default(),
            media,
        }));
        for one in self.life.domain.interactions() {
            let is_offered = matches!(one.stage, Stage::Inviting { .. });
            let is_laid_aside = one.workbin().is_some();
            assert!(
                is_offered || is_laid_aside || one.is_stopped(),
                "{} is stranded: {one:?}",
                one.id
            );
        }
    }

    fn perform(&mut self, command: Command) -> Vec<Arc<Event>> {
        match self.life.perform(command) {
            Ok((_, events)) => {
                self.model.fold(&events);
                events
            }
            Err(_) => vec![],
        }
    }

    fn some_agent(&mut self) -> AgentId {
        AgentId::from(AGENTS[self.dice.index(AGENTS.len())])
    }

    fn new_connection(&mut self) -> ConnectionId {
        self.n_connections += 1;
        ConnectionId(self.n_connections.to_string())
    }
}
