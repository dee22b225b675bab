//! The owner table: who claimed what, what is closed, and when it goes.

use super::{EmbeddedStore, Fault, fence};
use crate::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
use crate::owned::StoreFuture;
use crate::ownership::claim::{ClaimRow, Location, Released};
use crate::ownership::door::OwnerTable;
use rusqlite::{Connection, OptionalExtension, Row};

pub const TABLES: &str = "
    CREATE TABLE owner (
        thing TEXT NOT NULL,
        micros INTEGER NOT NULL,
        tie INTEGER NOT NULL,
        lane TEXT NOT NULL,
        released TEXT,
        n INTEGER,
        PRIMARY KEY (thing, micros, tie)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE closed (
        thing TEXT NOT NULL PRIMARY KEY,
        purge_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX closed_by_time ON closed (purge_at);
";

/// How many things one purge takes, so that it never holds up the writer for long.
const MOST_PURGED: i64 = 50;

/// Where a thing has rows that go with it.
const PURGED: [&str; 5] = [
    "DELETE FROM events WHERE thing = ?1",
    "DELETE FROM headers WHERE thing = ?1",
    "DELETE FROM opened WHERE thing = ?1",
    "DELETE FROM owner WHERE thing = ?1",
    "DELETE FROM closed WHERE thing = ?1",
];

impl OwnerTable for EmbeddedStore {
    fn locate(&self, thing: &ThingId) -> StoreFuture<Location> {
        let thing = thing.clone();
        self.query(move |connection| {
            let newest = claims(connection, &thing, 1)?.pop();
            let upto = match &newest {
                Some(row) => released_upto(connection, &thing, row.epoch)?,
                None => Position::NONE,
            };
            Ok(Location { newest, upto, closed: is_closed(connection, &thing)? })
        })
    }

    fn claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> StoreFuture<()> {
        let (thing, lane) = (thing.clone(), lane.to_string());
        self.write(move |connection| claim(connection, &thing, epoch, &lane))
    }

    fn claims(&self, thing: &ThingId) -> StoreFuture<Vec<ClaimRow>> {
        let thing = thing.clone();
        self.query(move |connection| claims(connection, &thing, i64::MAX))
    }

    fn release(&self, claim: &Claim, why: Released, upto: Position) -> StoreFuture<()> {
        let claim = claim.clone();
        self.write(move |connection| release(connection, &claim, why, upto))
    }

    fn close(&self, claim: &Claim, purge_at: Millis) -> StoreFuture<()> {
        let claim = claim.clone();
        self.write(move |connection| close(connection, &claim, purge_at))
    }

    fn open_things(&self) -> StoreFuture<Vec<ThingId>> {
        self.query(open_things)
    }

    fn purge(&self, now: Millis) -> StoreFuture<usize> {
        self.write(move |connection| purge(connection, now))
    }
}

/// Deletes the claims that an opened and sealed one has made worthless, so that a thing that is
/// restored often does not gather them.
pub fn forget_claims_below(connection: &Connection, claim: &Claim) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM owner WHERE thing = ?1 AND (micros, tie) < (?2, ?3)")?
        .execute(key(claim.thing(), claim.epoch()))?;
    Ok(())
}

/// A claim that is there stays as it is: it may have been released meanwhile.
fn claim(connection: &Connection, thing: &ThingId, epoch: Epoch, lane: &str) -> Result<(), Fault> {
    let (thing, micros, tie) = key(thing, epoch);
    connection
        .prepare_cached(
            "INSERT INTO owner (thing, micros, tie, lane) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?
        .execute((thing, micros, tie, lane))?;
    Ok(())
}

/// A claim that was forgotten or purged meanwhile needs no release, and must not come back by one.
fn release(
    connection: &Connection,
    claim: &Claim,
    why: Released,
    upto: Position,
) -> Result<(), Fault> {
    let (thing, micros, tie) = key(claim.thing(), claim.epoch());
    connection
        .prepare_cached(
            "UPDATE owner SET released = ?4, n = ?5 WHERE thing = ?1 AND micros = ?2 AND tie = ?3",
        )?
        .execute((thing, micros, tie, word(why), upto.0.cast_signed()))?;
    Ok(())
}

/// A chat whose record was erased before it was marked as over goes with the next purge.
fn close(connection: &Connection, claim: &Claim, purge_at: Millis) -> Result<(), Fault> {
    fence::check(connection, claim)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO closed (thing, purge_at) VALUES
                 (?1, iif(EXISTS (SELECT 1 FROM erased WHERE record = ?1), 0, ?2))",
        )?
        .execute((claim.thing().as_str(), purge_at.0.cast_signed()))?;
    Ok(())
}

fn claims(connection: &Connection, thing: &ThingId, most: i64) -> Result<Vec<ClaimRow>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT micros, tie, lane, released FROM owner WHERE thing = ?1
         ORDER BY micros DESC, tie DESC LIMIT ?2",
    )?;
    let mut rows = select.query((thing.as_str(), most))?;
    let mut claims = vec![];
    while let Some(row) = rows.next()? {
        claims.push(claim_row(thing, row)?);
    }
    Ok(claims)
}

/// How far a thing had come when a claim was released.
fn released_upto(
    connection: &Connection,
    thing: &ThingId,
    epoch: Epoch,
) -> Result<Position, Fault> {
    let n: Option<i64> = connection
        .prepare_cached("SELECT n FROM owner WHERE thing = ?1 AND micros = ?2 AND tie = ?3")?
        .query_row(key(thing, epoch), |row| row.get(0))?;
    Ok(Position(n.unwrap_or_default().cast_unsigned()))
}

fn claim_row(thing: &ThingId, row: &Row<'_>) -> Result<ClaimRow, Fault> {
    let lane: String = row.get(2)?;
    let lane = lane
        .parse()
        .map_err(|error| Fault::damaged(thing, format!("a claim names {lane}: {error}")))?;
    let released: Option<String> = row.get(3)?;
    let released = match released.as_deref() {
        None => None,
        Some("moved") => Some(Released::Moved),
        Some("asleep") => Some(Released::Asleep),
        Some(other) => {
            return Err(Fault::damaged(thing, format!("a claim was released as {other}")));
        }
    };
    Ok(ClaimRow { epoch: fence::epoch(row, 0)?, lane, released })
}

fn is_closed(connection: &Connection, thing: &ThingId) -> Result<bool, Fault> {
    let closed = connection
        .prepare_cached("SELECT 1 FROM closed WHERE thing = ?1")?
        .query_row([thing.as_str()], |_| Ok(()))
        .optional()?;
    Ok(closed.is_some())
}

fn open_things(connection: &Connection) -> Result<Vec<ThingId>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT DISTINCT thing FROM owner WHERE thing NOT IN (SELECT thing FROM closed)",
    )?;
    let things = select.query_map([], |row| row.get(0).map(ThingId))?;
    Ok(things.collect::<Result<_, _>>()?)
}

fn purge(connection: &Connection, now: Millis) -> Result<usize, Fault> {
    let things: Vec<String> = connection
        .prepare_cached("SELECT thing FROM closed WHERE purge_at <= ?1 ORDER BY purge_at LIMIT ?2")?
        .query_map((now.0.cast_signed(), MOST_PURGED), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for thing in &things {
        for statement in PURGED {
            connection.prepare_cached(statement)?.execute([thing])?;
        }
    }
    Ok(things.len())
}

fn key(thing: &ThingId, epoch: Epoch) -> (&str, i64, i64) {
    (thing.as_str(), epoch.micros.cast_signed(), epoch.tie)
}

fn word(why: Released) -> &'static str {
    match why {
        Released::Moved => "moved",
        Released::Asleep => "asleep",
    }
}
