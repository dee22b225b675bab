//! The fence of a thing: the highest claim under which it was opened or written. One fence stands
//! for all lanes here, since all of them end in the writer's queue.

use super::Fault;
use crate::base::{Claim, Epoch};
use crate::owned::StoreError;
use rusqlite::{Connection, OptionalExtension, Row};

/// Refuses a claim that lies below the fence.
pub fn check(connection: &Connection, claim: &Claim) -> Result<(), Fault> {
    standing(connection, claim).map(drop)
}

/// Refuses a claim that lies below the fence, and raises the fence to one that lies above.
pub fn raise(connection: &Connection, claim: &Claim) -> Result<(), Fault> {
    let ours = claim.epoch();
    if standing(connection, claim)? == Some(ours) {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO opened (thing, micros, tie) VALUES (?1, ?2, ?3)")?
        .execute((claim.thing().as_str(), ours.micros.cast_signed(), ours.tie))?;
    Ok(())
}

/// Reads an epoch from two columns next to each other.
pub fn epoch(row: &Row<'_>, first: usize) -> rusqlite::Result<Epoch> {
    let micros: i64 = row.get(first)?;
    Ok(Epoch { micros: micros.cast_unsigned(), tie: row.get(first + 1)? })
}

/// Where the fence is, if the claim is not below it.
fn standing(connection: &Connection, claim: &Claim) -> Result<Option<Epoch>, Fault> {
    let newest = connection
        .prepare_cached("SELECT micros, tie FROM opened WHERE thing = ?1")?
        .query_row([claim.thing().as_str()], |row| epoch(row, 0))
        .optional()?;
    match newest {
        Some(newest) if claim.epoch() < newest => {
            Err(StoreError::Fenced { ours: claim.epoch(), newest }.into())
        }
        Some(_) | None => Ok(newest),
    }
}
