//! `holdfast schema`: shows, makes and checks the tables in Cassandra.

use crate::base::error_chain::Chain;
use crate::cli::cassandra::{self, WaitArguments};
use crate::cli::sources::SourceArguments;
use crate::cli::{Failure, print};
use crate::config::Config;
use crate::store::cassandra::schema::{self, Replication, ReplicationClass, SchemaError};
use crate::store::cassandra::{Link, schema::keyspace};
use clap::{Args, Subcommand, ValueEnum};
use std::collections::BTreeSet;

/// A data centre as Cassandra names it when nobody names it.
const USUAL_DATACENTER: &str = "datacenter1";

#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Print everything as CQL, for whoever has the right to put it in
    Print(KeyspaceArguments),
    /// Make the keyspace and the tables, and add what older ones lack; once more does no harm
    Apply {
        #[command(flatten)]
        keyspace: KeyspaceArguments,
        #[command(flatten)]
        wait: WaitArguments,
    },
    /// Say what is missing
    Check(WaitArguments),
}

/// How the keyspace is kept, if it is made
#[derive(Debug, Args)]
pub struct KeyspaceArguments {
    /// Its name [otherwise [cassandra] keyspace]
    #[arg(long)]
    pub keyspace: Option<String>,
    /// How copies are placed
    #[arg(long, value_enum, default_value = "NetworkTopologyStrategy", value_name = "CLASS")]
    pub replication_class: Class,
    /// How many copies there are, in each data centre
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub replication_factor: u32,
    /// A data centre that holds copies; may come several times [otherwise [cassandra] datacenter,
    /// or those that Cassandra has]
    #[arg(long, value_name = "NAME")]
    pub datacenter: Vec<String>,
    /// How long deletions are remembered [otherwise ten days]; longer than from repair to repair
    #[arg(long, value_name = "SECONDS")]
    pub gc_grace_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Class {
    #[value(name = "SimpleStrategy")]
    Simple,
    #[value(name = "NetworkTopologyStrategy")]
    NetworkTopology,
}

pub fn schema(command: SchemaCommand, sources: SourceArguments) -> Result<(), Failure> {
    let mut config = sources.read()?.config;
    match command {
        SchemaCommand::Print(arguments) => print_all(&arguments, &config),
        SchemaCommand::Apply { keyspace, wait } => {
            config.cassandra.keyspace =
                keyspace.keyspace.clone().unwrap_or(config.cassandra.keyspace);
            cassandra::run(apply(&config, &keyspace, &wait))
        }
        SchemaCommand::Check(wait) => cassandra::run(check(&config, &wait)),
    }
}

fn print_all(arguments: &KeyspaceArguments, config: &Config) -> Result<(), Failure> {
    let name = arguments.keyspace.as_ref().unwrap_or(&config.cassandra.keyspace);
    let replication = arguments.replication(config, || vec![USUAL_DATACENTER.to_owned()]);
    // Whether there is more than one node is not known here; whoever places copies has several.
    cassandra::warn(&keyspace::warnings(&replication.map(), 2))?;
    print::answer(&schema::print(name, &replication, arguments.gc_grace_seconds))
}

async fn apply(
    config: &Config,
    arguments: &KeyspaceArguments,
    wait: &WaitArguments,
) -> Result<(), Failure> {
    let link = cassandra::connect(config, wait).await?;
    let replication = arguments.replication(config, || datacenters(&link));
    let applied = schema::apply(&link, &replication, arguments.gc_grace_seconds).await;
    let applied = applied.map_err(|error| failure(&error))?;
    cassandra::warn(&applied.warnings)?;
    let name = &link.keyspace;
    if applied.steps.is_empty() {
        return print::answer(&format!("keyspace {name} is complete, nothing was changed\n"));
    }
    let steps: Vec<_> = applied.steps.iter().map(|step| format!("made {step}\n")).collect();
    print::answer(&format!("{}keyspace {name} is complete\n", steps.concat()))
}

async fn check(config: &Config, wait: &WaitArguments) -> Result<(), Failure> {
    let link = cassandra::connect(config, wait).await?;
    schema::insist(&link).await.map_err(|error| failure(&error))?;
    cassandra::warn(&schema::replication_warnings(&link).await.map_err(|error| failure(&error))?)?;
    print::answer(&format!("keyspace {} is complete\n", link.keyspace))
}

impl KeyspaceArguments {
    fn replication(
        &self,
        config: &Config,
        all_datacenters: impl FnOnce() -> Vec<String>,
    ) -> Replication {
        let configured = &config.cassandra.datacenter;
        let datacenters = match self.datacenter.as_slice() {
            [] if configured.is_empty() => all_datacenters(),
            [] => vec![configured.clone()],
            named => named.to_vec(),
        };
        let class = match self.replication_class {
            Class::Simple => ReplicationClass::Simple,
            Class::NetworkTopology => ReplicationClass::NetworkTopology,
        };
        Replication { class, factor: self.replication_factor, datacenters }
    }
}

/// The data centres that the ring has.
fn datacenters(link: &Link) -> Vec<String> {
    let cluster = link.driver.get_cluster_state();
    let names = cluster.get_nodes_info().iter().filter_map(|node| node.datacenter.clone());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

fn failure(error: &SchemaError) -> Failure {
    Failure::Store(Chain(error).to_string())
}
