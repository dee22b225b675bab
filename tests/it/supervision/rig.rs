//! A registry of sessions on a real store in a folder of its own, with a log and an owner table that
//! can be held up.

use crate::support::bomb::Bomb;
use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, says, says_once};
use holdfast::base::{
    BootId, Chance, Claim, Clock, Epoch, Lane, Millis, ParticipantId, Position, ThingId,
};
use holdfast::chat::look::Whole;
use holdfast::chat::outbox::Destination;
use holdfast::chat::{Answer, Effect, Fact, Look, Policy, Session};
use holdfast::owned::{
    Attend, Entry, Header, History, Log, OwnedActor, Shell, StoreError, StoreFuture,
};
use holdfast::ownership::Unanswered;
use holdfast::ownership::actor::{Arbiters, Directory, Doors, Place, Registry, Things};
use holdfast::ownership::claim::{ClaimRow, Location, Released};
use holdfast::ownership::door::OwnerTable;
use holdfast::store::EmbeddedStore;

use futures_util::future::BoxFuture;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// How many wishes these shells let wait for one session.
pub const MOST_WAITING: usize = 32;

pub struct Rig {
    pub things: Things<Session>,
    pub registry: actix::Addr<Registry<Session>>,
    pub directory: Directory<Session>,
    pub shell: Arc<QuietShell>,
    pub log: Arc<GatedLog>,
    pub owners: Arc<GatedOwners>,
    pub chance: Arc<Counting>,
    pub _folder: tempfile::TempDir,
}

impl Rig {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let gate = Semaphore::new(1_000_000);
        let log = Arc::new(GatedLog {
            store: store.clone(),
            gate,
            begun: Semaphore::new(0),
            after_seal: Mutex::default(),
            n_sealed: AtomicU64::new(0),
            n_to_fail: AtomicU64::new(0),
            n_read: AtomicU64::new(0),
        });
        let shell = Arc::new(QuietShell { log: log.clone(), restored: Mutex::default() });
        let chance = Arc::new(Counting::default());
        let owners = Arc::new(GatedOwners {
            store,
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            closing: Semaphore::new(0),
            n_refused: AtomicU64::new(0),
        });
        let lane = Lane { node: "node-a".into(), boot: BootId::from("1"), k: 0 };
        let doors = Doors {
            owners: owners.clone(),
            alarms: Arc::new(owners.store.clone()),
            shell: shell.clone(),
            clock: Arc::new(StillClock),
            chance: chance.clone(),
            place: Place::alone(lane.clone()),
            keep_closed: std::time::Duration::from_secs(60),
        };
        let directory = Directory::default();
        let registry = Registry::start(doors, directory.clone(), Arbiters::one());
        let things = Things::new(directory.clone(), registry.clone(), shell.clone());
        Self { things, registry, directory, shell, log, owners, chance, _folder: folder }
    }

    pub async fn create(&self) -> ThingId {
        let id = ThingId(holdfast::base::chance::token(&*self.chance, 22));
        let created: Answer = self.things.create(&id, customer_joins()).await.unwrap();
        assert_eq!(created.participant, Some(ParticipantId(1)));
        id
    }

    /// The claim under which a session is active.
    pub async fn claim(&self, chat: &ThingId) -> Claim {
        let row = self.owners.locate(chat).await.unwrap().newest.unwrap();
        Claim::won(chat.clone(), row.epoch, row.lane)
    }

    /// Waits until a session is active under a claim above this one.
    pub async fn is_active_above(&self, chat: &ThingId, epoch: Epoch) {
        eventually("the session is claimed anew", || async {
            let is_above = epoch < self.claim(chat).await.epoch();
            (is_above && self.directory.find(chat).is_some()).then_some(())
        })
        .await;
    }

    /// A session in which something was said, and the claim under which it is active.
    pub async fn create_and_say(&self, text: &str) -> (ThingId, Claim) {
        let chat = self.create().await;
        self.say(&chat, text).await.unwrap();
        let claim = self.claim(&chat).await;
        (chat, claim)
    }

    /// How often a history was read to go on from it.
    pub fn n_read(&self) -> u64 {
        self.log.n_read.load(Ordering::Relaxed)
    }

    pub async fn say(
        &self,
        chat: &ThingId,
        text: &str,
    ) -> Result<Answer, Unanswered<holdfast::chat::Rejection>> {
        self.things.perform(chat, says(1, text)).await
    }

    pub async fn say_once(
        &self,
        chat: &ThingId,
        text: &str,
        key: String,
    ) -> Result<Answer, Unanswered<holdfast::chat::Rejection>> {
        self.things.perform(chat, says_once(1, text, Some(&key))).await
    }

    /// Plants a panic and waits until the actor is dead.
    pub async fn panic(&self, chat: &ThingId) {
        let address: actix::Addr<OwnedActor<Session>> = self.directory.find(chat).unwrap();
        let look = Attend { look: Look::Whole, listener: Some(Box::new(Bomb)) };
        assert!(address.send(look).await.is_err());
        assert!(!address.connected());
    }

    /// Confirms as other houses do. With it, a session that is closed is over.
    pub async fn everybody_knows(&self, chat: &ThingId) {
        let upto = self.whole(chat).await.events.last().unwrap().position;
        for destination in [Destination::Interaction, Destination::History] {
            self.things.look(chat, Look::Confirm { destination, upto }).await.unwrap();
        }
    }

    pub async fn closed_for_ever(&self, chat: &ThingId) {
        eventually("the session is marked as closed", || async {
            self.owners.locate(chat).await.unwrap().closed.then_some(())
        })
        .await;
    }

    pub async fn n_events(&self, chat: &ThingId) -> usize {
        self.whole(chat).await.events.len()
    }

    pub async fn texts(&self, chat: &ThingId) -> Vec<String> {
        texts(&self.whole(chat).await.events)
    }

    async fn whole(&self, chat: &ThingId) -> Whole {
        self.things.look(chat, Look::Whole).await.unwrap().whole().unwrap()
    }
}

pub fn texts(transcript: &[Arc<holdfast::chat::Event>]) -> Vec<String> {
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
pub struct QuietShell {
    pub log: Arc<GatedLog>,
    pub restored: Mutex<Vec<ThingId>>,
}

impl QuietShell {
    pub fn restored(&self) -> Vec<ThingId> {
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

    fn most_waiting(&self) -> usize {
        MOST_WAITING
    }

    fn carry_out(&self, claim: &Claim, effects: Vec<Effect>) {
        if effects.iter().any(|effect| matches!(effect, Effect::TellAddress)) {
            self.restored.lock().unwrap().push(claim.thing().clone());
        }
    }
}

/// What happens once between a seal and its acknowledgement.
pub type AfterSeal = Box<dyn FnOnce(Claim) -> BoxFuture<'static, ()> + Send>;

/// The real store, whose appends can be held up.
pub struct GatedLog {
    pub store: EmbeddedStore,
    pub gate: Semaphore,
    pub begun: Semaphore,
    pub after_seal: Mutex<Option<AfterSeal>>,
    pub n_sealed: AtomicU64,
    /// How many seals are still to fail.
    pub n_to_fail: AtomicU64,
    /// How often a history was read to go on from it.
    pub n_read: AtomicU64,
}

impl GatedLog {
    pub async fn wait_for_an_append(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

impl Log<Session> for GatedLog {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<Session>> {
        self.n_read.fetch_add(1, Ordering::Relaxed);
        Log::<Session>::open(&self.store, claim, claims)
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        Log::<Session>::reopen(&self.store, claim, claims)
    }

    fn seal(
        &self,
        claim: &Claim,
        header: Header<<Session as holdfast::owned::Thing>::Snapshot>,
    ) -> StoreFuture<()> {
        let one_less = |n: u64| n.checked_sub(1);
        if self.n_to_fail.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            return Box::pin(async { Err(StoreError::Unavailable("planted".into())) });
        }
        let sealing = Log::<Session>::seal(&self.store, claim, header);
        self.n_sealed.fetch_add(1, Ordering::Relaxed);
        let after = self.after_seal.lock().unwrap().take().map(|after| after(claim.clone()));
        Box::pin(async move {
            let sealed = sealing.await;
            if let Some(after) = after {
                after.await;
            }
            sealed
        })
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

/// The real owner table, whose closings can be held up and whose first look can fail.
pub struct GatedOwners {
    pub store: EmbeddedStore,
    pub gate: Arc<Semaphore>,
    pub closing: Semaphore,
    pub n_refused: AtomicU64,
}

impl GatedOwners {
    pub fn hold_up(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn go_on(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    pub async fn wait_for_a_closing(&self) {
        self.closing.acquire().await.unwrap().forget();
    }

    pub fn refuse_next(&self, n_times: u64) {
        self.n_refused.store(n_times, Ordering::Relaxed);
    }
}

impl OwnerTable for GatedOwners {
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        let refused = self
            .n_refused
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if refused.is_ok() {
            return Box::pin(async { Err(StoreError::Unavailable("planted".into())) });
        }
        self.store.locate(thing)
    }

    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()> {
        self.store.claim(thing, epoch, lane)
    }

    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>> {
        self.store.claims(thing)
    }

    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()> {
        self.store.release(claim, why, upto)
    }

    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()> {
        let (store, claim, gate) = (self.store.clone(), claim.clone(), self.gate.clone());
        self.closing.add_permits(1);
        Box::pin(async move {
            drop(gate.acquire().await);
            store.close(&claim, purge_at).await
        })
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        self.store.open_things()
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        self.store.purge(now)
    }
}

pub struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Millis {
        Millis(1_700_000_000_000)
    }
}

/// Chance that never repeats itself and is the same in every run.
#[derive(Default)]
pub struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            *byte = u8::try_from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56).unwrap();
        }
    }
}
