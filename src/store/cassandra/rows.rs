//! The tables of the ownership protocol, as the ring's side of `store::ring` needs them. Each door is
//! one statement, or several that may be driven again together; the files beside this one hold them
//! by what they are about.

use crate::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
use crate::ownership::claim::{ClaimRow, Location, Released};
use crate::store::cassandra::{CassandraSession, claims, histories, notes, sweep};
use crate::store::ring::rows::{Alarm, EventRow, Fence, HeaderRow, Purge, RowFuture, Rows};

/// The protocol's tables in a ring.
#[derive(Clone)]
pub struct CassandraRows(pub CassandraSession);

impl Rows for CassandraRows {
    fn insert_events(&self, thing: &ThingId, epoch: Epoch, rows: &[EventRow]) -> RowFuture<()> {
        Box::pin(histories::insert_events(self.0.clone(), thing.clone(), epoch, rows.to_vec()))
    }

    fn fences(&self, lane: &Lane) -> RowFuture<Vec<Fence>> {
        Box::pin(claims::fences(self.0.clone(), lane.clone()))
    }

    fn newest_claim(&self, thing: &ThingId) -> RowFuture<Location> {
        Box::pin(claims::newest(self.0.clone(), thing.clone()))
    }

    fn insert_claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> RowFuture<()> {
        Box::pin(claims::insert(self.0.clone(), thing.clone(), epoch, lane.clone()))
    }

    fn claims(&self, thing: &ThingId) -> RowFuture<Vec<ClaimRow>> {
        Box::pin(claims::all(self.0.clone(), thing.clone()))
    }

    fn insert_fence(&self, lane: &Lane, thing: &ThingId, below: Epoch) -> RowFuture<()> {
        Box::pin(claims::insert_fence(self.0.clone(), lane.clone(), thing.clone(), below))
    }

    fn header(&self, thing: &ThingId, claim: &ClaimRow) -> RowFuture<Option<HeaderRow>> {
        Box::pin(histories::header(self.0.clone(), thing.clone(), claim.clone()))
    }

    fn parts(&self, thing: &ThingId, epoch: Epoch) -> RowFuture<Vec<String>> {
        Box::pin(histories::parts(self.0.clone(), thing.clone(), epoch))
    }

    fn events(&self, thing: &ThingId, epoch: Epoch, after: Position) -> RowFuture<Vec<EventRow>> {
        Box::pin(histories::events(self.0.clone(), thing.clone(), epoch, after))
    }

    fn events_of_all(
        &self,
        thing: &ThingId,
        epoch: Epoch,
        after: Position,
    ) -> RowFuture<Vec<EventRow>> {
        Box::pin(histories::events_of_all(self.0.clone(), thing.clone(), epoch, after))
    }

    fn insert_part(&self, thing: &ThingId, epoch: Epoch, part: u32, body: &str) -> RowFuture<()> {
        Box::pin(histories::insert_part(
            self.0.clone(),
            thing.clone(),
            epoch,
            (part, body.to_owned()),
        ))
    }

    fn insert_header(&self, claim: &Claim, header: &HeaderRow) -> RowFuture<()> {
        Box::pin(histories::insert_header(self.0.clone(), claim.clone(), header.clone()))
    }

    fn delete_epoch(&self, thing: &ThingId, claim: &ClaimRow, by: Epoch) -> RowFuture<()> {
        Box::pin(histories::delete_epoch(self.0.clone(), thing.clone(), claim.clone(), by))
    }

    fn delete_claim(&self, thing: &ThingId, epoch: Epoch, by: Epoch) -> RowFuture<()> {
        Box::pin(claims::delete(self.0.clone(), thing.clone(), epoch, by))
    }

    fn insert_release(&self, claim: &Claim, why: Released, upto: Position) -> RowFuture<()> {
        Box::pin(claims::insert_release(self.0.clone(), claim.clone(), why, upto))
    }

    fn insert_closed(&self, claim: &Claim, purge_at: Millis) -> RowFuture<()> {
        Box::pin(notes::insert_closed(self.0.clone(), claim.clone(), purge_at))
    }

    fn purges(&self, hour: i32) -> RowFuture<Vec<ThingId>> {
        Box::pin(notes::purges(self.0.clone(), hour))
    }

    fn delete_thing(&self, thing: &ThingId, purge: &Purge) -> RowFuture<()> {
        Box::pin(notes::delete_thing(self.0.clone(), thing.clone(), purge.clone()))
    }

    fn insert_alarm(&self, at: Millis, thing: &ThingId, epoch: Epoch) -> RowFuture<()> {
        let alarm = Alarm { at, thing: thing.clone(), epoch };
        Box::pin(notes::insert_alarm(self.0.clone(), alarm))
    }

    fn alarms(&self, hour: i32, upto: Millis) -> RowFuture<Vec<Alarm>> {
        Box::pin(notes::alarms(self.0.clone(), hour, upto))
    }

    fn delete_alarm(&self, alarm: &Alarm) -> RowFuture<()> {
        Box::pin(notes::delete_alarm(self.0.clone(), alarm.clone()))
    }

    fn sweep(&self) -> RowFuture<Vec<(ThingId, ClaimRow)>> {
        Box::pin(sweep::open_things(self.0.clone()))
    }
}
