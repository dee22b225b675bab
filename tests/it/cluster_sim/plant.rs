//! The way of a process to its rows. What the process sends leaves it, whatever becomes of it; what
//! comes back waits at its gate. Here too are the planted faults that the simulation must find.

use super::host::Gate;
use holdfast::base::{Claim, ClaimRow, Epoch, Lane, Millis, Position, ThingId};
use holdfast::ownership::claim::{Location, Released};
use holdfast::store::ring::emulator::Link;
use holdfast::store::ring::rows::{
    Alarm, EventRow, Fence, HeaderRow, NoAnswer, Purge, RowFuture, Rows,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    Nothing,
    /// Acknowledges without a look at the own lane.
    NoVerify,
    /// A look joins a read that began before it was asked for.
    OldLook,
    /// Nobody is fenced.
    NoFence,
    /// The history is read before the fences are acknowledged.
    FenceNotAwaited,
    /// Says yes to an append before the store does.
    WriteNotAwaited,
    /// Only the newest of the lower claims is seen.
    NewestClaimOnly,
    /// Clients that ask again do so under another key.
    NoKeys,
    /// Listeners are not told everything.
    NewsLost,
    /// What falls asleep has no alarm.
    NoAlarm,
    /// What sleeps says that it has come less far than it has.
    WrongEnd,
}

/// How old a look may be that is joined.
const OLD: Duration = Duration::from_millis(400);

/// What was read of each lane, and when the reading began.
type Looks = Arc<Mutex<BTreeMap<Lane, (Instant, Vec<Fence>)>>>;

pub struct Gated {
    pub link: Link,
    pub gate: Gate,
    pub plant: Plant,
    pub looks: Looks,
}

impl Gated {
    fn through<R: Send + 'static>(&self, call: RowFuture<R>) -> RowFuture<R> {
        let gate = self.gate.clone();
        Box::pin(async move {
            gate.pass().await;
            let told = tokio::spawn(call).await;
            gate.pass().await;
            told.unwrap_or_else(|error| Err(NoAnswer(error.to_string())))
        })
    }

    /// Sends, and does not wait for the answer.
    fn throw(&self, call: RowFuture<()>) -> RowFuture<()> {
        let gate = self.gate.clone();
        Box::pin(async move {
            gate.pass().await;
            tokio::spawn(call);
            Ok(())
        })
    }

    fn joined_look(&self, lane: &Lane) -> RowFuture<Vec<Fence>> {
        let (begun, looks, key) = (Instant::now(), self.looks.clone(), lane.clone());
        let known = looks.lock().unwrap().get(lane).cloned();
        if let Some((_, fences)) = known.filter(|(at, _)| at.elapsed() < OLD) {
            return Box::pin(async { Ok(fences) });
        }
        let call = self.through(self.link.fences(lane));
        Box::pin(async move {
            let fences = call.await?;
            looks.lock().unwrap().insert(key, (begun, fences.clone()));
            Ok(fences)
        })
    }
}

impl Rows for Gated {
    fn insert_events(&self, thing: &ThingId, epoch: Epoch, rows: &[EventRow]) -> RowFuture<()> {
        let call = self.link.insert_events(thing, epoch, rows);
        if self.plant == Plant::WriteNotAwaited { self.throw(call) } else { self.through(call) }
    }

    fn fences(&self, lane: &Lane) -> RowFuture<Vec<Fence>> {
        if self.plant == Plant::NoVerify {
            return Box::pin(async { Ok(vec![]) });
        }
        if self.plant == Plant::OldLook {
            return self.joined_look(lane);
        }
        self.through(self.link.fences(lane))
    }

    fn newest_claim(&self, thing: &ThingId) -> RowFuture<Location> {
        let call = self.through(self.link.newest_claim(thing));
        let n_more = if self.plant == Plant::WrongEnd { 2 } else { 0 };
        Box::pin(async move {
            let location = call.await?;
            // What is told less is what was said later.
            let upto = Position(location.upto.0.saturating_sub(n_more));
            Ok(Location { upto, ..location })
        })
    }

    fn insert_claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> RowFuture<()> {
        self.through(self.link.insert_claim(thing, epoch, lane))
    }

    fn claims(&self, thing: &ThingId) -> RowFuture<Vec<ClaimRow>> {
        let call = self.through(self.link.claims(thing));
        let n_seen = if self.plant == Plant::NewestClaimOnly { 2 } else { usize::MAX };
        Box::pin(async move {
            let mut claims = call.await?;
            claims.truncate(n_seen);
            Ok(claims)
        })
    }

    fn insert_fence(&self, lane: &Lane, thing: &ThingId, below: Epoch) -> RowFuture<()> {
        let call = self.link.insert_fence(lane, thing, below);
        if self.plant == Plant::NoFence {
            return Box::pin(async { Ok(()) });
        }
        if self.plant == Plant::FenceNotAwaited { self.throw(call) } else { self.through(call) }
    }

    fn header(&self, thing: &ThingId, claim: &ClaimRow) -> RowFuture<Option<HeaderRow>> {
        self.through(self.link.header(thing, claim))
    }

    fn parts(&self, thing: &ThingId, epoch: Epoch) -> RowFuture<Vec<String>> {
        self.through(self.link.parts(thing, epoch))
    }

    fn events(&self, thing: &ThingId, epoch: Epoch, after: Position) -> RowFuture<Vec<EventRow>> {
        self.through(self.link.events(thing, epoch, after))
    }

    fn events_of_all(
        &self,
        thing: &ThingId,
        epoch: Epoch,
        after: Position,
    ) -> RowFuture<Vec<EventRow>> {
        self.through(self.link.events_of_all(thing, epoch, after))
    }

    fn insert_part(&self, thing: &ThingId, epoch: Epoch, part: u32, body: &str) -> RowFuture<()> {
        self.through(self.link.insert_part(thing, epoch, part, body))
    }

    fn insert_header(&self, claim: &Claim, header: &HeaderRow) -> RowFuture<()> {
        self.through(self.link.insert_header(claim, header))
    }

    fn delete_epoch(&self, thing: &ThingId, claim: &ClaimRow, by: Epoch) -> RowFuture<()> {
        self.through(self.link.delete_epoch(thing, claim, by))
    }

    fn delete_claim(&self, thing: &ThingId, epoch: Epoch, by: Epoch) -> RowFuture<()> {
        self.through(self.link.delete_claim(thing, epoch, by))
    }

    fn insert_release(&self, claim: &Claim, why: Released, upto: Position) -> RowFuture<()> {
        self.through(self.link.insert_release(claim, why, upto))
    }

    fn insert_closed(&self, claim: &Claim, purge_at: Millis) -> RowFuture<()> {
        self.through(self.link.insert_closed(claim, purge_at))
    }

    fn purges(&self, hour: i32) -> RowFuture<Vec<ThingId>> {
        self.through(self.link.purges(hour))
    }

    fn delete_thing(&self, thing: &ThingId, purge: &Purge) -> RowFuture<()> {
        self.through(self.link.delete_thing(thing, purge))
    }

    fn insert_alarm(&self, at: Millis, thing: &ThingId, epoch: Epoch) -> RowFuture<()> {
        if self.plant == Plant::NoAlarm {
            return Box::pin(async { Ok(()) });
        }
        self.through(self.link.insert_alarm(at, thing, epoch))
    }

    fn alarms(&self, hour: i32, upto: Millis) -> RowFuture<Vec<Alarm>> {
        self.through(self.link.alarms(hour, upto))
    }

    fn delete_alarm(&self, alarm: &Alarm) -> RowFuture<()> {
        self.through(self.link.delete_alarm(alarm))
    }

    fn sweep(&self) -> RowFuture<Vec<(ThingId, ClaimRow)>> {
        self.through(self.link.sweep())
    }
}
