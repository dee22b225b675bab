//! Handing things on: freeze, release, and a word to who is to have them. A planned move is an
//! ordinary take-over by the other node; what is done here only makes it quick and lets nobody wait
//! in vain.

use crate::base::{Claim, Epoch, Millis, Position, Process, ThingId};
use crate::owned::{LetGo, NotQuiet, OwnedActor, Thing};
use crate::ownership::actor::registry::{Open, Registry, Waiting};
use crate::ownership::actor::take_over::{Doors, Origin};
use crate::ownership::claim::Released;
use crate::ownership::error::Absent;
use crate::ownership::membership::View;
use actix::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Hands a thing on to the first of several processes that takes it.
#[derive(Message)]
#[rtype(result = "Result<(), NotMoved>")]
pub struct HandOn {
    pub thing: ThingId,
    /// The best first.
    pub to: Vec<Process>,
    /// Until then only if it is quiet.
    pub latest: Millis,
}

/// Why a thing has not moved. Whatever it is, nothing is lost: somebody serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMoved {
    /// It is not active here, so there is nothing to move.
    NotHere,
    /// Ask again.
    NotQuiet,
    /// It ended, was fenced, or nobody took it, and it goes on here.
    Stayed,
}

/// Things on their way, and where things went.
pub struct Moves<T: Thing> {
    on_their_way: BTreeMap<ThingId, Move<T>>,
    gone: BTreeMap<ThingId, Process>,
}

struct Move<T: Thing> {
    to: Vec<Process>,
    waiting: Waiting<T>,
    told: Option<oneshot::Sender<Result<(), NotMoved>>>,
}

impl<T: Thing> Default for Moves<T> {
    fn default() -> Self {
        Self { on_their_way: BTreeMap::new(), gone: BTreeMap::new() }
    }
}

impl<T: Thing> Moves<T> {
    /// Where a thing went, as long as somebody lives there.
    pub fn whither(
        &mut self,
        thing: &ThingId,
        dead: Option<&Process>,
        view: &dyn View,
    ) -> Option<Process> {
        let to = self.gone.get(thing)?;
        if dead == Some(to) || !view.is_living(to) {
            self.gone.remove(thing);
            return None;
        }
        Some(to.clone())
    }

    /// It is active here again.
    pub fn came_back(&mut self, thing: &ThingId) {
        self.gone.remove(thing);
    }

    /// Who waits for the end of a move.
    pub fn waiting(&mut self, thing: &ThingId) -> Option<&mut Waiting<T>> {
        self.on_their_way.get_mut(thing).map(|one| &mut one.waiting)
    }
}

impl<T: Thing> Registry<T> {
    /// The actor has let go, and nothing of it is outstanding: says so to everybody, and offers the
    /// thing to those who may have it.
    pub(super) fn release(&mut self, claim: Claim, upto: Position, ctx: &mut Context<Self>) {
        let thing = claim.thing().clone();
        let Some(to) = self.moves.on_their_way.get(&thing).map(|one| one.to.clone()) else {
            return self.open_for(Open::new(thing, Origin::Existing, None), Vec::new(), ctx);
        };
        let doors = self.doors.clone();
        let moving = async move { release_and_offer(&doors, &claim, upto, to).await };
        ctx.spawn(moving.into_actor(self).map(move |taken_by, registry, ctx| match taken_by {
            Some(owner) => registry.moved(&thing, owner),
            None => registry.end_move(&thing, ctx),
        }));
    }

    fn moved(&mut self, thing: &ThingId, owner: Process) {
        let Some(one) = self.moves.on_their_way.remove(thing) else { return };
        for waiting in one.waiting {
            // Who no longer waits needs no answer.
            let _ = waiting.send(Err(Absent::Elsewhere(owner.clone())));
        }
        self.moves.gone.insert(thing.clone(), owner);
        tell(one.told, Ok(()));
    }

    /// A move came to nothing: those who wait find out where the thing is now, which may be here.
    pub(super) fn end_move(&mut self, thing: &ThingId, ctx: &mut Context<Self>) {
        let Some(one) = self.moves.on_their_way.remove(thing) else { return };
        tell(one.told, Err(NotMoved::Stayed));
        self.open_for(Open::new(thing.clone(), Origin::Existing, None), one.waiting, ctx);
    }

    /// It was not quiet: its actor goes on as if nothing had been asked.
    fn put_back(&mut self, thing: ThingId, active: (Epoch, Addr<OwnedActor<T>>)) {
        let (epoch, address) = active;
        let Some(one) = self.moves.on_their_way.remove(&thing) else { return };
        for waiting in one.waiting {
            // Who no longer waits needs no answer.
            let _ = waiting.send(Ok(address.clone()));
        }
        self.directory.insert(thing, epoch, address);
        tell(one.told, Err(NotMoved::NotQuiet));
    }
}

/// Whoever asked may have gone.
fn tell(told: Option<oneshot::Sender<Result<(), NotMoved>>>, what: Result<(), NotMoved>) {
    if let Some(told) = told {
        let _ = told.send(what);
    }
}

/// Who has it in the end, if anybody but us.
async fn release_and_offer<T: Thing>(
    doors: &Arc<Doors<T>>,
    claim: &Claim,
    upto: Position,
    to: Vec<Process>,
) -> Option<Process> {
    let thing = claim.thing();
    if let Err(error) = doors.owners.release(claim, Released::Moved, upto).await {
        tracing::warn!(%thing, %error, "not released");
        return None;
    }
    for target in to {
        match doors.place.takers.take(&target, T::kind(), thing).await {
            Ok(()) => return Some(target),
            Err(error) => tracing::info!(%thing, %target, %error, "not taken yet"),
        }
        // Its word may only have been late.
        if let Ok(location) = doors.owners.locate(thing).await
            && let Some(row) = location.newest.filter(|row| claim.epoch() < row.epoch)
            && row.released.is_none()
        {
            return Some(row.lane.process());
        }
    }
    None
}

impl<T: Thing> Handler<HandOn> for Registry<T> {
    type Result = ResponseFuture<Result<(), NotMoved>>;

    fn handle(&mut self, ask: HandOn, ctx: &mut Self::Context) -> Self::Result {
        let HandOn { thing, to, latest } = ask;
        let Some(active) = self.directory.take_out(&thing) else {
            return Box::pin(async { Err(NotMoved::NotHere) });
        };
        let (told, outcome) = oneshot::channel();
        let one = Move { to, waiting: Vec::new(), told: Some(told) };
        self.moves.on_their_way.insert(thing.clone(), one);
        let asking = active.1.clone().send(LetGo { latest });
        ctx.spawn(asking.into_actor(self).map(move |asked, registry, _| {
            if let Ok(Err(NotQuiet)) = asked {
                registry.put_back(thing, active);
            }
            // Otherwise its death is what comes next.
        }));
        Box::pin(async move { outcome.await.unwrap_or(Err(NotMoved::Stayed)) })
    }
}
