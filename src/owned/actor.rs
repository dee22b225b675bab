//! The actor around one owned thing. It has no opinion: it stores what was decided, folds it in, and
//! carries the effects out, always in this order.
//!
//! One append is on its way at a time. Wishes that come meanwhile wait here and are then decided
//! together, so that a busy thing costs one append for many wishes, and one that only reads never
//! waits for the store.

mod aside;
mod handlers;
mod words;

pub use aside::aside;
pub use words::{
    Attend, Birth, Cause, Died, Fence, IsStalled, LetGo, NotQuiet, Past, Perform, PerformAndLook,
    Remains, Renew, Stop,
};

use crate::base::{Claim, Millis, Position};
use crate::owned::door::{Entry, Log, StoreError};
use crate::owned::error::Refusal;
use crate::owned::thing::{Decision, Ear, Recorded, Room, Scene, Sleep, Thing};
use crate::telemetry::{Held, Tallied, Tally, meters};
use actix::prelude::*;
use std::collections::VecDeque;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How many messages an actor's mailbox holds. Senders wait when it is full, so this bounds memory
/// and not the number of callers; a handler takes microseconds, so it is seldom more than a few.
const MAILBOX: usize = 64;

/// How many wishes wait while an append is on its way, if nobody says otherwise. More are refused.
const MOST_WAITING: usize = 64;

/// After this long without an answer of the store, new wishes are refused at once instead of
/// waiting their time out.
const APPEND_DEADLINE: Duration = Duration::from_secs(10);

/// After this long, a thing of which nothing was made is let go.
const MADE_WITHIN: Duration = Duration::from_secs(10);

/// While the store does not answer, time brings nothing about; so often it is looked at.
const HELD_UP: Duration = Duration::from_secs(1);

/// All that an owned thing may touch outside itself.
pub trait Shell<T: Thing>: Send + Sync {
    fn now(&self) -> Millis;
    fn log(&self) -> &dyn Log<T>;
    fn policy(&self) -> Arc<T::Policy>;

    /// Since when the store has answered without a break, as far as this process knows; nothing while
    /// it does not.
    fn served_since(&self) -> Option<Millis> {
        Some(Millis::default())
    }

    /// How many wishes may wait for one thing.
    fn most_waiting(&self) -> usize {
        MOST_WAITING
    }

    /// Carries effects to other houses. Must not wait, and need not succeed: what must arrive is
    /// told again until it is confirmed.
    fn carry_out(&self, claim: &Claim, effects: Vec<T::Effect>);
}

pub struct OwnedActor<T: Thing> {
    claim: Claim,
    thing: T,
    room: T::Room,
    shell: Arc<dyn Shell<T>>,
    waiting: VecDeque<Wish<T>>,
    is_appending: bool,
    /// Since when, by the clock of the shell.
    appending_since: Millis,
    /// How many wishes are followed by a look that has not been taken.
    n_looking: usize,
    /// Rings when the append on its way has taken too long.
    patience: Option<SpawnHandle>,
    /// Held while the store keeps this thing waiting.
    suspended: Option<(Held, Tallied)>,
    /// Where it counts while it is suspended.
    tally: Tally,
    alarm: Option<(Millis, SpawnHandle)>,
    past: Past,
    /// What it was worth in events when this life began.
    weight: usize,
    /// Events stored under this claim.
    n_stored: u64,
    /// Set when it has been told to let go: it begins nothing more.
    is_letting_go: bool,
    tombstone: Tombstone<T>,
}

struct Wish<T: Thing> {
    command: T::Command,
    answer: oneshot::Sender<Answered<T>>,
}

type Reply<T> = oneshot::Receiver<Answered<T>>;

type Answered<T> = Result<<T as Thing>::Answer, Refusal<<T as Thing>::Rejection>>;

/// Wishes decided together, on their way to the store.
struct Batch<T: Thing> {
    next: T,
    entries: Vec<Entry<T::Event>>,
    effects: Vec<T::Effect>,
    answers: Vec<(oneshot::Sender<Answered<T>>, Answered<T>)>,
}

/// Says that the actor is dead, however it died: actix does not restart after a panic, and its own
/// supervisor does not notice one.
struct Tombstone<T: Thing> {
    claim: Claim,
    cause: Cause,
    upto: Position,
    remains: Option<Remains<T>>,
    undertaker: Recipient<Died<T>>,
}

impl<T: Thing> OwnedActor<T> {
    /// Starts the actor on an arbiter, or on the caller's own one if none is named.
    pub fn start_on(arbiter: Option<&ArbiterHandle>, birth: Birth<T>) -> Addr<Self> {
        match arbiter {
            Some(arbiter) => Self::start_in_arbiter(arbiter, |_| Self::new(birth)),
            None => Self::new(birth).start(),
        }
    }

    fn new(birth: Birth<T>) -> Self {
        let Birth { claim, remains, shell, undertaker, upto, past, tally } = birth;
        let Remains { thing, room, weight } = remains;
        let (dead, cause) = (claim.clone(), Cause::Stopped);
        let tombstone = Tombstone { claim: dead, cause, upto, remains: None, undertaker };
        Self {
            claim,
            thing,
            room,
            shell,
            waiting: VecDeque::new(),
            is_appending: false,
            appending_since: Millis::default(),
            n_looking: 0,
            patience: None,
            suspended: None,
            tally,
            alarm: None,
            past,
            weight,
            n_stored: 0,
            is_letting_go: false,
            tombstone,
        }
    }

    fn look(&mut self, look: T::Look, listener: Option<Ear<T>>) -> T::Sight {
        let now = self.shell.now();
        self.thing.look(&mut self.room, look, listener, now)
    }

    /// Lets a wish wait for its turn, which may be now.
    fn take(
        &mut self,
        command: T::Command,
        ctx: &mut Context<Self>,
    ) -> Result<Reply<T>, Refusal<T::Rejection>> {
        if self.is_letting_go {
            return Err(Refusal::Gone);
        }
        if self.suspended.is_some() {
            return Err(Refusal::Suspended);
        }
        if self.shell.most_waiting() <= self.waiting.len() {
            return Err(Refusal::Busy);
        }
        let (answer, reply) = oneshot::channel();
        self.waiting.push_back(Wish { command, answer });
        self.append_what_waits(ctx);
        Ok(reply)
    }

    fn append_what_waits(&mut self, ctx: &mut Context<Self>) {
        if self.is_appending || self.is_letting_go || self.waiting.is_empty() {
            return;
        }
        let batch = self.decide_what_waits();
        if batch.entries.is_empty() {
            return self.commit(batch, ctx);
        }
        self.begin_to_wait(ctx);
        let stored = self.shell.log().append(&self.claim, batch.entries.clone());
        ctx.spawn(stored.into_actor(self).map(|stored, actor, ctx| {
            actor.end_to_wait(ctx);
            match stored {
                Ok(()) => actor.commit(batch, ctx),
                Err(error) => return actor.end(batch, &error, ctx),
            }
            actor.append_what_waits(ctx);
        }));
    }

    /// Tells those whose turn has not come that they find the thing elsewhere.
    fn turn_away(&mut self) {
        for Wish { answer, .. } in self.waiting.drain(..) {
            reply(answer, Err(Refusal::Gone));
        }
    }

    fn begin_to_wait(&mut self, ctx: &mut Context<Self>) {
        self.is_appending = true;
        self.appending_since = self.shell.now();
        self.patience = Some(ctx.run_later(APPEND_DEADLINE, |actor, _| {
            tracing::warn!(thing = %actor.claim.thing(), "suspended: the store does not answer");
            let held = Held::one_of(meters().suspended.clone());
            actor.suspended = Some((held, actor.tally.one()));
        }));
    }

    fn end_to_wait(&mut self, ctx: &mut Context<Self>) {
        self.is_appending = false;
        if let Some(patience) = self.patience.take() {
            ctx.cancel_future(patience);
        }
        if self.suspended.take().is_some() {
            tracing::info!(thing = %self.claim.thing(), "no longer suspended");
        }
    }

    /// Decides each wish on what the wishes before it will have changed. Nobody sees that copy
    /// before it is stored.
    fn decide_what_waits(&mut self) -> Batch<T> {
        let policy = self.shell.policy();
        let now = self.shell.now();
        let mut next = self.thing.clone();
        let mut drafted: Vec<Arc<T::Event>> = Vec::new();
        let mut batch =
            Batch { next: T::default(), entries: vec![], effects: vec![], answers: vec![] };
        for Wish { command, answer } in self.waiting.drain(..) {
            // Whoever gave up waiting will ask again, with the same key.
            if answer.is_closed() {
                continue;
            }
            let scene = Scene { room: &self.room, drafted: &drafted, now, policy: &*policy };
            match next.decide(&scene, command) {
                Ok(Decision { events, effects, answer: reply }) => {
                    let mut more = u32::try_from(events.len()).unwrap_or(u32::MAX);
                    for event in events.into_iter().map(Arc::new) {
                        more -= 1;
                        next.apply(&event);
                        drafted.push(event.clone());
                        batch.entries.push(Entry { event, more });
                    }
                    batch.effects.extend(effects);
                    batch.answers.push((answer, Ok(reply)));
                }
                // Held back too: it may rest on what is not stored yet.
                Err(no) => batch.answers.push((answer, Err(Refusal::Rejected(no)))),
            }
        }
        batch.next = next;
        batch
    }

    fn commit(&mut self, batch: Batch<T>, ctx: &mut Context<Self>) {
        self.thing = batch.next;
        self.n_stored += batch.entries.len() as u64;
        if let Some(last) = batch.entries.last() {
            self.tombstone.upto = last.event.position();
        }
        let events: Vec<_> = batch.entries.into_iter().map(|entry| entry.event).collect();
        let mut effects = batch.effects;
        let (now, policy) = (self.shell.now(), self.shell.policy());
        effects.extend(self.room.committed(&self.thing, &events, now, &policy));
        self.shell.carry_out(&self.claim, effects);
        for (to, answer) in batch.answers {
            reply(to, answer);
        }
        self.settle(ctx);
    }

    /// The store drives an append of unknown outcome again by itself. When it gives up, or we are
    /// fenced, our memory is no longer the truth: end, and let whoever comes next replay.
    fn end(&mut self, batch: Batch<T>, error: &StoreError, ctx: &mut Context<Self>) {
        self.tombstone.cause = match error {
            StoreError::Fenced { .. } => {
                tracing::info!(thing = %self.claim.thing(), %error, "fenced");
                Cause::Fenced
            }
            StoreError::Gap { .. } | StoreError::Unavailable(_) | StoreError::Damaged { .. } => {
                tracing::error!(thing = %self.claim.thing(), %error, "failed to append");
                Cause::Broken
            }
        };
        for (to, _) in batch.answers {
            reply(to, Err(Refusal::Lost));
        }
        ctx.stop();
    }

    /// Arms the alarm for the next deadline, or ends a thing that is over.
    fn settle(&mut self, ctx: &mut Context<Self>) {
        if let Some(cause) = self.reason_to_end() {
            self.tombstone.cause = cause;
            return ctx.stop();
        }
        let next = [self.next_deadline(), self.next_sleep().map(|sleep| sleep.from)];
        let next = next.into_iter().flatten().min();
        let armed = self.alarm.map(|(at, _)| at);
        // An alarm that rings too early costs one look; re-arming at each message costs more.
        if next.is_none() || armed.is_some_and(|armed| Some(armed) <= next) {
            return;
        }
        if let (Some((_, handle)), Some(_)) = (self.alarm.take(), next) {
            ctx.cancel_future(handle);
        }
        if let Some(at) = next {
            let wait = at.since(self.shell.now());
            self.alarm = Some((at, ctx.run_later(wait, Self::ring)));
        }
    }

    fn next_deadline(&self) -> Option<Millis> {
        self.thing.next_deadline(&self.room, &self.shell.policy())
    }

    fn next_sleep(&self) -> Option<Sleep> {
        self.thing.next_sleep(&self.room, &self.shell.policy())
    }

    /// Only between two batches: what waits is still answered, and looked at.
    fn reason_to_end(&self) -> Option<Cause> {
        if self.is_appending || 0 < self.n_looking {
            return None;
        }
        if self.is_letting_go {
            return Some(Cause::LetGo);
        }
        if !self.waiting.is_empty() {
            return None;
        }
        if !self.thing.has_begun() {
            return Some(Cause::Stopped);
        }
        if self.thing.is_over(&self.room) {
            return Some(Cause::Over);
        }
        if self.thing.renew_after(&self.room).is_some_and(|most| most < self.n_stored) {
            return Some(Cause::Outgrown);
        }
        // While the store does not answer, nothing can be put to sleep.
        self.shell.served_since()?;
        let Sleep { from, until } = self.next_sleep()?;
        let now = self.shell.now();
        (from <= now && now < until).then_some(Cause::Asleep { until })
    }

    fn ring(&mut self, ctx: &mut Context<Self>) {
        self.alarm = None;
        // The commit that ends the append arms the alarm again; until then nothing could be stored.
        if self.is_appending || self.is_letting_go {
            return;
        }
        let Some(since) = self.shell.served_since() else {
            // Before any deadline, so that nothing arms it anew.
            self.alarm = Some((Millis::default(), ctx.run_later(HELD_UP, Self::ring)));
            return;
        };
        self.room.served_since(since);
        if self.next_deadline().is_some_and(|at| at <= self.shell.now()) {
            // Nobody waits for the answer, yet the wish must count as wanted until it is decided.
            let (answer, wanted) = oneshot::channel();
            self.waiting.push_back(Wish { command: T::time_passed(), answer });
            ctx.spawn(async { drop(wanted.await) }.into_actor(self));
            self.append_what_waits(ctx);
        }
        self.settle(ctx);
    }
}

/// A caller that has gone away needs no answer.
fn reply<A>(to: oneshot::Sender<A>, answer: A) {
    let _ = to.send(answer);
}

/// Nothing here is ever pinned in place: the actor is moved only before it starts.
impl<T: Thing> Unpin for OwnedActor<T> {}

impl<T: Thing> Actor for OwnedActor<T> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        match self.past {
            Past::Restored(parting) => {
                let (now, policy) = (self.shell.now(), self.shell.policy());
                let effects = self.room.restored(&self.thing, parting, now, &policy);
                self.shell.carry_out(&self.claim, effects);
                self.settle(ctx);
            }
            Past::Renewed => self.settle(ctx),
            // Whoever wanted it made may have given up before he could say so.
            Past::Nothing => {
                ctx.run_later(MADE_WITHIN, Self::settle);
            }
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.turn_away();
        if self.tombstone.cause == Cause::Outgrown {
            let (thing, room) = (take(&mut self.thing), take(&mut self.room));
            let weight = self.weight + usize::try_from(self.n_stored).unwrap_or(usize::MAX);
            self.tombstone.remains = Some(Remains { thing, room, weight });
        }
    }
}

impl<T: Thing> Drop for Tombstone<T> {
    fn drop(&mut self) {
        let cause = if std::thread::panicking() { Cause::Panicked } else { self.cause };
        let (claim, upto, remains) = (self.claim.clone(), self.upto, self.remains.take());
        self.undertaker.do_send(Died { claim, cause, upto, remains });
    }
}
