//! `holdfast config`: the options there are, and the values in effect.

use crate::cli::sources::SourceArguments;
use crate::cli::{Failure, print};
use crate::config::{reference, show, show_with_origins};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the values in effect; secrets are masked
    Show {
        /// Say where each value came from
        #[arg(long)]
        origin: bool,
    },
    /// Print the option reference, in Markdown
    Doc,
}

/// Prints what was asked for.
pub fn config(command: &ConfigCommand, sources: SourceArguments) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show { origin: true } => print::answer(&show_with_origins(&sources.read()?)),
        ConfigCommand::Show { origin: false } => print::answer(&show(&sources.read()?)),
        ConfigCommand::Doc => print::answer(&reference()),
    }
}
