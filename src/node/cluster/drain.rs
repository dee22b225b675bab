//! Draining a node: it says so, lets the balancer notice, hands everything on at its pace, and
//! leaves. Nothing is refused on the way: what comes for a thing that has gone is sent after it. Only
//! who waits for sessions to end, and is alone, refuses new ones.

use crate::base::{Clock, Millis, Process, ThingId};
use crate::chat::Session;
use crate::config::Config;
use crate::edge::admin::{Drain, Wish};
use crate::edge::agent;
use crate::interaction::Domain;
use crate::node::cluster::status::Progress;
use crate::owned::Thing;
use crate::ownership::actor::{HandOn, Heart, NotMoved, Things};
use crate::ownership::drain::{PATIENCE, Pace, targets};
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

/// How many things may be on their way at a time, whatever the pace.
const MOST_AT_ONCE: usize = 64;

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
                Wish::Drain => Box::pin(self.hand_everything_on()),
                Wish::DrainByWaiting => Box::pin(self.wait_for_the_end()),
            };
            self.begin(wish).await;
            tokio::select! {
                () = draining => return Ended::Leave,
                // Who wishes the same again does not make it begin anew.
                other = wishes.wait_for(|other| *other != wish) => if other.is_err() {
                    return Ended::Leave;
                },
            }
        }
    }

    async fn begin(&self, wish: Wish) {
        self.health.enter(Phase::Draining);
        match wish {
            Wish::DrainByWaiting => self.sessions.begin_nothing_new(),
            // Nothing is refused by a node that hands everything on.
            Wish::Drain | Wish::Serve => self.sessions.begin_again(),
        }
        // Before the others hear of it, which may take a while: who asked for it looks at once.
        self.tell("draining");
        self.say(MemberState::Draining).await;
    }

    async fn serve_again(&self) {
        self.desks.stay();
        self.sessions.begin_again();
        self.say(MemberState::Accepting).await;
        self.health.enter(Phase::Ready);
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
        meters().drain_left.set(0.0);
        tracing::info!("the drain is taken back");
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
        let moving = async {
            self.move_all(&self.sessions, heart).await;
            self.move_all(&self.routing, heart).await;
        };
        let moving = join(self.desks.move_on(AGENTS_WITHIN), moving);
        if timeout_at(until, moving).await.is_err() {
            let n_left = self.n_left();
            tracing::warn!(n_left, "the time is over; survivors take what is left");
        }
        self.say(MemberState::Leaving).await;
        self.tell("leaving");
    }

    /// Moves all things of a kind, at the configured pace, each at a quiet moment if it has one.
    async fn move_all<T: Thing>(&self, things: &Things<T>, heart: &Heart) {
        let me = heart.mine().process;
        let latest = self.clock.now() + PATIENCE;
        let mut pace = Pace::new(self.config.cluster.move_rate);
        let mut on_their_way = FuturesUnordered::new();
        let mut not_before: BTreeMap<ThingId, Millis> = BTreeMap::new();
        loop {
            let now = self.clock.now();
            let may_move = |thing: &ThingId| not_before.get(thing).is_none_or(|at| *at <= now);
            let left = things.all_active();
            if left.is_empty() && on_their_way.is_empty() {
                return;
            }
            let accepting = others(heart, &me);
            let room = match accepting.is_empty() {
                // Whoever is asked to move would stay.
                true => 0,
                false => MOST_AT_ONCE.saturating_sub(on_their_way.len()).min(pace.allow(now)),
            };
            let next: Vec<_> = left.into_iter().filter(may_move).take(room).collect();
            pace.went(next.len());
            for thing in next {
                not_before.insert(thing.clone(), Millis(u64::MAX));
                let to = targets(&thing, &accepting, &me);
                on_their_way.push(hand_on(things, thing, to, latest));
            }
            self.tell("moving");
            let tick = sleep(TICK);
            tokio::pin!(tick);
            loop {
                tokio::select! {
                    () = &mut tick => break,
                    Some((thing, moved)) = on_their_way.next() => match moved {
                        Ok(()) => {
                            not_before.remove(&thing);
                            self.count(|drain| drain.n_moved += 1);
                        }
                        Err(NotMoved::NotHere) => {
                            not_before.remove(&thing);
                        }
                        Err(NotMoved::NotQuiet) => {
                            not_before.insert(thing, self.clock.now() + AGAIN);
                        }
                        Err(NotMoved::Stayed) => {
                            not_before.insert(thing, self.clock.now() + AGAIN);
                            self.count(|drain| drain.n_failed += 1);
                        }
                    },
                }
            }
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

/// Who may take something.
fn others(heart: &Heart, me: &Process) -> Vec<Process> {
    let mut accepting = heart.accepting();
    accepting.retain(|process| process.node != me.node);
    accepting
}

async fn hand_on<T: Thing>(
    things: &Things<T>,
    thing: ThingId,
    to: Vec<Process>,
    latest: Millis,
) -> (ThingId, Result<(), NotMoved>) {
    let moved = things.hand_on(HandOn { thing: thing.clone(), to, latest }).await;
    (thing, moved)
}
