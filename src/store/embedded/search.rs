//! The full text of records. Words of supervisors alone stand in a column of their own, which is not
//! looked through for anybody else.

use super::record_rows::{RECORD_COLUMNS, limit, records};
use super::{EmbeddedStore, Fault};
use crate::base::{InteractionId, Position};
use crate::contact::door::RecordSearch;
use crate::contact::error::Unsearchable;
use crate::contact::history::{Page, Place, page};
use crate::contact::reader::Standing;
use crate::contact::search::RecordQuery;
use crate::contact::state::{Status, Words};
use crate::owned::StoreFuture;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

/// `indexed` gives each record the number under which its words stand, and says how much of the
/// interaction is in them.
pub const TABLES: &str = "
    CREATE TABLE indexed (
        number INTEGER NOT NULL PRIMARY KEY,
        record TEXT NOT NULL UNIQUE,
        upto INTEGER NOT NULL
    ) STRICT;
    CREATE VIRTUAL TABLE record_words USING fts5 (
        agents, supervisors, notes, tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE INDEX records_by_start ON records (started_at, record);
";

impl RecordSearch for EmbeddedStore {
    fn index(&self, record: &InteractionId, upto: Position, words: &Words) -> StoreFuture<()> {
        let (record, words) = (record.clone(), words.clone());
        self.write(move |connection| index(connection, &record, upto, &words))
    }

    fn search(
        &self,
        query: &RecordQuery,
        after: Option<&Place>,
        most: usize,
    ) -> StoreFuture<Result<Page<crate::contact::Record>, Unsearchable>> {
        let (query, after) = (query.clone(), after.cloned());
        self.query(move |connection| {
            let found = search(connection, &query, after.as_ref(), most + 1)?;
            Ok(Ok(page(vec![found], most)))
        })
    }
}

/// From now on what is taken out of the index is gone from its blocks. What was taken out before, and
/// is only marked there, goes when they are merged.
pub const SECURE: &str = "
    INSERT INTO record_words (record_words, rank) VALUES ('secure-delete', 1);
    INSERT INTO record_words (record_words) VALUES ('optimize');
";

/// A record that is not kept, or not any more, has no words.
fn index(
    connection: &Connection,
    record: &InteractionId,
    upto: Position,
    words: &Words,
) -> Result<(), Fault> {
    let Some((number, known)) = number_of(connection, record)? else { return Ok(()) };
    if upto <= known {
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE record_words SET agents = ?2, supervisors = ?3 WHERE rowid = ?1")?
        .execute((number, &words.agents, &words.supervisors))?;
    connection
        .prepare_cached("UPDATE indexed SET upto = ?2 WHERE number = ?1")?
        .execute((number, upto.0.cast_signed()))?;
    Ok(())
}

/// Lets a record be found by the notes on it.
pub fn index_notes(connection: &Connection, record: &InteractionId) -> Result<(), Fault> {
    let Some((number, _)) = number_of(connection, record)? else { return Ok(()) };
    connection
        .prepare_cached(
            "UPDATE record_words SET notes =
                 (SELECT group_concat(note, char(10)) FROM remarks WHERE record = ?2)
             WHERE rowid = ?1",
        )?
        .execute((number, record.as_str()))?;
    Ok(())
}

/// The number of a record, and how much of it is found by its words.
fn number_of(
    connection: &Connection,
    record: &InteractionId,
) -> Result<Option<(i64, Position)>, Fault> {
    let mut select =
        connection.prepare_cached("SELECT number, upto FROM indexed WHERE record = ?1")?;
    let mut look = || {
        select
            .query_row([record.as_str()], |row| {
                let upto: i64 = row.get(1)?;
                Ok((row.get(0)?, Position(upto.cast_unsigned())))
            })
            .optional()
    };
    if let Some(known) = look()? {
        return Ok(Some(known));
    }
    let n_added = connection
        .prepare_cached(
            "INSERT INTO indexed (record, upto) SELECT record, 0 FROM records WHERE record = ?1",
        )?
        .execute([record.as_str()])?;
    if n_added == 0 {
        return Ok(None);
    }
    connection
        .prepare_cached("INSERT INTO record_words (rowid, agents) VALUES (?1, '')")?
        .execute([connection.last_insert_rowid()])?;
    Ok(look()?)
}

/// Takes a record's words away.
pub fn forget_words(connection: &Connection, record: &InteractionId) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "DELETE FROM record_words
             WHERE rowid = (SELECT number FROM indexed WHERE record = ?1)",
        )?
        .execute([record.as_str()])?;
    connection
        .prepare_cached("DELETE FROM indexed WHERE record = ?1")?
        .execute([record.as_str()])?;
    Ok(())
}

/// Whether somebody handled an interaction, his name given twice.
const HANDLED: &str = "(content ->> '$.owner' = ? OR EXISTS
     (SELECT 1 FROM json_each(content, '$.agents') WHERE value = ?))";

fn search(
    connection: &Connection,
    query: &RecordQuery,
    after: Option<&Place>,
    most: usize,
) -> Result<Vec<crate::contact::Record>, Fault> {
    let mut asked = Asked::default();
    let (at, name) = match after {
        Some(Place { started_at, record }) => (started_at.0.cast_signed(), record.as_str()),
        None => (i64::MAX, ""),
    };
    asked.that("started_at <= ?", [at.into()]);
    asked.that("(started_at < ? OR ? < record)", [at.into(), name.to_owned().into()]);
    asked.that_words(query);
    if let Some(from) = query.from {
        asked.that("? <= started_at", [from.0.cast_signed().into()]);
    }
    if let Some(to) = query.to {
        asked.that("started_at <= ?", [to.0.cast_signed().into()]);
    }
    if let Some(status) = query.status {
        asked.that("status = ?", [status.code().into()]);
    }
    if let Some(agent) = &query.agent {
        asked.that(HANDLED, [agent.0.clone().into(), agent.0.clone().into()]);
    }
    if let Some(agent) = &query.running_of {
        let running = Status::InProcess.code();
        let name = || agent.0.clone().into();
        asked.that(&format!("(status <> ? OR {HANDLED})"), [running.into(), name(), name()]);
    }
    if let Some(contacts) = &query.contacts {
        let places = vec!["?"; contacts.len()].join(", ");
        let names = contacts.iter().map(|contact| contact.0.clone().into());
        asked.that(&format!("contact IN ({places})"), names);
    }
    let Asked { conditions, mut values } = asked;
    values.push(limit(most).into());
    let select = format!(
        "SELECT {RECORD_COLUMNS} FROM records WHERE {}
         ORDER BY started_at DESC, record LIMIT ?",
        conditions.join(" AND ")
    );
    records(connection, &select, params_from_iter(values))
}

/// Conditions with their values, in the same order.
#[derive(Default)]
struct Asked {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Asked {
    fn that(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(condition.to_owned());
        self.values.extend(values);
    }

    /// Each word is quoted: nothing of it is an operator.
    fn that_words(&mut self, query: &RecordQuery) {
        if query.words.is_empty() {
            return;
        }
        let columns = match query.standing {
            Standing::Agent => "agents notes",
            Standing::Supervisor => "agents supervisors notes",
        };
        let words = query.words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\"")));
        let words = words.collect::<Vec<_>>().join(" AND ");
        self.that(
            "record IN (SELECT record FROM indexed WHERE number IN
                 (SELECT rowid FROM record_words WHERE record_words MATCH ?))",
            [format!("{{{columns}}} : ({words})").into()],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use crate::contact::door::{ContactStore, ErasureStore};
    use crate::contact::search::split;
    use crate::contact::testing::draft;

    #[tokio::test]
    async fn accents_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        store.save_record(&draft("one", 4).record(None, Millis(9))).await.unwrap();
        let words = Words { agents: "Grüße aus Genève".into(), supervisors: String::new() };
        store.index(&"one".into(), Position(4), &words).await.unwrap();

        for (text, n_found) in [("grusse geneve", 0), ("gruße geneve", 1), ("GENÈVE", 1)] {
            let query = RecordQuery { words: split(text), ..RecordQuery::of(Standing::Supervisor) };
            let found = store.search(&query, None, 9).await.unwrap().unwrap();
            assert_eq!(found.entries.len(), n_found, "{text}");
        }
    }

    #[tokio::test]
    async fn what_was_erased_stands_in_no_block_of_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        for (id, word) in [("one", "zxqwv"), ("two", "stays")] {
            store.save_record(&draft(id, 4).record(None, Millis(9))).await.unwrap();
            let words = Words { agents: word.into(), supervisors: String::new() };
            store.index(&id.into(), Position(4), &words).await.unwrap();
        }

        let before = [n_blocks_with(&store, "zxqwv").await, n_blocks_with(&store, "stays").await];
        store.erase_record(&"one".into(), Millis(9)).await.unwrap();
        let after = [n_blocks_with(&store, "zxqwv").await, n_blocks_with(&store, "stays").await];

        assert!(before.iter().all(|n_blocks| 0 < *n_blocks), "{before:?}");
        assert!(after[0] == 0 && 0 < after[1], "{after:?}");
    }

    #[test]
    fn what_an_older_version_has_erased_leaves_the_blocks_with_the_upgrade() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE records (record TEXT, started_at INTEGER);
                 INSERT INTO records VALUES ('one', 1);",
            )
            .unwrap();
        connection.execute_batch(TABLES).unwrap();
        let words = Words { agents: "zxqwv".into(), supervisors: String::new() };
        index(&connection, &"one".into(), Position(4), &words).unwrap();
        forget_words(&connection, &"one".into()).unwrap();
        let n_blocks = || -> i64 {
            let statement =
                "SELECT count(*) FROM record_words_data WHERE instr(block, x'7a78717776')";
            connection.query_row(statement, (), |row| row.get(0)).unwrap()
        };
        assert!(0 < n_blocks(), "an older version only marks what it takes out");

        connection.execute_batch(SECURE).unwrap();

        assert_eq!(n_blocks(), 0);
    }

    async fn n_blocks_with(store: &EmbeddedStore, word: &'static str) -> i64 {
        let count = store.query(move |connection| {
            let statement = "SELECT count(*) FROM record_words_data
                 WHERE instr(block, CAST(?1 AS BLOB))";
            Ok(connection.query_row(statement, [word], |row| row.get(0))?)
        });
        count.await.unwrap()
    }
}
