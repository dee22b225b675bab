//! A node as the program puts it together, as far as ownership, chat and routing go: registries,
//! switchboard, heart, and what it does by itself. Only store, net, clock and chance are simulated.

use super::dice::{Dice, Skewed};
use super::host::{Gate, Host};
use super::members::{self, Board};
use super::net::{Net, Ways};
use super::plant::{Gated, Plant};
use holdfast::base::{
    Chance, Claim, Clock, Lane, Millis, NodeId, ParticipantId, Position, Process, ThingId,
};
use holdfast::chat::outbox::Destination;
use holdfast::chat::{Effect, Look, Session};
use holdfast::interaction::Domain;
use holdfast::owned::{Log, Shell, Thing};
use holdfast::ownership::actor::heart::notice_pauses;
use holdfast::ownership::actor::{
    Arbiters, CLAIMED, Directory, Doors, Doubts, HandOn, Heart, HeartBirth, PeerTakers, Place,
    Purge, Registry, Switchboard, Things, Watch,
};
use holdfast::ownership::claim::Location;
use holdfast::ownership::door::OwnerTable;
use holdfast::ownership::drain::targets;
use holdfast::ownership::membership::{BEAT, MemberState, View};
use holdfast::ownership::placement::place;
use holdfast::store::ring::RingStore;
use holdfast::store::ring::emulator::{Emulator, Link};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

const RENEWED_EVERY: Duration = Duration::from_secs(2);

/// What all nodes of a run share.
#[derive(Clone)]
pub struct Ground {
    pub seed: u64,
    pub begun: Instant,
    pub emulator: Emulator,
    pub members: members::Rows,
    pub net: Net,
    pub plant: Plant,
    pub policy: Arc<holdfast::chat::Policy>,
    pub nodes: Vec<NodeId>,
}

/// One start of one node.
#[derive(Clone)]
pub struct Node {
    pub process: Process,
    pub host: Host,
    pub link: Link,
    pub inside: Inside,
}

/// What lives within the process.
#[derive(Clone)]
pub struct Inside {
    me: Process,
    net: Net,
    pub heart: Arc<Heart>,
    pub store: RingStore,
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    clock: Arc<dyn Clock>,
    policy: Arc<holdfast::chat::Policy>,
    watch: Arc<Watch<Session>>,
}

pub fn routing_domain() -> ThingId {
    ThingId::from("routing:default")
}

impl Node {
    /// Starts a node on a clock that is wrong by so much.
    pub async fn start(ground: &Ground, lane: Lane, shown_at_begin: Millis) -> Self {
        let (host, link) = (Host::start(), ground.emulator.link());
        let process = lane.process();
        let (ground, way, gate) = (ground.clone(), link.clone(), host.gate.clone());
        let (own, net) = (host.clone(), ground.net.clone());
        let building = host.ask(move || async move {
            let clock = Skewed { begun: ground.begun, shown_at_begin };
            let (inside, switchboard) = Inside::build(&ground, &lane, (way, gate), Arc::new(clock));
            net.open(&lane.node, own, switchboard);
            inside.clone().live(ground.nodes);
            inside
        });
        let inside = building.await.unwrap();
        Self { process, host, link, inside }
    }
}

impl Inside {
    fn build(
        ground: &Ground,
        lane: &Lane,
        (link, gate): (Link, Gate),
        clock: Arc<dyn Clock>,
    ) -> (Self, Arc<Switchboard>) {
        let me = lane.process();
        let chance: Arc<dyn Chance> = Arc::new(Dice::new(ground.seed, &me.to_string()));
        let looks = Arc::default();
        let rows = Gated { link: link.clone(), gate: gate.clone(), plant: ground.plant, looks };
        let store = RingStore::new(Arc::new(rows), lane, clock.clone(), chance.clone());
        let board = Board { rows: ground.members.clone(), link, gate };
        let birth =
            HeartBirth { process: me.clone(), address: String::new(), program: "sim".into() };
        let heart = Arc::new(Heart::new(Arc::new(board), clock.clone(), birth));
        heart.say(|mine| mine.state = MemberState::Accepting);
        let ways = Arc::new(Ways { me: me.node.clone(), net: ground.net.clone() });
        let (current, lanes) = (store.clone(), heart.clone());
        let place = Place {
            me: me.clone(),
            lane: Arc::new(move || current.current_lane()),
            view: lanes,
            takers: Arc::new(PeerTakers {
                me: me.clone(),
                peers: ways.clone(),
                purge: Purge::Told,
            }),
            contests: Arc::default(),
            restoration: Default::default(),
        };
        let (policy, told) = (ground.policy.clone(), Arc::default());
        let world = (clock.clone(), chance.clone(), place.clone());
        let kit =
            Kit { store: store.clone(), clock: clock.clone(), chance, place, ways, policy, told };
        let (sessions, routing) = (kit.things::<Session>(), kit.things::<Domain>());
        // Houses are made once.
        drop(kit.told.set(sessions.clone()));
        let watch = sleepers_watch(&store, &sessions, world);
        let lanes = store.clone();
        let doubting = move || {
            let lanes = lanes.clone();
            actix::spawn(async move { lanes.doubt().await });
        };
        let switchboard = Switchboard::new(me.clone())
            .with_things(&sessions)
            .with_takings(&sessions, heart.clone())
            .with_things(&routing)
            .with_takings(&routing, heart.clone())
            .with(CLAIMED, Arc::new(Doubts(doubting)));
        let net = ground.net.clone();
        let policy = ground.policy.clone();
        let inside = Self {
            me,
            net,
            heart,
            store,
            sessions,
            routing,
            clock,
            policy,
            watch: Arc::new(watch),
        };
        (inside, Arc::new(switchboard))
    }

    /// Begins what a node does by itself.
    fn live(self, others: Vec<NodeId>) {
        spawn_local(self.clone().beat(others));
        spawn_local(self.clone().look_after_claims());
        spawn_local(self.clone().renew_now_and_then());
        spawn_local(self.clone().hear_of_fences());
        spawn_local(self.clone().take_over_what_nobody_has());
        if self.policy.sleep_after.is_some() {
            let watch = self.watch.clone();
            spawn_local(async move { watch.run().await });
        }
        let store = self.store.clone();
        spawn_local(notice_pauses(move |_| {
            let store = store.clone();
            spawn_local(async move { store.doubt().await });
        }));
        spawn_local(async move {
            while self.routing.wake_named(&routing_domain()).await.is_err() {
                sleep(Duration::from_secs(1)).await;
            }
        });
    }

    async fn beat(self, others: Vec<NodeId>) {
        loop {
            for other in others.iter().filter(|other| **other != self.me.node) {
                self.heart.link(other, self.net.is_whole(&self.me.node, other));
            }
            // Nobody is held for dead while it fails.
            drop(self.heart.beat().await);
            sleep(BEAT).await;
        }
    }

    async fn look_after_claims(self) {
        loop {
            sleep(Duration::from_millis(250)).await;
            self.store.look_if_idle();
            for claim in self.store.crowded().into_iter().take(2) {
                self.tell_of(claim, Things::renew, Things::renew);
            }
        }
    }

    /// Claims all that is here anew, far more often than logs become long or lanes crowded in life.
    async fn renew_now_and_then(self) {
        loop {
            sleep(RENEWED_EVERY).await;
            let mut active = [self.sessions.all_active(), self.routing.all_active()].concat();
            active.sort();
            for thing in active {
                let Ok(Location { newest: Some(row), .. }) = self.store.locate(&thing).await else {
                    continue;
                };
                if row.lane.process() == self.me {
                    let claim = Claim::won(thing, row.epoch, row.lane);
                    self.tell_of(claim, Things::renew, Things::renew);
                }
            }
        }
    }

    async fn hear_of_fences(self) {
        let mut fenced = self.store.fenced();
        while let Some(claim) = fenced.recv().await {
            self.tell_of(claim, Things::fenced, Things::fenced);
        }
    }

    fn tell_of(
        &self,
        claim: Claim,
        of_session: impl Fn(&Things<Session>, Claim),
        of_domain: impl Fn(&Things<Domain>, Claim),
    ) {
        if Domain::can_be_named(claim.thing()) {
            of_domain(&self.routing, claim);
        } else {
            of_session(&self.sessions, claim);
        }
    }

    /// Whatever has no living owner and falls to this node is made active here.
    async fn take_over_what_nobody_has(self) {
        loop {
            sleep(Duration::from_secs(3)).await;
            let Ok(things) = self.store.open_things().await else { continue };
            for thing in things {
                if place(&thing, &self.heart.accepting()) != Some(&self.me) {
                    continue;
                }
                // Somebody else may have it, which is as well.
                if Domain::can_be_named(&thing) {
                    drop(self.routing.wake(&thing).await);
                } else {
                    drop(self.sessions.wake_unless_asleep(&thing).await);
                }
            }
        }
    }

    /// Hands everything on, and takes nothing more until told otherwise.
    pub async fn drain(self) {
        self.heart.say(|mine| mine.state = MemberState::Draining);
        drop(self.heart.beat().await);
        self.hand_on_all(&self.sessions).await;
        self.hand_on_all(&self.routing).await;
    }

    async fn hand_on_all<T: Thing>(&self, things: &Things<T>) {
        let mut all = things.all_active();
        all.sort();
        for thing in all {
            let to = targets(&thing, &self.heart.accepting(), &self.me);
            let latest = self.clock.now() + Duration::from_secs(1);
            drop(things.hand_on(HandOn { thing, to, latest }).await);
        }
    }

    pub fn accept_again(&self) {
        self.heart.say(|mine| mine.state = MemberState::Accepting);
    }
}

/// Looks after what sleeps, as a node does.
fn sleepers_watch(
    store: &RingStore,
    sessions: &Things<Session>,
    (clock, chance, place): (Arc<dyn Clock>, Arc<dyn Chance>, Place),
) -> Watch<Session> {
    let glance = Look::NameOf(ParticipantId(0));
    let (owners, alarms) = (Arc::new(store.clone()), Arc::new(store.clone()));
    Watch { things: sessions.clone(), owners, alarms, place, clock, chance, rate: 200, glance }
}

/// Nobody is sent away for his silence, and nobody talks too fast.
pub fn endless_patience() -> holdfast::chat::Policy {
    let for_ever = Duration::from_secs(1_000_000_000);
    holdfast::chat::Policy {
        flex_disconnect_timeout: for_ever,
        resume_window: for_ever,
        send_rate: 1_000,
        send_burst: 100_000,
        ..Default::default()
    }
}

/// What things of every kind are made of.
struct Kit {
    store: RingStore,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    place: Place,
    ways: Arc<Ways>,
    policy: Arc<holdfast::chat::Policy>,
    told: Arc<OnceLock<Things<Session>>>,
}

impl Kit {
    fn things<T: Thing>(&self) -> Things<T>
    where
        Quiet: Shell<T>,
    {
        let (policy, told) = (self.policy.clone(), self.told.clone());
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let shell = Arc::new(Quiet { store, clock, policy, told });
        let doors = Doors {
            owners: Arc::new(self.store.clone()),
            alarms: Arc::new(self.store.clone()),
            shell: shell.clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            place: self.place.clone(),
            keep_closed: Duration::from_secs(3_600),
        };
        let directory = Directory::default();
        let registry = Registry::start(doors, directory.clone(), Arbiters::one());
        Things::new(directory, registry, shell).with_peers(self.ways.clone(), self.place.clone())
    }
}

/// A shell that tells other houses nothing; where sessions sleep, they know everything at once.
struct Quiet {
    store: RingStore,
    clock: Arc<dyn Clock>,
    policy: Arc<holdfast::chat::Policy>,
    told: Arc<OnceLock<Things<Session>>>,
}

impl Quiet {
    fn confirm(&self, session: &ThingId, destination: Destination, upto: Position) {
        let Some(things) = self.told.get().cloned() else { return };
        let session = session.clone();
        let confirm = Look::Confirm { destination, upto };
        spawn_local(async move { drop(things.look(&session, confirm).await) });
    }
}

impl Shell<Session> for Quiet {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &self.store
    }

    fn policy(&self) -> Arc<holdfast::chat::Policy> {
        self.policy.clone()
    }

    fn carry_out(&self, claim: &Claim, effects: Vec<Effect>) {
        if self.policy.sleep_after.is_none() {
            return;
        }
        for effect in effects {
            match effect {
                Effect::TellInteraction(report) => {
                    self.confirm(claim.thing(), Destination::Interaction, report.upto);
                }
                Effect::SaveHistory(report) => {
                    self.confirm(claim.thing(), Destination::History, report.upto);
                }
                Effect::TellAddress | Effect::TellBot(_) | Effect::Push(_) | Effect::Count(_) => {}
            }
        }
    }
}

impl Shell<Domain> for Quiet {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Domain> {
        &self.store
    }

    fn policy(&self) -> Arc<holdfast::interaction::Policy> {
        Arc::default()
    }

    fn carry_out(&self, _: &Claim, _: Vec<holdfast::interaction::Effect>) {}
}
