//! What [`Things`] still tell of a thing that is closed: its history has every answer that was given.

use crate::base::ThingId;
use crate::owned::{History, Scene, Thing};
use crate::ownership::actor::things::{Things, check_name};
use crate::ownership::error::{Absent, Unanswered};

impl<T: Thing> Things<T> {
    /// The state of a thing that is closed, from its history. Only for those whose end is stored:
    /// of others the last words could vanish.
    pub async fn read_closed(&self, thing: &ThingId) -> Result<(T, T::Room), Absent> {
        check_name::<T>(thing)?;
        let read = self.shell.log().read(thing).await;
        let History { header, events } =
            read.map_err(|error| Absent::Unavailable(error.to_string()))?;
        if header.is_none() && events.is_empty() {
            return Err(Absent::NotFound);
        }
        Ok(T::replay(header.map(|header| header.snapshot), events))
    }

    /// A wish that comes again after the thing was closed gets its first answer from the history; any
    /// other is refused.
    pub async fn perform_closed(
        &self,
        thing: &ThingId,
        command: T::Command,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        let read = self.read_closed(thing).await.map_err(Unanswered::Absent)?;
        let (state, room) = read;
        let (now, policy) = (self.shell.now(), self.shell.policy());
        let scene = Scene { room: &room, drafted: &[], now, policy: &*policy };
        let decision = state.decide(&scene, command).map_err(Unanswered::Rejected)?;
        if decision.events.is_empty() {
            return Ok(decision.answer);
        }
        Err(Unanswered::Absent(Absent::Closed))
    }

    /// The answer as it came; if the thing is closed, the one that the same wish got before.
    pub async fn recall_if_closed(
        &self,
        answered: Result<T::Answer, Unanswered<T::Rejection>>,
        (thing, command): (&ThingId, T::Command),
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        match answered {
            Err(Unanswered::Absent(Absent::Closed)) => self.perform_closed(thing, command).await,
            answered => answered,
        }
    }
}
