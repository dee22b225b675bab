//! The owner table on a ring. What this process says of its own claims here, its verifier hears
//! first: nothing that is left over from an older claim can be acknowledged once a newer one is
//! written, or the release.

use super::redrive::{STEP_LIMIT, no_answer_in_time};
use super::rows::{Purge, hour};
use super::store::RingStore;
use crate::base::{Claim, ClaimRow, Epoch, Lane, Millis, Position, ThingId};
use crate::owned::{StoreError, StoreFuture};
use crate::ownership::claim::{Location, Released};
use crate::ownership::door::OwnerTable;
use futures_util::future::try_join_all;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::timeout;

/// How many things one purge takes.
const MOST_PURGED: usize = 50;

/// How many hours a process that does not know better looks back for something to purge.
const LOOK_BACK: i32 = 30 * 24;

/// How many hours are read at once.
const HOURS_AT_ONCE: usize = 24;

/// A note may still come into an hour that has passed, from a clock that runs behind. So many of the
/// last hours are read again.
const LATE_HOURS: i32 = 2;

const MICROS_OF_HOUR: u64 = 3_600_000_000;

/// How long one purge is driven.
const PURGE_LIMIT: Duration = Duration::from_secs(30);

/// How long the slow walk over all claims may take.
const SWEEP_LIMIT: Duration = Duration::from_secs(600);

impl OwnerTable for RingStore {
    fn forget(&self, claim: &Claim) {
        Self::forget(self, claim);
    }

    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        let (store, thing) = (self.clone(), thing.clone());
        Box::pin(async move {
            let location = store.locate_once(&thing).await?;
            // "Not found" is for ever in the eyes of a customer: look twice.
            if location == Location::default() {
                return store.locate_once(&thing).await;
            }
            Ok(location)
        })
    }

    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()> {
        let (store, thing, lane) = (self.clone(), thing.clone(), lane.clone());
        Box::pin(async move {
            store.verifier.take(&thing, epoch, &lane);
            store.redrive.step(|| store.rows.insert_claim(&thing, epoch, &lane)).await
        })
    }

    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>> {
        let (store, thing) = (self.clone(), thing.clone());
        Box::pin(async move { store.redrive.step(|| store.rows.claims(&thing)).await })
    }

    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()> {
        let (store, claim) = (self.clone(), claim.clone());
        Box::pin(async move {
            store.end_work(&claim).await?;
            store.redrive.step(|| store.rows.insert_release(&claim, why, upto)).await?;
            store.forget(&claim);
            Ok(())
        })
    }

    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()> {
        let (store, claim) = (self.clone(), claim.clone());
        Box::pin(async move {
            store.verifier.verify_soon(&claim).await?;
            store.redrive.step(|| store.rows.insert_closed(&claim, purge_at)).await?;
            // Its record was erased before: then that note counts, and not the one of its end.
            let noted = store.memory.take_noted_early(claim.thing());
            store.look_again_from(noted.unwrap_or(hour(purge_at)).min(hour(purge_at)));
            store.forget(&claim);
            Ok(())
        })
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        let store = self.clone();
        Box::pin(async move {
            let swept = store.redrive.within(SWEEP_LIMIT, || store.rows.sweep()).await?;
            Ok(swept.into_iter().map(|(thing, _)| thing).collect())
        })
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        let store = self.clone();
        Box::pin(async move { store.purge_upto(hour(now) - 1).await })
    }
}

impl RingStore {
    async fn locate_once(&self, thing: &ThingId) -> Result<Location, StoreError> {
        self.redrive.step(|| self.rows.newest_claim(thing)).await
    }

    /// Lets nothing new begin under a claim, and waits until nothing is outstanding. A release that
    /// comes before would let the next owner read while something is still being written.
    async fn end_work(&self, claim: &Claim) -> Result<(), StoreError> {
        let Some(work) = self.verifier.begin_to_end(claim) else { return Ok(()) };
        let done = timeout(STEP_LIMIT, work.write()).await;
        done.map(drop).map_err(|_| StoreError::Unavailable(no_answer_in_time().0))
    }

    /// Goes on with the oldest hour that is not done, up to and including the last one.
    async fn purge_upto(&self, last: i32) -> Result<usize, StoreError> {
        let known = *self.memory.unfinished_hour.lock().unwrap_or_else(PoisonError::into_inner);
        let first = known.unwrap_or(last - LOOK_BACK).max(0);
        let hours: Vec<i32> = (first..=last).collect();
        let mut n_purged = 0;
        for hours in hours.chunks(HOURS_AT_ONCE) {
            let read = |hour: &i32| {
                let hour = *hour;
                async move { self.redrive.step(|| self.rows.purges(hour)).await }
            };
            let noted = try_join_all(hours.iter().map(read)).await?;
            for (hour, things) in hours.iter().zip(noted) {
                n_purged += self.purge_hour(*hour, &things, MOST_PURGED - n_purged).await?;
                if n_purged == MOST_PURGED {
                    return Ok(n_purged);
                }
                self.finish(*hour, last);
            }
        }
        Ok(n_purged)
    }

    async fn purge_hour(
        &self,
        hour: i32,
        things: &[ThingId],
        most: usize,
    ) -> Result<usize, StoreError> {
        let mut n_purged = 0;
        for thing in things {
            if n_purged == most {
                break;
            }
            if let Some(purge) = self.plan_purge(thing, hour).await? {
                self.redrive.within(PURGE_LIMIT, || self.rows.delete_thing(thing, &purge)).await?;
                n_purged += 1;
            }
        }
        Ok(n_purged)
    }

    /// A note says only that somebody meant to close a thing, perhaps an earlier one of the same
    /// name, or that its record was erased. What is not closed stays until it is. What has no claims left may have been deleted only in part:
    /// it is deleted again, as of the hour of the note, which is after its end and before the
    /// beginning of whatever has its name now.
    async fn plan_purge(&self, thing: &ThingId, hour: i32) -> Result<Option<Purge>, StoreError> {
        let location = self.locate_once(thing).await?;
        let claims = self.redrive.step(|| self.rows.claims(thing)).await?;
        if !location.closed && !claims.is_empty() {
            tracing::debug!(%thing, "noted to be purged, but not closed: it stays until it is");
            self.memory.note_early(thing, hour);
            return Ok(None);
        }
        let of_hour = u64::try_from(hour).unwrap_or_default() * MICROS_OF_HOUR;
        let newest = claims.iter().map(|row| row.epoch.micros).max();
        let stamp = newest.map_or(of_hour, |newest| newest + 2);
        Ok(Some(Purge { claims, stamp, hour }))
    }

    fn finish(&self, hour: i32, last: i32) {
        let next = (hour + 1).min(last + 1 - LATE_HOURS);
        *self.memory.unfinished_hour.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    fn look_again_from(&self, hour: i32) {
        let mut unfinished =
            self.memory.unfinished_hour.lock().unwrap_or_else(PoisonError::into_inner);
        *unfinished = unfinished.map(|known| known.min(hour));
    }
}
