//! What all clients of a run share: where the servers are, what time it is, where notes are taken,
//! and how far the run has come. One thread serves them all, so cells are enough.

use crate::cli::Failure;
use crate::cli::talk::http::{Answer, Reply, Server, Trouble, judge_reply};
use crate::cli::talk::input;
use crate::cli::talk::pace::BackOff;
use crate::cli::torture::check::{Acked, Author, Micros, View};
use crate::cli::torture::figures::{Figures, PhaseFigures};
use crate::cli::torture::ledger::{Ledger, Record};
use crate::cli::torture::mark::Mark;
use crate::cli::torture::phase::{Phase, Phases};
use crate::cli::torture::settings::RunArguments;
use crate::cli::torture::sight::Scene;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

/// How often somebody looks whether what he waits for has happened.
const LOOK: Duration = Duration::from_millis(25);

/// Documents are fetched by so many at a time: each costs the server the check of a password.
const DOCUMENTS: usize = 2;

/// What a session asks of the agent in it.
#[derive(Clone, Debug)]
pub enum Wish {
    Say {
        session: String,
        cseq: u32,
    },
    /// The transcript from its beginning.
    Transcript {
        session: String,
    },
    /// Go, and close the session.
    Release {
        session: String,
    },
}

pub struct World {
    pub arguments: RunArguments,
    /// Names this run.
    pub run: String,
    pub customers: Vec<Server>,
    pub agents: Vec<Server>,
    pub ledger: RefCell<Ledger>,
    pub figures: RefCell<Figures>,
    pub phases: RefCell<Phases>,
    /// The agent of each session.
    pub desks: RefCell<BTreeMap<String, mpsc::UnboundedSender<Wish>>>,
    pub is_stopping: Cell<bool>,
    pub n_begun: Cell<u32>,
    pub n_online: Cell<u32>,
    pub documents: Semaphore,
    dice: RefCell<StdRng>,
    began: Instant,
    began_at: i64,
}

/// What came of a request that was sent as often as it took.
pub enum Outcome {
    Done(Box<Reply>),
    /// It will never be carried out.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What came of a request that was sent once.
enum Heard {
    Done(Box<Reply>),
    Refused(String),
    Again(String, Option<Duration>),
}

impl World {
    pub fn new(arguments: RunArguments) -> Result<Self, Failure> {
        let patience = arguments.patience();
        let servers = |urls: &[String]| -> Result<Vec<_>, Failure> {
            let authority = arguments.ca.as_deref();
            let servers = urls.iter().map(|url| Server::with_patience(url, authority, patience));
            servers.collect::<Result<_, _>>().map_err(Failure::Usage)
        };
        let figures = Figures::new().map_err(|error| Failure::Other(error.to_string()))?;
        let first = if arguments.planned { Phase::Baseline } else { Phase::Fault };
        Ok(Self {
            run: input::new_name()[..8].to_owned(),
            customers: servers(&arguments.target)?,
            agents: servers(&arguments.agent_target)?,
            ledger: RefCell::default(),
            figures: RefCell::new(figures),
            phases: RefCell::new(Phases::beginning_with(first)),
            desks: RefCell::default(),
            is_stopping: Cell::new(false),
            n_begun: Cell::new(0),
            n_online: Cell::new(0),
            documents: Semaphore::new(DOCUMENTS),
            dice: RefCell::new(StdRng::seed_from_u64(arguments.seed)),
            began: Instant::now(),
            began_at: jiff::Timestamp::now().as_millisecond(),
            arguments,
        })
    }

    pub fn now(&self) -> Micros {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub fn instant(&self, at: Micros) -> Instant {
        self.began + Duration::from_micros(at)
    }

    pub fn scene<'a>(&self, session: &'a str) -> Scene<'a> {
        Scene { session, began: self.began_at }
    }

    /// A number between 0 and 1.
    pub fn chance(&self) -> f64 {
        self.dice.borrow_mut().random()
    }

    /// The servers in any order.
    pub fn shuffled(&self, servers: &[Server]) -> Vec<Server> {
        let mut servers = servers.to_vec();
        servers.shuffle(&mut *self.dice.borrow_mut());
        servers
    }

    /// Counts something in the phase there is now.
    pub fn count(&self, count: impl FnOnce(&mut PhaseFigures)) {
        let phase = self.phases.borrow().at(self.now());
        count(self.figures.borrow_mut().of_mut(phase));
    }

    pub fn failed(&self, kind: &str) {
        self.count(|figures| figures.fail(kind));
    }

    /// Takes a note about a session.
    pub fn note<T>(&self, session: &str, note: impl FnOnce(&mut Record) -> T) -> T {
        note(self.ledger.borrow_mut().session(session))
    }

    /// Notes what somebody was shown.
    pub fn show(&self, session: &str, view: View) {
        let delivered = self.ledger.borrow_mut().show(session, view);
        for planned in delivered {
            self.measure(planned, |figures, micros| figures.delivered.saturating_record(micros));
        }
    }

    /// Notes that the server has promised to keep a message.
    pub fn acked(&self, session: &str, (author, cseq): (Author, u32), position: Option<u64>) {
        let acked = Acked { at: self.now(), position };
        let planned = self.note(session, |record| record.acked(author, cseq, acked));
        if let Some(planned) = planned {
            self.measure(planned, |figures, micros| figures.acked.saturating_record(micros));
        }
    }

    /// A time belongs to the phase in which it began.
    fn measure(&self, planned: Micros, record: impl FnOnce(&mut PhaseFigures, Micros)) {
        let phase = self.phases.borrow().at(planned);
        let passed = self.now().saturating_sub(planned);
        record(self.figures.borrow_mut().of_mut(phase), passed);
    }

    /// The text of a message.
    pub fn text(&self, session: &str, (author, cseq): (Author, u32)) -> Option<(String, Mark)> {
        let sight = self.note(session, |record| Some(record.word_mut(author, cseq)?.sight))?;
        let key = format!("t-{}-{}-{cseq}", self.run, author.name());
        let mark = Mark { session: session.to_owned(), author, cseq, key, sight };
        Some((mark.to_text(), mark))
    }

    /// Waits until something holds, or until a time.
    pub async fn wait_until(&self, deadline: Instant, mut holds: impl FnMut() -> bool) -> bool {
        loop {
            if holds() {
                return true;
            }
            if deadline <= Instant::now() {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A customer's request, sent again and again by the same key, to one server after the other,
    /// until there is an answer or until nobody wants it any more.
    pub async fn ask(
        &self,
        path: &str,
        form: &[(String, String)],
        key: &str,
        is_wanted: impl Fn() -> bool,
    ) -> Outcome {
        let servers = self.shuffled(&self.customers);
        let mut back_off = BackOff::default();
        for server in servers.iter().cycle() {
            let heard = heard(server.ask_customer(path, form, key).await);
            self.count(|figures| figures.n_requests += 1);
            let (kind, after) = match heard {
                Heard::Done(reply) => return Outcome::Done(reply),
                Heard::Refused(kind) => {
                    self.failed(&kind);
                    return Outcome::Refused;
                }
                Heard::Again(kind, after) => (kind, after),
            };
            self.failed(&kind);
            if !is_wanted() {
                return Outcome::Unknown;
            }
            let pause = back_off.pause(self.chance());
            tokio::time::sleep(after.unwrap_or(pause.min(Duration::from_secs(1)))).await;
            self.count(|figures| figures.n_retries += 1);
        }
        Outcome::Unknown
    }
}

fn heard(answered: Result<Answer, Trouble>) -> Heard {
    let answer = match answered {
        Ok(answer) => answer,
        Err(Trouble::Unreachable(_)) => return Heard::Again("connection refused".into(), None),
        Err(Trouble::NotNow(_)) => return Heard::Again("no answer".into(), None),
        Err(Trouble::Refused(text) | Trouble::Ended(text)) => return Heard::Refused(text),
    };
    let kind = format!("http {}", answer.status);
    match judge_reply(&answer) {
        Ok(reply) => Heard::Done(Box::new(reply)),
        Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => Heard::Again(kind, answer.retry_after),
        Err(Trouble::Refused(text) | Trouble::Ended(text)) => {
            Heard::Refused(format!("{kind} {text}"))
        }
    }
}
