//! What all players of a contact centre share.

use crate::cli::Failure;
use crate::cli::centre::chat::Chat;
use crate::cli::centre::journal::{CustomerLog, Why};
use crate::cli::centre::plan;
use crate::cli::centre::seat::Seat;
use crate::cli::centre::settings::RunArguments;
use crate::cli::talk::http::Trouble;
use crate::cli::torture::settings::Account;
use crate::cli::torture::world::World;
use crate::edge::agent::wire::frame::Interaction;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

/// By these an interaction names its run and its customer.
pub const RUN: &str = "CentreRun";
pub const NUMBER: &str = "CentreNumber";

/// Each explanation costs the server the check of a password.
const WHYS_AT_ONCE: usize = 4;

/// How often an explanation is asked for that could not be had.
const WHY_TRIES: u32 = 20;

pub struct Centre {
    pub arguments: RunArguments,
    pub world: Rc<World>,
    pub chats: Vec<Rc<Chat>>,
    pub customers: RefCell<Vec<CustomerLog>>,
    pub agents: RefCell<Vec<Rc<Seat>>>,
    pub supervisors: RefCell<Vec<Rc<Seat>>>,
    /// Whoever asks for what only supervisors may know.
    pub reader: Account,
    pub whys: RefCell<Vec<Why>>,
    asking: Semaphore,
}

impl Centre {
    pub fn new(arguments: RunArguments, reader: Account) -> Result<Rc<Self>, Failure> {
        let world = Rc::new(World::new(arguments.load()?)?);
        let arrivals = Duration::from_secs_f64(arguments.arrivals);
        let plans = plan::plan(arguments.seed, arguments.customers, arrivals);
        let logs = plans.iter().map(|plan| CustomerLog {
            plan: plan.clone(),
            session: None,
            came: None,
            met: None,
            went: None,
            ended: None,
            answers: vec![],
        });
        Ok(Rc::new(Self {
            customers: RefCell::new(logs.collect()),
            chats: plans.into_iter().map(|plan| Rc::new(Chat::new(plan))).collect(),
            arguments,
            world,
            agents: RefCell::default(),
            supervisors: RefCell::default(),
            reader,
            whys: RefCell::default(),
            asking: Semaphore::new(WHYS_AT_ONCE),
        }))
    }

    /// The chat that an interaction is; nothing if it is not of this run.
    pub fn chat_of(&self, interaction: &Interaction) -> Option<Rc<Chat>> {
        let data = &interaction.user_data;
        if data.text(RUN).as_deref() != Some(self.world.run.as_str()) {
            return None;
        }
        let number: usize = data.text(NUMBER)?.parse().ok()?;
        self.chats.get(number.checked_sub(1)?).cloned()
    }

    /// Takes a note about a customer.
    pub fn note(&self, number: u32, note: impl FnOnce(&mut CustomerLog)) {
        if let Some(log) = self.customers.borrow_mut().get_mut(number as usize - 1) {
            note(log);
        }
    }

    /// Some other agent who could be asked now.
    pub fn free_colleague(&self, of: &Seat) -> Option<Rc<Seat>> {
        let agents = self.agents.borrow();
        let (n, chance) = (agents.len(), self.world.chance());
        let from = (0..n).filter(|at| (*at as f64) < chance * n as f64).count();
        let turned = (0..n).filter_map(|at| agents.get((from + at) % agents.len()));
        turned.into_iter().find(|seat| seat.name != of.name && seat.is_free()).cloned()
    }

    /// A supervisor for a chat, always the same.
    pub fn supervisor_of(&self, chat: &Chat) -> Option<Rc<Seat>> {
        let supervisors = self.supervisors.borrow();
        let n = supervisors.len().max(1);
        supervisors.get(chat.plan.number as usize % n).cloned()
    }

    /// A pause between two words, shorter or longer.
    pub async fn pause(&self, share: f64) {
        let pace = self.arguments.pace().mul_f64(share * (0.5 + self.world.chance()));
        tokio::time::sleep(pace).await;
    }

    /// Asks why an interaction is where somebody has just got it, and notes the answer.
    pub fn ask_why(self: &Rc<Self>, session: &str, agent: &str) {
        let (centre, session, agent) = (self.clone(), session.to_owned(), agent.to_owned());
        spawn_local(async move { centre.note_why(session, agent).await });
    }

    async fn note_why(&self, session: String, agent: String) {
        // The semaphore is never closed.
        let _turn = self.asking.acquire().await;
        let who = (self.reader.name.as_str(), self.reader.password.as_str());
        for at in 1..=WHY_TRIES {
            for server in self.world.shuffled(&self.world.agents) {
                let asked = self.world.now();
                let answer = match server.why_for(&session, who).await {
                    Ok(Some(body)) => {
                        serde_json::from_slice(&body).map_err(|error| error.to_string())
                    }
                    Ok(None) => Err("it is unknown".to_owned()),
                    Err(Trouble::Refused(text) | Trouble::Ended(text)) => Err(text),
                    Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) if at < WHY_TRIES => continue,
                    Err(trouble) => Err(trouble.text().to_owned()),
                };
                let answered = self.world.now();
                self.whys.borrow_mut().push(Why { session, agent, asked, answered, answer });
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
