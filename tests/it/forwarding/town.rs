//! Nodes that know each other, within one process: a store for all of them, a switchboard for each,
//! and ways between them that can be cut.

use crate::support::streets::{Everybody, Only, Streets};
use holdfast::base::{
    Chance, Claim, ClaimRow, Clock, Epoch, Lane, Millis, Position, Process, ThingId,
};
use holdfast::chat::{Effect, Event, Policy, Session};
use holdfast::owned::{Entry, Header, History, Log, Shell, StoreFuture, Thing};
use holdfast::ownership::actor::{
    Arbiters, Directory, Doors, Place, Registry, Switchboard, Things,
};
use holdfast::ownership::claim::{Location, Released};
use holdfast::ownership::door::OwnerTable;
use holdfast::ownership::membership::View;
use holdfast::store::EmbeddedStore;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

pub struct Town {
    streets: Arc<Streets>,
    store: EmbeddedStore,
    pub clock: Arc<Turned>,
    _folder: tempfile::TempDir,
}

pub struct Node {
    pub things: Things<Session>,
    pub process: Process,
    pub log: Arc<HangingLog>,
    pub owners: Arc<LyingOwners>,
}

impl Town {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let (streets, clock) = (Arc::default(), Arc::default());
        Self { streets, store, clock, _folder: folder }
    }

    pub fn node(&self, name: &str) -> Node {
        self.node_seeing(name, Arc::new(Everybody))
    }

    /// A node that knows that it is left, and that another one takes what is new.
    pub fn node_left_for(&self, name: &str, other: &Node) -> Node {
        let node = self.node_seeing(name, Arc::new(Only(vec![other.process.clone()])));
        node.things.begin_nothing_new();
        node
    }

    fn node_seeing(&self, name: &str, view: Arc<dyn View>) -> Node {
        let lane = Lane { node: name.into(), boot: "1".into(), k: 0 };
        let process = lane.process();
        let log = Arc::new(HangingLog::of(&self.store));
        let shell = Arc::new(Quiet { log: log.clone(), clock: self.clock.clone() });
        let lies = Mutex::default();
        let owners =
            Arc::new(LyingOwners { store: self.store.clone(), lies, n_asked: AtomicUsize::new(0) });
        let place = Place { view, ..Place::alone(lane) };
        let doors = Doors {
            owners: owners.clone(),
            alarms: Arc::new(self.store.clone()),
            shell: shell.clone(),
            clock: self.clock.clone(),
            chance: Arc::new(Counting(AtomicU64::new(name.len() as u64))),
            place: place.clone(),
            keep_closed: Duration::from_secs(60),
        };
        let directory = Directory::default();
        let registry = Registry::start(doors, directory.clone(), Arbiters::one());
        let things =
            Things::new(directory, registry, shell).with_peers(self.streets.clone(), place);
        let switchboard = Switchboard::new(process.clone()).with_things(&things);
        let switchboard = Arc::new(switchboard);
        self.streets.add(&process.node, switchboard);
        Node { things, process, log, owners }
    }

    /// Nobody reaches this node any more, and who listened there hears nothing.
    pub fn cut(&self, node: &Node) {
        self.streets.cut(&node.process.node);
    }

    /// The next call to this node is carried out, and then nobody reaches it any more.
    pub fn cut_before_the_answer_of(&self, node: &Node) {
        drop(self.streets.cut_before_the_answer_of(&node.process.node));
    }

    /// The next call is carried out, and its answer gets lost.
    pub fn lose_an_answer(&self) {
        self.streets.lose_an_answer();
    }

    pub fn mend(&self, node: &Node) {
        self.streets.mend(&node.process.node);
    }

    /// The node answers as another process.
    pub fn restart(&self, name: &str) {
        let process = Process { node: name.into(), boot: "2".into() };
        let nobody = Arc::new(Switchboard::new(process));
        self.streets.add(&name.into(), nobody);
    }

    pub fn n_calls(&self) -> usize {
        self.streets.waits().len()
    }

    pub fn longest_wait(&self) -> Duration {
        self.streets.waits().into_iter().max().unwrap()
    }
}

#[derive(Default)]
pub struct Turned(AtomicU64);

impl Turned {
    pub fn turn(&self, span: Duration) {
        self.0.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Millis {
        Millis(1_700_000_000_000 + self.0.load(Ordering::SeqCst))
    }
}

/// Chance that never repeats itself and is the same in every run.
struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            *byte = u8::try_from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56).unwrap();
        }
    }
}

struct Quiet {
    log: Arc<HangingLog>,
    clock: Arc<Turned>,
}

impl Shell<Session> for Quiet {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &*self.log
    }

    fn policy(&self) -> Arc<Policy> {
        Arc::default()
    }

    fn carry_out(&self, _: &Claim, _: Vec<Effect>) {}
}

/// The real store, which can cease to answer to appends.
pub struct HangingLog {
    store: EmbeddedStore,
    hangs: AtomicBool,
    begun: Semaphore,
}

impl HangingLog {
    fn of(store: &EmbeddedStore) -> Self {
        let (store, hangs) = (store.clone(), AtomicBool::new(false));
        Self { store, hangs, begun: Semaphore::new(0) }
    }

    pub fn hang(&self) {
        self.hangs.store(true, Ordering::SeqCst);
    }

    pub async fn wait_for_an_append(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

impl Log<Session> for HangingLog {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<Session>> {
        Log::<Session>::open(&self.store, claim, claims)
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        Log::<Session>::reopen(&self.store, claim, claims)
    }

    fn seal(&self, claim: &Claim, header: Header<<Session as Thing>::Snapshot>) -> StoreFuture<()> {
        Log::<Session>::seal(&self.store, claim, header)
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<Event>>) -> StoreFuture<()> {
        if self.hangs.load(Ordering::SeqCst) {
            self.begun.add_permits(1);
            return Box::pin(std::future::pending());
        }
        Log::<Session>::append(&self.store, claim, entries)
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<Session>> {
        Log::<Session>::read(&self.store, thing)
    }
}

/// The real owner table, which can be made to say that everything is somebody's.
pub struct LyingOwners {
    store: EmbeddedStore,
    lies: Mutex<Option<Lane>>,
    n_asked: AtomicUsize,
}

impl LyingOwners {
    /// How often this node asked who owns something.
    pub fn n_asked(&self) -> usize {
        self.n_asked.load(Ordering::SeqCst)
    }

    pub fn says_it_is_of(&self, node: &Node) {
        let Process { node, boot } = node.process.clone();
        *self.lies.lock().unwrap() = Some(Lane { node, boot, k: 0 });
    }
}

impl OwnerTable for LyingOwners {
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        self.n_asked.fetch_add(1, Ordering::SeqCst);
        let Some(lane) = self.lies.lock().unwrap().clone() else { return self.store.locate(thing) };
        let newest = Some(ClaimRow { epoch: Epoch { micros: 1, tie: 0 }, lane, released: None });
        Box::pin(async { Ok(Location { newest, ..Location::default() }) })
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
        self.store.close(claim, purge_at)
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        self.store.open_things()
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        self.store.purge(now)
    }
}
