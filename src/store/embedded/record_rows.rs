//! Records as they stand in their rows.

use super::Fault;
use crate::base::{ContactId, InteractionId, Millis, Position, ThingId};
use crate::contact::state::Record;
use crate::owned::StoreError;
use rusqlite::{Connection, Row};

/// The form of the content written here: JSON of the house's own type.
pub(super) const CONTENT_VERSION: i64 = 1;

pub(super) const RECORD_COLUMNS: &str = "record, upto, contact, modified_at, v, content";

/// What a query finds of these columns.
pub(super) fn records(
    connection: &Connection,
    select: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Record>, Fault> {
    let mut select = connection.prepare_cached(select)?;
    let mut rows = select.query(values)?;
    let mut found = vec![];
    while let Some(row) = rows.next()? {
        found.push(record(row)?);
    }
    Ok(found)
}

fn record(row: &Row<'_>) -> Result<Record, Fault> {
    let id = InteractionId(row.get(0)?);
    let contact: Option<String> = row.get(2)?;
    let version: i64 = row.get(4)?;
    if version != CONTENT_VERSION {
        return Err(damaged(&id, &format!("a record has the form {version}")).into());
    }
    let content: String = row.get(5)?;
    let content = serde_json::from_str(&content)
        .map_err(|error| damaged(&id, &format!("a record cannot be read: {error}")))?;
    Ok(Record {
        id,
        upto: position(row, 1)?,
        contact: contact.map(ContactId),
        modified_at: millis(row, 3)?,
        content,
    })
}

pub(super) fn damaged(record: &InteractionId, what: &str) -> StoreError {
    StoreError::Damaged { thing: ThingId(record.0.clone()), what: what.to_owned() }
}

pub(super) fn millis(row: &Row<'_>, column: usize) -> rusqlite::Result<Millis> {
    row.get(column).map(|millis: i64| Millis(millis.cast_unsigned()))
}

pub(super) fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    row.get(column).map(|position: i64| Position(position.cast_unsigned()))
}

pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
