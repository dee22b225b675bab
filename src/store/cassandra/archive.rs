//! What people make of contacts and records, in the ring. Nobody locks anything here.
//!
//! A remark is written once under its key, so two of them at once are two rows. Of two who let one
//! contact point to different others at the same moment, the later one stays. Who points to a
//! contact is listed before the pointer is written, so a crash leaves a row too much and none too
//! little; a row that does not fit its pointer is passed over.

use crate::base::{AgentId, ContactId, InteractionId};
use crate::contact::door::{MergeStore, RemarkStore};
use crate::contact::remark::{self, Remark};
use crate::owned::StoreFuture;
use crate::store::cassandra::failure::unavailable;
use crate::store::cassandra::notes::{millis, timestamp};
use crate::store::cassandra::records::is_erased;
use crate::store::cassandra::{CassandraContacts, CassandraSession};
use crate::store::ring::rows::NoAnswer;
use scylla::value::CqlTimestamp;

impl RemarkStore for CassandraContacts {
    fn add_remark(&self, record: &InteractionId, remark: &Remark) -> StoreFuture<()> {
        let (session, record, remark) = (self.0.clone(), record.clone(), remark.clone());
        Box::pin(async move { add_remark(&session, &record, &remark).await.map_err(unavailable) })
    }

    fn remarks(&self, record: &InteractionId) -> StoreFuture<Vec<Remark>> {
        let (session, record) = (self.0.clone(), record.clone());
        Box::pin(async move { remarks(&session, &record).await.map_err(unavailable) })
    }
}

impl MergeStore for CassandraContacts {
    fn merge(&self, contact: &ContactId, into: &ContactId) -> StoreFuture<()> {
        let (session, contact, into) = (self.0.clone(), contact.clone(), into.clone());
        Box::pin(async move { merge(&session, &contact, &into).await.map_err(unavailable) })
    }

    fn unmerge(&self, contact: &ContactId) -> StoreFuture<()> {
        let (session, contact) = (self.0.clone(), contact.clone());
        Box::pin(async move { unmerge(&session, &contact).await.map_err(unavailable) })
    }

    fn merged_into(&self, contact: &ContactId) -> StoreFuture<Option<ContactId>> {
        let (session, contact) = (self.0.clone(), contact.clone());
        Box::pin(async move { merged_into(&session, &contact).await.map_err(unavailable) })
    }

    fn merged(&self, into: &ContactId) -> StoreFuture<Vec<ContactId>> {
        let (session, into) = (self.0.clone(), into.clone());
        Box::pin(async move { merged(&session, &into).await.map_err(unavailable) })
    }
}

async fn add_remark(
    session: &CassandraSession,
    record: &InteractionId,
    remark: &Remark,
) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    let Remark { key, at, by, note, disposition } = remark;
    let there: Option<(String,)> =
        session.row(&statements.remark, (record.as_str(), key.as_str())).await?;
    if there.is_some() || is_erased(session, record).await? {
        return Ok(());
    }
    let values = (record.as_str(), key, timestamp(*at), by.as_str(), note, disposition);
    session.write(&statements.insert_remark, values).await?;
    // Whoever erases marks first: either the mark is seen here, or the deletion is the later one.
    if is_erased(session, record).await? {
        session.write(&statements.delete_remarks, (record.as_str(),)).await?;
    }
    Ok(())
}

async fn remarks(
    session: &CassandraSession,
    record: &InteractionId,
) -> Result<Vec<Remark>, NoAnswer> {
    type Row = (String, Option<CqlTimestamp>, Option<String>, Option<String>, Option<String>);
    let statement = &session.statements().archive.remarks;
    let rows: Vec<Row> = session.rows(statement, (record.as_str(),)).await?;
    let remark = |(key, at, by, note, disposition): Row| Remark {
        key,
        at: at.map(millis).unwrap_or_default(),
        by: AgentId(by.unwrap_or_default()),
        note,
        disposition,
    };
    let mut remarks: Vec<_> = rows.into_iter().map(remark).collect();
    remark::sort(&mut remarks);
    Ok(remarks)
}

async fn merge(
    session: &CassandraSession,
    contact: &ContactId,
    into: &ContactId,
) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    let before = merged_into(session, contact).await?;
    session.write(&statements.insert_merged, (into.as_str(), contact.as_str())).await?;
    session.write(&statements.insert_merge, (contact.as_str(), into.as_str())).await?;
    match before {
        Some(before) if before != *into => {
            session.write(&statements.delete_merged, (before.as_str(), contact.as_str())).await
        }
        Some(_) | None => Ok(()),
    }
}

async fn unmerge(session: &CassandraSession, contact: &ContactId) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    let Some(before) = merged_into(session, contact).await? else { return Ok(()) };
    session.write(&statements.delete_merge, (contact.as_str(),)).await?;
    session.write(&statements.delete_merged, (before.as_str(), contact.as_str())).await
}

async fn merged_into(
    session: &CassandraSession,
    contact: &ContactId,
) -> Result<Option<ContactId>, NoAnswer> {
    let statement = &session.statements().archive.merge;
    let row: Option<(Option<String>,)> = session.row(statement, (contact.as_str(),)).await?;
    Ok(row.and_then(|(into,)| into).map(ContactId))
}

async fn merged(session: &CassandraSession, into: &ContactId) -> Result<Vec<ContactId>, NoAnswer> {
    let statement = &session.statements().archive.merged;
    let rows: Vec<(String,)> = session.rows(statement, (into.as_str(),)).await?;
    let mut found = Vec::new();
    for (contact,) in rows {
        let contact = ContactId(contact);
        if merged_into(session, &contact).await?.as_ref() == Some(into) {
            found.push(contact);
        }
    }
    Ok(found)
}
