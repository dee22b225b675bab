//! What the nodes of one cluster say of themselves: the table `members`.

use crate::base::Process;
use crate::owned::StoreFuture;
use crate::ownership::door::MemberTable;
use crate::ownership::membership::{Member, MemberState};
use crate::store::cassandra::notes::{millis, timestamp};
use crate::store::cassandra::{CassandraSession, failure};
use crate::store::ring::rows::NoAnswer;
use scylla::DeserializeRow;
use scylla::value::CqlTimestamp;

/// The members of one cluster, in a ring.
#[derive(Clone)]
pub struct CassandraMembers {
    session: CassandraSession,
    /// `[cluster] name`: several clusters may share a keyspace.
    cluster: String,
}

#[derive(DeserializeRow)]
struct Row {
    node: String,
    boot: String,
    addr: Option<String>,
    state: Option<String>,
    version: Option<i32>,
    program: Option<String>,
    sessions: Option<i64>,
    left_over: Option<i64>,
    lanes: Option<i32>,
    seen: Option<CqlTimestamp>,
}

impl CassandraMembers {
    pub fn new(session: CassandraSession, cluster: &str) -> Self {
        Self { session, cluster: cluster.to_owned() }
    }
}

impl MemberTable for CassandraMembers {
    fn heartbeat(&self, member: &Member) -> StoreFuture<()> {
        let (table, member) = (self.clone(), member.clone());
        Box::pin(async move { heartbeat(&table, &member).await.map_err(failure::unavailable) })
    }

    fn members(&self) -> StoreFuture<Vec<Member>> {
        let table = self.clone();
        Box::pin(async move { members(&table).await.map_err(failure::unavailable) })
    }

    fn forget(&self, process: &Process) -> StoreFuture<()> {
        let (table, process) = (self.clone(), process.clone());
        Box::pin(async move { forget(&table, &process).await.map_err(failure::unavailable) })
    }
}

/// Stamped with the time that it tells, so that one that arrives late never hides a newer one.
async fn heartbeat(table: &CassandraMembers, member: &Member) -> Result<(), NoAnswer> {
    let seen = timestamp(member.seen);
    let values = (
        table.cluster.as_str(),
        member.process.node.as_str(),
        member.process.boot.as_str(),
        member.address.as_str(),
        member.state.name(),
        member.version,
        member.program.as_str(),
        member.n_sessions.cast_signed(),
        member.n_left.cast_signed(),
        member.n_lanes.cast_signed(),
        seen,
        micros(seen),
    );
    table.session.write(&table.session.statements().insert_member, values).await
}

async fn members(table: &CassandraMembers) -> Result<Vec<Member>, NoAnswer> {
    let statement = &table.session.statements().members;
    let rows: Vec<Row> = table.session.rows(statement, (table.cluster.as_str(),)).await?;
    Ok(rows.into_iter().filter_map(member).collect())
}

/// The members of all clusters that share the keyspace.
pub async fn of_all_clusters(session: &CassandraSession) -> Result<Vec<Member>, NoAnswer> {
    let rows: Vec<Row> = session.rows(&session.statements().all_members, ()).await?;
    Ok(rows.into_iter().filter_map(member).collect())
}

/// Stamped just after what it takes away: a process that is wrongly forgotten comes back with its
/// next heartbeat.
async fn forget(table: &CassandraMembers, process: &Process) -> Result<(), NoAnswer> {
    let (session, cluster) = (&table.session, table.cluster.as_str());
    let (node, boot) = (process.node.as_str(), process.boot.as_str());
    let statement = &session.statements().member_seen;
    let row: Option<(Option<CqlTimestamp>,)> =
        session.row(statement, (cluster, node, boot)).await?;
    let Some((Some(seen),)) = row else { return Ok(()) };
    let values = (micros(seen).saturating_add(1), cluster, node, boot);
    session.write(&session.statements().delete_member, values).await
}

/// A row whose state is that of a later version says nothing we could rely on; its node then counts
/// as one that only serves what it has.
fn member(row: Row) -> Option<Member> {
    let state = row.state.as_deref().and_then(MemberState::named);
    Some(Member {
        process: Process { node: row.node.as_str().into(), boot: row.boot.as_str().into() },
        address: row.addr?,
        state: state.unwrap_or(MemberState::Draining),
        version: row.version?,
        program: row.program.unwrap_or_default(),
        n_sessions: row.sessions.unwrap_or_default().cast_unsigned(),
        n_left: row.left_over.unwrap_or_default().cast_unsigned(),
        n_lanes: row.lanes.unwrap_or_default().cast_unsigned(),
        seen: millis(row.seen?),
    })
}

fn micros(seen: CqlTimestamp) -> i64 {
    seen.0.saturating_mul(1_000)
}
