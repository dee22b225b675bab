//! What is forgotten for ever, and the proof of it, in the ring. A record or contact is first marked, so
//! that whoever begins to write it again sees the mark; who is just writing it does so with the time stamp
//! of its cursor, which is older than any deletion. What finds something is deleted before what it
//! finds, so that a crash leaves enough to go on from.

use crate::base::{ContactId, InteractionId, Millis, ThingId};
use crate::contact::door::{ErasureStore, Outlived};
use crate::contact::erasure::Proof;
use crate::contact::identify::folded;
use crate::owned::{StoreError, StoreFuture};
use crate::store::cassandra::contact_row::contact;
use crate::store::cassandra::days::{MILLIS_OF_DAY, day};
use crate::store::cassandra::failure::unavailable;
use crate::store::cassandra::notes::timestamp;
use crate::store::cassandra::records::{is_erased, record};
use crate::store::cassandra::{CassandraContacts, CassandraSession};
use crate::store::ring::rows::{NoAnswer, hour};
use scylla::value::CqlTimestamp;
use std::collections::BTreeSet;
use std::future::ready;
use std::ops::RangeInclusive;

/// How many days before the last one are looked through for what has outlived its time.
const LOOK_BACK: i32 = 3_650;

impl ErasureStore for CassandraContacts {
    fn erase_record(&self, record: &InteractionId, now: Millis) -> StoreFuture<()> {
        let (session, record) = (self.0.clone(), record.clone());
        Box::pin(async move { erase_record(&session, &record, now).await })
    }

    fn is_erased(&self, record: &InteractionId) -> StoreFuture<bool> {
        let (session, record) = (self.0.clone(), record.clone());
        Box::pin(async move { is_erased(&session, &record).await.map_err(unavailable) })
    }

    fn erase_contact(&self, contact: &ContactId) -> StoreFuture<()> {
        let (session, contact) = (self.0.clone(), contact.clone());
        Box::pin(async move { erase_contact(&session, &contact).await.map_err(unavailable) })
    }

    fn keep_proof(&self, proof: &Proof) -> StoreFuture<()> {
        let (session, proof) = (self.0.clone(), proof.clone());
        match serde_json::to_string(&proof) {
            Ok(body) => Box::pin(async move {
                let values = (timestamp(proof.begun_at), proof.id, body);
                let statement = &session.statements().archive.insert_erasure;
                session.write(statement, values).await.map_err(unavailable)
            }),
            Err(error) => Box::pin(ready(Err(damaged(proof.id, &error)))),
        }
    }

    fn proofs(&self, most: usize) -> StoreFuture<Vec<Proof>> {
        let session = self.0.clone();
        Box::pin(async move {
            let statement = &session.statements().archive.erasures;
            let limit = i32::try_from(most).unwrap_or(i32::MAX);
            let rows: Result<Vec<(String, String)>, _> = session.rows(statement, (limit,)).await;
            let mut proofs = Vec::new();
            for (id, body) in rows.map_err(unavailable)? {
                proofs.push(serde_json::from_str(&body).map_err(|error| damaged(id, &error))?);
            }
            Ok(proofs)
        })
    }

    fn outlived(
        &self,
        tenant: &str,
        ended_before: Millis,
        from: Millis,
        most: usize,
    ) -> StoreFuture<Outlived> {
        let (session, tenant) = (self.0.clone(), tenant.to_owned());
        let days = days(ended_before, from);
        Box::pin(async move { outlived(&session, &tenant, (ended_before, days), most).await })
    }
}

async fn erase_record(
    session: &CassandraSession,
    id: &InteractionId,
    now: Millis,
) -> Result<(), StoreError> {
    let statements = &session.statements().archive;
    let kept = record(session, id).await?;
    let erase = async {
        session.write(&statements.insert_erased, (id.as_str(),)).await?;
        session.write(&statements.delete_remarks, (id.as_str(),)).await?;
        if let Some(kept) = &kept {
            let started_at = kept.content.started_at;
            if let Some(contact) = &kept.contact {
                let values = (contact.as_str(), timestamp(started_at), id.as_str());
                session.write(&session.statements().delete_record_of, values).await?;
            }
            let values = (day(started_at), timestamp(started_at), id.as_str());
            session.write(&statements.delete_start, values).await?;
        }
        // The words of the chat itself go with the next closed sessions.
        let purge = &session.statements().insert_purge;
        session.write(purge, (hour(now), id.as_str())).await?;
        session.write(&statements.delete_record, (id.as_str(),)).await
    };
    erase.await.map_err(unavailable)
}

/// Under what the erasure of a contact is noted, among those of records.
pub fn mark_of(contact: &ContactId) -> String {
    format!("contact:{contact}")
}

pub async fn erase_contact(session: &CassandraSession, id: &ContactId) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    session.write(&statements.insert_erased, (mark_of(id).as_str(),)).await?;
    let values: Vec<(String, String, CqlTimestamp)> =
        session.rows(&statements.values, (id.as_str(),)).await?;
    let mut findable: BTreeSet<(String, String, i64)> =
        values.into_iter().map(|(name, folded, at)| (name, folded, at.0)).collect();
    if let Some(known) = contact(session, id).await? {
        let at = timestamp(known.created_at).0;
        let own = known.attributes.into_iter();
        findable.extend(own.map(|(name, value)| (name, folded(&value), at)));
    }
    for (name, folded, at) in findable {
        let values = (name.as_str(), folded.as_str(), CqlTimestamp(at), id.as_str());
        session.write(&statements.delete_attribute, values).await?;
    }
    let origin: Option<(Option<String>,)> =
        session.row(&statements.origin_of, (id.as_str(),)).await?;
    if let Some((Some(origin),)) = origin {
        session.write(&statements.delete_origin, (origin.as_str(),)).await?;
    }
    forget_merges(session, id).await?;
    session.write(&statements.delete_values, (id.as_str(),)).await?;
    session.write(&statements.delete_contact, (id.as_str(),)).await
}

async fn forget_merges(session: &CassandraSession, id: &ContactId) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    let into: Option<(Option<String>,)> = session.row(&statements.merge, (id.as_str(),)).await?;
    if let Some((Some(into),)) = into {
        session.write(&statements.delete_merged, (into.as_str(), id.as_str())).await?;
    }
    session.write(&statements.delete_merge, (id.as_str(),)).await?;
    let merged: Vec<(String,)> = session.rows(&statements.merged, (id.as_str(),)).await?;
    for (contact,) in merged {
        session.write(&statements.delete_merge, (contact.as_str(),)).await?;
        session.write(&statements.delete_merged, (id.as_str(), contact.as_str())).await?;
    }
    Ok(())
}

/// What ended before a time began on one of these days.
fn days(ended_before: Millis, from: Millis) -> RangeInclusive<i32> {
    let last = day(ended_before);
    (last - LOOK_BACK).max(day(from))..=last
}

async fn outlived(
    session: &CassandraSession,
    tenant: &str,
    (ended_before, days): (Millis, RangeInclusive<i32>),
    most: usize,
) -> Result<Outlived, StoreError> {
    let statement = &session.statements().archive.tenants_of_day;
    let mut found = Vec::new();
    let (mut rest, last) = (None, *days.end());
    let at = |day: i32| Millis(u64::try_from(day).unwrap_or(0) * MILLIS_OF_DAY);
    for day in days {
        let rows: Result<Vec<(String, Option<String>)>, _> = session.rows(statement, (day,)).await;
        for (id, its) in rows.map_err(unavailable)? {
            if its.as_deref() != Some(tenant) {
                continue;
            }
            let id = InteractionId(id);
            let kept = record(session, &id).await?;
            let ended_at = kept.and_then(|kept| kept.content.ended_at);
            if ended_at.is_some_and(|ended_at| ended_at < ended_before) {
                found.push(id);
            } else {
                // It runs, or ended a short time ago: this day is looked through again.
                rest = rest.or(Some(day));
            }
            if found.len() == most {
                let rest = at(rest.unwrap_or(day));
                return Ok(Outlived { records: found, next: Some(at(day)), rest });
            }
        }
    }
    Ok(Outlived { records: found, next: None, rest: at(rest.unwrap_or(last)) })
}

fn damaged(proof: String, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged { thing: ThingId(proof), what: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_through_is_not_looked_through_again() {
        let at = |day: u64| Millis(day * MILLIS_OF_DAY + 5);

        assert_eq!(days(at(20_000), Millis(0)), 16_350..=20_000);
        assert_eq!(days(at(20_000), at(19_990)), 19_990..=20_000);
        assert_eq!(days(at(100), Millis(0)), 0..=100);
    }
}
