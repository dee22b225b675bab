//! The log of owned things: events in the order of their arrival, with an index that finds those of
//! one thing. (A table clustered by thing would touch a page for each of them at every commit.)

use super::{EmbeddedStore, Fault, fence, owners};
use crate::base::{Claim, ClaimRow, Position, ThingId};
use crate::owned::{Entry, Header, History, Log, Recorded, StoreError, StoreFuture, Thing};
use crate::store::body::{self, from_body, to_body};
use crate::telemetry::meters;
use rusqlite::{Connection, OptionalExtension};
use std::future::ready;
use std::sync::Arc;
use std::time::Instant;

/// `more`: how many entries of the same wish follow. `v`: how to read the body.
pub const TABLES: &str = "
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        thing TEXT NOT NULL,
        micros INTEGER NOT NULL,
        tie INTEGER NOT NULL,
        pos INTEGER NOT NULL,
        key TEXT,
        more INTEGER NOT NULL,
        v INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX events_of_thing ON events (thing, pos);
    CREATE TABLE headers (
        thing TEXT NOT NULL PRIMARY KEY,
        micros INTEGER NOT NULL,
        tie INTEGER NOT NULL,
        upto INTEGER NOT NULL,
        v INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE opened (
        thing TEXT NOT NULL PRIMARY KEY,
        micros INTEGER NOT NULL,
        tie INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// So many events under a header go at once; more of them would keep all other writes waiting.
pub(super) const AT_ONCE: u32 = 500;

/// Whether the events under a header are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cleared {
    Wholly,
    InPart,
}

/// An entry as it is stored. Made by the caller's thread, so that the writer only writes.
struct EventRow {
    position: Position,
    key: Option<String>,
    more: u32,
    body: String,
}

impl<T: Thing> Log<T> for EmbeddedStore {
    fn open(&self, claim: &Claim, _claims: &[ClaimRow]) -> StoreFuture<History<T>> {
        let opened = {
            let claim = claim.clone();
            self.write(move |connection| open(connection, &claim))
        };
        let (store, thing) = (self.clone(), claim.thing().clone());
        Box::pin(async move {
            opened.await?;
            Log::<T>::read(&store, &thing).await
        })
    }

    fn reopen(&self, claim: &Claim, _claims: &[ClaimRow]) -> StoreFuture<()> {
        let claim = claim.clone();
        self.write(move |connection| open(connection, &claim))
    }

    fn seal(&self, claim: &Claim, header: Header<T::Snapshot>) -> StoreFuture<()> {
        let claim = claim.clone();
        let upto = header.upto;
        let body = match to_body(claim.thing(), &header.snapshot) {
            Ok(body) => body,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let (store, thing) = (self.clone(), claim.thing().clone());
        let sealed = self.write(move |connection| seal(connection, &claim, upto, &body));
        Box::pin(async move {
            if sealed.await? == Cleared::InPart {
                tokio::spawn(clear_the_rest(store, thing, upto));
            }
            Ok(())
        })
    }

    fn append(&self, claim: &Claim, entries: Vec<Entry<T::Event>>) -> StoreFuture<()> {
        let claim = claim.clone();
        let rows: Result<Vec<_>, _> =
            entries.iter().map(|entry| EventRow::new(claim.thing(), entry)).collect();
        match rows {
            Ok(rows) => timed(self.write(move |connection| append(connection, &claim, &rows))),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn read(&self, thing: &ThingId) -> StoreFuture<History<T>> {
        let thing = thing.clone();
        self.query(move |connection| {
            let header = header::<T>(connection, &thing)?;
            let upto = header.as_ref().map_or(Position::NONE, |header| header.upto);
            let events = events::<T>(connection, &thing, upto)?;
            Ok(History { header, events })
        })
    }
}

/// The same write, whose duration is counted: from the wish to the fsync.
fn timed(write: StoreFuture<()>) -> StoreFuture<()> {
    #[expect(clippy::disallowed_methods, reason = "a duration is measured, no rule depends on it")]
    let begun = Instant::now();
    Box::pin(async move {
        let written = write.await;
        meters().append_duration.record(begun.elapsed());
        written
    })
}

impl EventRow {
    fn new<E: Recorded>(thing: &ThingId, entry: &Entry<E>) -> Result<Self, StoreError> {
        let event = &*entry.event;
        Ok(Self {
            position: event.position(),
            key: event.key().map(str::to_owned),
            more: entry.more,
            body: to_body(thing, event)?,
        })
    }
}

/// Raises the fence and drops the loose end of a wish that was never acknowledged, so that its
/// positions are free.
fn open(connection: &Connection, claim: &Claim) -> Result<(), Fault> {
    fence::raise(connection, claim)?;
    connection
        .prepare_cached(
            "DELETE FROM events WHERE thing = ?1 AND pos > coalesce((
                SELECT pos FROM events WHERE thing = ?1 AND more = 0 ORDER BY pos DESC LIMIT 1
            ), 0)",
        )?
        .execute([claim.thing().as_str()])?;
    Ok(())
}

fn seal(
    connection: &Connection,
    claim: &Claim,
    upto: Position,
    body: &str,
) -> Result<Cleared, Fault> {
    fence::check(connection, claim)?;
    let before = sealed_upto(connection, claim.thing())?;
    if upto < before {
        return Err(StoreError::Gap { expected: before, got: upto }.into());
    }
    fence::raise(connection, claim)?;
    let thing = claim.thing().as_str();
    let (micros, tie) = (claim.epoch().micros.cast_signed(), claim.epoch().tie);
    let position = upto.0.cast_signed();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO headers (thing, micros, tie, upto, v, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((thing, micros, tie, position, body::VERSION, body))?;
    connection
        .prepare_cached(
            "DELETE FROM events WHERE thing = ?1 AND pos > ?2 AND (micros <> ?3 OR tie <> ?4)",
        )?
        .execute((thing, position, micros, tie))?;
    owners::forget_claims_below(connection, claim)?;
    Ok(clear(connection, claim.thing(), upto)?)
}

/// Takes away some of the events that a header has, the oldest first: what is left is still without a gap,
/// and nobody reads it any more.
fn clear(connection: &Connection, thing: &ThingId, upto: Position) -> rusqlite::Result<Cleared> {
    let n_cleared = connection
        .prepare_cached(
            "DELETE FROM events WHERE id IN (
                SELECT id FROM events WHERE thing = ?1 AND pos <= ?2 ORDER BY pos LIMIT ?3
            )",
        )?
        .execute((thing.as_str(), upto.0.cast_signed(), AT_ONCE))?;
    let is_all = u32::try_from(n_cleared).is_ok_and(|n_cleared| n_cleared < AT_ONCE);
    Ok(if is_all { Cleared::Wholly } else { Cleared::InPart })
}

/// Everybody else's writes go between. What is left when the store is closed, or its process dies, goes with
/// the next header, or with the thing.
async fn clear_the_rest(store: EmbeddedStore, thing: ThingId, upto: Position) {
    loop {
        let cleared = {
            let thing = thing.clone();
            store.write(move |connection| Ok(clear(connection, &thing, upto)?))
        };
        match cleared.await {
            Ok(Cleared::InPart) => {}
            Ok(Cleared::Wholly) => return,
            Err(error) => return tracing::debug!(%thing, %error, "old events stay a while"),
        }
    }
}

fn append(connection: &Connection, claim: &Claim, rows: &[EventRow]) -> Result<(), Fault> {
    fence::raise(connection, claim)?;
    let mut expected = last(connection, claim.thing())?.next();
    for row in rows {
        if row.position < expected && is_stored(connection, claim, row)? {
            continue;
        }
        if row.position != expected {
            return Err(StoreError::Gap { expected, got: row.position }.into());
        }
        insert(connection, claim, row)?;
        expected = expected.next();
    }
    Ok(())
}

fn insert(connection: &Connection, claim: &Claim, row: &EventRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO events (thing, micros, tie, pos, key, more, v, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            claim.thing().as_str(),
            claim.epoch().micros.cast_signed(),
            claim.epoch().tie,
            row.position.0.cast_signed(),
            row.key.as_deref(),
            row.more,
            body::VERSION,
            &row.body,
        ))
        .map(drop)
}

/// Whether this is a row that is driven again: the same words at the same place, of the same owner.
fn is_stored(connection: &Connection, claim: &Claim, row: &EventRow) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM events
             WHERE thing = ?1 AND pos = ?2 AND micros = ?3 AND tie = ?4 AND body = ?5",
        )?
        .exists((
            claim.thing().as_str(),
            row.position.0.cast_signed(),
            claim.epoch().micros.cast_signed(),
            claim.epoch().tie,
            &row.body,
        ))
}

fn last(connection: &Connection, thing: &ThingId) -> rusqlite::Result<Position> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(pos) FROM events WHERE thing = ?1")?
        .query_row([thing.as_str()], |row| row.get(0))?;
    match last {
        Some(position) => Ok(Position(position.cast_unsigned())),
        None => sealed_upto(connection, thing),
    }
}

fn sealed_upto(connection: &Connection, thing: &ThingId) -> rusqlite::Result<Position> {
    let upto: Option<i64> = connection
        .prepare_cached("SELECT upto FROM headers WHERE thing = ?1")?
        .query_row([thing.as_str()], |row| row.get(0))
        .optional()?;
    Ok(upto.map_or(Position::NONE, |upto| Position(upto.cast_unsigned())))
}

fn header<T: Thing>(
    connection: &Connection,
    thing: &ThingId,
) -> Result<Option<Header<T::Snapshot>>, Fault> {
    let mut select =
        connection.prepare_cached("SELECT upto, v, body FROM headers WHERE thing = ?1")?;
    let mut rows = select.query([thing.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let upto = Position(row.get::<_, i64>(0)?.cast_unsigned());
    let body = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let snapshot = from_body(row.get(1)?, body)
        .map_err(|why| Fault::damaged(thing, format!("header up to {upto}: {why}")))?;
    Ok(Some(Header { upto, snapshot }))
}

/// The events after a position, without a loose end.
fn events<T: Thing>(
    connection: &Connection,
    thing: &ThingId,
    upto: Position,
) -> Result<Vec<Arc<T::Event>>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT pos, more, v, body FROM events WHERE thing = ?1 AND pos > ?2 ORDER BY pos",
    )?;
    let mut rows = select.query((thing.as_str(), upto.0.cast_signed()))?;
    let mut events: Vec<Arc<T::Event>> = vec![];
    let mut expected = upto.next();
    let mut n_whole = 0;
    while let Some(row) = rows.next()? {
        let position = Position(row.get::<_, i64>(0)?.cast_unsigned());
        if position != expected {
            return Err(Fault::damaged(thing, format!("event {expected} is missing")));
        }
        let body = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        let event = from_body(row.get(2)?, body)
            .map_err(|why| Fault::damaged(thing, format!("event {position}: {why}")))?;
        events.push(Arc::new(event));
        if row.get::<_, u32>(1)? == 0 {
            n_whole = events.len();
        }
        expected = expected.next();
    }
    events.truncate(n_whole);
    Ok(events)
}
