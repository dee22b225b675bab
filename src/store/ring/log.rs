//! The log of owned things on a ring: one partition of events per thing, one header per epoch.

use super::clean::clean;
use super::restore::{Past, restore};
use super::rows::{EventRow, HeaderRow};
use super::store::{RingStore, damaged};
use crate::base::{Claim, ClaimRow, Position, ThingId};
use crate::owned::{Entry, Header, History, Log, Recorded, StoreError, StoreFuture, Thing, aside};
use crate::ownership::claim::{ClaimPlan, plan_fences};
use crate::store::body::{self, from_body, to_body};
use crate::telemetry::meters;
use futures_util::future::try_join_all;
use std::future::ready;
use std::sync::Arc;
use tokio::time::Instant;

/// A snapshot above this size is kept in parts of it.
const LARGEST_BODY: usize = 256 * 1_024;

/// Of an event, about.
const USUAL_BODY: usize = 300;

/// Events are written together up to this size.
const LARGEST_BATCH: usize = 64 * 1_024;

impl<T: Thing> Log<T> for RingStore {
    fn open(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<History<T>> {
        let (store, claim, claims) = (self.clone(), claim.clone(), claims.to_vec());
        Box::pin(async move {
            let past = store.fence_and_restore(&claim, claims).await?;
            read_history(claim.thing().clone(), past).await
        })
    }

    fn reopen(&self, claim: &Claim, claims: &[ClaimRow]) -> StoreFuture<()> {
        let (store, claim, claims) = (self.clone(), claim.clone(), claims.to_vec());
        Box::pin(async move { store.fence_below(&claim, claims).await })
    }

    fn seal(&self, claim: &Claim, header: Header<T::Snapshot>) -> StoreFuture<()> {
        let (store, claim) = (self.clone(), claim.clone());
        let upto = header.upto;
        match to_body(claim.thing(), &header.snapshot) {
            Ok(body) => Box::pin(async move { store.write_header(&claim, upto, body).await }),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<T::Event>>) -> StoreFuture<()> {
        let (store, claim) = (self.clone(), claim.clone());
        let rows: Result<Vec<_>, _> =
            entries.iter().map(|entry| event_row(claim.thing(), entry)).collect();
        match rows {
            Ok(rows) => Box::pin(async move { store.write_events(&claim, rows).await }),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<T>> {
        let (store, thing) = (self.clone(), thing.clone());
        Box::pin(async move {
            let claims = store.redrive.step(|| store.rows.claims(&thing)).await?;
            let past = restore(&store, &thing, &claims).await?;
            read_history(thing, past).await
        })
    }
}

impl RingStore {
    /// S6, S7. Whoever finds nothing must be sure that nobody cleaned it away from under him, and
    /// that nobody above him has begun it.
    async fn fence_and_restore(
        &self,
        claim: &Claim,
        mut claims: Vec<ClaimRow>,
    ) -> Result<Past, StoreError> {
        let _busy = self.verifier.enter(claim)?;
        self.fence(claim, &claims).await?;
        claims.retain(|row| row.epoch < claim.epoch());
        let past = restore(self, claim.thing(), &claims).await;
        if matches!(past, Err(StoreError::Damaged { .. }))
            || past.as_ref().is_ok_and(Past::is_blank)
        {
            self.verifier.verify_soon(claim).await?;
        }
        self.memory.keep_below(claim, claims);
        past
    }

    /// S6. What the lower claims left goes away with the next header.
    async fn fence_below(
        &self,
        claim: &Claim,
        mut claims: Vec<ClaimRow>,
    ) -> Result<(), StoreError> {
        let _busy = self.verifier.enter(claim)?;
        self.fence(claim, &claims).await?;
        claims.retain(|row| row.epoch < claim.epoch());
        self.memory.keep_below(claim, claims);
        Ok(())
    }

    /// Puts a fence into the lane of every lower claim that is not released. Those of this process
    /// need none: its verifier gave them up before this claim was written.
    async fn fence(&self, claim: &Claim, claims: &[ClaimRow]) -> Result<(), StoreError> {
        let lanes = match plan_fences(claims, claim.epoch()) {
            ClaimPlan::Fence(lanes) => lanes,
            ClaimPlan::GiveWay => return Err(outclaimed(claim, claims)),
        };
        let strange = |lane: &&_| !self.verifier.is_own(lane) && !lane.is_strange();
        let fences = lanes.iter().filter(strange).map(|lane| {
            self.redrive.step(|| self.rows.insert_fence(lane, claim.thing(), claim.epoch()))
        });
        try_join_all(fences).await.map(drop)
    }

    /// S8, S2, and then S9, for which nobody waits.
    async fn write_header(
        &self,
        claim: &Claim,
        upto: Position,
        body: String,
    ) -> Result<(), StoreError> {
        let _busy = self.verifier.enter(claim)?;
        let header = self.write_parts(claim, upto, body).await?;
        self.redrive.step(|| self.rows.insert_header(claim, &header)).await?;
        self.verifier.verify_soon(claim).await?;
        let below = self.memory.take_below(claim);
        if !below.is_empty() {
            tokio::spawn(clean(self.clone(), claim.clone(), below));
        }
        Ok(())
    }

    /// Writes what is too large for one row, and tells the row.
    async fn write_parts(
        &self,
        claim: &Claim,
        upto: Position,
        body: String,
    ) -> Result<HeaderRow, StoreError> {
        let header = HeaderRow { upto, n_parts: 0, version: body::VERSION, body };
        if header.body.len() <= LARGEST_BODY {
            return Ok(header);
        }
        let mut n_parts = 0;
        for part in parts(&header.body, LARGEST_BODY) {
            let write = || self.rows.insert_part(claim.thing(), claim.epoch(), n_parts, part);
            self.redrive.step(write).await?;
            n_parts += 1;
        }
        Ok(HeaderRow { n_parts, body: String::new(), ..header })
    }

    /// S1, S2. Both are driven for as long as it takes: the same rows at the same positions.
    async fn write_events(&self, claim: &Claim, rows: Vec<EventRow>) -> Result<(), StoreError> {
        let begun = Instant::now();
        let _busy = self.verifier.enter(claim)?;
        let mut is_unknown = false;
        for batch in batches(&rows, LARGEST_BATCH) {
            let write = || self.rows.insert_events(claim.thing(), claim.epoch(), batch);
            let hear = |error| {
                tracing::debug!(thing = %claim.thing(), %error, "an append is driven again");
                is_unknown = true;
            };
            self.redrive.until_yes(write, hear).await;
        }
        if is_unknown {
            meters().append_unknown.increment(1);
        }
        let verdict = self.verifier.verify(claim).await;
        meters().append_duration.record(begun.elapsed());
        verdict
    }
}

fn outclaimed(claim: &Claim, claims: &[ClaimRow]) -> StoreError {
    let newest = claims.iter().map(|row| row.epoch).max();
    StoreError::Fenced { ours: claim.epoch(), newest: newest.unwrap_or(claim.epoch()) }
}

fn event_row<E: Recorded>(thing: &ThingId, entry: &Entry<E>) -> Result<EventRow, StoreError> {
    let event = &*entry.event;
    Ok(EventRow {
        position: event.position(),
        key: event.key().map(str::to_owned),
        more: entry.more,
        version: body::VERSION,
        body: to_body(thing, event)?,
    })
}

/// Cuts rows into runs that fit into one batch. A row that is too large is a batch of its own.
fn batches(rows: &[EventRow], most: usize) -> Vec<&[EventRow]> {
    let mut batches = vec![];
    let (mut begin, mut size) = (0, 0);
    for (idx, row) in rows.iter().enumerate() {
        let weight = row.body.len() + row.key.as_ref().map_or(0, String::len);
        if begin < idx && most < size + weight {
            batches.push(&rows[begin..idx]);
            (begin, size) = (idx, 0);
        }
        size += weight;
    }
    if begin < rows.len() {
        batches.push(&rows[begin..]);
    }
    batches
}

/// Cuts a text into parts of at most so many bytes, never within a character.
fn parts(text: &str, most: usize) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = most.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

async fn read_history<T: Thing>(thing: ThingId, past: Past) -> Result<History<T>, StoreError> {
    let header = past.header.as_ref().map_or(0, |header| header.body.len());
    let n_events = past.events.len() + header / USUAL_BODY;
    aside(n_events, move || to_history::<T>(&thing, past)).await
}

fn to_history<T: Thing>(thing: &ThingId, past: Past) -> Result<History<T>, StoreError> {
    let header = past.header.map(|header| to_header::<T>(thing, &header)).transpose()?;
    let events = past.events.iter().map(|row| {
        let event = from_body(row.version, &row.body)
            .map_err(|why| damaged(thing, format!("event {}: {why}", row.position)))?;
        Ok(Arc::new(event))
    });
    Ok(History { header, events: events.collect::<Result<_, StoreError>>()? })
}

/// A header of form 0 is the transcript of a server of another program. Of its form nothing is known
/// for sure, so it is told and left alone.
fn to_header<T: Thing>(
    thing: &ThingId,
    header: &HeaderRow,
) -> Result<Header<T::Snapshot>, StoreError> {
    let HeaderRow { upto, version, body, .. } = header;
    if *version == 0 {
        let what = "its row in the table transcripts was written by a server of another program, \
                    and what stands there is kept for whoever can read it: let that server end the \
                    session, or take it away with 'holdfast sweep --delete' when it is old enough";
        return Err(damaged(thing, what));
    }
    let snapshot = from_body(*version, body)
        .map_err(|why| damaged(thing, format!("header up to {upto}: {why}")))?;
    Ok(Header { upto: *upto, snapshot })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_stay_below_their_size_and_keep_every_row() {
        let rows: Vec<_> = [40, 40, 10, 200, 1].iter().map(|size| row(*size)).collect();

        let sizes: Vec<_> = batches(&rows, 100).into_iter().map(<[EventRow]>::len).collect();

        assert_eq!(sizes, [3, 1, 1]);
        assert!(batches(&[], 100).is_empty());
    }

    #[test]
    fn parts_are_cut_between_characters() {
        let text = "aäöü";

        assert_eq!(parts(text, 2), ["a", "ä", "ö", "ü"]);
        assert_eq!(parts(text, 7).concat(), text);
    }

    fn row(size: usize) -> EventRow {
        EventRow { position: Position(1), key: None, more: 0, version: 1, body: "x".repeat(size) }
    }
}
