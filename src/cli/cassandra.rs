//! What the commands for the ring share: the way to it, for a person who waits before a screen.

use crate::base::error_chain::Chain;
use crate::cli::{Failure, print};
use crate::config::{CassandraSection, Config};
use crate::store::cassandra::{ConnectError, Link, OpenError, Patience};
use crate::telemetry::logs;
use crate::tls::{self, TlsError};
use clap::Args;
use std::time::Duration;

/// What is worth a line while somebody waits.
const LEVEL: &str = "warn";

#[derive(Debug, Args)]
pub struct WaitArguments {
    /// How long to wait for a Cassandra that does not answer yet, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub wait: u64,
}

/// Connects to the ring of the configuration.
pub async fn connect(config: &Config, arguments: &WaitArguments) -> Result<Link, Failure> {
    logs::install(LEVEL, logs::Form::People).map_err(|error| Failure::Other(error.to_string()))?;
    let section = used(config)?;
    let patience = Patience::AtMost(Duration::from_secs(arguments.wait));
    let unusable = |error: TlsError| Failure::Certificates(Chain(&error).to_string());
    let tls = tls::cassandra(&config.encryption).map_err(unusable)?;
    Link::connect(section, tls, patience).await.map_err(|error| unconnected(&error))
}

/// Tells what an operator should know, beside the answer.
pub fn warn(warnings: &[String]) -> Result<(), Failure> {
    warnings.iter().try_for_each(|warning| print::note(&format!("warning: {warning}")))
}

/// Carries out what waits for the ring.
pub fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    actix::System::new().block_on(work)
}

pub fn unopened(error: &OpenError) -> Failure {
    Failure::Store(Chain(error).to_string())
}

fn unconnected(error: &ConnectError) -> Failure {
    Failure::Store(Chain(error).to_string())
}

fn used(config: &Config) -> Result<&CassandraSection, Failure> {
    if config.cassandra.is_used() {
        return Ok(&config.cassandra);
    }
    let what = "no Cassandra is configured: set [cassandra] contact-points";
    Err(Failure::Usage(what.to_owned()))
}
