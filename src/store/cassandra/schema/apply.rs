//! Brings a keyspace to what this program needs. To be run by one at a time, while all nodes of the
//! ring answer; once more does no harm.

use crate::store::cassandra::connect::Link;
use crate::store::cassandra::schema::error::{SchemaError, told};
use crate::store::cassandra::schema::files::with_grace;
use crate::store::cassandra::schema::keyspace::{Replication, warnings};
use crate::store::cassandra::schema::plan::plan;
use crate::store::cassandra::schema::step::{Lack, Step};
use crate::store::cassandra::schema::there::{There, replication};
use scylla::errors::ExecutionError;
use scylla::statement::unprepared::Statement;
use std::time::Duration;

/// A change of the tables waits for all nodes of the ring.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A statement whose answer was lost may have been carried out, and then fails when it is repeated;
/// what is there afterwards decides.
const MOST_ROUNDS: usize = 3;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub steps: Vec<String>,
    pub warnings: Vec<String>,
}

pub async fn apply(
    link: &Link,
    wanted: &Replication,
    grace_seconds: Option<u32>,
) -> Result<Applied, SchemaError> {
    let mut applied = Applied::default();
    if !There::read(link).await?.has_keyspace {
        let what = format!("keyspace {}", link.keyspace);
        change(link, wanted.cql(&link.keyspace)).await.map_err(|source| SchemaError::Apply {
            what: what.clone(),
            source: Box::new(source),
        })?;
        applied.steps.push(what);
    }
    for _ in 0..MOST_ROUNDS {
        let steps = plan(&There::read(link).await?)?;
        if steps.is_empty() {
            break;
        }
        round(link, &steps, grace_seconds, &mut applied).await?;
        let agreed = link.driver.await_schema_agreement().await;
        agreed.map_err(|error| SchemaError::Disagree(Box::new(error)))?;
    }
    let left = plan(&There::read(link).await?)?;
    if !left.is_empty() {
        return Err(SchemaError::Stubborn { what: told(&left) });
    }
    let n_nodes = link.driver.get_cluster_state().get_nodes_info().len();
    let kept = replication(link).await?.unwrap_or_else(|| wanted.map());
    applied.warnings = warnings(&kept, n_nodes);
    Ok(applied)
}

/// Carries out all steps. One that is refused because it was already carried out is left to the next
/// round to judge.
async fn round(
    link: &Link,
    steps: &[Step],
    grace_seconds: Option<u32>,
    applied: &mut Applied,
) -> Result<(), SchemaError> {
    for step in steps {
        let what = step.to_string();
        match change(link, cql(link, step, grace_seconds)).await {
            Ok(()) => applied.steps.push(what),
            Err(source) => {
                let there = There::read(link).await?;
                if plan(&there)?.contains(step) {
                    return Err(SchemaError::Apply { what, source: Box::new(source) });
                }
            }
        }
    }
    Ok(())
}

fn cql(link: &Link, step: &Step, grace_seconds: Option<u32>) -> String {
    let at = |table: &str| format!("\"{}\".{table}", link.keyspace);
    match &step.lack {
        Lack::Table { name, cql } => {
            let made = format!("CREATE TABLE IF NOT EXISTS {name} ");
            let there = format!("CREATE TABLE IF NOT EXISTS {} ", at(name));
            with_grace(&cql.replacen(&made, &there, 1), grace_seconds)
        }
        Lack::Column { table, column } => {
            let kept = if column.is_static { " static" } else { "" };
            format!("ALTER TABLE {} ADD {} {}{kept}", at(table), column.name, column.kind)
        }
        Lack::TimeToLive { table, wanted } => {
            format!("ALTER TABLE {} WITH default_time_to_live = {wanted}", at(table))
        }
        Lack::Version(version) => format!(
            "INSERT INTO {} (what, version, file, applied) \
             VALUES ('tables', {version}, '{}', toTimestamp(now()))",
            at("schema_version"),
            step.file
        ),
    }
}

async fn change(link: &Link, cql: String) -> Result<(), ExecutionError> {
    let mut statement = Statement::new(cql);
    statement.set_consistency(link.consistency);
    statement.set_request_timeout(Some(TIMEOUT));
    link.driver.query_unpaged(statement, ()).await.map(drop)
}
