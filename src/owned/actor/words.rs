//! What is said to the actor of an owned thing, and what it says at its birth and its death.

use super::Shell;
use crate::base::{Claim, Millis, Parting, Position};
use crate::owned::error::Refusal;
use crate::owned::thing::{Ear, Thing};
use crate::telemetry::Tally;
use actix::prelude::*;
use std::sync::Arc;

/// Everything an actor needs to begin its life. Only a won and sealed claim leads to one.
pub struct Birth<T: Thing> {
    pub claim: Claim,
    pub remains: Remains<T>,
    pub shell: Arc<dyn Shell<T>>,
    /// Hears of the actor's death, however it dies.
    pub undertaker: Recipient<Died<T>>,
    /// Everything up to here is in the thing.
    pub upto: Position,
    pub past: Past,
    /// Where it counts while the store keeps it waiting.
    pub tally: Tally,
}

/// What went before the life of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Nothing: the thing is being made.
    Nothing,
    /// The thing was rebuilt. Others must hear of its new owner; this is how they lost the one
    /// before.
    Restored(Parting),
    /// Its own process has claimed it anew, and its room is the one before: nobody has lost anything.
    Renewed,
}

/// The end of an actor, with its cause.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Died<T: Thing> {
    pub claim: Claim,
    pub cause: Cause,
    /// Everything up to here was stored and acknowledged.
    pub upto: Position,
    /// What is left of a thing that is [`Cause::Outgrown`], for its next actor.
    pub remains: Option<Remains<T>>,
}

/// A thing at its last acknowledged event, and what stood beside it.
pub struct Remains<T: Thing> {
    pub thing: T,
    pub room: T::Room,
    /// How many events it takes about as long to apply as to write the thing down.
    pub weight: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A bug ended it in the middle of something. The thing must be claimed anew and replayed.
    Panicked,
    /// Somebody else owns the thing.
    Fenced,
    /// The store refused for good.
    Broken,
    /// The thing is over and everybody knows.
    Over,
    /// Its log outweighs a snapshot: it is to be claimed anew.
    Outgrown,
    /// It was told to let go of the thing, and nothing of it is outstanding.
    LetGo,
    /// It has nothing to do before then, and nobody is there.
    Asleep { until: Millis },
    /// It was told to stop, or the node stops, or nothing came of its making.
    Stopped,
}

/// A wish for the thing. The answer comes when what it led to is stored.
#[derive(Message)]
#[rtype(result = "Result<T::Answer, Refusal<T::Rejection>>")]
pub struct Perform<T: Thing>(pub T::Command);

/// A look at the thing, or a change of what stands beside it (listeners, typing, confirmations).
/// It is answered from memory at once, whatever the store does.
#[derive(Message)]
#[rtype(result = "Result<T::Sight, Refusal<T::Rejection>>")]
pub struct Attend<T: Thing> {
    pub look: T::Look,
    /// Whoever is to hear what follows, if the look is one that listens.
    pub listener: Option<Ear<T>>,
}

/// A wish, and a look at what it led to once it is stored. A refused wish is not looked at.
#[derive(Message)]
#[rtype(result = "Result<(T::Answer, T::Sight), Refusal<T::Rejection>>")]
pub struct PerformAndLook<T: Thing> {
    pub command: T::Command,
    pub look: T::Look,
}

/// Asks whether the store has kept this thing waiting for so long that another node should try.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct IsStalled;

/// Tells the actor to end: the node stops.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Stop;

/// Tells the actor that somebody claimed above it. It ends and nobody hears of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Fence;

/// Asks the actor to let go of the thing, so that it can move: after the append on its way, if the
/// thing is quiet, and in any case at a time. What is wished later is answered as gone.
#[derive(Message)]
#[rtype(result = "Result<(), NotQuiet>")]
pub struct LetGo {
    pub latest: Millis,
}

/// Somebody is in the middle of something. Ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotQuiet;

/// Asks the actor to end because its thing is to be claimed anew.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Renew;
