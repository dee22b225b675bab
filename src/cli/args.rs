//! The words of the command line, and which file carries each command out.

use crate::cli::centre::CentreArguments;
use crate::cli::config::ConfigCommand;
use crate::cli::contact::ContactCommand;
use crate::cli::drain::{DrainArguments, NodeArguments, StatusArguments};
use crate::cli::push_sink::PushSinkArguments;
use crate::cli::schema::SchemaCommand;
use crate::cli::sources::SourceArguments;
use crate::cli::sweep::SweepArguments;
use crate::cli::talk::TalkArguments;
use crate::cli::torture::TortureArguments;
use crate::cli::transcript::TranscriptArguments;
use crate::cli::why::WhyArguments;
use crate::cli::workflow::WorkflowCommand;
use crate::cli::{
    Failure, about, centre, check_config, config, contact, drain, hash_password, push_sink, schema,
    serve, sweep, talk, torture, transcript, why, workflow,
};
use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// The chat server that never drops a conversation
#[derive(Debug, Parser)]
#[command(name = "holdfast", version)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: SourceArguments,
    /// Without a command: serve
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node until it is told to stop
    Serve,
    /// Look for every fault of the configuration, and whether this machine can run it
    CheckConfig,
    /// Show options and their values
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Chat in this terminal, over the public APIs
    #[command(subcommand)]
    Talk(TalkArguments),
    /// Show what was said in a chat
    Transcript(TranscriptArguments),
    /// Export or erase what is kept of a person
    #[command(subcommand)]
    Contact(ContactCommand),
    /// Show, make or check the tables in Cassandra
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// List what nobody ever closed in Cassandra
    Sweep(SweepArguments),
    /// Show the nodes of the cluster, as one of them sees them
    Status(StatusArguments),
    /// Tell a node to hand its chats over and end
    Drain(DrainArguments),
    /// Take a drain back
    Undrain(NodeArguments),
    /// Load servers over the public APIs, and check that they keep their promises
    Torture(Box<TortureArguments>),
    /// Run a scripted contact centre over the public APIs, and judge everything that was seen
    Centre(Box<CentreArguments>),
    /// Say where an interaction is and what keeps each agent from it; as a supervisor
    Why(WhyArguments),
    /// Receive pushes and print them, to develop a receiver or to try one's absence
    PushSink(PushSinkArguments),
    /// Check and draw the files that say how interactions are handled
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Turn a password, read from the standard input, into a value for password-hash
    HashPassword,
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print what this program was built from
    Version,
}

impl Arguments {
    /// Carries the command out.
    pub fn perform(self) -> Result<(), Failure> {
        let sources = self.sources;
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::serve(&sources.read()?),
            Command::CheckConfig => check_config::check_config(&sources.into_sources()),
            Command::Config(command) => config::config(&command, sources),
            Command::Talk(arguments) => talk::talk(arguments, sources),
            Command::Transcript(arguments) => transcript::transcript(&arguments, sources),
            Command::Contact(command) => contact::contact(&command, sources),
            Command::Schema(command) => schema::schema(command, sources),
            Command::Sweep(arguments) => sweep::sweep(&arguments, sources),
            Command::Status(arguments) => drain::status(&arguments, sources),
            Command::Drain(arguments) => drain::drain(&arguments, sources),
            Command::Undrain(arguments) => drain::undrain(&arguments, sources),
            Command::Torture(arguments) => torture::torture(*arguments),
            Command::Centre(arguments) => centre::centre(*arguments),
            Command::Why(arguments) => why::why(&arguments, sources),
            Command::PushSink(arguments) => push_sink::push_sink(&arguments),
            Command::Workflow(command) => workflow::workflow(&command),
            Command::HashPassword => hash_password::hash_password(),
            Command::Completions { shell } => about::completions(shell),
            Command::Version => about::version(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense_to_its_reader() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn named_flags_are_settings_like_others() {
        let line = ["holdfast", "--set", "log.format=json", "serve", "--log-level", "debug"];
        let arguments = Arguments::try_parse_from(line).unwrap();

        let config = arguments.sources.read().ok().unwrap().config;

        assert_eq!(config.log.level, "debug");
        assert_eq!(config.log.format, crate::config::LogFormat::Json);
    }
}
