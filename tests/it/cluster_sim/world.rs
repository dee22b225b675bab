//! One run: nodes on a ring, chats with people in them, an evening at which all is mended, and what
//! must be true then.

use super::book::{Book, Verdict};
use super::clients::{AGENT, CUSTOMER, Hearer, Speaker, agent_joins, watch};
use super::dice::Dice;
use super::host::State;
use super::net::Net;
use super::node::{Ground, Node, endless_patience};
use super::plant::Plant;
use super::routing::{self, Ledger};
use super::weather;
use crate::support::wishes::customer_joins;
use holdfast::base::{BootId, Lane, Millis, NodeId, ThingId};
use holdfast::chat::{Event, Look, Policy};
use holdfast::store::ring::emulator::Emulator;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep, timeout};

pub const N_NODES: u64 = 3;
const N_CHATS: u64 = 2;

/// When a run begins, by clocks that are right.
const NOON: u64 = 1_700_000_000_000;

const HOUR: Duration = Duration::from_secs(3_600);

/// How long after the last trouble everything must be served again, wherever it is asked.
const RECOVERY: Duration = Duration::from_secs(30);

pub struct Town {
    pub ground: Ground,
    pub plant: Plant,
    pub book: Book,
    pub ledger: Ledger,
    /// Whether all replicas of the store are there.
    pub is_whole: Cell<bool>,
    skew: Duration,
    nodes: RefCell<Vec<Node>>,
    n_boots: Cell<u32>,
    is_evening: Cell<bool>,
    dice: Dice,
}

/// What differs between runs of one kind and of another.
pub struct Terms {
    pub policy: Arc<Policy>,
    /// How wrong clocks are at most.
    pub skew: Duration,
}

/// Runs one seed, in a time of its own.
pub fn play(seed: u64, plant: Plant) -> Verdict {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let terms = Terms { policy: Arc::new(endless_patience()), skew: HOUR };
        let town = Rc::new(Town::open(seed, plant, terms));
        for n in 0..N_NODES {
            town.start(usize::try_from(n).unwrap()).await;
        }
        town.clone().live().await;
        town.close().await;
        town.book.verdict()
    })
}

impl Town {
    pub fn open(seed: u64, plant: Plant, terms: Terms) -> Self {
        let ground = Ground {
            seed,
            begun: Instant::now(),
            emulator: Emulator::new(Arc::new(Dice::new(seed, "ring"))),
            members: Arc::default(),
            net: Net::new(Dice::new(seed, "net"), plant),
            plant,
            policy: terms.policy,
            nodes: (0..N_NODES).map(|n| NodeId(format!("node-{n}"))).collect(),
        };
        Self {
            ground,
            plant,
            book: Book::new(),
            ledger: Ledger::default(),
            is_whole: Cell::new(true),
            skew: terms.skew,
            nodes: RefCell::default(),
            n_boots: Cell::new(0),
            is_evening: Cell::new(false),
            dice: Dice::new(seed, "town"),
        }
    }

    async fn live(self: Rc<Self>) {
        let seed = self.ground.seed;
        let mut people = vec![];
        for n in 0..N_CHATS {
            let chat = ThingId(format!("chat-{n}"));
            self.open_chat(&chat).await;
            for who in [CUSTOMER, AGENT] {
                let dice = Dice::new(seed, &format!("speaker {n} {who}"));
                let speaker = Speaker { town: self.clone(), chat: chat.clone(), who, dice };
                people.push(spawn_local(speaker.speak()));
            }
            let dice = Dice::new(seed, &format!("hearer {n}"));
            people.push(spawn_local(Hearer::new(self.clone(), chat.clone(), dice).hear()));
            let dice = Dice::new(seed, &format!("watcher {n}"));
            people.push(spawn_local(watch(self.clone(), chat, dice)));
        }
        people.push(spawn_local(routing::submit(self.clone(), Dice::new(seed, "clerk"))));
        let weather = Dice::new(seed, "weather");
        let day = weather::lasts(&weather);
        let blowing = spawn_local(weather::blow(self.clone(), weather));
        sleep(day).await;
        self.begin_evening();
        blowing.await.unwrap();
        // What still goes wrong has an end of its own.
        sleep(Duration::from_secs(4)).await;
        self.book.note("all is mended");
        weather::clear_up(&self);
        for one in people {
            one.await.unwrap();
        }
    }

    async fn open_chat(&self, chat: &ThingId) {
        let node = self.any_node(&self.dice);
        let (things, name) = (node.inside.sessions.clone(), chat.clone());
        let made = node.host.ask(move || async move {
            things.create(&name, customer_joins()).await.unwrap();
            things.perform(&name, agent_joins()).await.unwrap();
        });
        made.await.unwrap();
        self.book.note(format_args!("{chat} begins at {}", node.process));
    }

    /// Everything is served again at every node, and is what it was.
    async fn close(&self) {
        for n in 0..N_CHATS {
            let chat = ThingId(format!("chat-{n}"));
            let mut end: Option<Vec<Arc<Event>>> = None;
            for node in self.nodes() {
                let looking = self.look_until_seen(&node, &chat);
                let Ok(events) = timeout(RECOVERY, looking).await else {
                    self.book.complain(format_args!("{chat} cannot be seen at {}", node.process));
                    continue;
                };
                if end.as_ref().is_some_and(|end| !events.starts_with(end)) {
                    self.book.complain(format_args!("{chat} is another at {}", node.process));
                }
                end = Some(events);
            }
            self.book.close(&chat, &end.unwrap_or_default());
        }
        for node in self.nodes() {
            if let Err(why) = self.close_routing(&node).await {
                self.book.complain(format_args!("no routing at {}: {why}", node.process));
            }
        }
    }

    async fn look_until_seen(&self, node: &Node, chat: &ThingId) -> Vec<Arc<Event>> {
        loop {
            let (things, name) = (node.inside.sessions.clone(), chat.clone());
            let word = says_end(&node.process.to_string());
            let asked = node.host.ask(move || async move {
                things.perform(&name, word).await?;
                things.look(&name, Look::Whole).await
            });
            match asked.await {
                Some(Ok(sight)) => return sight.whole().unwrap().events,
                Some(Err(no)) => self.book.note(format_args!("{chat} in the end: {no:?}")),
                None => self.book.note(format_args!("{} is gone in the end", node.process)),
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn close_routing(&self, node: &Node) -> Result<(), String> {
        let mut last = Ok(());
        for _ in 0..10 {
            last = routing::close(self, node).await;
            if last.is_ok() {
                return last;
            }
            sleep(Duration::from_secs(1)).await;
        }
        last
    }

    pub fn begin_evening(&self) {
        self.is_evening.set(true);
    }

    pub fn is_evening(&self) -> bool {
        self.is_evening.get()
    }

    pub fn nodes(&self) -> Vec<Node> {
        self.nodes.borrow().clone()
    }

    pub fn node(&self, n: usize) -> Node {
        self.nodes.borrow()[n].clone()
    }

    pub fn any_number(&self, dice: &Dice) -> usize {
        usize::try_from(dice.below(N_NODES)).unwrap()
    }

    pub fn any_node(&self, dice: &Dice) -> Node {
        self.node(self.any_number(dice))
    }

    /// Starts a node that vanished, unless somebody has done so.
    pub async fn restart(&self, n: usize) {
        if self.node(n).host.state() == State::Gone {
            self.start(n).await;
        }
    }

    pub async fn start(&self, n: usize) {
        let boot = self.n_boots.get() + 1;
        self.n_boots.set(boot);
        let node = self.ground.nodes[n].clone();
        let lane = Lane { node, boot: BootId(format!("b{boot}")), k: 0 };
        let shown = self.first_shown(n, boot);
        let started = Node::start(&self.ground, lane, shown).await;
        let process = &started.process;
        self.book.note(format_args!("{process} starts, and its clock shows {}", shown.0));
        let mut nodes = self.nodes.borrow_mut();
        match nodes.get_mut(n) {
            Some(node) => *node = started,
            None => nodes.push(started),
        }
    }
}

impl Town {
    /// What a node's clock showed when the run began: wrong by as much as the terms say. Somebody sets it now and
    /// then, forth or back.
    fn first_shown(&self, n: usize, boot: u32) -> Millis {
        let hour = u64::try_from(self.skew.as_millis()).unwrap();
        let purpose = format!("clock {n} {}", boot / 4);
        Millis(NOON + Dice::new(self.ground.seed, &purpose).below(2 * hour) - hour)
    }
}

fn says_end(at: &str) -> holdfast::chat::Command {
    let word = format!("end/{at}");
    crate::support::wishes::says_once(CUSTOMER, &word, Some(&word))
}
