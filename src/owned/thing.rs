//! What a house must say about the thing it wants to have owned: its words and its rules. All of it
//! is pure; the [`Room`] holds what stands beside the state and is never stored. Everything that goes
//! to a thing or comes from it is plain data, so that it is asked in the same way from another node.

use crate::base::{Millis, Parting, Position, ThingId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Debug, Display};
use std::sync::Arc;

/// The state of an owned thing. A clone must be cheap: each batch is decided on a scratch copy.
pub trait Thing: Clone + Default + Send + 'static {
    type Command: Clone + Serialize + DeserializeOwned + Send + 'static;
    type Event: Recorded;
    type Effect: Send + 'static;
    type Answer: Debug + Serialize + DeserializeOwned + Send + 'static;
    type Rejection: Debug + Display + Serialize + DeserializeOwned + Send + 'static;
    /// What one may look at, or change of what stands beside the state (who listens, who types).
    type Look: Clone + Debug + Serialize + DeserializeOwned + Send + 'static;
    /// What a look shows.
    type Sight: Serialize + DeserializeOwned + Send + 'static;
    /// What listeners hear.
    type News: Clone + Serialize + DeserializeOwned + Send + 'static;
    type Policy: Send + Sync + 'static;
    type Room: Room<Self>;
    /// All that went before, as it is kept at the head of an epoch.
    type Snapshot: Serialize + DeserializeOwned + Send + 'static;

    /// Whether a thing of this kind can have this name. All kinds share one log and one table of
    /// owners, and names come from outside: to claim a thing of another kind would take it away
    /// from its owner.
    fn can_be_named(name: &ThingId) -> bool;

    /// What things of this kind are called among nodes.
    fn kind() -> &'static str;

    /// Whether everybody knows the names of things of this kind, so that one that has no history is
    /// made where it is asked for. It is never "not found".
    fn is_known_by_name() -> bool {
        false
    }

    /// What comes of a wish that was carried out and is asked for once more.
    fn repeat(command: &Self::Command) -> Repeat;

    /// What is answered to a wish. Reads everything, changes nothing.
    fn decide(
        &self,
        scene: &Scene<'_, Self>,
        command: Self::Command,
    ) -> Result<Decision<Self>, Self::Rejection>;

    /// Folds one stored event in. Never fails: what reaches it has happened.
    fn apply(&mut self, event: &Self::Event);

    /// Takes a look, which never waits for the store. A listener is attached if the look is one that
    /// listens, and let fall otherwise.
    fn look(
        &self,
        room: &mut Self::Room,
        look: Self::Look,
        listener: Option<Ear<Self>>,
        now: Millis,
    ) -> Self::Sight;

    /// When [`Thing::time_passed`] should be performed next, if nothing else happens.
    fn next_deadline(&self, room: &Self::Room, policy: &Self::Policy) -> Option<Millis>;

    /// When the thing may sleep, if nothing else happens. Whoever has something to tell, or is heard
    /// by somebody, does not.
    fn next_sleep(&self, _room: &Self::Room, _policy: &Self::Policy) -> Option<Sleep> {
        None
    }

    /// What a look shows of a thing that sleeps, if it is enough to know up to where it has come.
    /// Otherwise it is woken.
    fn look_asleep(_look: &Self::Look, _upto: Position) -> Option<Self::Sight> {
        None
    }

    /// The look that lets go of everybody who says that he hears no more: the way to some of them has
    /// broken.
    fn look_for_the_lost() -> Option<Self::Look> {
        None
    }

    /// The wish that is performed at a deadline.
    fn time_passed() -> Self::Command;

    /// Whether the thing is over and has nothing left to tell anybody. Its actor then ends.
    fn is_over(&self, room: &Self::Room) -> bool;

    /// Whether there is anything to serve. A thing whose making was refused leaves no actor behind;
    /// whoever wishes again makes it anew.
    fn has_begun(&self) -> bool {
        true
    }

    fn snapshot(&self, room: &Self::Room) -> Self::Snapshot;

    /// After how many events under one claim the log outweighs a snapshot. The thing is then claimed
    /// anew by its own process, which puts a snapshot at the head: compaction has no rule of its own.
    /// Its room goes along, so whoever is connected does not notice.
    fn renew_after(&self, _room: &Self::Room) -> Option<u64> {
        None
    }

    /// Rebuilds state and room from a snapshot. Produces no effect.
    fn from_snapshot(snapshot: Self::Snapshot) -> (Self, Self::Room);

    /// How many events it takes about as long to apply as to rebuild a thing from this snapshot.
    fn weight(snapshot: &Self::Snapshot) -> usize;

    /// Rebuilds a thing from its stored history. Produces no effect on the way.
    fn replay(
        snapshot: Option<Self::Snapshot>,
        events: Vec<Arc<Self::Event>>,
    ) -> (Self, Self::Room) {
        let (mut thing, mut room) = match snapshot {
            Some(snapshot) => Self::from_snapshot(snapshot),
            None => (Self::default(), Self::Room::default()),
        };
        for event in events {
            thing.apply(&event);
            room.remember(&event);
        }
        (thing, room)
    }
}

/// A sleep that a thing may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// It begins then, and not before.
    pub from: Millis,
    /// Then it has something to do, whatever comes.
    pub until: Millis,
}

/// One who hears of a thing what its looks let him hear.
pub type Ear<T> = Box<dyn Listener<<T as Thing>::News>>;

/// One who hears news. It must never wait: what it cannot take at once it drops, and whoever is
/// behind it asks again by position. News is a hint, the position is the truth.
pub trait Listener<N>: Send {
    fn hear(&mut self, news: N) -> Hearing;

    /// Whether it is known already that nobody hears any more.
    fn is_gone(&self) -> bool {
        false
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    Goes,
    /// Nobody hears any more. The listener is dropped.
    Gone,
}

/// An event as the log sees it.
pub trait Recorded: Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    fn position(&self) -> Position;

    /// The idempotency key of the wish that led to this event, if it had one.
    fn key(&self) -> Option<&str>;
}

/// What stands beside the small state: the history, who listens, what is known only to this
/// process. It is lost with the actor and rebuilt by the replay.
pub trait Room<T: Thing>: Default + Send + 'static {
    /// Keeps an event of the stored past.
    fn remember(&mut self, event: &Arc<T::Event>);

    /// Keeps events just stored, tells the listeners and says what other houses must hear. Also
    /// called without events, when time has passed or a wish changed nothing.
    fn committed(
        &mut self,
        thing: &T,
        events: &[Arc<T::Event>],
        now: Millis,
        policy: &T::Policy,
    ) -> Vec<T::Effect>;

    /// Whether nobody is in the middle of something, so that the thing may move unnoticed.
    fn is_quiet(&self, _now: Millis) -> bool {
        true
    }

    /// Since when anybody could be served without a break. Whoever is silent while the store does not
    /// answer is not silent of his own accord.
    fn served_since(&mut self, _since: Millis) {}

    /// What must be done once, after the thing was rebuilt by a new owner. `parting` is how those
    /// who were connected to it lost the one before.
    fn restored(
        &mut self,
        thing: &T,
        parting: Parting,
        now: Millis,
        policy: &T::Policy,
    ) -> Vec<T::Effect>;
}

/// What comes of a wish that was carried out and is asked for once more, because its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing more is done, and it is not refused: it has a key and its first answer comes again, or
    /// there is nothing in it that could be refused for what it did itself.
    AnsweredAlike,
    /// Nothing more is done, and it may be refused for what it did itself.
    PerhapsRefused,
    /// It is carried out once more.
    DoneAgain,
}

/// What a decision may look at beside the state.
pub struct Scene<'a, T: Thing> {
    pub room: &'a T::Room,
    /// Events that wishes before this one, in the same batch, will have brought about.
    pub drafted: &'a [Arc<T::Event>],
    pub now: Millis,
    pub policy: &'a T::Policy,
}

/// What follows from a wish that was allowed.
#[derive(Debug)]
pub struct Decision<T: Thing> {
    pub events: Vec<T::Event>,
    pub effects: Vec<T::Effect>,
    pub answer: T::Answer,
}
