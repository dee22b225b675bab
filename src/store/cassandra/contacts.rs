//! Contacts, in the ring. Nobody locks anything here, so each operation is in an order that can be
//! driven again from its beginning after a crash at any place.
//!
//! A contact is made in three steps: the origin says which contact it is, then come the contact and
//! what finds it. Whoever makes one for the same origin again finds the first step done and repeats
//! the others. Two who make one at the same moment, as the owner of a session and one that was
//! frozen can, write the same: its id and its time follow from the origin.

use crate::base::{ContactId, InteractionId, Millis};
use crate::contact::door::{ContactStore, Kept};
use crate::contact::history::Place;
use crate::contact::identify::{Criterion, folded};
use crate::contact::state::{AttributeChange, Contact, NewContact, Record};
use crate::owned::StoreFuture;
use crate::store::cassandra::attributes;
use crate::store::cassandra::contact_row;
use crate::store::cassandra::notes::{millis, timestamp};
use crate::store::cassandra::{CassandraSession, failure, records};
use crate::store::ring::rows::NoAnswer;
use scylla::value::CqlTimestamp;
use std::collections::BTreeSet;

/// Contacts and records in a ring.
#[derive(Clone)]
pub struct CassandraContacts(pub CassandraSession);

/// When a contact was made, and which it is: their order is that of candidates.
type Found = BTreeSet<(Millis, String)>;

impl ContactStore for CassandraContacts {
    fn candidates(&self, criterion: &Criterion, most: usize) -> StoreFuture<Vec<Contact>> {
        let (session, criterion) = (self.0.clone(), criterion.clone());
        Box::pin(async move {
            candidates(&session, &criterion, most).await.map_err(failure::unavailable)
        })
    }

    fn contact(&self, id: &ContactId) -> StoreFuture<Option<Contact>> {
        let (session, id) = (self.0.clone(), id.clone());
        Box::pin(
            async move { contact_row::contact(&session, &id).await.map_err(failure::unavailable) },
        )
    }

    fn create_contact(&self, new: &NewContact) -> StoreFuture<ContactId> {
        let (session, new) = (self.0.clone(), new.clone());
        Box::pin(async move { create(&session, new).await.map_err(failure::unavailable) })
    }

    fn save_record(&self, record: &Record) -> StoreFuture<Kept> {
        Box::pin(records::save(self.0.clone(), record.clone()))
    }

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>> {
        let (session, id) = (self.0.clone(), id.clone());
        Box::pin(async move { records::record(&session, &id).await })
    }

    fn records_of(
        &self,
        contact: &ContactId,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Vec<Record>> {
        let (session, contact, after) = (self.0.clone(), contact.clone(), after.cloned());
        Box::pin(records::records_of(session, contact, after, most))
    }

    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()> {
        Box::pin(records::assign(self.0.clone(), record.clone(), contact.clone()))
    }

    fn change_attributes(
        &self,
        id: &ContactId,
        change: &AttributeChange,
    ) -> StoreFuture<Option<Contact>> {
        let (session, id, change) = (self.0.clone(), id.clone(), change.clone());
        Box::pin(async move {
            let changed = attributes::change_attributes(&session, &id, &change).await;
            changed.map_err(failure::unavailable)
        })
    }
}

async fn candidates(
    session: &CassandraSession,
    criterion: &Criterion,
    most: usize,
) -> Result<Vec<Contact>, NoAnswer> {
    let mut contacts = Vec::new();
    for (_, id) in found(session, criterion, most).await?.into_iter().take(most) {
        let contact = contact_row::contact(session, &ContactId(id)).await?;
        contacts.extend(contact.filter(|contact| criterion.is_met_by(&contact.attributes)));
    }
    Ok(contacts)
}

/// Those whom each attribute finds. One attribute alone need not be read to its end.
async fn found(
    session: &CassandraSession,
    criterion: &Criterion,
    most: usize,
) -> Result<Found, NoAnswer> {
    let statements = session.statements();
    let limit = i32::try_from(most).unwrap_or(i32::MAX);
    if let [(name, value)] = criterion.0.as_slice() {
        let values = (name.as_str(), folded(value), limit);
        return Ok(keys(session.rows(&statements.first_contacts_with, values).await?));
    }
    let mut all: Option<Found> = None;
    for (name, value) in &criterion.0 {
        let values = (name.as_str(), folded(value));
        let with = keys(session.rows(&statements.contacts_with, values).await?);
        let both = match all {
            Some(before) => before.intersection(&with).cloned().collect(),
            None => with,
        };
        if both.is_empty() {
            return Ok(both);
        }
        all = Some(both);
    }
    Ok(all.unwrap_or_default())
}

fn keys(rows: Vec<(CqlTimestamp, String)>) -> Found {
    rows.into_iter().map(|(created_at, id)| (millis(created_at), id)).collect()
}

async fn create(session: &CassandraSession, new: NewContact) -> Result<ContactId, NoAnswer> {
    let NewContact { origin, contact } = new;
    let first = match first_of(session, &origin).await? {
        Some(first) => first,
        None => {
            let at = timestamp(contact.created_at);
            let values = (origin.as_str(), at, contact.id.as_str());
            session.write(&session.statements().insert_origin, values).await?;
            let first = first_of(session, &origin).await?;
            first.unwrap_or((contact.created_at, contact.id.clone()))
        }
    };
    // Whoever began it may not have come to its end. What he wrote of the contact counts; if he
    // came to nothing, what is known of it now, which comes from the same record.
    let (created_at, id) = first;
    let written = contact_row::contact(session, &id).await?;
    let contact = written.unwrap_or(Contact { id, created_at, ..contact });
    keep(session, &origin, &contact).await?;
    Ok(contact.id)
}

async fn first_of(
    session: &CassandraSession,
    origin: &InteractionId,
) -> Result<Option<(Millis, ContactId)>, NoAnswer> {
    let statement = &session.statements().origin;
    let row: Option<(CqlTimestamp, String)> = session.row(statement, (origin.as_str(),)).await?;
    Ok(row.map(|(created_at, id)| (millis(created_at), ContactId(id))))
}

/// What finds a contact is written after it, and so never finds nothing; and before an answer, so
/// that whoever was told of a contact can find it.
async fn keep(
    session: &CassandraSession,
    origin: &InteractionId,
    contact: &Contact,
) -> Result<(), NoAnswer> {
    let statements = session.statements();
    let (id, created_at) = (contact.id.as_str(), timestamp(contact.created_at));
    let values = (id, created_at, origin.as_str(), &contact.attributes);
    session.write(&statements.insert_contact, values).await?;
    for (name, value) in &contact.attributes {
        attributes::find_by(session, contact, (name, value)).await?;
    }
    Ok(())
}
