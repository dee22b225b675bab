//! Looking for records, in the ring: by whose they are and by time. It has no full text, and what is
//! asked beside that is looked at record by record; a page tells where it stopped looking.

use crate::base::{ContactId, InteractionId, Millis, Position};
use crate::contact::door::RecordSearch;
use crate::contact::error::Unsearchable;
use crate::contact::history::{Page, Place, page};
use crate::contact::search::RecordQuery;
use crate::contact::state::Record;
use crate::contact::state::Words;
use crate::owned::{StoreError, StoreFuture};
use crate::store::cassandra::days::{MILLIS_OF_DAY, day, starts_of};
use crate::store::cassandra::failure::unavailable;
use crate::store::cassandra::records::{record, records_of};
use crate::store::cassandra::{CassandraContacts, CassandraSession};
use std::future::ready;

/// One partition is read for each day.
const MOST_DAYS: u64 = 366;

/// How many records are looked at for one page.
const MOST_LOOKED_AT: usize = 1_000;

impl RecordSearch for CassandraContacts {
    /// The ring keeps no words.
    fn index(&self, _: &InteractionId, _: Position, _: &Words) -> StoreFuture<()> {
        Box::pin(ready(Ok(())))
    }

    fn search(
        &self,
        query: &RecordQuery,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Result<Page<Record>, Unsearchable>> {
        let (session, query, after) = (self.0.clone(), query.clone(), after.cloned());
        Box::pin(async move {
            if !query.words.is_empty() {
                return Ok(Err(Unsearchable::NoWords));
            }
            match (&query.contacts, query.from, query.to) {
                (Some(contacts), _, _) => {
                    of_contacts(&session, &query, contacts, (after, most)).await.map(Ok)
                }
                (None, Some(from), Some(to))
                    if to.0 / MILLIS_OF_DAY < from.0 / MILLIS_OF_DAY + MOST_DAYS =>
                {
                    of_days(&session, &query, (from, to), (after, most)).await.map(Ok)
                }
                (None, _, _) => Ok(Err(Unsearchable::TooWide { days: MOST_DAYS })),
            }
        })
    }
}

async fn of_contacts(
    session: &CassandraSession,
    query: &RecordQuery,
    contacts: &[ContactId],
    (after, most): (Option<Place>, usize),
) -> Result<Page<Record>, StoreError> {
    let (mut parts, mut seen_upto) = (Vec::new(), None::<Place>);
    for contact in contacts {
        let all = records_of(session.clone(), contact.clone(), after.clone(), MOST_LOOKED_AT);
        let all = all.await?;
        if all.len() == MOST_LOOKED_AT {
            let last = all.last().map(Place::of);
            seen_upto = earlier_in_history(seen_upto, last);
        }
        parts.push(all);
    }
    // Beyond the place where one list was left, the others would be told before it.
    for part in &mut parts {
        part.retain(|record| {
            let is_beyond = |upto: &Place| upto.is_before(&Place::of(record));
            query.admits(record) && !seen_upto.as_ref().is_some_and(is_beyond)
        });
    }
    let found = page(parts, most);
    let next = found.next.or(seen_upto);
    Ok(Page { entries: found.entries, next })
}

fn earlier_in_history(one: Option<Place>, other: Option<Place>) -> Option<Place> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.is_before(&one) { other } else { one }),
        (one, other) => one.or(other),
    }
}

async fn of_days(
    session: &CassandraSession,
    query: &RecordQuery,
    (from, to): (Millis, Millis),
    (after, most): (Option<Place>, usize),
) -> Result<Page<Record>, StoreError> {
    let newest = after.as_ref().map_or(to, |after| after.started_at.min(to));
    let (mut found, mut n_looked_at) = (Vec::new(), 0);
    for day in (day(from)..=day(newest)).rev() {
        for place in starts_of(session, day).await.map_err(unavailable)? {
            if after.as_ref().is_some_and(|after| !after.is_before(&place)) {
                continue;
            }
            let record = record(session, &place.record).await?;
            found.extend(record.filter(|record| {
                record.content.started_at == place.started_at && query.admits(record)
            }));
            n_looked_at += 1;
            if most < found.len() {
                return Ok(page(vec![found], most));
            }
            if n_looked_at == MOST_LOOKED_AT {
                return Ok(Page { entries: found, next: Some(place) });
            }
        }
    }
    Ok(page(vec![found], most))
}
