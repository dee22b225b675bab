//! The ring's tables with a counter at the door: statements, and bytes of what they carry (bodies,
//! keys and names, without the frames around them).

use holdfast::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
use holdfast::ownership::claim::{ClaimRow, Location, Released};
use holdfast::store::cassandra::{CassandraRows, CassandraSession};
use holdfast::store::ring::rows::{Alarm, EventRow, Fence, HeaderRow, Purge, RowFuture, Rows};
use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Counted {
    rows: CassandraRows,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    n_statements: AtomicU64,
    written: AtomicU64,
    read: AtomicU64,
}

/// What passed the door up to now.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    pub n_statements: u64,
    pub written: u64,
    pub read: u64,
}

impl Sub for Passed {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            n_statements: self.n_statements - earlier.n_statements,
            written: self.written - earlier.written,
            read: self.read - earlier.read,
        }
    }
}

impl Counted {
    pub fn new(session: CassandraSession) -> Self {
        Self { rows: CassandraRows(session), counters: Arc::default() }
    }

    pub fn passed(&self) -> Passed {
        let Counters { n_statements, written, read } = &*self.counters;
        Passed {
            n_statements: n_statements.load(Relaxed),
            written: written.load(Relaxed),
            read: read.load(Relaxed),
        }
    }

    fn writes(&self, n_statements: u64, n_bytes: usize) -> &CassandraRows {
        self.counters.n_statements.fetch_add(n_statements, Relaxed);
        self.counters.written.fetch_add(n_bytes as u64, Relaxed);
        &self.rows
    }

    /// Counts a read and, when it is there, what was read.
    fn reads<R: Send + 'static>(&self, row: RowFuture<R>, weigh: fn(&R) -> usize) -> RowFuture<R> {
        self.counters.n_statements.fetch_add(1, Relaxed);
        let counters = self.counters.clone();
        Box::pin(async move {
            let read = row.await?;
            counters.read.fetch_add(weigh(&read) as u64, Relaxed);
            Ok(read)
        })
    }
}

/// An epoch, as it is stored.
const EPOCH: usize = 16;

fn event(row: &EventRow) -> usize {
    row.body.len() + row.key.as_ref().map_or(0, String::len) + EPOCH
}

fn claim(row: &ClaimRow) -> usize {
    EPOCH + row.lane.to_string().len() + EPOCH
}

impl Rows for Counted {
    fn insert_events(&self, thing: &ThingId, epoch: Epoch, rows: &[EventRow]) -> RowFuture<()> {
        let n_bytes = rows.iter().map(|row| event(row) + thing.0.len()).sum();
        self.writes(1, n_bytes).insert_events(thing, epoch, rows)
    }

    fn fences(&self, lane: &Lane) -> RowFuture<Vec<Fence>> {
        let weigh = |fences: &Vec<Fence>| fences.iter().map(|one| one.thing.0.len() + EPOCH).sum();
        self.reads(self.rows.fences(lane), weigh)
    }

    fn newest_claim(&self, thing: &ThingId) -> RowFuture<Location> {
        let weigh = |location: &Location| location.newest.as_ref().map_or(0, claim);
        self.reads(self.rows.newest_claim(thing), weigh)
    }

    fn insert_claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> RowFuture<()> {
        let n_bytes = thing.0.len() + 2 * EPOCH + lane.to_string().len();
        self.writes(1, n_bytes).insert_claim(thing, epoch, lane)
    }

    fn claims(&self, thing: &ThingId) -> RowFuture<Vec<ClaimRow>> {
        self.reads(self.rows.claims(thing), |claims| claims.iter().map(claim).sum())
    }

    fn insert_fence(&self, lane: &Lane, thing: &ThingId, below: Epoch) -> RowFuture<()> {
        let n_bytes = lane.to_string().len() + thing.0.len() + EPOCH;
        self.writes(1, n_bytes).insert_fence(lane, thing, below)
    }

    fn header(&self, thing: &ThingId, claim: &ClaimRow) -> RowFuture<Option<HeaderRow>> {
        let weigh = |header: &Option<HeaderRow>| header.as_ref().map_or(0, |row| row.body.len());
        self.reads(self.rows.header(thing, claim), weigh)
    }

    fn parts(&self, thing: &ThingId, epoch: Epoch) -> RowFuture<Vec<String>> {
        self.reads(self.rows.parts(thing, epoch), |parts| parts.iter().map(String::len).sum())
    }

    fn events(&self, thing: &ThingId, epoch: Epoch, after: Position) -> RowFuture<Vec<EventRow>> {
        self.reads(self.rows.events(thing, epoch, after), |rows| rows.iter().map(event).sum())
    }

    fn events_of_all(
        &self,
        thing: &ThingId,
        epoch: Epoch,
        after: Position,
    ) -> RowFuture<Vec<EventRow>> {
        let rows = self.rows.events_of_all(thing, epoch, after);
        self.reads(rows, |rows| rows.iter().map(event).sum())
    }

    fn insert_part(&self, thing: &ThingId, epoch: Epoch, part: u32, body: &str) -> RowFuture<()> {
        self.writes(1, thing.0.len() + EPOCH + body.len()).insert_part(thing, epoch, part, body)
    }

    fn insert_header(&self, claim: &Claim, header: &HeaderRow) -> RowFuture<()> {
        let n_bytes = claim.thing().0.len() + claim.lane().to_string().len() + 2 * EPOCH;
        self.writes(1, n_bytes + header.body.len()).insert_header(claim, header)
    }

    fn delete_epoch(&self, thing: &ThingId, claim: &ClaimRow, by: Epoch) -> RowFuture<()> {
        self.writes(3, 3 * (thing.0.len() + EPOCH)).delete_epoch(thing, claim, by)
    }

    fn delete_claim(&self, thing: &ThingId, epoch: Epoch, by: Epoch) -> RowFuture<()> {
        self.writes(1, thing.0.len() + EPOCH).delete_claim(thing, epoch, by)
    }

    fn insert_release(&self, claim: &Claim, why: Released, upto: Position) -> RowFuture<()> {
        let n_bytes = claim.thing().0.len() + claim.lane().to_string().len() + 2 * EPOCH;
        self.writes(1, n_bytes).insert_release(claim, why, upto)
    }

    fn insert_closed(&self, claim: &Claim, purge_at: Millis) -> RowFuture<()> {
        self.writes(2, 2 * claim.thing().0.len()).insert_closed(claim, purge_at)
    }

    fn purges(&self, hour: i32) -> RowFuture<Vec<ThingId>> {
        self.reads(self.rows.purges(hour), |things| things.iter().map(|one| one.0.len()).sum())
    }

    fn delete_thing(&self, thing: &ThingId, purge: &Purge) -> RowFuture<()> {
        let n_statements = purge.claims.len() as u64 + 4;
        self.writes(n_statements, thing.0.len()).delete_thing(thing, purge)
    }

    fn insert_alarm(&self, at: Millis, thing: &ThingId, epoch: Epoch) -> RowFuture<()> {
        self.writes(1, thing.0.len() + EPOCH).insert_alarm(at, thing, epoch)
    }

    fn alarms(&self, hour: i32, upto: Millis) -> RowFuture<Vec<Alarm>> {
        let weigh = |alarms: &Vec<Alarm>| alarms.iter().map(|one| one.thing.0.len() + EPOCH).sum();
        self.reads(self.rows.alarms(hour, upto), weigh)
    }

    fn delete_alarm(&self, alarm: &Alarm) -> RowFuture<()> {
        self.writes(1, alarm.thing.0.len() + EPOCH).delete_alarm(alarm)
    }

    fn sweep(&self) -> RowFuture<Vec<(ThingId, ClaimRow)>> {
        self.reads(self.rows.sweep(), |found| found.iter().map(|(_, row)| claim(row)).sum())
    }
}
