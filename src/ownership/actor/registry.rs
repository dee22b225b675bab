//! The registry of one kind of owned things on one node: it claims and starts them, one take-over at
//! a time per thing, and supervises them. actix supervision ends where a panic begins, so each death
//! comes here with its cause, and a thing that panicked is claimed anew and replayed.

use crate::base::{Claim, Epoch, Millis, ThingId};
use crate::owned::{Birth, Cause, Died, Fence, OwnedActor, Past, Renew, StoreError, Thing};
use crate::ownership::actor::asking::{is_gated, open_if_served};
use crate::ownership::actor::directory::{Reached, Waiting};
use crate::ownership::actor::legacy::Legacies;
use crate::ownership::actor::moves::Moves;
use crate::ownership::actor::open::{Open, Rouse};
use crate::ownership::actor::repair::{Repairs, Unreadable};
use crate::ownership::actor::take_over::{Doors, Opened, Origin, take_over};
use crate::ownership::actor::{Arbiters, Directory};
use crate::ownership::error::Absent;
use crate::telemetry::meters;
use actix::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Requests for things that are not active wait here while they are taken over; a full mailbox makes
/// the callers wait, so this bounds memory in a storm of wake-ups.
const MAILBOX: usize = 1_024;

/// So often in so long may a thing panic before it is closed for repair.
const MOST_PANICS: usize = 3;
const PANIC_WINDOW: Duration = Duration::from_secs(60);

/// How long to wait before a thing whose store refused is taken over again.
const BREATHER: Duration = Duration::from_secs(1);

/// How long it is waited at most before an end is marked again that could not be.
const LONGEST_BREATHER: Duration = Duration::from_secs(30);

pub struct Registry<T: Thing> {
    pub(super) doors: Arc<Doors<T>>,
    pub(super) directory: Directory<T>,
    arbiters: Arbiters,
    opening: BTreeMap<ThingId, Waiting<T>>,
    pub(super) moves: Moves<T>,
    /// Things whose actor died and that must live again, whether or not anybody asks for them.
    reviving: BTreeSet<ThingId>,
    legacies: Legacies<T>,
    panics: BTreeMap<ThingId, Vec<Millis>>,
    pub(super) in_repair: Repairs,
    /// Claims that were fenced while their actor was on its way, to life or to another node, and
    /// nobody was there to be told.
    pub(super) fenced: BTreeMap<ThingId, Epoch>,
    is_stopping: bool,
}

/// Ends all actors after what they have begun, and opens nothing more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Close;

/// Says that somebody claimed a thing above an epoch of ours. Its actor ends.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Fenced(pub Claim);

/// Asks that a thing be claimed anew, because its lane is crowded.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RenewClaim(pub Claim);

/// Asks for the registry's observable state.
#[derive(Message)]
#[rtype(result = "RegistrySight")]
pub struct Observe;

/// What the registry holds, as plain data.
#[derive(Clone, Debug, PartialEq, Eq, MessageResponse)]
pub struct RegistrySight {
    pub n_active: usize,
    pub n_opening: usize,
    pub in_repair: Vec<ThingId>,
}

impl<T: Thing> Registry<T> {
    pub fn start(doors: Doors<T>, directory: Directory<T>, arbiters: Arbiters) -> Addr<Self> {
        let registry = Self {
            doors: Arc::new(doors),
            directory,
            arbiters,
            opening: BTreeMap::new(),
            moves: Moves::default(),
            reviving: BTreeSet::new(),
            legacies: Legacies::default(),
            panics: BTreeMap::new(),
            in_repair: Repairs::default(),
            fenced: BTreeMap::new(),
            is_stopping: false,
        };
        Actor::start(registry)
    }

    fn open(&mut self, open: Open<T>, ctx: &mut Context<Self>) {
        let Open { thing, origin, dead, rouse, is_own_wish, .. } = open;
        let doors = self.doors.clone();
        let mut legacy = self.legacies.lend(&thing);
        let taking = async move {
            let how = (origin, dead.as_ref());
            let outcome = take_over(&*doors, &thing, how, &mut legacy).await;
            (outcome, legacy, thing)
        };
        ctx.spawn(taking.into_actor(self).map(move |(outcome, legacy, thing), registry, ctx| {
            if let Some(legacy) = legacy {
                registry.legacies.give_back(&thing, legacy);
            }
            let reached = outcome.map(|opened| {
                registry.count(&opened, rouse, is_own_wish);
                registry.bring_to_life(opened, ctx)
            });
            registry.after_opening(&thing, reached.as_ref().err(), ctx);
            registry.fenced.remove(&thing);
            for waiting in registry.opening.remove(&thing).unwrap_or_default() {
                // Who no longer waits needs no answer.
                let _ = waiting.send(reached.clone());
            }
        }));
    }

    /// What must live again is tried until the store answers: its timers and reports wait for it.
    fn after_opening(&mut self, thing: &ThingId, no: Option<&Absent>, ctx: &mut Context<Self>) {
        if let Some(absent) = no {
            tracing::debug!(%thing, %absent, "not opened");
        }
        if no == Some(&Absent::InRepair) {
            self.in_repair.rest(thing, self.doors.clock.now());
        }
        let must_live = self.reviving.remove(thing);
        if !matches!(no, Some(Absent::Unavailable(_))) {
            self.legacies.let_go(thing);
        } else if must_live {
            let thing = thing.clone();
            ctx.run_later(BREATHER, |registry, ctx| registry.revive(thing, ctx));
        }
    }

    /// Each take-over counts once, whoever wanted it.
    fn count(&self, opened: &Opened<T>, rouse: Rouse, is_own_wish: bool) {
        if opened.slept {
            self.note_wake(opened.claim.thing(), rouse);
        }
        if opened.past != Past::Nothing {
            let reason = match (opened.slept, is_own_wish) {
                (true, _) => "wake",
                (false, true) => "survivor",
                (false, false) => "restore",
            };
            meters().takeovers.of(reason).increment(1);
        }
    }

    fn bring_to_life(&mut self, opened: Opened<T>, ctx: &Context<Self>) -> Addr<OwnedActor<T>> {
        let Opened { claim, remains, upto, past, .. } = opened;
        let (id, epoch) = (claim.thing().clone(), claim.epoch());
        let birth = Birth {
            claim,
            remains,
            shell: self.doors.shell.clone(),
            undertaker: ctx.address().recipient(),
            upto,
            past,
            tally: self.directory.suspended().clone(),
        };
        let address = OwnedActor::start_on(self.arbiters.of(&id), birth);
        tracing::debug!(thing = %id, %epoch, ?past, "active");
        self.moves.came_back(&id);
        self.directory.insert(id.clone(), epoch, address.clone());
        self.fence_if_told(&id, epoch, &address);
        address
    }

    /// For an actor that can be told now what it could not be told on its way.
    pub(super) fn fence_if_told(
        &mut self,
        thing: &ThingId,
        epoch: Epoch,
        address: &Addr<OwnedActor<T>>,
    ) {
        if self.fenced.remove(thing) == Some(epoch) {
            address.do_send(Fence);
        }
    }

    /// A panic is a bug in one thing: it is taken over again, unless it happens over and over.
    fn after_panic(&mut self, thing: ThingId, ctx: &mut Context<Self>) {
        meters().actor_panics.increment(1);
        let now = self.doors.clock.now();
        let panics = self.panics.entry(thing.clone()).or_default();
        panics.retain(|at| now.since(*at) < PANIC_WINDOW);
        panics.push(now);
        if MOST_PANICS < panics.len() {
            tracing::error!(%thing, "closed for repair: it panicked again and again");
            self.in_repair.close(thing);
            return;
        }
        tracing::error!(%thing, "a session's actor panicked; it is taken over again");
        self.revive(thing, ctx);
    }

    /// Takes a thing over again. One that a request has brought back meanwhile is left alone: a new
    /// claim would only fence its actor.
    pub(super) fn revive(&mut self, thing: ThingId, ctx: &mut Context<Self>) {
        if self.is_stopping || self.directory.find(&thing).is_some() {
            return self.legacies.let_go(&thing);
        }
        self.reviving.insert(thing.clone());
        self.open_for(Open::new(thing, Origin::Existing, None), Vec::new(), ctx);
    }

    /// Opens a thing for those who wait, one take-over at a time.
    pub(super) fn open_for(&mut self, open: Open<T>, waiting: Waiting<T>, ctx: &mut Context<Self>) {
        if let Some(others) = self.opening.get_mut(&open.thing) {
            let most = self.doors.shell.most_waiting();
            return waiting.into_iter().for_each(|one| queue_up(others, one, most));
        }
        self.opening.insert(open.thing.clone(), waiting);
        self.open(open, ctx);
    }

    /// Marks a thing that is over, until the mark is stored. If a request has claimed it meanwhile,
    /// the mark is the next owner's matter: it finds the thing over as well.
    fn close(&self, claim: Claim, pause: Duration, ctx: &mut Context<Self>) {
        let doors = self.doors.clone();
        let closing = async move {
            let purge_at = doors.clock.now() + doors.keep_closed;
            doors.owners.close(&claim, purge_at).await.map_err(|error| (claim, error))
        };
        ctx.spawn(closing.into_actor(self).map(move |closed, _, ctx| {
            let Err((claim, error)) = closed else { return };
            let thing = claim.thing();
            match error {
                StoreError::Fenced { .. } => {
                    tracing::debug!(%thing, %error, "not marked as closed")
                }
                StoreError::Gap { .. }
                | StoreError::Unavailable(_)
                | StoreError::Damaged { .. } => {
                    tracing::warn!(%thing, %error, "failed to mark as closed");
                    let next = (2 * pause).min(LONGEST_BREATHER);
                    ctx.run_later(pause, move |registry, ctx| registry.close(claim, next, ctx));
                }
            }
        }));
    }
}

/// As many wait for a thing on its way as may wait for its actor.
fn queue_up<T: Thing>(waiting: &mut Waiting<T>, one: oneshot::Sender<Reached<T>>, most: usize) {
    if waiting.len() < most {
        return waiting.push(one);
    }
    // Who no longer waits needs no answer.
    let _ = one.send(Err(Absent::Unavailable("too many requests wait for it".into())));
}

impl<T: Thing> Unpin for Registry<T> {}

impl<T: Thing> Actor for Registry<T> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl<T: Thing> Handler<Open<T>> for Registry<T> {
    type Result = ResponseFuture<Reached<T>>;

    fn handle(&mut self, open: Open<T>, ctx: &mut Self::Context) -> Self::Result {
        if let Some(address) = self.directory.find(&open.thing) {
            return Box::pin(async { Ok(address) });
        }
        if !open.is_own_wish
            && let Some(to) =
                self.moves.whither(&open.thing, open.dead.as_ref(), &*self.doors.place.view)
        {
            return Box::pin(async { Err(Absent::Elsewhere(to)) });
        }
        if self.in_repair.holds(&open.thing, self.doors.clock.now()) {
            return Box::pin(async { Err(Absent::InRepair) });
        }
        if self.is_stopping {
            return Box::pin(async { Err(Absent::Unavailable("this node stops".into())) });
        }
        let is_moving = self.moves.waiting(&open.thing).is_some();
        if !is_moving && is_gated(&self.doors, open.asker) {
            return Box::pin(open_if_served(self.doors.clone(), open, ctx.address().recipient()));
        }
        if open.rouse == Rouse::Never && !self.opening.contains_key(&open.thing) {
            return self.open_unless_asleep(open, ctx);
        }
        let (answer, reached) = oneshot::channel();
        match self.moves.waiting(&open.thing) {
            Some(waiting) => queue_up(waiting, answer, self.doors.shell.most_waiting()),
            None => self.open_for(open, vec![answer], ctx),
        }
        Box::pin(async move {
            let gone = || Err(Absent::Unavailable("this node stops".into()));
            reached.await.unwrap_or_else(|_| gone())
        })
    }
}

impl<T: Thing> Handler<Died<T>> for Registry<T> {
    type Result = ();

    fn handle(&mut self, died: Died<T>, ctx: &mut Self::Context) {
        let Died { claim, cause, upto, remains } = died;
        let thing = claim.thing().clone();
        let epoch: Epoch = claim.epoch();
        self.directory.remove(&thing, epoch);
        if cause == Cause::LetGo {
            return self.release(claim, upto, ctx);
        }
        // Who waits for its move may have it opened at once.
        self.legacies.keep(&claim, upto, remains);
        self.end_move(&thing, ctx);
        match cause {
            Cause::Panicked => {
                self.doors.owners.forget(&claim);
                self.after_panic(thing, ctx);
            }
            Cause::Over => self.close(claim, BREATHER, ctx),
            Cause::Outgrown => self.revive(thing, ctx),
            Cause::Broken => {
                ctx.run_later(BREATHER, |registry, ctx| registry.revive(thing, ctx));
            }
            Cause::Asleep { until } => self.fall_asleep(claim, upto, until, ctx),
            Cause::Fenced => meters().fenced.increment(1),
            // Nothing came of it, or the node stops.
            Cause::Stopped => self.doors.owners.forget(&claim),
            Cause::LetGo => {}
        }
    }
}

impl<T: Thing> Handler<Fenced> for Registry<T> {
    type Result = ();

    fn handle(&mut self, Fenced(claim): Fenced, _: &mut Self::Context) {
        let thing = claim.thing();
        if self.directory.epoch(thing) == Some(claim.epoch())
            && let Some(address) = self.directory.find(thing)
        {
            address.do_send(Fence);
        } else if self.opening.contains_key(thing) || self.moves.waiting(thing).is_some() {
            self.fenced.insert(thing.clone(), claim.epoch());
        }
    }
}

impl<T: Thing> Handler<RenewClaim> for Registry<T> {
    type Result = ();

    fn handle(&mut self, RenewClaim(claim): RenewClaim, _: &mut Self::Context) {
        if self.directory.epoch(claim.thing()) == Some(claim.epoch())
            && let Some(address) = self.directory.find(claim.thing())
        {
            address.do_send(Renew);
        }
    }
}

impl<T: Thing> Handler<Unreadable> for Registry<T> {
    type Result = ();

    fn handle(&mut self, Unreadable(thing): Unreadable, _: &mut Self::Context) {
        self.in_repair.rest(&thing, self.doors.clock.now());
    }
}

impl<T: Thing> Handler<Observe> for Registry<T> {
    type Result = RegistrySight;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> RegistrySight {
        RegistrySight {
            n_active: self.directory.n_active(),
            n_opening: self.opening.len(),
            in_repair: self.in_repair.all(self.doors.clock.now()),
        }
    }
}

impl<T: Thing> Handler<Close> for Registry<T> {
    type Result = ();

    fn handle(&mut self, _: Close, _: &mut Self::Context) {
        self.is_stopping = true;
        for (_, address) in self.directory.all() {
            address.do_send(crate::owned::actor::Stop);
        }
    }
}
