//! The tables of the file, as numbered steps. A step that was released is never edited: a change is
//! a step more.

use super::{alarms, archive, contacts, erasure, log, owners, search};
use rusqlite::Transaction;

/// What leads from each format to the next: one entry a step, in it one text of statements for each
/// file of this folder that has tables.
pub const STEPS: &[&[&str]] = &[
    &[log::TABLES, owners::TABLES, contacts::TABLES],
    &[alarms::TABLES],
    &[archive::TABLES],
    &[search::TABLES, erasure::TABLES],
    &[search::SECURE],
];

/// Brings a file from an older format to the newest one.
pub fn upgrade(transaction: &Transaction<'_>, format: usize) -> rusqlite::Result<()> {
    for step in STEPS.iter().skip(format) {
        for statements in *step {
            transaction.execute_batch(statements)?;
        }
    }
    transaction.pragma_update(None, "user_version", STEPS.len().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_file_of_an_older_version_gets_what_it_lacks_and_keeps_what_it_has() {
        let mut connection = Connection::open_in_memory().unwrap();
        for statements in STEPS[0] {
            connection.execute_batch(statements).unwrap();
        }
        connection.execute("INSERT INTO closed VALUES ('kept', 7)", ()).unwrap();
        let contact = "INSERT INTO contacts VALUES ('ann', 7, 'a chat')";
        connection.execute(contact, ()).unwrap();

        let transaction = connection.transaction().unwrap();
        upgrade(&transaction, 1).unwrap();
        transaction.commit().unwrap();

        let count = |table: &str| -> i64 {
            let statement = format!("SELECT count(*) FROM {table}");
            connection.query_row(&statement, (), |row| row.get(0)).unwrap()
        };
        assert_eq!([count("closed"), count("alarms")], [1, 0]);
        assert_eq!([count("contacts"), count("remarks"), count("merges")], [1, 0, 0]);
        assert_eq!([count("record_words"), count("erased"), count("erasures")], [0; 3]);
    }
}
