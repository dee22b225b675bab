//! Why the tables are not what they must be.

use crate::store::cassandra::schema::step::Step;
use scylla::errors::{ExecutionError, SchemaAgreementError};

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The tables are older than this program.
    #[error("keyspace '{keyspace}' lacks {}; run 'holdfast schema apply'", told(missing))]
    Missing { keyspace: String, missing: Vec<Step> },
    /// Nothing that adds could mend this.
    #[error("column {table}.{column} is {there}, and must be {wanted}")]
    OtherType { table: String, column: String, there: String, wanted: String },
    #[error("failed to read the tables that are there: {0}")]
    Read(String),
    #[error("failed to apply {what}")]
    Apply { what: String, source: Box<ExecutionError> },
    #[error("the nodes of Cassandra do not agree on the tables")]
    Disagree(#[source] Box<SchemaAgreementError>),
    #[error("{what} is still missing although it was applied")]
    Stubborn { what: String },
    /// A file of the program itself.
    #[error("{file} cannot be read: {what}")]
    File { file: &'static str, what: String },
    #[error("{0}")]
    Replication(String),
}

pub fn told(missing: &[Step]) -> String {
    let each: Vec<String> = missing.iter().map(Step::to_string).collect();
    each.join(", ")
}
