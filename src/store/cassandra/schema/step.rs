//! What one step of the way to the right tables is, and how it is told.

use crate::store::cassandra::schema::table::Column;
use std::fmt;

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub file: &'static str,
    pub lack: Lack,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    Table {
        name: String,
        cql: String,
    },
    Column {
        table: String,
        column: Column,
    },
    /// New rows must not expire, or not so soon.
    TimeToLive {
        table: String,
        wanted: i32,
    },
    /// That the file was applied is not written down.
    Version(i32),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file;
        match &self.lack {
            Lack::Table { name, .. } => write!(f, "table {name} ({file})"),
            Lack::Column { table, column } => write!(f, "column {table}.{} ({file})", column.name),
            Lack::TimeToLive { table, wanted } => {
                write!(f, "the right time to live of {table}, {wanted} ({file})")
            }
            Lack::Version(version) => write!(f, "the note that {file} was applied ({version})"),
        }
    }
}
