//! Falling asleep, and leaving in peace what sleeps. First the alarm, then the word that the thing
//! sleeps: there is no moment in which it sleeps without an alarm. To wake is to take over, like
//! anything else.

use crate::base::{Claim, Millis, Position, ThingId};
use crate::owned::{StoreError, Thing};
use crate::ownership::actor::directory::Reached;
use crate::ownership::actor::open::{Open, Rouse};
use crate::ownership::actor::registry::Registry;
use crate::ownership::actor::repair::Unreadable;
use crate::ownership::actor::take_over::{Doors, where_it_is};
use crate::ownership::alarm::Alarm;
use crate::ownership::claim::Released;
use crate::ownership::error::Absent;
use actix::prelude::*;

impl<T: Thing> Registry<T> {
    /// The actor has ended with nothing outstanding. What cannot be put to sleep lives again. A
    /// request that comes meanwhile claims above it, and then the release says only what is true.
    pub(super) fn fall_asleep(
        &mut self,
        claim: Claim,
        upto: Position,
        until: Millis,
        ctx: &mut Context<Self>,
    ) {
        let doors = self.doors.clone();
        let thing = claim.thing().clone();
        let falling = async move { put_to_sleep(&*doors, &claim, upto, until).await };
        ctx.spawn(falling.into_actor(self).map(move |slept, registry, ctx| match slept {
            Ok(()) => {
                registry.directory.naps().fell_asleep();
                tracing::debug!(%thing, until = until.0, "asleep");
            }
            Err(error) => {
                tracing::warn!(%thing, %error, "not put to sleep");
                registry.revive(thing, ctx);
            }
        }));
    }

    /// Something that slept was taken over.
    pub(super) fn note_wake(&self, thing: &ThingId, rouse: Rouse) {
        let reason = match rouse {
            Rouse::AtDeadline => "deadline",
            Rouse::ForRequest | Rouse::Never => "request",
        };
        self.directory.naps().woke(reason);
        tracing::debug!(%thing, reason, "awake");
    }

    /// Opens a thing for somebody who would not have it woken.
    pub(super) fn open_unless_asleep(
        &self,
        open: Open<T>,
        ctx: &Context<Self>,
    ) -> ResponseFuture<Reached<T>> {
        let (doors, registry) = (self.doors.clone(), ctx.address());
        Box::pin(async move {
            let located = where_it_is(&*doors, &open.thing, open.origin, open.dead.as_ref()).await;
            let located = located.inspect_err(|absent| {
                if *absent == Absent::InRepair {
                    registry.do_send(Unreadable(open.thing.clone()));
                }
            })?;
            if let Some(upto) = located.asleep() {
                return Err(Absent::Asleep { upto });
            }
            let opened = registry.send(open.with(Rouse::ForRequest)).await;
            opened.unwrap_or_else(|error| Err(Absent::Unavailable(error.to_string())))
        })
    }
}

async fn put_to_sleep<T: Thing>(
    doors: &Doors<T>,
    claim: &Claim,
    upto: Position,
    until: Millis,
) -> Result<(), StoreError> {
    let alarm = Alarm { at: until, thing: claim.thing().clone(), epoch: claim.epoch() };
    doors.alarms.set(&alarm).await?;
    doors.owners.release(claim, Released::Asleep, upto).await
}
