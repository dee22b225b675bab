//! Handing things on: freeze, release, and a word to who is to have them. A planned move is an
//! ordinary take-over by the other node; what is done here only makes it quick and lets nobody wait
//! in vain.

use crate::base::{Claim, Millis, Position, Process, ThingId};
use crate::owned::{LetGo, NotQuiet, Thing};
use crate::ownership::actor::moves::NotMoved;
use crate::ownership::actor::open::Open;
use crate::ownership::actor::registry::Registry;
use crate::ownership::actor::take_over::{Doors, Origin};
use crate::ownership::claim::Released;
use actix::prelude::*;
use std::sync::Arc;

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

impl<T: Thing> Registry<T> {
    /// The actor has let go, and nothing of it is outstanding: says so to everybody, and offers the
    /// thing to those who may have it.
    pub(super) fn release(&mut self, claim: Claim, upto: Position, ctx: &mut Context<Self>) {
        let thing = claim.thing().clone();
        let Some(to) = self.moves.targets(&thing) else {
            return self.open_for(Open::new(thing, Origin::Existing, None), Vec::new(), ctx);
        };
        let doors = self.doors.clone();
        let moving = async move { release_and_offer(&doors, &claim, upto, to).await };
        ctx.spawn(moving.into_actor(self).map(move |taken_by, registry, ctx| match taken_by {
            Some(owner) => {
                registry.fenced.remove(&thing);
                registry.moves.arrived(&thing, owner);
            }
            None => registry.end_move(&thing, ctx),
        }));
    }

    /// A move came to nothing: those who wait find out where the thing is now, which may be here.
    pub(super) fn end_move(&mut self, thing: &ThingId, ctx: &mut Context<Self>) {
        if let Some(waiting) = self.moves.end(thing) {
            self.open_for(Open::new(thing.clone(), Origin::Existing, None), waiting, ctx);
        }
    }
}

impl<T: Thing> Handler<HandOn> for Registry<T> {
    type Result = ResponseFuture<Result<(), NotMoved>>;

    fn handle(&mut self, ask: HandOn, ctx: &mut Self::Context) -> Self::Result {
        let HandOn { thing, to, latest } = ask;
        if to.is_empty() {
            // It would only be let go, and claimed anew.
            return Box::pin(async { Err(NotMoved::Stayed) });
        }
        let Some((epoch, address)) = self.directory.take_out(&thing) else {
            return Box::pin(async { Err(NotMoved::NotHere) });
        };
        let outcome = self.moves.begin(thing.clone(), to);
        let asking = address.clone().send(LetGo { latest });
        ctx.spawn(asking.into_actor(self).map(move |asked, registry, _| {
            if let Ok(Err(NotQuiet)) = asked
                && registry.moves.put_back(&thing, &address).is_some()
            {
                registry.directory.insert(thing.clone(), epoch, address.clone());
                registry.fence_if_told(&thing, epoch, &address);
            }
            // Otherwise its death is what comes next.
        }));
        Box::pin(async move { outcome.await.unwrap_or(Err(NotMoved::Stayed)) })
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
