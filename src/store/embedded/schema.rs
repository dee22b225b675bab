//! The tables of the file, as numbered steps. A step that was released is never edited: a change is
//! a step more.

use super::{contacts, log, owners};
use rusqlite::Transaction;

/// What leads from each format to the next: one entry a step, in it one text of statements for each
/// file of this folder that has tables.
pub const STEPS: &[&[&str]] = &[&[log::TABLES, owners::TABLES, contacts::TABLES]];

/// Brings a file from an older format to the newest one.
pub fn upgrade(transaction: &Transaction<'_>, format: usize) -> rusqlite::Result<()> {
    for step in STEPS.iter().skip(format) {
        for statements in *step {
            transaction.execute_batch(statements)?;
        }
    }
    transaction.pragma_update(None, "user_version", STEPS.len().cast_signed())
}
