//! Somebody says that a thing of this process is another one's by now. The owner table alone is asked
//! whether that is so.

use crate::base::ThingId;
use crate::owned::{Fence, Thing};
use crate::ownership::actor::registry::Registry;
use crate::ownership::error::Absent;
use actix::prelude::*;

/// Ends the actor of a thing that somebody else owns.
#[derive(Message)]
#[rtype(result = "Result<Hold, Absent>")]
pub struct Recheck(pub ThingId);

/// Whether this process has a thing in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It does, and it is its owner.
    Here,
    NotHere,
}

impl<T: Thing> Handler<Recheck> for Registry<T> {
    type Result = ResponseFuture<Result<Hold, Absent>>;

    fn handle(&mut self, Recheck(thing): Recheck, _: &mut Self::Context) -> Self::Result {
        let active = self.directory.epoch(&thing).zip(self.directory.find(&thing));
        let doors = self.doors.clone();
        Box::pin(async move {
            let Some((ours, address)) = active else { return Ok(Hold::NotHere) };
            let located = doors.owners.locate(&thing).await;
            let located = located.map_err(|error| Absent::Unavailable(error.to_string()))?;
            if located.newest.is_none_or(|newest| newest.epoch <= ours) {
                return Ok(Hold::Here);
            }
            address.do_send(Fence);
            Ok(Hold::NotHere)
        })
    }
}
