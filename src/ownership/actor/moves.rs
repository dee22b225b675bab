//! Things on their way to other processes, who waits for them, and where those went that are gone.

use crate::base::{Process, ThingId};
use crate::owned::{OwnedActor, Thing};
use crate::ownership::actor::directory::{Reached, Waiting};
use crate::ownership::error::Absent;
use crate::ownership::membership::View;
use crate::telemetry::meters;
use actix::Addr;
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tokio::time::Instant;

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

pub struct Moves<T: Thing> {
    on_their_way: BTreeMap<ThingId, Move<T>>,
    gone: BTreeMap<ThingId, Process>,
}

struct Move<T: Thing> {
    to: Vec<Process>,
    waiting: Waiting<T>,
    told: oneshot::Sender<Result<(), NotMoved>>,
    began: Instant,
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

    /// Sends a thing on its way to the first that takes it; the receiver hears what came of it.
    pub fn begin(
        &mut self,
        thing: ThingId,
        to: Vec<Process>,
    ) -> oneshot::Receiver<Result<(), NotMoved>> {
        let (told, outcome) = oneshot::channel();
        self.on_their_way
            .insert(thing, Move { to, waiting: Vec::new(), told, began: Instant::now() });
        outcome
    }

    /// Who waits for the end of a move.
    pub fn waiting(&mut self, thing: &ThingId) -> Option<&mut Waiting<T>> {
        self.on_their_way.get_mut(thing).map(|one| &mut one.waiting)
    }

    /// Who may have a thing that is on its way.
    pub fn targets(&self, thing: &ThingId) -> Option<Vec<Process>> {
        self.on_their_way.get(thing).map(|one| one.to.clone())
    }

    /// It arrived: those who wait are sent after it.
    pub fn arrived(&mut self, thing: &ThingId, owner: Process) {
        let Some(one) = self.on_their_way.remove(thing) else { return };
        meters().handover_duration.record(one.began.elapsed());
        answer(one.waiting, &Err(Absent::Elsewhere(owner.clone())));
        self.gone.insert(thing.clone(), owner);
        tell(one.told, Ok(()));
    }

    /// It was not quiet: its actor goes on as if nothing had been asked. Nothing, if the move has
    /// ended otherwise.
    pub fn put_back(&mut self, thing: &ThingId, address: &Addr<OwnedActor<T>>) -> Option<()> {
        let one = self.on_their_way.remove(thing)?;
        answer(one.waiting, &Ok(address.clone()));
        tell(one.told, Err(NotMoved::NotQuiet));
        Some(())
    }

    /// The move came to nothing: who waits must find out anew where the thing is.
    pub fn end(&mut self, thing: &ThingId) -> Option<Waiting<T>> {
        let one = self.on_their_way.remove(thing)?;
        tell(one.told, Err(NotMoved::Stayed));
        Some(one.waiting)
    }
}

fn answer<T: Thing>(waiting: Waiting<T>, reached: &Reached<T>) {
    for one in waiting {
        // Who no longer waits needs no answer.
        let _ = one.send(reached.clone());
    }
}

/// Whoever asked may have gone.
fn tell(told: oneshot::Sender<Result<(), NotMoved>>, what: Result<(), NotMoved>) {
    let _ = told.send(what);
}
