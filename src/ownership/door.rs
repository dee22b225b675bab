//! The doors to the tables of owners, of alarms and of members. The letters S3 … S12 are those of decision 0015.

use crate::base::{Claim, Epoch, Lane, Millis, Position, Process, ThingId};
use crate::owned::StoreFuture;
use crate::ownership::alarm::Alarm;
use crate::ownership::claim::{ClaimRow, Location, Released};
use crate::ownership::membership::Member;

/// Claims on things. Every write is idempotent and may be driven again with the same values.
pub trait OwnerTable: Send + Sync {
    /// The newest claim on a thing (S3).
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location>;

    /// Writes a claim (S4). It counts for nothing before all claims were read and those below it
    /// fenced.
    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()>;

    /// All claims on a thing, newest first (S5). Must begin after the own claim was acknowledged.
    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>>;

    /// Says that nothing is or will be done under a claim of this process, which was overtaken or
    /// came to nothing. It may stay in the table: it does no harm there.
    fn forget(&self, _claim: &Claim) {}

    /// The owner's word that it has stopped for ever under this claim (S10).
    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()>;

    /// Marks a thing as over for ever, its history to be purged at a time (S11).
    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()>;

    /// Things that are not closed. Cheap on one node; on a ring it is the slow sweep.
    fn open_things(&self) -> StoreFuture<Vec<ThingId>>;

    /// Deletes closed things whose time has come, a few at a time; says how many (S12).
    fn purge(&self, now: Millis) -> StoreFuture<usize>;
}

/// When what sleeps must wake. An alarm is set before the release that it belongs to.
pub trait AlarmTable: Send + Sync {
    fn set(&self, alarm: &Alarm) -> StoreFuture<()>;

    /// Alarms whose time has come and that nobody has cleared, the earliest first: so many that
    /// there is something to do, and not more.
    fn due(&self, now: Millis) -> StoreFuture<Vec<Alarm>>;

    /// Takes an alarm away. One that comes back all the same is looked at once more.
    fn clear(&self, alarm: &Alarm) -> StoreFuture<()>;
}

/// What the nodes of one cluster say of themselves. A hint, never a proof.
pub trait MemberTable: Send + Sync {
    /// Says that this process lives, and how it is.
    fn heartbeat(&self, member: &Member) -> StoreFuture<()>;

    /// What all nodes said last.
    fn members(&self) -> StoreFuture<Vec<Member>>;

    /// Takes a row away: of a process that ends, or that ended long ago.
    fn forget(&self, process: &Process) -> StoreFuture<()>;
}
