//! Contacts and the records of interactions.

use super::erasure::is_erased;
use super::record_rows::{
    CONTENT_VERSION, RECORD_COLUMNS, damaged, limit, millis, position, records,
};
use super::{EmbeddedStore, Fault};
use crate::base::{ContactId, InteractionId};
use crate::contact::door::{ContactStore, Kept};
use crate::contact::history::Place;
use crate::contact::identify::{Criterion, folded};
use crate::contact::state::{AttributeChange, Attributes, Contact, Content, NewContact, Record};
use crate::owned::StoreFuture;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use std::future::ready;

/// `folded`: the value as it is compared. `origin`: for which record a contact was made. `content`
/// holds what nobody searches for; the columns beside it are for those who look.
pub const TABLES: &str = "
    CREATE TABLE contacts (
        contact TEXT NOT NULL PRIMARY KEY,
        created_at INTEGER NOT NULL,
        origin TEXT NOT NULL UNIQUE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE contact_attributes (
        contact TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        folded TEXT NOT NULL,
        PRIMARY KEY (contact, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX contacts_by_attribute ON contact_attributes (name, folded);
    CREATE TABLE records (
        record TEXT NOT NULL PRIMARY KEY,
        upto INTEGER NOT NULL,
        contact TEXT,
        status INTEGER NOT NULL,
        entity_type INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        modified_at INTEGER NOT NULL,
        v INTEGER NOT NULL,
        content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX records_of_contact ON records (contact, started_at);
";

impl ContactStore for EmbeddedStore {
    fn candidates(&self, criterion: &Criterion, most: usize) -> StoreFuture<Vec<Contact>> {
        let criterion = criterion.clone();
        self.query(move |connection| candidates(connection, &criterion, most))
    }

    fn contact(&self, id: &ContactId) -> StoreFuture<Option<Contact>> {
        let id = id.clone();
        self.query(move |connection| contact(connection, &id))
    }

    fn create_contact(&self, new: &NewContact) -> StoreFuture<ContactId> {
        let new = new.clone();
        self.write(move |connection| create_contact(connection, &new))
    }

    fn save_record(&self, record: &Record) -> StoreFuture<Kept> {
        let record = record.clone();
        match serde_json::to_string(&record.content) {
            Ok(content) => self.write(move |connection| save_record(connection, &record, &content)),
            Err(error) => Box::pin(ready(Err(damaged(&record.id, &error.to_string())))),
        }
    }

    fn record(&self, id: &InteractionId) -> StoreFuture<Option<Record>> {
        let id = id.clone();
        self.query(move |connection| {
            let select = format!("SELECT {RECORD_COLUMNS} FROM records WHERE record = ?1");
            let mut found = records(connection, &select, [id.as_str()])?;
            Ok(found.pop())
        })
    }

    fn records_of(
        &self,
        contact: &ContactId,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Vec<Record>> {
        let (contact, after) = (contact.clone(), after.cloned());
        self.query(move |connection| records_of(connection, &contact, after.as_ref(), most))
    }

    fn assign(&self, record: &InteractionId, contact: &ContactId) -> StoreFuture<()> {
        let (record, contact) = (record.clone(), contact.clone());
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE records SET contact = ?2 WHERE record = ?1")?
                .execute((record.as_str(), contact.as_str()))?;
            Ok(())
        })
    }

    fn change_attributes(
        &self,
        id: &ContactId,
        change: &AttributeChange,
    ) -> StoreFuture<Option<Contact>> {
        let (id, change) = (id.clone(), change.clone());
        self.write(move |connection| change_attributes(connection, &id, &change))
    }
}

/// The place is looked for by time alone, which the index knows, and then by name.
fn records_of(
    connection: &Connection,
    contact: &ContactId,
    after: Option<&Place>,
    most: usize,
) -> Result<Vec<Record>, Fault> {
    let select = format!(
        "SELECT {RECORD_COLUMNS} FROM records
         WHERE contact = ?1 AND started_at <= ?2 AND (started_at < ?2 OR ?3 < record)
         ORDER BY started_at DESC, record LIMIT ?4"
    );
    let (at, name) = match after {
        Some(Place { started_at, record }) => (started_at.0.cast_signed(), record.as_str()),
        None => (i64::MAX, ""),
    };
    records(connection, &select, (contact.as_str(), at, name, limit(most)))
}

fn change_attributes(
    connection: &Connection,
    id: &ContactId,
    change: &AttributeChange,
) -> Result<Option<Contact>, Fault> {
    if contact(connection, id)?.is_none() {
        return Ok(None);
    }
    let mut delete = connection
        .prepare_cached("DELETE FROM contact_attributes WHERE contact = ?1 AND name = ?2")?;
    for name in change.removed.iter().chain(change.set.keys()) {
        delete.execute((id.as_str(), name))?;
    }
    insert_attributes(connection, id, &change.set)?;
    contact(connection, id)
}

fn insert_attributes(
    connection: &Connection,
    id: &ContactId,
    attributes: &Attributes,
) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO contact_attributes (contact, name, value, folded) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (name, value) in attributes {
        insert.execute((id.as_str(), name, value, folded(value)))?;
    }
    Ok(())
}

/// Contacts for which no attribute of the criterion is missing or different.
fn candidates(
    connection: &Connection,
    criterion: &Criterion,
    most: usize,
) -> Result<Vec<Contact>, Fault> {
    if criterion.0.is_empty() {
        return Ok(vec![]);
    }
    let one = "contact IN (SELECT contact FROM contact_attributes WHERE name = ? AND folded = ?)";
    let all = vec![one; criterion.0.len()].join(" AND ");
    let select =
        format!("SELECT contact FROM contacts WHERE {all} ORDER BY created_at, contact LIMIT ?");
    let pairs = criterion.0.iter().flat_map(|(name, value)| [name.clone(), folded(value)]);
    let values = pairs.map(rusqlite::types::Value::from).chain([limit(most).into()]);
    let ids: Vec<String> = connection
        .prepare_cached(&select)?
        .query_map(params_from_iter(values), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut found = vec![];
    for id in ids {
        found.extend(contact(connection, &ContactId(id))?);
    }
    Ok(found)
}

fn contact(connection: &Connection, id: &ContactId) -> Result<Option<Contact>, Fault> {
    let created_at = connection
        .prepare_cached("SELECT created_at FROM contacts WHERE contact = ?1")?
        .query_row([id.as_str()], |row| millis(row, 0))
        .optional()?;
    let Some(created_at) = created_at else { return Ok(None) };
    let attributes: Attributes = connection
        .prepare_cached("SELECT name, value FROM contact_attributes WHERE contact = ?1")?
        .query_map([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Some(Contact { id: id.clone(), created_at, attributes }))
}

fn create_contact(connection: &Connection, new: &NewContact) -> Result<ContactId, Fault> {
    let NewContact { origin, contact } = new;
    let known = connection
        .prepare_cached("SELECT contact FROM contacts WHERE origin = ?1")?
        .query_row([origin.as_str()], |row| row.get(0).map(ContactId))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = contact.id.as_str();
    connection
        .prepare_cached("INSERT INTO contacts (contact, created_at, origin) VALUES (?1, ?2, ?3)")?
        .execute((id, contact.created_at.0.cast_signed(), origin.as_str()))?;
    insert_attributes(connection, &contact.id, &contact.attributes)?;
    Ok(contact.id.clone())
}

fn save_record(connection: &Connection, record: &Record, content: &str) -> Result<Kept, Fault> {
    if is_erased(connection, &record.id)? {
        return Ok(Kept { upto: record.upto, contact: None, is_erased: true });
    }
    let Content { status, entity_type, started_at, ended_at, .. } = &record.content;
    let id = record.id.as_str();
    let contact = record.contact.as_ref().map(ContactId::as_str);
    connection
        .prepare_cached(
            "INSERT INTO records (record, upto, contact, status, entity_type, started_at, ended_at,
                 modified_at, v, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT DO UPDATE SET upto = excluded.upto, status = excluded.status,
                 entity_type = excluded.entity_type, started_at = excluded.started_at,
                 ended_at = excluded.ended_at, modified_at = excluded.modified_at,
                 v = excluded.v, content = excluded.content
             WHERE upto < excluded.upto",
        )?
        .execute(params![
            id,
            record.upto.0.cast_signed(),
            contact,
            status.code(),
            entity_type.code(),
            started_at.0.cast_signed(),
            ended_at.map(|at| at.0.cast_signed()),
            record.modified_at.0.cast_signed(),
            CONTENT_VERSION,
            content,
        ])?;
    connection
        .prepare_cached("UPDATE records SET contact = ?2 WHERE record = ?1 AND contact IS NULL")?
        .execute((id, contact))?;
    let kept = connection
        .prepare_cached("SELECT upto, contact FROM records WHERE record = ?1")?
        .query_row([id], |row| {
            let contact: Option<String> = row.get(1)?;
            let contact = contact.map(ContactId);
            Ok(Kept { upto: position(row, 0)?, contact, is_erased: false })
        })?;
    Ok(kept)
}
