//! The door to the log of an owned thing. It offers only orders that are safe: to read a history one
//! may go on writing, one must open it, and opening fences everybody below.

use crate::base::{Claim, ClaimRow, Epoch, Position, ThingId};
use crate::owned::Thing;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// The stored history of things of one kind. The letters S1 … S8 are those of
/// decision 0015.
pub trait Log<T: Thing>: Send + Sync {
    /// Takes all claims on the thing, read after the own was acknowledged. Fences those below it that
    /// are not released and then reads what they left, in this order, so that no earlier owner can
    /// add a word after the reading (S6, S7). What belongs to none of these claims is ignored. An
    /// own claim that was meanwhile fenced is told as [`StoreError::Fenced`], at the latest if there
    /// is no history to be told.
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<T>>;

    /// The same for whoever knows all that was left: the last owner was this process, and what it had
    /// acknowledged is in its memory. Fences, and reads nothing.
    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()>;

    /// Puts everything before at the head of this epoch, and says yes only when a look at the own
    /// lane, begun after that was acknowledged, showed no fence (S8, S2). Before it, nothing of the
    /// history may be shown. Replaces what lower epochs kept.
    fn seal(&self, claim: &Claim, header: Header<T::Snapshot>) -> StoreFuture<()>;

    /// Adds events at the end, and says yes only when a look at the own lane, begun after they were
    /// acknowledged, showed no fence above this claim (S1, S2). A write of unknown outcome is driven
    /// again, the same rows at the same positions, for as long as it takes; so the future may be
    /// long in coming, and an error other than [`StoreError::Fenced`] is final.
    fn append(&self, claim: &Claim, entries: Vec<Entry<T::Event>>) -> StoreFuture<()>;

    /// The history for those who only look. May end in words that will vanish: never shown, unless
    /// the thing is closed.
    fn read(&self, thing: &ThingId) -> StoreFuture<History<T>>;
}

/// One event on its way to the log.
#[derive(Debug)]
pub struct Entry<E> {
    pub event: Arc<E>,
    /// How many entries of the same wish follow. A restoration cuts the run back to the last entry
    /// with 0: a wish is stored whole or not at all.
    pub more: u32,
}

impl<E> Clone for Entry<E> {
    fn clone(&self) -> Self {
        Self { event: self.event.clone(), more: self.more }
    }
}

/// The head of an epoch: everything up to and including `upto`.
#[derive(Clone, Debug)]
pub struct Header<S> {
    pub upto: Position,
    pub snapshot: S,
}

/// What a log holds of one thing: its newest header and the contiguous events after it.
pub struct History<T: Thing> {
    pub header: Option<Header<T::Snapshot>>,
    pub events: Vec<Arc<T::Event>>,
}

impl<T: Thing> History<T> {
    pub fn is_empty(&self) -> bool {
        self.header.is_none() && self.events.is_empty()
    }
}

/// Why the world did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("fenced: this claim is {ours}, a claim of {newest} was opened")]
    Fenced { ours: Epoch, newest: Epoch },
    #[error("the log expects position {expected} next, not {got}")]
    Gap { expected: Position, got: Position },
    /// Nothing was learned, or it is not known whether something was written. Whoever asked may ask
    /// again; there is no "failed for sure".
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// What was read makes no sense. Asking again will not help.
    #[error("damaged data of {thing}: {what}")]
    Damaged { thing: ThingId, what: String },
}
