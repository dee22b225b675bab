//! Supervision that really works: actors that panic, over and over or with an append on its way, and
//! people who notice nothing but a delay.

use crate::support::wishes::{customer_joins, says, says_once};
use holdfast::base::{BootId, Chance, Claim, Clock, Lane, Millis, ParticipantId, ThingId};
use holdfast::chat::{Answer, Effect, Fact, Policy, Session};
use holdfast::owned::{Attend, Entry, Header, History, Log, OwnedActor, Shell, StoreFuture};
use holdfast::ownership::actor::{Arbiters, Directory, Doors, Observe, Registry, Things};
use holdfast::ownership::{Absent, Unanswered};
use holdfast::store::EmbeddedStore;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

#[actix::test]
async fn a_panic_ends_one_actor_and_the_session_goes_on_where_it_was() {
    let rig = Rig::start();
    let chat = rig.create().await;
    let bystander = rig.create().await;
    rig.say(&chat, "before").await.unwrap();
    let address = rig.directory.find(&bystander).unwrap();

    rig.panic(&chat).await;
    rig.say(&chat, "after").await.unwrap();

    assert_eq!(rig.texts(&chat).await, ["before", "after"]);
    assert!(address.connected(), "another session died with it");
    assert_eq!(rig.shell.restored(), [chat], "the new owner told who it is");
}

#[actix::test]
async fn a_panic_with_an_append_on_its_way_loses_nothing_and_doubles_nothing() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.log.gate.forget_permits(Semaphore::MAX_PERMITS);
    let things = rig.things.clone();
    let (id, wish) = (chat.clone(), says_once(1, "on its way", Some("key-1")));
    let first = actix::spawn({
        let (things, id, wish) = (things.clone(), id.clone(), wish.clone());
        async move { things.perform(&id, wish).await }
    });
    rig.log.wait_for_an_append().await;

    rig.panic(&chat).await;
    rig.log.gate.add_permits(1_000);
    let first = first.await.unwrap();
    let again = rig.things.perform(&id, wish).await.unwrap();

    assert_eq!(rig.texts(&chat).await, ["on its way"]);
    assert!(again.repeated, "the same key must lead to the first answer");
    if let Ok(first) = first {
        assert_eq!(first.position, again.position);
    }
}

#[actix::test]
async fn a_session_that_panics_again_and_again_is_closed_for_repair_and_its_history_kept() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.say(&chat, "kept").await.unwrap();

    for _ in 0..4 {
        rig.things.wake(&chat).await.unwrap();
        rig.panic(&chat).await;
    }

    let refused = rig.say(&chat, "no more").await;
    assert_eq!(refused, Err(Unanswered::Absent(Absent::InRepair)));
    assert_eq!(rig.registry.send(Observe).await.unwrap().in_repair, std::slice::from_ref(&chat));
    let (_, room) = rig.things.read_closed(&chat).await.unwrap();
    assert_eq!(texts(&room.transcript), ["kept"]);
}

#[actix::test]
async fn a_request_that_makes_the_actor_panic_is_not_tried_until_the_session_is_in_repair() {
    let rig = Rig::start();
    let chat = rig.create().await;

    let refused = rig
        .things
        .attend::<()>(&chat, || Box::new(|_, _| panic!("planted: a poisoned request")))
        .await;

    assert_eq!(refused, Err(Unanswered::TimedOut));
    rig.say(&chat, "still here").await.unwrap();
}

#[actix::test]
async fn a_thing_that_does_not_exist_is_not_made_by_asking_for_it() {
    let rig = Rig::start();

    let refused = rig.say(&ThingId::from("nobody"), "hello?").await;

    assert_eq!(refused, Err(Unanswered::Absent(Absent::NotFound)));
}

#[actix::test]
async fn many_who_ask_for_a_sleeping_session_lead_to_one_take_over() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.panic(&chat).await;

    let asking = (0..20).map(|n| rig.say_once(&chat, "hello", format!("key-{n}")));
    let answers = futures_util::future::join_all(asking).await;

    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(rig.shell.restored().len(), 1);
}

/// A registry of sessions on a real store in a folder of its own.
struct Rig {
    things: Things<Session>,
    registry: actix::Addr<Registry<Session>>,
    directory: Directory<Session>,
    shell: Arc<QuietShell>,
    log: Arc<GatedLog>,
    chance: Arc<Counting>,
    _folder: tempfile::TempDir,
}

impl Rig {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let gate = Semaphore::new(1_000_000);
        let log = Arc::new(GatedLog { store: store.clone(), gate, begun: Semaphore::new(0) });
        let shell = Arc::new(QuietShell { log: log.clone(), restored: Mutex::default() });
        let chance = Arc::new(Counting::default());
        let doors = Doors {
            owners: Arc::new(store),
            shell: shell.clone(),
            clock: Arc::new(StillClock),
            chance: chance.clone(),
            lane: Lane { node: "node-a".into(), boot: BootId::from("1"), k: 0 },
            keep_closed: std::time::Duration::from_secs(60),
        };
        let directory = Directory::default();
        let registry = Registry::start(doors, directory.clone(), Arbiters::one());
        let things = Things::new(directory.clone(), registry.clone(), shell.clone());
        Self { things, registry, directory, shell, log, chance, _folder: folder }
    }

    async fn create(&self) -> ThingId {
        let id = ThingId(holdfast::base::chance::token(&*self.chance, 22));
        let created: Answer = self.things.create(&id, customer_joins()).await.unwrap();
        assert_eq!(created.participant, Some(ParticipantId(1)));
        id
    }

    async fn say(
        &self,
        chat: &ThingId,
        text: &str,
    ) -> Result<Answer, Unanswered<holdfast::chat::Rejection>> {
        self.things.perform(chat, says(1, text)).await
    }

    async fn say_once(
        &self,
        chat: &ThingId,
        text: &str,
        key: String,
    ) -> Result<Answer, Unanswered<holdfast::chat::Rejection>> {
        self.things.perform(chat, says_once(1, text, Some(&key))).await
    }

    /// Plants a panic and waits until the actor is dead.
    async fn panic(&self, chat: &ThingId) {
        let address: actix::Addr<OwnedActor<Session>> = self.directory.find(chat).unwrap();
        let look = Attend::<Session, ()>(Box::new(|_, _| panic!("planted")));
        assert!(address.send(look).await.is_err());
        assert!(!address.connected());
    }

    async fn texts(&self, chat: &ThingId) -> Vec<String> {
        let seen = self.things.attend(chat, || Box::new(|_, room| texts(&room.transcript)));
        seen.await.unwrap()
    }
}

fn texts(transcript: &[Arc<holdfast::chat::Event>]) -> Vec<String> {
    let said = transcript.iter().filter_map(|event| match &event.fact {
        Fact::Said { words, .. } => Some(words.text.clone()),
        Fact::Joined { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => None,
    });
    said.collect()
}

/// A shell that carries out nothing, and remembers which sessions told their new address.
struct QuietShell {
    log: Arc<GatedLog>,
    restored: Mutex<Vec<ThingId>>,
}

impl QuietShell {
    fn restored(&self) -> Vec<ThingId> {
        self.restored.lock().unwrap().clone()
    }
}

impl Shell<Session> for QuietShell {
    fn now(&self) -> Millis {
        StillClock.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &*self.log
    }

    fn policy(&self) -> Arc<Policy> {
        Arc::new(Policy { send_burst: 1_000, ..Policy::default() })
    }

    fn carry_out(&self, claim: &Claim, effects: Vec<Effect>) {
        if effects.iter().any(|effect| matches!(effect, Effect::TellAddress)) {
            self.restored.lock().unwrap().push(claim.thing().clone());
        }
    }
}

/// The real store, whose appends can be held up.
struct GatedLog {
    store: EmbeddedStore,
    gate: Semaphore,
    begun: Semaphore,
}

impl GatedLog {
    async fn wait_for_an_append(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

impl Log<Session> for GatedLog {
    fn open(&self, claim: &Claim, lower: &BTreeSet<Lane>) -> StoreFuture<History<Session>> {
        Log::<Session>::open(&self.store, claim, lower)
    }

    fn seal(
        &self,
        claim: &Claim,
        header: Header<<Session as holdfast::owned::Thing>::Snapshot>,
    ) -> StoreFuture<()> {
        Log::<Session>::seal(&self.store, claim, header)
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<holdfast::chat::Event>>) -> StoreFuture<()> {
        // The write is on its way from here on, whatever becomes of whoever waits for it.
        let stored = Log::<Session>::append(&self.store, claim, entries);
        let held_up = self.gate.available_permits() == 0;
        if held_up {
            self.begun.add_permits(1);
            return Box::pin(async move {
                let stored = stored.await;
                std::future::pending::<()>().await;
                stored
            });
        }
        stored
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<Session>> {
        Log::<Session>::read(&self.store, thing)
    }
}

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Millis {
        Millis(1_700_000_000_000)
    }
}

/// Chance that never repeats itself and is the same in every run.
#[derive(Default)]
struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            *byte = u8::try_from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56).unwrap();
        }
    }
}
