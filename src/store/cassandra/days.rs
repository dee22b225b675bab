//! Records by the day on which they began, in the ring: one partition for each day.

use crate::base::{InteractionId, Millis};
use crate::contact::history::Place;
use crate::contact::state::Record;
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::notes::{millis, timestamp};
use crate::store::ring::rows::NoAnswer;
use scylla::value::CqlTimestamp;

pub const MILLIS_OF_DAY: u64 = 86_400_000;

/// Which partition a record stands in by its start.
pub fn day(at: Millis) -> i32 {
    i32::try_from(at.0 / MILLIS_OF_DAY).unwrap_or(i32::MAX)
}

/// The records of a day, newest first.
pub async fn starts_of(session: &CassandraSession, day: i32) -> Result<Vec<Place>, NoAnswer> {
    let statement = &session.statements().archive.starts_of_day;
    let rows: Vec<(CqlTimestamp, String)> = session.rows(statement, (day,)).await?;
    let place = |(at, id)| Place { started_at: millis(at), record: InteractionId(id) };
    Ok(rows.into_iter().map(place).collect())
}

/// Lets a record be found by its time.
pub async fn note_start(session: &CassandraSession, record: &Record) -> Result<(), NoAnswer> {
    let started_at = record.content.started_at;
    let tenant = record.content.tenant.as_str();
    let values = (day(started_at), timestamp(started_at), record.id.as_str(), tenant);
    session.write(&session.statements().archive.insert_start, values).await
}
