//! The guide's load cells: so many chats at a time, of which so many are dormant, over polling and over
//! CometD. A chat lasts 35 seconds, with three messages of its customer and three of its agent; then
//! another one begins. A dormant chat is on hold: its customer asks every 30 seconds, as he is told, or
//! holds his connection.

use crate::Size;
use crate::client::{Client, Over};
use crate::crowd::Crowd;
use crate::desk::Desk;
use crate::ears::{Ears, Whose, ears, words};
use crate::node::{self, N_AGENTS, Node};
use crate::rest::Rest;
use crate::watch::{self, complain, float, histogram, quantiles};
use crate::wire::{Http, JSON};
use futures_util::future::join_all;
use hdrhistogram::Histogram;
use rand::RngExt;
use std::cell::{Cell, RefCell};
use std::io::Result;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

#[derive(Clone, Copy, Debug)]
struct Load {
    way: Way,
    ratio: &'static str,
    n_active: usize,
    n_dormant: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Polling,
    Cometd,
}

const LOADS: [Load; 6] = [
    Load::new(Way::Polling, "all active", 1_000, 0),
    Load::new(Way::Polling, "1:10", 800, 7_200),
    Load::new(Way::Polling, "1:50", 700, 34_300),
    Load::new(Way::Cometd, "all active", 1_500, 0),
    Load::new(Way::Cometd, "1:10", 1_000, 10_000),
    Load::new(Way::Cometd, "1:50", 900, 38_100),
];

/// So many connections this machine lets a process have, beside those of active chats.
const MOST_HELD: usize = 17_000;

/// Messages of a chat, in turn of its customer and its agent.
const N_MESSAGES: u64 = 6;

/// How often a page asks, in chats of 35 seconds: every 3.
const POLLS_PER_CHAT: f64 = 35.0 / 3.0;

/// So many dormant chats are begun at a time.
const AT_ONCE: usize = 32;

const DORMANT_POLL: Duration = Duration::from_secs(30);
const NOTHING_NEW: &str = "&transcriptPosition=999999999999";

/// The numbers of active chats begin above those of dormant ones.
const FIRST_ACTIVE: usize = 1_000_000;

/// `crm` and the password of all.
const ESP_AUTHORIZATION: &str = "authorization: Basic Y3JtOm1lYXN1cmVk\r\n";

/// What all chats of a cell share.
struct Stage {
    node: Node,
    size: Size,
    load: Load,
    desks: Vec<Desk>,
    at_desks: Ears,
    at_customers: Ears,
    /// The dormant chats whose customers ask.
    dormant: Vec<Rest>,
    /// From when a request was due until it was answered.
    asked: RefCell<Histogram<u64>>,
    n_opened: Cell<u64>,
    n_said: Cell<u64>,
    n_polls: Cell<u64>,
    /// Dormant customers who were told to ask less often.
    n_slowed: Cell<u64>,
    n_failed: Cell<u64>,
}

pub async fn measure(size: Size) {
    println!("### The guide's load cells\n");
    println!(
        "| mode | active : dormant | at a time | opens/s | messages/s | polls/s | cores of the node | its \
         memory, MB | answered, ms p50 / p99 / p99.9 | customer → agent | agent → customer |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for load in LOADS {
        cell(size, load.scaled(size.share)).await;
    }
    println!();
}

async fn cell(size: Size, load: Load) {
    let (stage, held) = Stage::set(size, load).await;
    let mut tasks = vec![spawn_local(open_chats(stage.clone()))];
    if !stage.dormant.is_empty() {
        tasks.push(spawn_local(poll_dormant(stage.clone())));
    }
    // As long as a chat lasts, until there are as many as there will be.
    sleep(size.chat).await;
    stage.reset();
    let (cpu, begun) = (stage.node.cpu(), watch::now());
    sleep(size.chat).await;
    let span = float(watch::now() - begun) / 1e9;
    stage.tell(span, float(stage.node.cpu() - cpu) / 1e9 / span);
    tasks.iter().for_each(|task| task.abort());
    // Chats that have begun go to their end.
    sleep(size.chat + Duration::from_secs(1)).await;
    assert_eq!(stage.n_failed.get(), 0, "requests failed");
    assert!(stage.desks.iter().all(|desk| desk.n_refused() == 0), "agents were refused");
    let is_slowed = stage.dormant.is_empty() || 0 < stage.n_slowed.get();
    assert!(is_slowed, "nobody was told to ask less often");
    held.hang_up().await;
}

impl Load {
    const fn new(way: Way, ratio: &'static str, n_active: usize, n_dormant: usize) -> Self {
        Self { way, ratio, n_active, n_dormant }
    }

    fn scaled(self, share: f64) -> Self {
        let scaled = |n: usize| {
            let n = float(n as u64) * share;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let n = n.ceil() as usize;
            n
        };
        Self { n_active: scaled(self.n_active), n_dormant: scaled(self.n_dormant), ..self }
    }
}

impl Stage {
    /// The customers who hold connections come along, since they end with them.
    async fn set(size: Size, load: Load) -> (Rc<Self>, Crowd) {
        let esp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = format!("listen.esp={esp}");
        let account = format!("esp-clients.crm.password-hash={}", node::password_hash());
        // It takes minutes until the last dormant chat is on hold, and who begins one says nothing meanwhile.
        let patience = "settings.flex-disconnect-timeout=600";
        let node = Node::start("cell", &[&listener, &account, "limits.esp-rate=100000", patience]);
        let (at_desks, at_customers) = (ears(Whose::Customer), ears(Whose::Agent));
        let open = (0..N_AGENTS).map(|n| Desk::open(&node, n, &[], &at_desks));
        let desks = join_all(open).await;
        let n_held = if load.way == Way::Cometd { load.n_dormant.min(MOST_HELD) } else { 0 };
        let mode = ",\"userData\":{\"GCTI_Chat_AsyncMode\":\"true\"}";
        let over = Over::Websocket;
        let crowd = Crowd::gather(&node, over, (0..n_held, mode), &at_customers).await;
        let others = begun(&node, load.n_dormant - n_held).await;
        let held = crowd.chats.iter().map(|chat| &chat.session);
        place_on_hold(esp, held.chain(others.iter().map(|chat| &chat.session))).await;
        let stage = Self {
            node,
            size,
            load,
            desks,
            at_desks,
            at_customers,
            dormant: if load.way == Way::Polling { others } else { Vec::new() },
            asked: RefCell::new(histogram()),
            n_opened: Cell::default(),
            n_said: Cell::default(),
            n_polls: Cell::default(),
            n_slowed: Cell::default(),
            n_failed: Cell::default(),
        };
        (Rc::new(stage), crowd)
    }

    fn reset(&self) {
        for ears in [&self.at_desks, &self.at_customers] {
            ears.borrow_mut().latency = histogram();
        }
        *self.asked.borrow_mut() = histogram();
        [&self.n_opened, &self.n_said, &self.n_polls].iter().for_each(|count| count.set(0));
    }

    fn tell(&self, span: f64, cores: f64) {
        let Load { way, ratio, n_active, n_dormant } = self.load;
        let way = if way == Way::Polling { "polling" } else { "CometD" };
        let rates = [&self.n_opened, &self.n_said, &self.n_polls];
        let [opened, said, polls] = rates.map(|count| float(count.get()) / span);
        let asked = self.asked.borrow();
        let asked = if asked.is_empty() { "–".to_owned() } else { quantiles(&asked) };
        let to_customers = match self.load.way {
            // That is how often they ask.
            Way::Polling => "–".to_owned(),
            Way::Cometd => quantiles(&self.at_customers.borrow().latency),
        };
        println!(
            "| {way} | {ratio} | {} ({n_active} / {n_dormant}) | {opened:.1} | {said:.0} | {polls:.0} | \
             {cores:.3} | {:.0} | {asked} | {} | {to_customers} |",
            n_active + n_dormant,
            self.node.memory() / 1e6,
            quantiles(&self.at_desks.borrow().latency),
        );
    }

    /// A request that was due some time ago is answered, or not.
    fn note<T>(&self, due: u64, answered: Result<T>) -> Option<T> {
        self.asked.borrow_mut().saturating_record(watch::now() - due);
        self.count(answered)
    }

    fn count<T>(&self, done: Result<T>) -> Option<T> {
        match done {
            Ok(answer) => Some(answer),
            Err(error) => {
                complain(self.n_failed.get(), &error.to_string());
                self.n_failed.set(self.n_failed.get() + 1);
                None
            }
        }
    }

    fn desk(&self, number: usize) -> &Desk {
        &self.desks[number % N_AGENTS]
    }

    /// When a message of a chat is due that began at some time.
    fn due(&self, begun: Instant, number: u64) -> Instant {
        let parts = u32::try_from(N_MESSAGES + 1).unwrap();
        begun + self.size.chat * u32::try_from(number).unwrap() / parts
    }

    fn poll_interval(&self) -> Duration {
        self.size.chat.div_f64(POLLS_PER_CHAT)
    }
}

/// Opens chats at random, as many as keep so many going.
async fn open_chats(stage: Rc<Stage>) {
    let per_second = float(stage.load.n_active as u64) / stage.size.chat.as_secs_f64();
    let mut number = FIRST_ACTIVE;
    loop {
        let chance: f64 = rand::rng().random_range(f64::MIN_POSITIVE..1.0);
        sleep(Duration::from_secs_f64(-chance.ln() / per_second)).await;
        bump(&stage.n_opened);
        let stage = stage.clone();
        match stage.load.way {
            Way::Polling => drop(spawn_local(polling_chat(stage, number))),
            Way::Cometd => drop(spawn_local(cometd_chat(stage, number))),
        }
        number += 1;
    }
}

async fn polling_chat(stage: Rc<Stage>, number: usize) {
    let (address, asked) = (stage.node.customers, watch::now());
    let creating = async {
        let mut http = Http::open(address).await?;
        Rest::begin(&mut http, "").await
    };
    let Some(chat) = stage.note(asked, creating.await) else { return };
    stage.desk(number).join(&chat.session);
    let begun = Instant::now();
    let mut poll = begun + stage.poll_interval();
    for turn in 1..=N_MESSAGES + 1 {
        let due = stage.due(begun, turn);
        while poll < due {
            sleep_until(poll).await;
            poll += stage.poll_interval();
            let asked = watch::now();
            let looked = chat.ask_alone(address, "refresh", "&transcriptPosition=1").await;
            stage.note(asked, looked);
            bump(&stage.n_polls);
        }
        sleep_until(due).await;
        let asked = watch::now();
        if N_MESSAGES < turn {
            stage.note(asked, chat.ask_alone(address, "disconnect", "").await);
            return stage.desk(number).leave(&chat.session);
        }
        let (whose, words) = message(number, turn, asked);
        bump(&stage.n_said);
        match whose {
            Whose::Agent => stage.desk(number).speak(&chat.session, &words),
            Whose::Customer => {
                let said = chat.ask_alone(address, "send", &format!("&message={words}")).await;
                stage.note(asked, said);
            }
        }
    }
}

async fn cometd_chat(stage: Rc<Stage>, number: usize) {
    let beginning = async {
        Client::meet(stage.node.customers, Over::Websocket).await?.begin_chat(number, "").await
    };
    let Some(talker) = stage.count(beginning.await) else { return };
    let chat = talker.chat.clone();
    let (wishes, wished) = unbounded_channel();
    spawn_local(talker.live(stage.at_customers.clone(), wished));
    stage.desk(number).join(&chat.session);
    let begun = Instant::now();
    for turn in 1..=N_MESSAGES {
        sleep_until(stage.due(begun, turn)).await;
        let (whose, words) = message(number, turn, watch::now());
        bump(&stage.n_said);
        match whose {
            Whose::Agent => stage.desk(number).speak(&chat.session, &words),
            Whose::Customer => wishes.send(chat.saying(&words)).unwrap(),
        }
    }
    sleep_until(stage.due(begun, N_MESSAGES + 1)).await;
    wishes.send(chat.leaving()).unwrap();
    stage.desk(number).leave(&chat.session);
}

/// The customer begins.
fn message(chat: usize, turn: u64, due: u64) -> (Whose, String) {
    let whose = if turn % 2 == 1 { Whose::Customer } else { Whose::Agent };
    (whose, words(whose, chat, turn.div_ceil(2), due))
}

/// Lets the customers of dormant chats ask, evenly spread, each over a connection of his own.
async fn poll_dormant(stage: Rc<Stage>) {
    let pause = DORMANT_POLL.div_f64(float(stage.dormant.len() as u64));
    let mut next = Instant::now();
    for idx in (0..stage.dormant.len()).cycle() {
        // Those that are due by the next tick of the timer go together.
        next += pause;
        sleep_until(next).await;
        let stage = stage.clone();
        spawn_local(async move {
            let asked = watch::now();
            let look = stage.dormant[idx].ask_alone(stage.node.customers, "refresh", NOTHING_NEW);
            if let Some(http) = stage.note(asked, look.await)
                && http.head().contains("holdfast-poll-after: 30")
            {
                bump(&stage.n_slowed);
            }
            bump(&stage.n_polls);
        });
    }
}

/// Dormant customers without one.
async fn begun(node: &Node, n: usize) -> Vec<Rest> {
    let begin = |share: usize| async move {
        let (mut http, mut chats) = (Http::open(node.customers).await.unwrap(), Vec::new());
        for _ in (share..n).step_by(AT_ONCE) {
            let mode = "&userData[GCTI_Chat_AsyncMode]=true";
            chats.push(Rest::begin(&mut http, mode).await.unwrap());
        }
        chats
    };
    join_all((0..AT_ONCE).map(begin)).await.concat()
}

async fn place_on_hold(esp: SocketAddr, sessions: impl Iterator<Item = &String>) {
    let sessions: Vec<_> = sessions.collect();
    let place = |share: usize| {
        let sessions = &sessions;
        async move {
            let mut http = Http::open(esp).await.unwrap();
            for session in sessions.iter().skip(share).step_by(AT_ONCE) {
                let body = format!("{{\"parameters\":{{\"InteractionId\":\"{session}\"}}}}");
                let path = "/esp/v1/Chat/PlaceOnHold";
                let status = http.post(path, (JSON, &body), ESP_AUTHORIZATION).await.unwrap();
                assert_eq!(status, 200, "{}", http.body());
            }
        }
    };
    join_all((0..AT_ONCE).map(place)).await;
}

fn bump(count: &Cell<u64>) {
    count.set(count.get() + 1);
}
