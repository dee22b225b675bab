//! A ring that holds our tables: every statement goes through here, so that each outcome is counted
//! and the ring's silence is noticed.

use crate::config::CassandraSection;
use crate::store::cassandra::connect::{ConnectError, Link, Patience};
use crate::store::cassandra::current::Current;
use crate::store::cassandra::failure;
use crate::store::cassandra::reach::{Change, Reach};
use crate::store::cassandra::schema::{self, SchemaError};
use crate::store::cassandra::statements::Statements;
use crate::store::ring::rows::NoAnswer;
use crate::telemetry::{cassandra_came, cassandra_went, meters};
use crate::tls::CassandraTls;
use scylla::deserialize::row::DeserializeRow;
use scylla::errors::{ExecutionError, PrepareError};
use scylla::response::PagingState;
use scylla::response::query_result::QueryResult;
use scylla::serialize::row::SerializeRow;
use scylla::statement::Consistency;
use scylla::statement::batch::{Batch, BatchStatement, BatchType};
use scylla::statement::prepared::PreparedStatement;
use std::ops::ControlFlow;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// How often the ring is asked for nothing but an answer.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// How often connections are made anew while no quorum answers.
const RECONNECT_EVERY: Duration = Duration::from_secs(3);

/// The number under which the log says that no quorum answers, and that it does again.
const LOST: u32 = 59_520;
const BACK: u32 = 59_521;

/// A connected ring with all statements prepared. Cheap to clone.
#[derive(Clone)]
pub struct CassandraSession {
    inner: Arc<Inner>,
}

struct Inner {
    current: Current,
    consistency: Consistency,
    statements: Statements,
    reach: Reach,
    began: Instant,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("failed to prepare the statements")]
    Prepare(#[from] PrepareError),
}

impl CassandraSession {
    /// Connects, however long the ring takes to come and to be believed; refuses tables that are
    /// older than this program.
    pub async fn open(
        section: &CassandraSection,
        tls: Option<CassandraTls>,
    ) -> Result<Self, OpenError> {
        let link = Link::connect(section, tls, Patience::Forever).await?;
        Self::over(link).await
    }

    /// Makes a session over a link, if the tables are there.
    pub async fn over(link: Link) -> Result<Self, OpenError> {
        schema::insist(&link).await?;
        for warning in schema::replication_warnings(&link).await? {
            tracing::warn!(keyspace = link.keyspace, "{warning}");
        }
        let statements = Statements::prepare(&link).await?;
        let (reach, began) = (Reach::default(), Instant::now());
        let (consistency, current) = (link.consistency, Current::new(link));
        let inner = Arc::new(Inner { current, consistency, statements, reach, began });
        cassandra_came();
        inner.current.way().thread().spawn(probe(Arc::downgrade(&inner)));
        inner.current.way().thread().spawn(reconnect(Arc::downgrade(&inner)));
        Ok(Self { inner })
    }

    /// Whether a quorum answers, as far as is known.
    pub fn is_reachable(&self) -> bool {
        !self.inner.reach.is_lost()
    }

    /// How long no quorum has answered. Something is asked every second.
    pub fn silence(&self) -> Duration {
        self.inner.reach.silence(self.inner.began.elapsed())
    }

    pub fn statements(&self) -> &Statements {
        &self.inner.statements
    }

    /// Carries out a statement that gives no rows.
    pub async fn write(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<(), NoAnswer> {
        let outcome = self.inner.link()?.driver.execute_unpaged(statement, values).await;
        self.inner.note(outcome).map(drop)
    }

    /// Carries out statements together, in one partition.
    pub async fn write_together<V: SerializeRow>(
        &self,
        statement: &PreparedStatement,
        rows: &[V],
    ) -> Result<(), NoAnswer> {
        let statements = vec![BatchStatement::from(statement.clone()); rows.len()];
        let batch = self.batch(BatchType::Unlogged, statements);
        let outcome = self.inner.link()?.driver.batch(&batch, rows).await;
        self.inner.note(outcome).map(drop)
    }

    /// Carries out two statements, both or neither, sooner or later.
    pub async fn write_both(
        &self,
        (one, its): (&PreparedStatement, impl SerializeRow),
        (other, others): (&PreparedStatement, impl SerializeRow),
    ) -> Result<(), NoAnswer> {
        let statements = vec![one.clone().into(), other.clone().into()];
        let batch = self.batch(BatchType::Logged, statements);
        let outcome = self.inner.link()?.driver.batch(&batch, (its, others)).await;
        self.inner.note(outcome).map(drop)
    }

    /// All rows of a statement, to the last page.
    pub async fn rows<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow + Clone,
    ) -> Result<Vec<R>, NoAnswer>
    where
        R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
    {
        let mut found = Vec::new();
        let mut page = PagingState::start();
        loop {
            let link = self.inner.link()?;
            let outcome = link.driver.execute_single_page(statement, values.clone(), page).await;
            let (result, next) = self.inner.note(outcome)?;
            read(result, &mut found)?;
            match next.into_paging_control_flow() {
                ControlFlow::Break(()) => return Ok(found),
                ControlFlow::Continue(next) => page = next,
            }
        }
    }

    /// The first row of a statement that gives one at most.
    pub async fn row<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Option<R>, NoAnswer>
    where
        R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
    {
        let outcome = self.inner.link()?.driver.execute_unpaged(statement, values).await;
        let mut found = Vec::new();
        read(self.inner.note(outcome)?, &mut found)?;
        Ok(found.into_iter().next())
    }

    fn batch(&self, how: BatchType, statements: Vec<BatchStatement>) -> Batch {
        let mut batch = Batch::new_with_statements(how, statements);
        batch.set_consistency(self.inner.consistency);
        batch.set_is_idempotent(true);
        batch
    }
}

impl Inner {
    fn link(&self) -> Result<Arc<Link>, NoAnswer> {
        self.current.link().ok_or_else(|| {
            let none = NoAnswer("no_connection: Cassandra cannot be believed".to_owned());
            self.note_silence("no_connection", &none);
            none
        })
    }

    /// Counts an outcome, and tells of a change once.
    fn note<R>(&self, outcome: Result<R, ExecutionError>) -> Result<R, NoAnswer> {
        let now = self.began.elapsed();
        match outcome {
            Ok(answer) => {
                if self.reach.answered(now) == Some(Change::Back) {
                    cassandra_came();
                    tracing::warn!(event = BACK, "Cassandra answers again");
                }
                Ok(answer)
            }
            Err(error) => {
                self.note_silence(failure::kind(&error), &error);
                Err(failure::no_answer(&error))
            }
        }
    }

    fn note_silence(&self, kind: &'static str, error: &dyn std::error::Error) {
        meters().storage_errors.of(kind).increment(1);
        if let Some(Change::Lost(silence)) = self.reach.failed(self.began.elapsed()) {
            cassandra_went();
            let silent_ms = silence.as_millis();
            tracing::error!(event = LOST, silent_ms, %error, "Cassandra does not answer");
        }
    }
}

/// Asks once a second, for as long as there is somebody who wants to know.
async fn probe(session: Weak<Inner>) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = session.upgrade() else { return };
        // What it means is told by the noting; here nobody waits for rows.
        if let Ok(link) = inner.link() {
            let _noted = inner.note(link.driver.execute_unpaged(&inner.statements.probe, ()).await);
        }
    }
}

/// Makes new connections while no quorum answers, so that it is heard as soon as it is there again.
async fn reconnect(session: Weak<Inner>) {
    let mut ticks = tokio::time::interval(RECONNECT_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = session.upgrade() else { return };
        if inner.reach.is_lost() {
            inner.current.refresh().await;
        }
    }
}

fn read<R>(result: QueryResult, found: &mut Vec<R>) -> Result<(), NoAnswer>
where
    R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
{
    let result = result.into_rows_result().map_err(|error| failure::strange(&error))?;
    let rows = result.rows::<R>().map_err(|error| failure::strange(&error))?;
    for row in rows {
        found.push(row.map_err(|error| failure::strange(&error))?);
    }
    Ok(())
}
