//! Three processes, one chat, many small disasters: whoever is asked takes the session over, the
//! others do not know it yet, actors panic, answers get lost and requests are sent again. What was
//! acknowledged must be in the log once, and in the order in which it was acknowledged.
//!
//! The seed decides what happens; a failure names it. `SEED=<n>` repeats one, `SEEDS=<n>` tries more.

use crate::support::bomb::Bomb;
use crate::support::wishes::{customer_joins, says_once};
use holdfast::base::{BootId, Chance, Claim, Clock, Lane, Millis, ThingId};
use holdfast::chat::{Answer, ChatRoom, Effect, Fact, Look, Policy, Rejection, Session};
use holdfast::owned::{Attend, Log, Shell};
use holdfast::ownership::Unanswered;
use holdfast::ownership::actor::{Arbiters, Directory, Doors, Place, Registry, Things};
use holdfast::store::EmbeddedStore;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const N_PROCESSES: usize = 3;
const N_STEPS: usize = 60;

#[actix::test]
async fn sim_take_overs_keep_every_acknowledged_word_once_and_in_order() {
    for seed in seeds() {
        let mut world = World::begin(seed).await;
        for _ in 0..N_STEPS {
            world.step().await;
        }
        world.check().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told its seed by whoever repeats it")]
fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("SEED") {
        Some(seed) => vec![seed],
        None => (0..number("SEEDS").unwrap_or(6)).collect(),
    }
}

struct World {
    seed: u64,
    dice: StdRng,
    chat: ThingId,
    processes: Vec<Process>,
    /// Words whose sender was told where they stand.
    acknowledged: Vec<(u64, String)>,
    /// Words that were sent and not answered: they may be there once, or not at all.
    unanswered: Vec<String>,
    n_said: usize,
    n_restored: Arc<AtomicU64>,
    _folder: tempfile::TempDir,
}

/// One process: it believes that a thing whose actor lives here is its own, until the log says no.
struct Process {
    things: Things<Session>,
    directory: Directory<Session>,
}

impl World {
    async fn begin(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let ticks = Arc::new(Ticks::default());
        let n_restored = Arc::new(AtomicU64::new(0));
        let shell = Quiet { store: store.clone(), ticks, n_restored: n_restored.clone() };
        let shell = Arc::new(shell);
        let processes: Vec<_> = (0..N_PROCESSES).map(|n| Process::start(n, seed, &shell)).collect();
        let chat = ThingId::from("the-one-chat");
        processes[0].things.create(&chat, customer_joins()).await.unwrap();
        Self {
            seed,
            dice: StdRng::seed_from_u64(seed),
            chat,
            processes,
            acknowledged: vec![],
            unanswered: vec![],
            n_said: 0,
            n_restored,
            _folder: folder,
        }
    }

    async fn step(&mut self) {
        let n = self.dice.random_range(0..N_PROCESSES);
        match self.dice.random_range(0..10) {
            0 => self.panic_at(n),
            1 | 2 => self.say_and_lose_the_answer(n).await,
            3 | 4 => self.two_speak_at_once(n).await,
            _ => self.say(n).await,
        }
    }

    fn next_word(&mut self) -> String {
        self.n_said += 1;
        format!("word {}", self.n_said)
    }

    async fn say(&mut self, n: usize) {
        let word = self.next_word();
        let answer = self.processes[n].say(&self.chat, &word).await;
        self.note(word, answer);
    }

    /// The sender hears nothing, and asks another process with the same key.
    async fn say_and_lose_the_answer(&mut self, n: usize) {
        let word = self.next_word();
        let _lost = self.processes[n].say(&self.chat, &word).await;
        let other = self.dice.random_range(0..N_PROCESSES);
        let answer = self.processes[other].say(&self.chat, &word).await;
        self.note(word, answer);
    }

    /// Two processes serve the same session at the same moment; one of them is fenced.
    async fn two_speak_at_once(&mut self, n: usize) {
        let (one, two) = (self.next_word(), self.next_word());
        let other = (n + 1) % N_PROCESSES;
        let first = self.processes[n].say(&self.chat, &one);
        let second = self.processes[other].say(&self.chat, &two);
        let (first, second) = futures_util::future::join(first, second).await;
        self.note(one, first);
        self.note(two, second);
    }

    fn panic_at(&self, n: usize) {
        if let Some(address) = self.processes[n].directory.find(&self.chat) {
            address.do_send(Attend { look: Look::Whole, listener: Some(Box::new(Bomb)) });
        }
    }

    fn note(&mut self, word: String, answer: Result<Answer, Unanswered<Rejection>>) {
        match answer {
            Ok(answer) => self.acknowledged.push((answer.position.0, word)),
            Err(Unanswered::Rejected(rejection)) => {
                panic!("SEED={}: an owner in good standing said: {rejection}", self.seed)
            }
            Err(_) => self.unanswered.push(word),
        }
    }

    async fn check(&mut self) {
        let seed = self.seed;
        let (session, room) = self.processes[0].things.read_closed(&self.chat).await.unwrap();
        let stored = words(&room);
        self.acknowledged.sort();
        let acknowledged: Vec<_> = self.acknowledged.iter().map(|(_, word)| word).collect();
        let answered = |(_, word): &&(u64, String)| !self.unanswered.contains(word);
        let told: Vec<_> = stored.iter().filter(answered).map(|(_, word)| word).collect();
        assert_eq!(told, acknowledged, "SEED={seed}: not what was acknowledged, or not in order");
        for (position, word) in &self.acknowledged {
            assert!(stored.contains(&(*position, word.clone())), "SEED={seed}: {word} has moved");
        }
        for word in &self.unanswered {
            let n_stored = stored.iter().filter(|(_, stored)| stored == word).count();
            assert!(n_stored <= 1, "SEED={seed}: {word} stands there {n_stored} times");
        }
        assert!(!self.acknowledged.is_empty(), "SEED={seed}: nothing was ever acknowledged");
        let n_restored = self.n_restored.load(Ordering::Relaxed);
        assert!(
            N_STEPS as u64 / 4 < n_restored,
            "SEED={seed}: it changed hands {n_restored} times"
        );
        assert_eq!(session.last.0, room.transcript.len() as u64, "SEED={seed}: a gap");
    }
}

impl Process {
    fn start(n: usize, seed: u64, shell: &Arc<Quiet>) -> Self {
        let dice = StdRng::seed_from_u64(seed ^ (n as u64 + 1) << 32);
        let lane =
            Lane { node: format!("node-{n}").as_str().into(), boot: BootId::from("1"), k: 0 };
        let doors = Doors {
            owners: Arc::new(shell.store.clone()),
            alarms: Arc::new(shell.store.clone()),
            shell: shell.clone(),
            clock: shell.ticks.clone(),
            chance: Arc::new(Dice(Mutex::new(dice))),
            place: Place::alone(lane),
            keep_closed: Duration::from_secs(60),
        };
        let directory = Directory::default();
        let registry = Registry::start(doors, directory.clone(), Arbiters::one());
        Self { things: Things::new(directory.clone(), registry, shell.clone()), directory }
    }

    async fn say(&self, chat: &ThingId, word: &str) -> Result<Answer, Unanswered<Rejection>> {
        let key = word.replace(' ', "-");
        self.things.perform(chat, says_once(1, word, Some(&key))).await
    }
}

fn words(room: &ChatRoom) -> Vec<(u64, String)> {
    let said = room.transcript.iter().filter_map(|event| match &event.fact {
        Fact::Said { words, .. } => Some((event.position.0, words.text.clone())),
        Fact::Joined { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => None,
    });
    said.collect()
}

/// Time that goes on by a second at each look, so that panics are never too many in a minute and
/// silence never ends the chat.
#[derive(Default)]
struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn now(&self) -> Millis {
        Millis(1_700_000_000_000 + self.0.fetch_add(30_000, Ordering::Relaxed))
    }
}

struct Dice(Mutex<StdRng>);

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

/// A shell that tells nobody anything.
struct Quiet {
    store: EmbeddedStore,
    ticks: Arc<Ticks>,
    /// How often the session changed hands.
    n_restored: Arc<AtomicU64>,
}

impl Shell<Session> for Quiet {
    fn now(&self) -> Millis {
        self.ticks.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &self.store
    }

    fn policy(&self) -> Arc<Policy> {
        let for_ever = Duration::from_secs(1_000_000_000);
        let (send_rate, send_burst) = (1_000, 100_000);
        let flex_disconnect_timeout = for_ever;
        Arc::new(Policy { flex_disconnect_timeout, send_rate, send_burst, ..Policy::default() })
    }

    fn carry_out(&self, _: &Claim, effects: Vec<Effect>) {
        let n_restored = effects.iter().filter(|one| matches!(one, Effect::TellAddress)).count();
        self.n_restored.fetch_add(n_restored as u64, Ordering::Relaxed);
    }
}
