//! The tables of a ring, one statement a call. What is said here is carried out at QUORUM (or
//! LOCAL_QUORUM), and the one property relied upon is: a read that begins after a write was
//! acknowledged sees that write. The letters S1 … S12 are those of decision 0015.
//!
//! Every write is idempotent: the same row at the same place, with the same time stamp in every
//! attempt, so that a late attempt changes nothing. A failure says nothing about whether it took
//! place; who needs to know drives the same rows again.
//!
//! | what is written | its time stamp, in microseconds |
//! |---|---|
//! | rows of a claim: claim, header, parts, events, fences | the epoch's time |
//! | release, closed | the epoch's time + 1 |
//! | deletions by a claim (S9) | the deleting epoch's time |
//! | purge (S12) | its own: the newest claim's time + 2 |
//! | notes of what is to be purged, alarms | now |
//!
//! Servers of the guide's own kind left rows whose creator names no lane: a claim of theirs stands
//! on [`Lane::of_stranger`], nobody can be fenced there, and their header has form 0.

use crate::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
pub use crate::ownership::alarm::Alarm;
use crate::ownership::claim::{ClaimRow, Location, Released};
use std::future::Future;
use std::pin::Pin;

pub type RowFuture<T> = Pin<Box<dyn Future<Output = Result<T, NoAnswer>> + Send>>;

/// The store did not say yes: nothing was learned, and a write may have taken place or may yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// The bucket that a time falls into: hours since 1970.
pub fn hour(at: Millis) -> i32 {
    i32::try_from(at.0 / 3_600_000).unwrap_or(i32::MAX)
}

pub trait Rows: Send + Sync + 'static {
    /// Writes events of one batch into one partition (S1). All rows have the same epoch.
    fn insert_events(&self, thing: &ThingId, epoch: Epoch, rows: &[EventRow]) -> RowFuture<()>;

    /// All fences in a lane, to the last page (S2).
    fn fences(&self, lane: &Lane) -> RowFuture<Vec<Fence>>;

    /// The newest claim on a thing, and whether it is closed (S3).
    fn newest_claim(&self, thing: &ThingId) -> RowFuture<Location>;

    /// Writes a claim (S4).
    fn insert_claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> RowFuture<()>;

    /// All claims on a thing, newest first, all pages (S5).
    fn claims(&self, thing: &ThingId) -> RowFuture<Vec<ClaimRow>>;

    /// Puts a fence into a lane: claims on the thing below `below` are over (S6).
    fn insert_fence(&self, lane: &Lane, thing: &ThingId, below: Epoch) -> RowFuture<()>;

    /// The header of one epoch, if it has one (S7). That of a stranger's claim is the row that names
    /// the same creator.
    fn header(&self, thing: &ThingId, claim: &ClaimRow) -> RowFuture<Option<HeaderRow>>;

    /// The parts of a header that was too large for one row, in order (S7).
    fn parts(&self, thing: &ThingId, epoch: Epoch) -> RowFuture<Vec<String>>;

    /// The events of an epoch after a position, by position, all pages (S7). May have holes.
    fn events(&self, thing: &ThingId, epoch: Epoch, after: Position) -> RowFuture<Vec<EventRow>>;

    /// The same, and everything that any replica has: there is no answer unless all of them answer.
    fn events_of_all(
        &self,
        thing: &ThingId,
        epoch: Epoch,
        after: Position,
    ) -> RowFuture<Vec<EventRow>>;

    /// Writes a part of a header (S8).
    fn insert_part(&self, thing: &ThingId, epoch: Epoch, part: u32, body: &str) -> RowFuture<()>;

    /// Writes the header of a claim's epoch (S8).
    fn insert_header(&self, claim: &Claim, header: &HeaderRow) -> RowFuture<()>;

    /// Deletes parts, header and events of an epoch, stamped as the epoch that has superseded it
    /// (S9). Its claim row stays.
    fn delete_epoch(&self, thing: &ThingId, claim: &ClaimRow, by: Epoch) -> RowFuture<()>;

    /// Deletes a claim row, stamped as the epoch that has superseded it (S9). Always the last of its
    /// epoch.
    fn delete_claim(&self, thing: &ThingId, epoch: Epoch, by: Epoch) -> RowFuture<()>;

    /// Writes the whole claim row again, with the word that it is over (S10).
    fn insert_release(&self, claim: &Claim, why: Released, upto: Position) -> RowFuture<()>;

    /// Marks a thing as closed, and then notes when it goes (S11).
    fn insert_closed(&self, claim: &Claim, purge_at: Millis) -> RowFuture<()>;

    /// Things that are to be purged in an hour (S12). Hours count from 1970.
    fn purges(&self, hour: i32) -> RowFuture<Vec<ThingId>>;

    /// Deletes everything of a thing with a stamp of its own: the parts of these claims, events and
    /// headers, then the claims and the mark of its end, then the note in the hour (S12). The claims
    /// may be gone already; what is left goes all the same.
    fn delete_thing(&self, thing: &ThingId, purge: &Purge) -> RowFuture<()>;

    /// Notes when a sleeping thing must wake.
    fn insert_alarm(&self, at: Millis, thing: &ThingId, epoch: Epoch) -> RowFuture<()>;

    /// The alarms of one hour up to a time, the earliest first.
    fn alarms(&self, hour: i32, upto: Millis) -> RowFuture<Vec<Alarm>>;

    fn delete_alarm(&self, alarm: &Alarm) -> RowFuture<()>;

    /// A slow walk over all claims, by token ranges: things that are not closed, with their newest
    /// claim.
    fn sweep(&self) -> RowFuture<Vec<(ThingId, ClaimRow)>>;
}

/// One row of `transcript_events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub position: Position,
    pub key: Option<String>,
    /// How many rows of the same wish follow.
    pub more: u32,
    /// The form of the body.
    pub version: i32,
    pub body: String,
}

/// One row of `fences`: claims on the thing below an epoch are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    pub thing: ThingId,
    pub below: Epoch,
}

/// One row of `transcripts`: everything up to a position, under one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRow {
    pub upto: Position,
    /// How many rows of `snapshot_parts` hold the snapshot; 0 if it stands in `body`.
    pub n_parts: u32,
    /// The form of the body; 0 if another program wrote it.
    pub version: i32,
    pub body: String,
}

/// The end of a closed thing. Whoever drives it again drives the same one: once a deletion may have
/// begun, a read of the claims no longer tells what is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    pub claims: Vec<ClaimRow>,
    /// The time stamp of the deletion, in microseconds.
    pub stamp: u64,
    /// Where it was noted.
    pub hour: i32,
}
