//! What is to be done later: the tables `deadlines` and `purges`, by hours; and the end of a thing.

use crate::base::{Claim, Millis, ThingId};
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::timeuuid::{epoch, stamp, timeuuid};
use crate::store::ring::rows::{Alarm, NoAnswer, Purge, hour};
use scylla::value::{CqlTimestamp, CqlTimeuuid};

/// Both or neither: a closed thing that nobody notes would be kept for ever, and a note of a thing
/// that is not closed would take it away.
pub async fn insert_closed(
    session: CassandraSession,
    claim: Claim,
    purge_at: Millis,
) -> Result<(), NoAnswer> {
    let (statements, id) = (session.statements(), claim.thing().as_str());
    let closed = (&statements.insert_closed, (id, stamp(claim.epoch()) + 1));
    let note = (&statements.insert_purge, (hour(purge_at), id));
    session.write_both(closed, note).await
}

pub async fn purges(session: CassandraSession, hour: i32) -> Result<Vec<ThingId>, NoAnswer> {
    let statement = &session.statements().purges;
    let rows: Vec<(String,)> = session.rows(statement, (hour,)).await?;
    Ok(rows.into_iter().map(|(id,)| ThingId(id)).collect())
}

/// The claims go last: as long as there is one, a crash leaves a thing that is found again by its
/// note.
pub async fn delete_thing(
    session: CassandraSession,
    thing: ThingId,
    purge: Purge,
) -> Result<(), NoAnswer> {
    let (statements, id) = (session.statements(), thing.as_str());
    let stamp = i64::try_from(purge.stamp).unwrap_or(i64::MAX);
    for claim in &purge.claims {
        let values = (stamp, id, timeuuid(claim.epoch));
        session.write(&statements.delete_parts, values).await?;
    }
    session.write(&statements.delete_all_events, (stamp, id)).await?;
    session.write(&statements.delete_headers, (stamp, id)).await?;
    session.write(&statements.delete_claims, (stamp, id)).await?;
    session.write(&statements.delete_purge, (purge.hour, id)).await
}

pub async fn insert_alarm(session: CassandraSession, alarm: Alarm) -> Result<(), NoAnswer> {
    let Alarm { at, thing, epoch } = &alarm;
    let values = (hour(*at), timestamp(*at), thing.as_str(), timeuuid(*epoch));
    session.write(&session.statements().insert_alarm, values).await
}

pub async fn alarms(
    session: CassandraSession,
    hour: i32,
    upto: Millis,
) -> Result<Vec<Alarm>, NoAnswer> {
    let statement = &session.statements().alarms;
    type Row = (CqlTimestamp, String, CqlTimeuuid);
    let rows: Vec<Row> = session.rows(statement, (hour, timestamp(upto))).await?;
    let alarm =
        |(at, thing, start)| Alarm { at: millis(at), thing: ThingId(thing), epoch: epoch(start) };
    Ok(rows.into_iter().map(alarm).collect())
}

pub async fn delete_alarm(session: CassandraSession, alarm: Alarm) -> Result<(), NoAnswer> {
    let Alarm { at, thing, epoch } = &alarm;
    let values = (hour(*at), timestamp(*at), thing.as_str(), timeuuid(*epoch));
    session.write(&session.statements().delete_alarm, values).await
}

/// A time as Cassandra keeps it.
pub fn timestamp(at: Millis) -> CqlTimestamp {
    CqlTimestamp(i64::try_from(at.0).unwrap_or(i64::MAX))
}

pub fn millis(stored: CqlTimestamp) -> Millis {
    Millis(u64::try_from(stored.0).unwrap_or_default())
}
