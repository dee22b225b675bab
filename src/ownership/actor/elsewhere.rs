//! Where other nodes come in when [`Things`] are asked: where something new begins, who probably owns
//! a thing, and what follows from what he says. A guess is never more than a guess: whoever is asked
//! because of one answers only for what is his, and otherwise the owner table is asked as ever.

use crate::base::{Process, ThingId};
use crate::owned::Thing;
use crate::ownership::actor::remote::{
    Ask, Forwarding, Letter, Outcome, Road, Told, Touched, forward,
};
use crate::ownership::actor::search::{MOMENT, Search, holds_from_anybody};
use crate::ownership::actor::take_over::Origin;
use crate::ownership::actor::things::Things;
use crate::ownership::error::Unanswered;
use crate::ownership::peers::Peers;
use crate::ownership::placement;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// How often a request goes to other nodes. Owners change seldom; two nodes that each hold the other
/// for the owner must not be asked for ever.
const MOST_FORWARDED: u32 = 6;

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
        (other, thing): (Process, &ThingId),
        mut ask: Ask<T>,
        road: Road,
        search: &mut Search,
    ) -> Option<Result<Told<T>, Unanswered<T::Rejection>>> {
        // It may come to nothing there, and then nobody knows whether the name is still new.
        ask.as_opened();
        let letter = Letter::of(&ask);
        let peers = &self.others.as_ref()?.peers;
        match forward(peers, (&other, thing), (letter, None), road).await {
            Outcome::Answered(answered) => {
                self.note(thing, &other, &answered);
                Some(answered)
            }
            Outcome::OwnerIsDead(touched) => {
                search.has_tried(touched);
                None
            }
            Outcome::Again => {
                search.has_tried(Touched::Perhaps);
                None
            }
            Outcome::NotHis => None,
        }
    }

    /// The way to an owner, if the request may still be sent on.
    pub(super) fn way_to(
        &self,
        owner: &Process,
        road: Road,
        search: &mut Search,
    ) -> Option<&Arc<dyn Peers>> {
        let peers = &self.others.as_ref()?.peers;
        if road.forwarding == Forwarding::Refused || MOST_FORWARDED <= search.n_forwarded {
            tracing::debug!(%owner, search.n_forwarded, "not forwarded");
            return None;
        }
        search.n_forwarded += 1;
        Some(peers)
    }

    /// What follows from what another node said; nothing if the owner is still to be found.
    pub(super) async fn weigh(
        &self,
        thing: &ThingId,
        owner: Process,
        outcome: Outcome<T>,
        search: &mut Search,
    ) -> Option<Result<Told<T>, Unanswered<T::Rejection>>> {
        match outcome {
            Outcome::Answered(answered) if !search.is_guessing || holds_from_anybody(&answered) => {
                self.note(thing, &owner, &answered);
                return Some(answered);
            }
            Outcome::OwnerIsDead(touched) => {
                search.has_tried(touched);
                search.dead = Some(owner);
            }
            Outcome::NotHis if search.refused_by.as_ref() == Some(&owner) => {
                search.dead = Some(owner);
            }
            Outcome::NotHis if !search.is_guessing => {
                search.refused_by = Some(owner);
                sleep(MOMENT * (1 << search.n_forwarded)).await;
            }
            // Whoever takes it over needs his time.
            Outcome::Again => {
                search.has_tried(Touched::Perhaps);
                sleep(MOMENT * (1 << search.n_forwarded)).await;
            }
            // It was a wrong guess.
            Outcome::NotHis | Outcome::Answered(_) => {}
        }
        self.sightings.doubt(thing);
        None
    }
}
