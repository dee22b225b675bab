//! What is forgotten for ever, and the proof of it.

use super::record_rows::{damaged, limit};
use super::search::forget_words;
use super::{EmbeddedStore, Fault};
use crate::base::{ContactId, InteractionId, Millis};
use crate::contact::door::{ErasureStore, Outlived};
use crate::contact::erasure::Proof;
use crate::owned::StoreFuture;
use rusqlite::{Connection, OptionalExtension};
use std::future::ready;

/// `erased`: records that must never be written again, whatever is still on its way.
pub const TABLES: &str = "
    CREATE TABLE erased (
        record TEXT NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE erasures (
        proof TEXT NOT NULL PRIMARY KEY,
        begun_at INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX erasures_by_time ON erasures (begun_at);
    CREATE INDEX records_by_end ON records (ended_at);
";

impl ErasureStore for EmbeddedStore {
    fn erase_record(&self, record: &InteractionId, _: Millis) -> StoreFuture<()> {
        let record = record.clone();
        self.write(move |connection| erase_record(connection, &record))
    }

    fn is_erased(&self, record: &InteractionId) -> StoreFuture<bool> {
        let record = record.clone();
        self.query(move |connection| is_erased(connection, &record))
    }

    fn erase_contact(&self, contact: &ContactId) -> StoreFuture<()> {
        let contact = contact.clone();
        self.write(move |connection| {
            for statement in [
                "DELETE FROM contact_attributes WHERE contact = ?1",
                "DELETE FROM merges WHERE contact = ?1 OR merged_into = ?1",
                "DELETE FROM contacts WHERE contact = ?1",
            ] {
                connection.prepare_cached(statement)?.execute([contact.as_str()])?;
            }
            Ok(())
        })
    }

    fn keep_proof(&self, proof: &Proof) -> StoreFuture<()> {
        let proof = proof.clone();
        let body = match serde_json::to_string(&proof) {
            Ok(body) => body,
            Err(error) => {
                let id = InteractionId(proof.id);
                return Box::pin(ready(Err(damaged(&id, &error.to_string()))));
            }
        };
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO erasures (proof, begun_at, body) VALUES (?1, ?2, ?3)",
                )?
                .execute((&proof.id, proof.begun_at.0.cast_signed(), &body))?;
            Ok(())
        })
    }

    fn proofs(&self, most: usize) -> StoreFuture<Vec<Proof>> {
        self.query(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT proof, body FROM erasures ORDER BY begun_at DESC, proof LIMIT ?1",
            )?;
            let mut rows = select.query([limit(most)])?;
            let mut proofs = vec![];
            while let Some(row) = rows.next()? {
                let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
                let unreadable = |error: serde_json::Error| {
                    damaged(&InteractionId(id.clone()), &error.to_string())
                };
                proofs.push(serde_json::from_str(&body).map_err(unreadable)?);
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
        let tenant = tenant.to_owned();
        self.query(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT record FROM records WHERE ended_at < ?1 AND content ->> '$.tenant' = ?2
                 ORDER BY ended_at LIMIT ?3",
            )?;
            let values = (ended_before.0.cast_signed(), &tenant, limit(most));
            let found = select.query_map(values, |row| row.get(0).map(InteractionId))?;
            let records: Vec<_> = found.collect::<Result<_, _>>()?;
            // The index leads to the first ones; those that were found are gone by then.
            let next = (records.len() == most).then_some(from);
            Ok(Outlived { records, next, rest: from })
        })
    }
}

/// The words of the chat itself are purged with the next closed sessions.
fn erase_record(connection: &Connection, record: &InteractionId) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO erased (record) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([record.as_str()])?;
    forget_words(connection, record)?;
    for statement in [
        "DELETE FROM remarks WHERE record = ?1",
        "DELETE FROM records WHERE record = ?1",
        "UPDATE closed SET purge_at = 0 WHERE thing = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([record.as_str()])?;
    }
    Ok(())
}

pub fn is_erased(connection: &Connection, record: &InteractionId) -> Result<bool, Fault> {
    let found = connection
        .prepare_cached("SELECT 1 FROM erased WHERE record = ?1")?
        .query_row([record.as_str()], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned::Log;
    use crate::ownership::door::OwnerTable;
    use crate::store::contract::{Note, claim, line, lines, open, read};

    #[tokio::test]
    async fn what_was_erased_before_it_was_marked_as_over_goes_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        for name in ["erased", "kept"] {
            let mine = claim(name, 1);
            open(&store, &mine, &[]).await.unwrap();
            Log::<Note>::append(&store, &mine, vec![line(1, "a word")]).await.unwrap();
        }

        store.erase_record(&"erased".into(), Millis(9)).await.unwrap();
        for name in ["erased", "kept"] {
            store.close(&claim(name, 1), Millis(1_000_000)).await.unwrap();
        }
        let n_purged = store.purge(Millis(10)).await.unwrap();

        assert_eq!(n_purged, 1);
        assert_eq!(read(&store, "erased").await, Ok(lines(&[])));
    }
}
