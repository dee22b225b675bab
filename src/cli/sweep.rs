//! `holdfast sweep`: lists what nobody ever closed, and takes it away if it is told to.

use crate::base::chance::hex;
use crate::base::error_chain::Chain;
use crate::base::time::utc;
use crate::base::{Chance, Clock, Millis};
use crate::cli::cassandra::{self, WaitArguments};
use crate::cli::sources::SourceArguments;
use crate::cli::{Failure, print};
use crate::config::Config;
use crate::node::wiring::is_session;
use crate::node::world::{Dice, WallClock};
use crate::store::cassandra::leftovers::{self, Leftover, Removal, Search, claimed_at};
use crate::store::cassandra::{CassandraRows, CassandraSession, members};
use crate::store::ring::rows::NoAnswer;
use clap::Args;
use std::time::Duration;
use tokio::time::sleep;

const SECONDS_IN_DAY: u64 = 24 * 3_600;

#[derive(Debug, Args)]
pub struct SweepArguments {
    /// Delete what is found, after taking it over so that nobody goes on with it
    #[arg(long)]
    pub delete: bool,
    #[command(flatten)]
    pub wait: WaitArguments,
}

/// Within so long every process that lives says so, several times.
const BEATS: Duration = Duration::from_secs(4);

pub fn sweep(arguments: &SweepArguments, sources: SourceArguments) -> Result<(), Failure> {
    let config = sources.read()?.config;
    cassandra::run(sweep_all(&config, arguments))
}

async fn sweep_all(config: &Config, arguments: &SweepArguments) -> Result<(), Failure> {
    let link = cassandra::connect(config, &arguments.wait).await?;
    let session =
        CassandraSession::over(link).await.map_err(|error| cassandra::unopened(&error))?;
    let now = WallClock.now();
    let search = search(config, &session, now).await?;
    let rows = CassandraRows(session);
    let found = leftovers::find(&rows, &search, is_session).await.map_err(unanswered)?;
    for leftover in &found {
        let done = match arguments.delete {
            true => removal(&rows, leftover, now).await?,
            false => "left alone",
        };
        print::answer(&line(leftover, done))?;
    }
    let n_found = found.len();
    print::answer(&match (n_found, arguments.delete) {
        (0, _) => "nothing is left over\n".to_owned(),
        (_, true) => format!("{n_found} were left over\n"),
        (_, false) => format!("{n_found} are left over; --delete takes them away\n"),
    })
}

async fn search(
    config: &Config,
    session: &CassandraSession,
    now: Millis,
) -> Result<Search, Failure> {
    // Whatever cluster a process belongs to: the keyspace may be shared.
    let before = members::of_all_clusters(session).await.map_err(unanswered)?;
    sleep(BEATS).await;
    let members = members::of_all_clusters(session).await.map_err(unanswered)?;
    let days = config.cassandra.session_max_age_days;
    let max_age = Duration::from_secs(days * SECONDS_IN_DAY);
    Ok(Search { now, max_age, alive: leftovers::alive(&before, &members, now) })
}

async fn removal(
    rows: &CassandraRows,
    leftover: &Leftover,
    now: Millis,
) -> Result<&'static str, Failure> {
    let mut tie = [0; 8];
    Dice.fill(&mut tie);
    let chance = (&*hex(&Dice, 8), i64::from_le_bytes(tie));
    match leftovers::remove(rows, leftover, now, chance).await.map_err(unanswered)? {
        Removal::Removed => Ok("deleted"),
        Removal::Taken => Ok("taken over meanwhile"),
    }
}

fn line(leftover: &Leftover, done: &str) -> String {
    let Leftover { thing, claim, why } = leftover;
    let claimed = utc(claimed_at(claim.epoch));
    format!("{thing}  claimed {claimed} by {}  {}  {done}\n", claim.lane.node, why.name())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unanswered(error: NoAnswer) -> Failure {
    Failure::Store(Chain(&error).to_string())
}
