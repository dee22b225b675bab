//! What a keyspace holds, as Cassandra itself tells it.

use crate::store::cassandra::connect::Link;
use crate::store::cassandra::schema::error::SchemaError;
use scylla::client::session::Session;
use scylla::deserialize::row::DeserializeRow;
use scylla::statement::Consistency;
use scylla::statement::unprepared::Statement;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Reading what a node of the ring knows by itself needs no other node.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Tables by their names, and the files that were applied.
#[derive(Clone, Debug, Default)]
pub struct There {
    pub has_keyspace: bool,
    pub tables: BTreeMap<String, TableThere>,
    pub versions: BTreeSet<i32>,
}

#[derive(Clone, Debug, Default)]
pub struct TableThere {
    /// Types by the names of the columns.
    pub columns: BTreeMap<String, String>,
    pub time_to_live: i32,
}

impl There {
    pub async fn read(link: &Link) -> Result<Self, SchemaError> {
        let keyspace = link.keyspace.as_str();
        let mut there =
            Self { has_keyspace: replication(link).await?.is_some(), ..Self::default() };
        let select = "SELECT table_name, default_time_to_live FROM system_schema.tables \
                      WHERE keyspace_name = ?";
        let tables: Vec<(String, Option<i32>)> = read(&link.driver, select, keyspace).await?;
        for (name, time_to_live) in tables {
            there.tables.entry(name).or_default().time_to_live = time_to_live.unwrap_or_default();
        }
        let select = "SELECT table_name, column_name, type FROM system_schema.columns \
                      WHERE keyspace_name = ?";
        let columns: Vec<(String, String, String)> = read(&link.driver, select, keyspace).await?;
        for (table, column, kind) in columns {
            there.tables.entry(table).or_default().columns.insert(column, kind);
        }
        if there.tables.contains_key("schema_version") {
            there.versions = versions(link).await?;
        }
        Ok(there)
    }
}

/// The replication of the keyspace, if there is one.
pub async fn replication(link: &Link) -> Result<Option<BTreeMap<String, String>>, SchemaError> {
    let select = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?";
    let found: Vec<(BTreeMap<String, String>,)> =
        read(&link.driver, select, &link.keyspace).await?;
    Ok(found.into_iter().next().map(|(replication,)| replication))
}

async fn versions(link: &Link) -> Result<BTreeSet<i32>, SchemaError> {
    let select = format!("SELECT version FROM \"{}\".schema_version WHERE what = ?", link.keyspace);
    let found: Vec<(i32,)> = read_at(&link.driver, (&select, link.consistency), "tables").await?;
    Ok(found.into_iter().map(|(version,)| version).collect())
}

async fn read<R>(driver: &Session, select: &str, value: &str) -> Result<Vec<R>, SchemaError>
where
    R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
{
    read_at(driver, (select, Consistency::One), value).await
}

async fn read_at<R>(
    driver: &Session,
    (select, consistency): (&str, Consistency),
    value: &str,
) -> Result<Vec<R>, SchemaError>
where
    R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
{
    let mut statement = Statement::new(select);
    statement.set_consistency(consistency);
    statement.set_is_idempotent(true);
    statement.set_request_timeout(Some(TIMEOUT));
    let result = driver.query_unpaged(statement, (value,)).await.map_err(strange)?;
    let rows = result.into_rows_result().map_err(strange)?;
    rows.rows::<R>().map_err(strange)?.collect::<Result<_, _>>().map_err(strange)
}

fn strange(error: impl std::error::Error) -> SchemaError {
    SchemaError::Read(error.to_string())
}
