//! What people make of contacts and records: remarks and merges.

use super::erasure::is_erased;
use super::record_rows::millis;
use super::search::index_notes;
use super::{EmbeddedStore, Fault};
use crate::base::{AgentId, ContactId, InteractionId};
use crate::contact::door::{MergeStore, RemarkStore};
use crate::contact::remark::{self, Remark};
use crate::owned::StoreFuture;
use rusqlite::{Connection, OptionalExtension, params};

/// `merges`: a contact that is one with another points to it.
pub const TABLES: &str = "
    CREATE TABLE remarks (
        record TEXT NOT NULL,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        agent TEXT NOT NULL,
        note TEXT,
        disposition TEXT,
        PRIMARY KEY (record, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE merges (
        contact TEXT NOT NULL PRIMARY KEY,
        merged_into TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX merges_by_active ON merges (merged_into, contact);
";

impl RemarkStore for EmbeddedStore {
    fn add_remark(&self, record: &InteractionId, remark: &Remark) -> StoreFuture<()> {
        let (record, remark) = (record.clone(), remark.clone());
        self.write(move |connection| add_remark(connection, &record, &remark))
    }

    fn remarks(&self, record: &InteractionId) -> StoreFuture<Vec<Remark>> {
        let record = record.clone();
        self.query(move |connection| remarks(connection, &record))
    }
}

impl MergeStore for EmbeddedStore {
    fn merge(&self, contact: &ContactId, into: &ContactId) -> StoreFuture<()> {
        let (contact, into) = (contact.clone(), into.clone());
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO merges (contact, merged_into) VALUES (?1, ?2)",
                )?
                .execute((contact.as_str(), into.as_str()))?;
            Ok(())
        })
    }

    fn unmerge(&self, contact: &ContactId) -> StoreFuture<()> {
        let contact = contact.clone();
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM merges WHERE contact = ?1")?
                .execute([contact.as_str()])?;
            Ok(())
        })
    }

    fn merged_into(&self, contact: &ContactId) -> StoreFuture<Option<ContactId>> {
        let contact = contact.clone();
        self.query(move |connection| {
            let found = connection
                .prepare_cached("SELECT merged_into FROM merges WHERE contact = ?1")?
                .query_row([contact.as_str()], |row| row.get(0).map(ContactId))
                .optional()?;
            Ok(found)
        })
    }

    fn merged(&self, into: &ContactId) -> StoreFuture<Vec<ContactId>> {
        let into = into.clone();
        self.query(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT contact FROM merges WHERE merged_into = ?1 ORDER BY contact",
            )?;
            let found = select.query_map([into.as_str()], |row| row.get(0).map(ContactId))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

fn add_remark(
    connection: &Connection,
    record: &InteractionId,
    remark: &Remark,
) -> Result<(), Fault> {
    if is_erased(connection, record)? {
        return Ok(());
    }
    let Remark { key, at, by, note, disposition } = remark;
    connection
        .prepare_cached(
            "INSERT INTO remarks (record, key, at, agent, note, disposition)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            record.as_str(),
            key,
            at.0.cast_signed(),
            by.as_str(),
            note,
            disposition
        ])?;
    index_notes(connection, record)
}

fn remarks(connection: &Connection, record: &InteractionId) -> Result<Vec<Remark>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT key, at, agent, note, disposition FROM remarks WHERE record = ?1",
    )?;
    let found = select.query_map([record.as_str()], |row| {
        Ok(Remark {
            key: row.get(0)?,
            at: millis(row, 1)?,
            by: AgentId(row.get(2)?),
            note: row.get(3)?,
            disposition: row.get(4)?,
        })
    })?;
    let mut remarks: Vec<_> = found.collect::<Result<_, _>>()?;
    remark::sort(&mut remarks);
    Ok(remarks)
}
