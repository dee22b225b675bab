//! Draining a node: it says so, lets the balancer notice, hands everything on at its pace, and
//! leaves. A node out of rotation does the first of these and no more. Nothing is refused on the way:
//! what comes for a thing that has gone is sent after it. Only who waits for sessions to end, and is
//! alone, refuses new ones.

use crate::base::{Clock, Millis, Process, ThingId};
use crate::chat::Session;
use crate::config::Config;
use crate::edge::admin::{Drain, LEAVING, Wish};
use crate::edge::agent;
use crate::interaction::Domain;
use crate::node::cluster::status::Progress;
use crate::owned::Thing;
use crate::ownership::actor::{HandOn, Heart, NotMoved, Things};
use crate::ownership::drain::{PATIENCE, Pace, Window, targets};
use crate::ownership::membership::{MemberState, View};
use crate::telemetry::{Health, Phase, meters};
use actix_web::web::Data;
use futures_util::future::{LocalBoxFuture, join};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// Within how long agents are let go, one after the other.
const AGENTS_WITHIN: Duration = Duration::from_secs(3);

/// How often it is looked at what may move now.
const TICK: Duration = Duration::from_millis(50);

/// After which time a thing that was not quiet is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// Something that has been on its way for longer waits for more than its turn.
const STUCK: Duration = Duration::from_secs(2);

/// All that a drain needs.
#[derive(Clone)]
pub struct Drainer {
    pub heart: Option<Arc<Heart>>,
    pub desks: Data<agent::Api>,
    pub health: Arc<Health>,
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    pub clock: Arc<dyn Clock>,
    pub config: Arc<Config>,
    pub progress: Progress,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The node may leave.
    Leave,
    TakenBack,
}

impl Drainer {
    /// Drains until nothing is left, the time is over, or an operator takes it back.
    pub async fn run(&self, wishes: &mut watch::Receiver<Wish>) -> Ended {
        loop {
            let wish = *wishes.borrow_and_update();
            let draining: LocalBoxFuture<'_, ()> = match wish {
                Wish::Serve => {
                    self.serve_again().await;
                    return Ended::TakenBack;
                }
                Wish::Offline => Box::pin(std::future::pending()),
                Wish::Drain => Box::pin(self.hand_everything_on()),
                Wish::DrainByWaiting => Box::pin(self.wait_for_the_end()),
            };
            self.begin(wish).await;
            tokio::select! {
                () = draining => {
                    self.tell(LEAVING);
                    return Ended::Leave;
                }
                // Who wishes the same again does not make it begin anew.
                other = wishes.wait_for(|other| *other != wish) => if other.is_err() {
                    return Ended::Leave;
                },
            }
        }
    }

    async fn begin(&self, wish: Wish) {
        self.health.enter(if wish == Wish::Offline { Phase::Offline } else { Phase::Draining });
        // Before the others hear of it, which may take a while: who asked for it looks at once.
        match wish {
            Wish::Offline => {
                self.drain_no_more();
                self.count(|drain| *drain = Drain::out_of_rotation());
            }
            Wish::DrainByWaiting => {
                self.sessions.begin_nothing_new();
                self.tell("draining");
            }
            // Nothing is refused by a node that hands everything on.
            Wish::Drain | Wish::Serve => {
                self.sessions.begin_again();
                self.tell("draining");
            }
        }
        self.say(MemberState::Draining).await;
    }

    async fn serve_again(&self) {
        self.drain_no_more();
        self.say(MemberState::Accepting).await;
        self.health.enter(Phase::Ready);
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tracing::info!("serving again");
    }

    /// Whatever a drain had begun that was taken back: clients may stay, sessions may begin, and nothing is
    /// left to move.
    fn drain_no_more(&self) {
        self.desks.stay();
        self.sessions.begin_again();
        meters().drain_left.set(0.0);
        if let Some(heart) = &self.heart {
            heart.say(|mine| mine.n_left = 0);
        }
    }

    /// The guide's way: no session begins here any more, and those there are end by themselves.
    async fn wait_for_the_end(&self) {
        while 0 < self.sessions.n_active() {
            self.tell("waiting");
            sleep(Duration::from_secs(1)).await;
        }
        self.hand_everything_on().await;
    }

    async fn hand_everything_on(&self) {
        let Some(heart) = &self.heart else { return };
        let until = Instant::now() + self.config.node.drain_timeout;
        if heart.accepting().is_empty() {
            return tracing::warn!("there is nobody to hand anything on to");
        }
        sleep(self.config.cluster.lb_delay).await;
        self.tell("moving");
        let within = until.saturating_duration_since(Instant::now());
        let until_then = self.clock.now() + within;
        let moving = async {
            self.move_all(&self.sessions, heart, until_then).await;
            self.move_all(&self.routing, heart, until_then).await;
        };
        let moving = join(self.desks.move_on(AGENTS_WITHIN), moving);
        if timeout_at(until, moving).await.is_err() {
            let n_left = self.n_left();
            tracing::warn!(n_left, "the time is over; survivors take what is left");
        }
        self.tell(LEAVING);
        self.say(MemberState::Leaving).await;
    }

    /// Moves all things of a kind, at the configured pace, each at a quiet moment if it has one.
    async fn move_all<T: Thing>(&self, things: &Things<T>, heart: &Heart, until: Millis) {
        let latest = self.clock.now() + PATIENCE;
        let mut plan = Plan::new(self.config.cluster.move_rate, until);
        let mut on_their_way = FuturesUnordered::new();
        loop {
            let left = things.all_active();
            if left.is_empty() && on_their_way.is_empty() {
                return plan.tell(T::kind());
            }
            let (to, n_left) = (others(heart), left.len());
            let mut due = plan.due(left, self.clock.now()).into_iter();
            self.tell("moving");
            let tick = sleep(TICK);
            tokio::pin!(tick);
            loop {
                let now = self.clock.now();
                // Whoever is asked to move to nobody would stay.
                let room = if to.is_empty() { 0 } else { plan.room(n_left, now) };
                for thing in due.by_ref().take(room) {
                    plan.went(&thing, now);
                    let to = targets(&thing, &to, &heart.mine().process);
                    on_their_way.push(hand_on(things, HandOn { thing, to, latest }, now));
                }
                tokio::select! {
                    () = &mut tick => break,
                    Some(moved) = on_their_way.next() => {
                        self.note(&moved);
                        plan.came(moved, self.clock.now());
                    }
                }
            }
        }
    }

    fn note(&self, moved: &Moved) {
        match moved.outcome {
            Ok(()) => self.count(|drain| drain.n_moved += 1),
            Err(NotMoved::Stayed) => self.count(|drain| drain.n_failed += 1),
            Err(NotMoved::NotHere | NotMoved::NotQuiet) => {}
        }
    }

    async fn say(&self, state: MemberState) {
        let Some(heart) = &self.heart else { return };
        heart.say(|mine| mine.state = state);
        if let Err(error) = heart.beat().await {
            tracing::warn!(%error, "the other nodes are not told yet");
        }
    }

    fn n_left(&self) -> u64 {
        (self.sessions.n_active() + self.routing.n_active()) as u64
    }

    fn tell(&self, phase: &'static str) {
        let n_left = self.n_left();
        self.count(|drain| {
            drain.phase = phase.to_owned();
            drain.n_left = n_left;
        });
        meters().drain_left.set(u32::try_from(n_left).unwrap_or(u32::MAX));
        if let Some(heart) = &self.heart {
            heart.say(|mine| mine.n_left = n_left);
        }
    }

    fn count(&self, change: impl FnOnce(&mut Drain)) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        change(progress.get_or_insert_default());
    }
}

/// What moves when.
struct Plan {
    pace: Pace,
    window: Window,
    /// By then everything should have moved.
    until: Millis,
    /// What is on its way, and since when.
    on_their_way: BTreeMap<ThingId, Millis>,
    /// What is not to be asked again yet.
    not_before: BTreeMap<ThingId, Millis>,
    /// How long those took that have moved, and the longest of them.
    n_moved: u32,
    in_all: Duration,
    longest: Duration,
}

/// What became of one move.
struct Moved {
    thing: ThingId,
    began: Millis,
    outcome: Result<(), NotMoved>,
}

impl Plan {
    fn new(move_rate: u64, until: Millis) -> Self {
        Self {
            pace: Pace::new(move_rate),
            window: Window::default(),
            until,
            on_their_way: BTreeMap::new(),
            not_before: BTreeMap::new(),
            n_moved: 0,
            in_all: Duration::ZERO,
            longest: Duration::ZERO,
        }
    }

    /// What of these may be asked now.
    fn due(&self, mut left: Vec<ThingId>, now: Millis) -> Vec<ThingId> {
        left.retain(|thing| {
            let is_early = self.not_before.get(thing).is_some_and(|at| now < *at);
            !is_early && !self.on_their_way.contains_key(thing)
        });
        left
    }

    /// How many may go now. One that waits for a part of the store that does not answer keeps its
    /// place among all, and no longer that of another one.
    fn room(&mut self, n_left: usize, now: Millis) -> usize {
        let mean = self.mean();
        let needed = Window::needed(n_left, mean, self.until.since(now));
        let n_young = self.on_their_way.values().filter(|began| now.since(**began) < STUCK).count();
        let at_once = self.window.n_at_once().max(needed);
        let most = Window::MOST.saturating_sub(self.on_their_way.len());
        at_once.saturating_sub(n_young).min(most).min(self.pace.allow(now))
    }

    fn went(&mut self, thing: &ThingId, now: Millis) {
        self.pace.went(1);
        self.on_their_way.insert(thing.clone(), now);
    }

    fn came(&mut self, Moved { thing, began, outcome }: Moved, now: Millis) {
        self.on_their_way.remove(&thing);
        match outcome {
            Ok(()) => {
                self.window.arrived(began, now);
                let took = now.since(began);
                self.n_moved += 1;
                self.in_all += took;
                self.longest = self.longest.max(took);
            }
            Err(NotMoved::NotHere) => {}
            Err(NotMoved::NotQuiet) => {
                self.not_before.insert(thing, now + AGAIN);
            }
            Err(NotMoved::Stayed) => {
                self.window.failed(began, now);
                self.not_before.insert(thing, now + AGAIN);
            }
        }
    }

    fn mean(&self) -> Duration {
        self.in_all / self.n_moved.max(1)
    }

    fn tell(&self, kind: &'static str) {
        let Self { n_moved, longest, .. } = self;
        let mean = self.mean();
        tracing::info!(kind, n_moved, ?mean, ?longest, "all of a kind are handed on");
    }
}

/// Who may take something.
fn others(heart: &Heart) -> Vec<Process> {
    let me = heart.mine().process;
    let mut accepting = heart.accepting();
    accepting.retain(|process| process.node != me.node);
    accepting
}

async fn hand_on<T: Thing>(things: &Things<T>, what: HandOn, began: Millis) -> Moved {
    let thing = what.thing.clone();
    let outcome = things.hand_on(what).await;
    Moved { thing, began, outcome }
}
