//! Chats whose customers ask seldom, and then no more: they sleep in between. While the customers ask,
//! each of their words counts once, and nobody hears that nothing is new when something is. When they
//! have gone, each chat wakes by itself on whichever node lives, and ends.

use super::book::{Book, Verdict, gist};
use super::clients::{CUSTOMER, judge};
use super::dice::Dice;
use super::host::State;
use super::node::{Node, endless_patience};
use super::plant::Plant;
use super::weather;
use super::world::{N_NODES, Terms, Town};
use crate::support::wishes::{customer_joins, says_once};
use holdfast::base::{ParticipantId, Position, Process, ThingId};
use holdfast::chat::look::Polled;
use holdfast::chat::transcript::From;
use holdfast::chat::{Answer, EventId, Look, Policy, Rejection};
use holdfast::ownership::claim::Location;
use holdfast::ownership::{Absent, Unanswered};
use holdfast::store::ring::emulator::Link;
use holdfast::store::ring::rows::Rows;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep, timeout};

const N_CHATS: u64 = 3;

/// After so long a chat may sleep.
const SLEEP_AFTER: Duration = Duration::from_millis(250);

/// So long a customer may be silent.
const PATIENCE: Duration = Duration::from_secs(12);

/// So long the customers of a run ask. Nobody is silent for too long before.
const ASKING: Duration = Duration::from_secs(7);

/// By so much clocks are wrong at most. What sleeps wakes by the clocks of those who live.
const SKEW: Duration = Duration::from_secs(3);

/// Within this time after the last trouble, every chat has ended by itself: its time twice over, some
/// rounds of those who look after alarms, and what a link needs to come back.
const AFTERWARDS: Duration = Duration::from_secs(90);

/// How a run went, and how much of it was slept.
#[derive(Debug, PartialEq, Eq)]
pub struct Night {
    pub verdict: Verdict,
    pub n_slept: u64,
    pub n_answers_asleep: u64,
}

#[derive(Default)]
struct Counts {
    n_slept: Cell<u64>,
    n_answers_asleep: Cell<u64>,
}

/// Runs one seed, in a time of its own.
pub fn play(seed: u64, plant: Plant) -> Night {
    let counts = Rc::<Counts>::default();
    let verdict = alone(async {
        let town = town(seed, plant, PATIENCE).await;
        town.clone().pass_the_night(&counts).await;
        town.see_them_end().await;
        town.book.verdict()
    });
    let Counts { n_slept, n_answers_asleep } = &*counts;
    Night { verdict, n_slept: n_slept.get(), n_answers_asleep: n_answers_asleep.get() }
}

/// In a thread and a time of its own.
pub fn alone<R>(run: impl Future<Output = R>) -> R {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, run)
}

/// Nodes on a ring, and nothing goes wrong yet.
pub async fn town(seed: u64, plant: Plant, patience: Duration) -> Rc<Town> {
    let policy = Policy {
        flex_disconnect_timeout: patience,
        sleep_after: Some(SLEEP_AFTER),
        ..endless_patience()
    };
    let terms = Terms { policy: Arc::new(policy), skew: SKEW };
    let town = Rc::new(Town::open(seed, plant, terms));
    for n in 0..N_NODES {
        town.start(usize::try_from(n).unwrap()).await;
    }
    town
}

/// Somebody who asks a chat, through one node or another.
pub struct Customer {
    pub town: Rc<Town>,
    pub chat: ThingId,
    /// From where he asks next.
    pub next: Cell<EventId>,
    /// The last of his words that he knows to be stored.
    told: Cell<Position>,
}

impl Customer {
    /// Comes to a chat of this name, which begins with him.
    pub async fn come(town: &Rc<Town>, name: &str, node: &Node) -> Self {
        let chat = ThingId(name.to_owned());
        let (things, id) = (node.inside.sessions.clone(), chat.clone());
        let made = node.host.ask(move || async move { things.create(&id, customer_joins()).await });
        made.await.unwrap().unwrap();
        town.book.note(format_args!("{chat} begins at {}", node.process));
        let (next, told) = (Cell::new(EventId(1)), Cell::default());
        Self { town: town.clone(), chat, next, told }
    }

    /// Says a word once, at one node.
    pub async fn say(
        &self,
        node: &Node,
        word: &str,
    ) -> Option<Result<Answer, Unanswered<Rejection>>> {
        let say = says_once(CUSTOMER, word, Some(word));
        let (things, chat) = (node.inside.sessions.clone(), self.chat.clone());
        let asked = node.host.ask(move || async move { things.perform(&chat, say).await });
        let said = timeout(Duration::from_millis(2_400), asked).await.ok().flatten()?;
        if let Ok(answer) = &said {
            self.told.set(self.told.get().max(answer.position));
        }
        Some(said)
    }

    /// Asks whether there is anything new.
    pub async fn poll(&self, node: &Node) -> Option<Result<Polled, Unanswered<Rejection>>> {
        let (who, from) = (ParticipantId(CUSTOMER), From::Id(self.next.get()));
        let look = Look::Poll { who, from, typing: None };
        let (told, before) = (self.told.get(), self.next.get());
        let (things, chat) = (node.inside.sessions.clone(), self.chat.clone());
        let asked = node.host.ask(move || async move { things.look(&chat, look).await });
        let seen = timeout(Duration::from_millis(2_400), asked).await.ok().flatten()?;
        let polled = match seen {
            Ok(sight) => sight.polled().unwrap(),
            Err(no) => return Some(Err(no)),
        };
        for line in &polled.view.lines {
            self.town.book.shown(&self.chat, line.event.position, &gist(&line.event));
        }
        if is_of_a_sleeper(&polled) && before.first_position() <= told {
            let chat = &self.chat;
            self.town
                .book
                .complain(format_args!("{chat} hides {told} from who asks from {before:?}"));
        }
        self.next.set(polled.view.next);
        Some(Ok(polled))
    }

    /// Asks and speaks now and then, and then no more.
    async fn visit(self, dice: Dice, counts: Rc<Counts>) {
        let begun = Instant::now();
        let mut n_said = 0;
        while begun.elapsed() < ASKING {
            if dice.one_in(2) {
                n_said += 1;
                self.try_to_say(&format!("{}/{n_said}", self.chat), &dice).await;
            } else {
                match self.poll(&self.town.any_node(&dice)).await {
                    Some(Ok(polled)) if is_of_a_sleeper(&polled) => {
                        counts.n_answers_asleep.set(counts.n_answers_asleep.get() + 1);
                        self.town
                            .book
                            .note(format_args!("{} says in its sleep: nothing", self.chat));
                    }
                    Some(Ok(_)) | None => {}
                    Some(Err(no)) => judge(&self.town.book, "asking", &no),
                }
            }
            sleep(dice.millis(50, 1_500)).await;
        }
    }

    async fn try_to_say(&self, word: &str, dice: &Dice) {
        let book = &self.town.book;
        let sent = book.sent(&self.chat, CUSTOMER, word);
        for _ in 0..2 {
            match self.say(&self.town.any_node(dice), word).await {
                Some(Ok(answer)) => return book.acknowledged(sent, answer.position),
                Some(Err(no)) => judge(book, word, &no),
                None => book.note(format_args!("{word}: nothing heard")),
            }
        }
    }
}

/// Only who is awake knows who is asking.
pub fn is_of_a_sleeper(polled: &Polled) -> bool {
    polled.user.is_none()
}

impl Town {
    async fn pass_the_night(self: Rc<Self>, counts: &Rc<Counts>) {
        let seed = self.ground.seed;
        let mut people = vec![];
        for n in 0..N_CHATS {
            let dice = Dice::new(seed, &format!("customer {n}"));
            let customer = Customer::come(&self, &name(n), &self.any_node(&dice)).await;
            people.push(spawn_local(customer.visit(dice, counts.clone())));
        }
        let counting = spawn_local(self.clone().count_sleepers(counts.clone()));
        let weather = Dice::new(seed, "weather");
        let day = weather::lasts(&weather) + Duration::from_secs(6);
        let blowing = spawn_local(weather::blow(self.clone(), weather));
        sleep(day).await;
        self.begin_evening();
        blowing.await.unwrap();
        // What still goes wrong has an end of its own.
        sleep(Duration::from_secs(4)).await;
        for one in people {
            one.await.unwrap();
        }
        self.book.note("all is mended");
        weather::clear_up(&self);
        counting.abort();
    }

    /// Looks at the store, not at the nodes.
    async fn count_sleepers(self: Rc<Self>, counts: Rc<Counts>) {
        let link = self.ground.emulator.link();
        let mut slept = [None; 3];
        loop {
            for (n, slept) in (0..N_CHATS).zip(&mut slept) {
                let Ok(location) = link.newest_claim(&ThingId(name(n))).await else { continue };
                let epoch = location.asleep().and(location.newest).map(|row| row.epoch);
                if epoch.is_some() && *slept != epoch {
                    counts.n_slept.set(counts.n_slept.get() + 1);
                    self.book.note(format_args!("{} sleeps", name(n)));
                }
                *slept = epoch;
            }
            sleep(Duration::from_millis(40)).await;
        }
    }

    /// Nobody asks any more, and every chat ends.
    async fn see_them_end(&self) {
        let link = self.ground.emulator.link();
        for n in 0..N_CHATS {
            let chat = ThingId(name(n));
            if timeout(AFTERWARDS, until_closed(&link, &chat)).await.is_err() {
                let stands = link.newest_claim(&chat).await;
                self.book.complain(format_args!("{chat} never ends: {stands:?}"));
                continue;
            }
            for node in self.nodes() {
                match whole(&node, &chat).await {
                    Ok(events) => self.book.close(&chat, &events),
                    Err(no) => self.book.complain(format_args!("{chat} cannot be read: {no:?}")),
                }
            }
        }
    }
}

async fn until_closed(link: &Link, chat: &ThingId) {
    while !link.newest_claim(chat).await.is_ok_and(|location| location.closed) {
        sleep(Duration::from_millis(500)).await;
    }
}

async fn whole(node: &Node, chat: &ThingId) -> Result<Vec<Arc<holdfast::chat::Event>>, Absent> {
    let (things, id) = (node.inside.sessions.clone(), chat.clone());
    let read = node.host.ask(move || async move { things.read_closed(&id).await });
    read.await.unwrap().map(|(_, room)| room.transcript)
}

fn name(n: u64) -> String {
    format!("chat-{n}")
}

/// How a chat stands in the store.
pub async fn stands(town: &Town, chat: &ThingId) -> Location {
    town.ground.emulator.link().newest_claim(chat).await.unwrap()
}

/// Waits until a chat sleeps; says under whose claim.
pub async fn until_asleep(town: &Town, chat: &ThingId) -> Process {
    loop {
        let location = stands(town, chat).await;
        if location.asleep().is_some() {
            return location.newest.unwrap().lane.process();
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a chat is over.
pub async fn until_over(town: &Town, chat: &ThingId) {
    until_closed(&town.ground.emulator.link(), chat).await;
}

/// Whoever vanishes does not come back.
pub fn kill(town: &Town, process: &Process) {
    let nodes = town.nodes();
    let node = nodes.iter().find(|node| node.process == *process).unwrap();
    node.host.set(State::Gone);
}

/// What was sent in a book of its own.
pub fn complaints(book: &Book) -> Vec<String> {
    book.verdict().complaints
}
