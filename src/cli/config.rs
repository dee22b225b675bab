//! `holdfast config`: the options there are, and the values in effect.

use crate::cli::sources::SourceArguments;
use crate::cli::{Failure, print};
use crate::config::{Loaded, reference, show, show_with_origins};
use crate::node::scopes::{self, Held};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the values in effect; secrets are masked
    Show {
        /// Say where each value came from
        #[arg(long)]
        origin: bool,
        /// Only what holds for this agent, whoever says it: he, his place, a group, his tenant, all
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
        /// Where the agent sits
        #[arg(long, value_name = "PLACE", requires = "agent")]
        place: Option<String>,
    },
    /// Print the option reference, in Markdown
    Doc,
}

/// Prints what was asked for.
pub fn config(command: &ConfigCommand, sources: SourceArguments) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show { origin, agent: Some(agent), place } => {
            let held = held_for(&sources.read()?, agent, place.as_deref())?;
            let lines = held.iter().map(if *origin { line_with_origin } else { line });
            print::answer(&lines.collect::<String>())
        }
        ConfigCommand::Show { origin: true, agent: None, .. } => {
            print::answer(&show_with_origins(&sources.read()?))
        }
        ConfigCommand::Show { origin: false, agent: None, .. } => {
            print::answer(&show(&sources.read()?))
        }
        ConfigCommand::Doc => print::answer(&reference()),
    }
}

fn held_for(loaded: &Loaded, agent: &str, place: Option<&str>) -> Result<Vec<Held>, Failure> {
    let no_account = || Failure::Usage(format!("no account '{agent}' is configured"));
    scopes::held_for(loaded, agent, place).ok_or_else(no_account)
}

fn line(Held { name, value, .. }: &Held) -> String {
    format!("{name} = {value}\n")
}

fn line_with_origin(Held { name, value, said_by }: &Held) -> String {
    format!("{name} = {value}  # {said_by}\n")
}
