//! How a statement is made ready: in the keyspace, with the consistency, as one that may be driven
//! again.

use crate::store::cassandra::connect::Link;
use scylla::errors::PrepareError;
use scylla::statement::prepared::PreparedStatement;
use std::time::Duration;

/// Rows in one page. A row of events may be some ten thousand bytes long.
const PAGE: i32 = 500;

/// An answer to the probe that comes later tells of the ring as it was. Two that do not come are as
/// long as a ring may be silent before it is lost.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_500);

pub struct Preparing<'a>(pub &'a Link);

impl Preparing<'_> {
    /// Prepares a statement; `%` stands for the keyspace.
    pub async fn the(&self, cql: &str) -> Result<PreparedStatement, PrepareError> {
        let keyspace = format!("\"{}\".", self.0.keyspace);
        let mut prepared = self.0.driver.prepare(cql.replace("%.", &keyspace)).await?;
        prepared.set_consistency(self.0.consistency);
        prepared.set_is_idempotent(true);
        prepared.set_page_size(PAGE);
        Ok(prepared)
    }

    /// The statement that shows whether the ring answers.
    pub async fn probe(&self) -> Result<PreparedStatement, PrepareError> {
        let mut probe =
            self.the("SELECT version FROM %.schema_version WHERE what = 'probe'").await?;
        probe.set_request_timeout(Some(PROBE_TIMEOUT));
        Ok(probe)
    }
}
