//! What [`Things`] knows of other nodes: where something new begins, who probably owns a thing, how
//! often a request may be sent on. A guess is never more than a guess: whoever is asked because of
//! one answers only for what is his, and otherwise the owner table is asked as ever.

use crate::base::{Process, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::remote::{Ask, Forwarding, Letter, Outcome, Road, Told, forward};
use crate::ownership::actor::take_over::Origin;
use crate::ownership::actor::{Place, Things};
use crate::ownership::error::Unanswered;
use crate::ownership::peers::Peers;
use crate::ownership::placement;
use std::sync::Arc;
use tokio::time::Instant;

/// How often a request goes to other nodes. Owners change seldom; two nodes that each hold the other
/// for the owner must not be asked for ever.
const MOST_FORWARDED: u32 = 6;

/// The other nodes, and where this one stands among them.
#[derive(Clone)]
pub(super) struct Others {
    pub peers: Arc<dyn Peers>,
    pub place: Place,
}

impl<T: Thing> Things<T> {
    /// Who answered for a thing a moment ago, and still lives: asking him first spares the owner
    /// table a question.
    pub(super) fn likely_owner(
        &self,
        thing: &ThingId,
        ask: &Ask<T>,
        road: Road,
    ) -> Option<Process> {
        let place = &self.others.as_ref()?.place;
        let may_guess = road.forwarding == Forwarding::Allowed && ask.origin() == Origin::Existing;
        if !may_guess || self.is_active(thing) {
            return None;
        }
        self.sightings.recent(thing, Instant::now()).filter(|owner| place.view.is_living(owner))
    }

    /// Remembers who answered, if it was the thing itself that did.
    pub(super) fn note(
        &self,
        thing: &ThingId,
        owner: &Process,
        answered: &Result<Told<T>, Unanswered<T::Rejection>>,
    ) {
        match answered {
            Ok(_) | Err(Unanswered::Rejected(_)) => {
                self.sightings.note(thing, owner, Instant::now());
            }
            Err(Unanswered::Absent(_) | Unanswered::Busy | Unanswered::TimedOut) => {}
        }
    }

    /// What is to begin, and what nobody owns, begins on another node while this one takes nothing
    /// new.
    pub(super) fn better_place(
        &self,
        thing: &ThingId,
        ask: &Ask<T>,
        road: Road,
    ) -> Option<Process> {
        let place = &self.others.as_ref()?.place;
        let accepting = place.view.accepting();
        let is_new_here = ask.origin() != Origin::Existing && !self.is_active(thing);
        if !is_new_here || road.forwarding == Forwarding::Refused || accepting.contains(&place.me) {
            return None;
        }
        placement::place(thing, &accepting).cloned()
    }

    /// Nothing is answered if it must be done here all the same.
    pub(super) async fn begin_there(
        &self,
        other: Process,
        thing: &ThingId,
        letter: Letter,
        road: Road,
    ) -> Option<Result<Told<T>, Unanswered<T::Rejection>>> {
        let peers = &self.others.as_ref()?.peers;
        match forward(peers, (&other, thing), (letter, None), road).await {
            Outcome::Answered(answered) => {
                self.note(thing, &other, &answered);
                Some(answered)
            }
            Outcome::OwnerIsDead | Outcome::Again | Outcome::NotHis => None,
        }
    }

    pub(super) fn way_to(
        &self,
        owner: &Process,
        road: Road,
        n_forwarded: u32,
    ) -> Option<&Arc<dyn Peers>> {
        let peers = &self.others.as_ref()?.peers;
        if road.forwarding == Forwarding::Refused || MOST_FORWARDED <= n_forwarded {
            tracing::debug!(%owner, n_forwarded, "not forwarded");
            return None;
        }
        Some(peers)
    }
}

/// Whether an answer counts although who gave it was only guessed to be the owner: the thing itself
/// has spoken, or nobody knows whether it has.
pub(super) fn holds_from_anybody<T: Thing>(
    answered: &Result<Told<T>, Unanswered<T::Rejection>>,
) -> bool {
    match answered {
        Ok(_) | Err(Unanswered::Rejected(_) | Unanswered::TimedOut) => true,
        Err(Unanswered::Absent(_) | Unanswered::Busy) => false,
    }
}
