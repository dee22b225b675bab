//! What was written under each claim: the tables `transcripts`, `snapshot_parts` and
//! `transcript_events`.

use crate::base::{Claim, Epoch, Position, ThingId};
use crate::ownership::claim::ClaimRow;
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::claims::creator;
use crate::store::cassandra::timeuuid::{stamp, timeuuid};
use crate::store::ring::rows::{EventRow, HeaderRow, NoAnswer};
use scylla::statement::Consistency;
use scylla::statement::prepared::PreparedStatement;
use scylla::value::CqlTimeuuid;

/// Most bytes that are written together. Larger ones make a node of the ring stumble.
const MOST_TOGETHER: usize = 64 * 1024;

/// What an event costs beside its body, roughly.
const BESIDE_BODY: usize = 100;

type EventValues<'a> = (&'a str, CqlTimeuuid, i64, Option<&'a str>, i32, &'a str, i32, i64);

type EventColumns = (i64, Option<String>, Option<i32>, Option<i32>, Option<String>);

type HeaderColumns = (Option<String>, Option<i64>, Option<i32>, Option<i32>);

pub async fn insert_events(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    rows: Vec<EventRow>,
) -> Result<(), NoAnswer> {
    let statement = &session.statements().insert_event;
    for together in portions(&rows) {
        let values: Vec<EventValues<'_>> =
            together.iter().map(|row| event_values(&thing, epoch, row)).collect();
        match values.as_slice() {
            [alone] => session.write(statement, *alone).await?,
            several => session.write_together(statement, several).await?,
        }
    }
    Ok(())
}

pub async fn events(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    after: Position,
) -> Result<Vec<EventRow>, NoAnswer> {
    let statement = session.statements().events.clone();
    events_by(session, statement, (thing, epoch, after)).await
}

pub async fn events_of_all(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    after: Position,
) -> Result<Vec<EventRow>, NoAnswer> {
    let mut statement = session.statements().events.clone();
    statement.set_consistency(Consistency::All);
    events_by(session, statement, (thing, epoch, after)).await
}

async fn events_by(
    session: CassandraSession,
    statement: PreparedStatement,
    (thing, epoch, after): (ThingId, Epoch, Position),
) -> Result<Vec<EventRow>, NoAnswer> {
    let values = (thing.as_str(), timeuuid(epoch), after.0.cast_signed());
    let rows: Vec<EventColumns> = session.rows(&statement, values).await?;
    Ok(rows.into_iter().map(event_row).collect())
}

pub async fn header(
    session: CassandraSession,
    thing: ThingId,
    claim: ClaimRow,
) -> Result<Option<HeaderRow>, NoAnswer> {
    let values = (thing.as_str(), creator(&claim.lane, claim.epoch));
    let row: Option<HeaderColumns> = session.row(&session.statements().header, values).await?;
    Ok(row.map(header_row))
}

pub async fn parts(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
) -> Result<Vec<String>, NoAnswer> {
    let values = (thing.as_str(), timeuuid(epoch));
    let rows: Vec<(Option<String>,)> = session.rows(&session.statements().parts, values).await?;
    Ok(rows.into_iter().map(|(body,)| body.unwrap_or_default()).collect())
}

pub async fn insert_part(
    session: CassandraSession,
    thing: ThingId,
    epoch: Epoch,
    (part, body): (u32, String),
) -> Result<(), NoAnswer> {
    let values = (thing.as_str(), timeuuid(epoch), part.cast_signed(), body.as_str(), stamp(epoch));
    session.write(&session.statements().insert_part, values).await
}

pub async fn insert_header(
    session: CassandraSession,
    claim: Claim,
    header: HeaderRow,
) -> Result<(), NoAnswer> {
    let epoch = claim.epoch();
    let values = (
        claim.thing().as_str(),
        creator(claim.lane(), epoch),
        header.body.as_str(),
        timeuuid(epoch),
        header.upto.0.cast_signed(),
        header.n_parts.cast_signed(),
        header.version,
        stamp(epoch),
    );
    session.write(&session.statements().insert_header, values).await
}

pub async fn delete_epoch(
    session: CassandraSession,
    thing: ThingId,
    claim: ClaimRow,
    by: Epoch,
) -> Result<(), NoAnswer> {
    let statements = session.statements();
    let of_epoch = (stamp(by), thing.as_str(), timeuuid(claim.epoch));
    session.write(&statements.delete_parts, of_epoch).await?;
    let of_creator = (stamp(by), thing.as_str(), creator(&claim.lane, claim.epoch));
    session.write(&statements.delete_header, of_creator).await?;
    session.write(&statements.delete_events, of_epoch).await
}

/// Rows that are written together, in order.
fn portions(rows: &[EventRow]) -> Vec<&[EventRow]> {
    let mut portions = Vec::new();
    let (mut start, mut n_bytes) = (0, 0);
    for (idx, row) in rows.iter().enumerate() {
        let own = row.body.len() + row.key.as_ref().map_or(0, String::len) + BESIDE_BODY;
        if start < idx && MOST_TOGETHER < n_bytes + own {
            portions.push(&rows[start..idx]);
            (start, n_bytes) = (idx, 0);
        }
        n_bytes += own;
    }
    if start < rows.len() {
        portions.push(&rows[start..]);
    }
    portions
}

fn event_values<'a>(thing: &'a ThingId, epoch: Epoch, row: &'a EventRow) -> EventValues<'a> {
    (
        thing.as_str(),
        timeuuid(epoch),
        row.position.0.cast_signed(),
        row.key.as_deref(),
        row.more.cast_signed(),
        &row.body,
        row.version,
        stamp(epoch),
    )
}

fn event_row((position, key, more, version, body): EventColumns) -> EventRow {
    EventRow {
        position: Position(position.cast_unsigned()),
        key,
        more: more.unwrap_or_default().cast_unsigned(),
        version: version.unwrap_or_default(),
        body: body.unwrap_or_default(),
    }
}

/// Of a row that a stranger wrote all but the text is missing, which is what form 0 says.
fn header_row((body, upto, n_parts, version): HeaderColumns) -> HeaderRow {
    HeaderRow {
        upto: Position(upto.unwrap_or_default().cast_unsigned()),
        n_parts: n_parts.unwrap_or_default().cast_unsigned(),
        version: version.unwrap_or_default(),
        body: body.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_keep_all_rows_in_order_and_stay_small() {
        let rows: Vec<_> = (1..=9).map(|n| row(n, 20 * 1024)).collect();

        let portions = portions(&rows);

        assert_eq!(portions.concat(), rows);
        assert_eq!(portions.iter().map(|portion| portion.len()).collect::<Vec<_>>(), [3, 3, 3]);
    }

    #[test]
    fn a_row_that_is_too_large_goes_alone_and_nothing_gives_nothing() {
        let rows = [row(1, 10), row(2, 100 * 1024), row(3, 10)];

        let n_rows: Vec<_> = portions(&rows).iter().map(|portion| portion.len()).collect();

        assert_eq!(n_rows, [1, 1, 1]);
        assert!(portions(&[]).is_empty());
    }

    fn row(position: u64, n_bytes: usize) -> EventRow {
        let body = "x".repeat(n_bytes);
        EventRow { position: Position(position), key: None, more: 0, version: 1, body }
    }
}
