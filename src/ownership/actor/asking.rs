//! The gate before a take-over for those for whom nothing is brought back: they get what somebody
//! serves, what was handed on, and what this process owns. Everybody else passes without a look.

use crate::base::{Process, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::directory::Reached;
use crate::ownership::actor::open::Open;
use crate::ownership::actor::take_over::Doors;
use crate::ownership::error::Absent;
use crate::ownership::restoration::{Asker, standing};
use actix::prelude::*;
use std::sync::Arc;

/// Whether a thing must be looked at before it is opened for this asker. What everybody knows by name
/// is nobody's conversation.
pub(super) fn is_gated<T: Thing>(doors: &Doors<T>, asker: Asker) -> bool {
    !T::is_known_by_name() && !doors.place.restoration.is_for(asker)
}

/// Opens a thing, unless that would bring it back. Whom somebody serves is sent to him: between this
/// look and the take-over's own his node may be found dead.
pub(super) async fn open_if_served<T: Thing>(
    doors: Arc<Doors<T>>,
    open: Open<T>,
    registry: Recipient<Open<T>>,
) -> Reached<T> {
    check(&doors, &open.thing, open.dead.as_ref()).await?;
    let opened = registry.send(open.asked_by(Asker::Server)).await;
    opened.unwrap_or_else(|error| Err(Absent::Unavailable(error.to_string())))
}

async fn check<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    dead: Option<&Process>,
) -> Result<(), Absent> {
    let located = doors.owners.locate(thing).await;
    let location = located.map_err(|error| Absent::Unavailable(error.to_string()))?;
    let place = &doors.place;
    let standing =
        standing(&location, &place.me, dead, |owner: &Process| place.view.is_living(owner));
    place.restoration.refusal(standing).map_or(Ok(()), Err)
}
