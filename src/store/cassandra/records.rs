//! The records of interactions, in the ring.
//!
//! The content of a record is written with its cursor as the time stamp: of two who save at the same
//! moment the higher cursor stays, in whatever order their writes arrive, and without a lock. Only
//! the owner of a session saves its record, so two who save the same cursor are an owner and one who
//! was frozen; they save the same log, and each column is that of one of them.
//!
//! A contact is first given with the lowest time stamp, and by a person with that of now: what a
//! person gave stays, whenever the other arrives. Of two first contacts for one record the greater
//! one stays, for everybody the same.
//!
//! `records_of_contact` is written before the record and cleaned after it; a row that does not fit
//! its record is a leftover and is passed over.

use crate::base::{ContactId, InteractionId, Millis, Position, ThingId};
use crate::contact::door::Kept;
use crate::contact::history::Place;
use crate::contact::state::{Content, Record};
use crate::owned::StoreError;
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::days::note_start;
use crate::store::cassandra::failure::unavailable;
use crate::store::cassandra::notes::{millis, timestamp};
use crate::store::ring::rows::NoAnswer;
use scylla::DeserializeRow;
use scylla::value::CqlTimestamp;

/// The form of the content written here: JSON of the house's own type.
const CONTENT_VERSION: i32 = 1;

#[derive(DeserializeRow)]
struct Row {
    id: String,
    upto: Option<i64>,
    contact: Option<String>,
    started_at: Option<CqlTimestamp>,
    modified_at: Option<CqlTimestamp>,
    v: Option<i32>,
    content: Option<String>,
}

/// Where a record stands in the list of its contact.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listing {
    contact: ContactId,
    started_at: Millis,
}

/// What is to be written of a record, after what is kept of it was read.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    takes_content: bool,
    takes_contact: bool,
    kept: Kept,
}

pub async fn save(session: CassandraSession, record: Record) -> Result<Kept, StoreError> {
    let row = row(&session, &record.id).await.map_err(unavailable)?;
    // What is there was not erased, or is just being: then the deletion is the later one.
    if row.is_none() && is_erased(&session, &record.id).await.map_err(unavailable)? {
        return Ok(Kept { upto: record.upto, contact: None, is_erased: true });
    }
    let before = row.as_ref().and_then(listing);
    let kept = row.map(|row| Kept {
        upto: upto(&row),
        contact: row.contact.map(ContactId),
        is_erased: false,
    });
    let plan = plan_saving(kept.as_ref(), &record);
    let started_at = match (&before, plan.takes_content) {
        (Some(listing), false) => listing.started_at,
        (Some(_), true) | (None, _) => record.content.started_at,
    };
    let after = plan.kept.contact.clone().map(|contact| Listing { contact, started_at });
    if let Some(after) = after.as_ref().filter(|after| before.as_ref() != Some(*after)) {
        list(&session, after, &record.id).await.map_err(unavailable)?;
    }
    // A version that knew no days may have begun the record; at the end every record is noted.
    if plan.takes_content && (kept.is_none() || record.content.ended_at.is_some()) {
        note_start(&session, &record).await.map_err(unavailable)?;
    }
    write(&session, &record, &plan).await?;
    if let Some(before) = before.filter(|before| after.as_ref() != Some(before)) {
        unlist(&session, &before, &record.id).await.map_err(unavailable)?;
    }
    Ok(plan.kept)
}

pub async fn record(
    session: &CassandraSession,
    id: &InteractionId,
) -> Result<Option<Record>, StoreError> {
    match row(session, id).await.map_err(unavailable)? {
        // Only its contact was written, by somebody who then stopped, or nothing but that is left.
        Some(row) if row.content.is_some() => decode(row).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// Whether it was erased, or is just being.
pub async fn is_erased(session: &CassandraSession, id: &InteractionId) -> Result<bool, NoAnswer> {
    is_marked(session, id.as_str()).await
}

/// Whether this stands among what must never be written again.
pub async fn is_marked(session: &CassandraSession, mark: &str) -> Result<bool, NoAnswer> {
    let statement = &session.statements().archive.erased;
    let row: Option<(String,)> = session.row(statement, (mark,)).await?;
    Ok(row.is_some())
}

pub async fn records_of(
    session: CassandraSession,
    contact: ContactId,
    after: Option<Place>,
    most: usize,
) -> Result<Vec<Record>, StoreError> {
    let statement = &session.statements().records_of;
    let from = after.as_ref().map_or(CqlTimestamp(i64::MAX), |after| timestamp(after.started_at));
    let rows: Result<Vec<(CqlTimestamp, String)>, _> =
        session.rows(statement, (contact.as_str(), from)).await;
    let mut found = Vec::new();
    for (started_at, id) in rows.map_err(unavailable)? {
        if most <= found.len() {
            break;
        }
        let place = Place { started_at: millis(started_at), record: InteractionId(id) };
        if after.as_ref().is_some_and(|after| !after.is_before(&place)) {
            continue;
        }
        let record = record(&session, &place.record).await?;
        found.extend(record.filter(|record| {
            record.contact.as_ref() == Some(&contact)
                && record.content.started_at == place.started_at
        }));
    }
    Ok(found)
}

pub async fn assign(
    session: CassandraSession,
    id: InteractionId,
    contact: ContactId,
) -> Result<(), StoreError> {
    let Some(record) = record(&session, &id).await? else { return Ok(()) };
    let started_at = record.content.started_at;
    let after = Listing { contact: contact.clone(), started_at };
    list(&session, &after, &id).await.map_err(unavailable)?;
    let values = (contact.as_str(), id.as_str());
    session.write(&session.statements().set_contact, values).await.map_err(unavailable)?;
    match record.contact {
        Some(before) if before != contact => {
            let before = Listing { contact: before, started_at };
            unlist(&session, &before, &id).await.map_err(unavailable)
        }
        Some(_) | None => Ok(()),
    }
}

fn plan_saving(kept: Option<&Kept>, record: &Record) -> Plan {
    let Some(Kept { upto, contact, .. }) = kept else {
        let contact = record.contact.clone();
        let kept = Kept { upto: record.upto, contact, is_erased: false };
        return Plan { takes_content: true, takes_contact: record.contact.is_some(), kept };
    };
    Plan {
        takes_content: *upto < record.upto,
        takes_contact: contact.is_none() && record.contact.is_some(),
        kept: Kept {
            upto: (*upto).max(record.upto),
            contact: contact.clone().or_else(|| record.contact.clone()),
            is_erased: false,
        },
    }
}

async fn write(session: &CassandraSession, record: &Record, plan: &Plan) -> Result<(), StoreError> {
    let (statements, id) = (session.statements(), record.id.as_str());
    if plan.takes_content {
        let content = serde_json::to_string(&record.content)
            .map_err(|error| damaged(id, &format!("a record cannot be written: {error}")))?;
        let Content { status, entity_type, started_at, ended_at, .. } = &record.content;
        let upto = record.upto.0.cast_signed();
        let values = (
            id,
            upto,
            small(status.code()),
            small(entity_type.code()),
            timestamp(*started_at),
            ended_at.map(timestamp),
            timestamp(record.modified_at),
            CONTENT_VERSION,
            content,
            upto,
        );
        session.write(&statements.insert_record, values).await.map_err(unavailable)?;
    }
    if let Some(contact) = record.contact.as_ref().filter(|_| plan.takes_contact) {
        let values = (contact.as_str(), id);
        session.write(&statements.set_contact_first, values).await.map_err(unavailable)?;
    }
    Ok(())
}

async fn row(session: &CassandraSession, id: &InteractionId) -> Result<Option<Row>, NoAnswer> {
    session.row(&session.statements().record, (id.as_str(),)).await
}

async fn list(
    session: &CassandraSession,
    listing: &Listing,
    id: &InteractionId,
) -> Result<(), NoAnswer> {
    let values = (listing.contact.as_str(), timestamp(listing.started_at), id.as_str());
    session.write(&session.statements().insert_record_of, values).await
}

async fn unlist(
    session: &CassandraSession,
    listing: &Listing,
    id: &InteractionId,
) -> Result<(), NoAnswer> {
    let values = (listing.contact.as_str(), timestamp(listing.started_at), id.as_str());
    session.write(&session.statements().delete_record_of, values).await
}

fn listing(row: &Row) -> Option<Listing> {
    let (contact, started_at) = (row.contact.clone()?, row.started_at?);
    Some(Listing { contact: ContactId(contact), started_at: millis(started_at) })
}

fn upto(row: &Row) -> Position {
    Position(row.upto.unwrap_or_default().cast_unsigned())
}

fn decode(row: Row) -> Result<Record, StoreError> {
    let upto = upto(&row);
    let version = row.v.unwrap_or_default();
    if version != CONTENT_VERSION {
        return Err(damaged(&row.id, &format!("a record has the form {version}")));
    }
    let content = serde_json::from_str(&row.content.unwrap_or_default())
        .map_err(|error| damaged(&row.id, &format!("a record cannot be read: {error}")))?;
    Ok(Record {
        id: InteractionId(row.id),
        upto,
        contact: row.contact.map(ContactId),
        modified_at: row.modified_at.map(millis).unwrap_or_default(),
        content,
    })
}

fn damaged(record: &str, what: &str) -> StoreError {
    StoreError::Damaged { thing: ThingId(record.to_owned()), what: what.to_owned() }
}

fn small(code: i64) -> i32 {
    i32::try_from(code).unwrap_or_default()
}
