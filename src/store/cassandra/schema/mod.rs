//! The tables a ring must hold: the files of `cql/`, what is there of them, and the way from one to
//! the other.
//!
//! ```text
//! cql/*.cql --files--> table (read) --+
//!                                     +--> plan --> apply, or what is missing
//! system_schema --there---------------+
//! ```
//!
//! Invariants: a change only adds; a table that is there is never made anew; applying twice changes
//! nothing.

pub mod apply;
pub mod error;
pub mod files;
pub mod keyspace;
pub mod plan;
pub mod print;
pub mod step;
pub mod table;
pub mod there;

pub use apply::{Applied, apply};
pub use error::SchemaError;
pub use keyspace::{Replication, ReplicationClass};
pub use print::print;

use crate::store::cassandra::connect::Link;
use there::There;

/// Fails with everything that is missing, and with the files that would bring it.
pub async fn insist(link: &Link) -> Result<(), SchemaError> {
    let there = There::read(link).await?;
    let missing = plan::plan(&there)?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(SchemaError::Missing { keyspace: link.keyspace.clone(), missing })
}

/// What an operator should know of the keyspace's replication.
pub async fn replication_warnings(link: &Link) -> Result<Vec<String>, SchemaError> {
    let n_nodes = link.driver.get_cluster_state().get_nodes_info().len();
    Ok(match there::replication(link).await? {
        Some(replication) => keyspace::warnings(&replication, n_nodes),
        None => vec![],
    })
}
