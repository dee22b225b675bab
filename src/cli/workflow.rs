//! `holdfast workflow`: checks, draws and explains the files in which a contact centre writes how its
//! interactions are handled.

use crate::cli::what_if::{self, RecordArguments, ReplayArguments};
use crate::cli::workflow_file::FileArguments;
use crate::cli::{Failure, print};
use crate::workflow::rehearsal::rehearse;
use crate::workflow::strategy::{self, DEFAULT, Process, Severity};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum WorkflowCommand {
    /// Tell everything that is wrong with a file, and what will surprise
    Check(FileArguments),
    /// Print a file as a diagram, in the language of Mermaid
    Draw(FileArguments),
    /// Play a script of what happens to an interaction, and print what a strategy wishes then
    Try(TryArguments),
    /// Print a day, made from what nodes have recorded
    Record(RecordArguments),
    /// Live a recorded day through with a changed strategy, and compare
    Replay(ReplayArguments),
    /// Print the file that is shipped, to begin with
    Default,
    /// Print the JSON schema of such files, for editors that check while one writes
    Schema,
}

#[derive(Debug, Args)]
pub struct TryArguments {
    /// The strategy
    pub strategy: String,
    /// The script [otherwise the standard input]; docs/workflow.md shows how it is written
    pub script: Option<PathBuf>,
    /// The file of the strategy [otherwise the one that is shipped]
    #[arg(long)]
    pub file: Option<PathBuf>,
}

pub fn workflow(command: &WorkflowCommand) -> Result<(), Failure> {
    match command {
        WorkflowCommand::Check(arguments) => check(arguments),
        WorkflowCommand::Draw(arguments) => draw(arguments),
        WorkflowCommand::Try(arguments) => play(arguments),
        WorkflowCommand::Record(arguments) => what_if::record_day(arguments),
        WorkflowCommand::Replay(arguments) => what_if::replay(arguments),
        WorkflowCommand::Default => print::answer(DEFAULT),
        WorkflowCommand::Schema => print::answer(&strategy::schema_text()),
    }
}

fn check(arguments: &FileArguments) -> Result<(), Failure> {
    let reading = arguments.read()?;
    let warnings = reading.findings.iter().filter(|one| one.severity == Severity::Warning);
    for warning in warnings {
        print::note(&arguments.tell(warning))?;
    }
    arguments.insist(&reading)?;
    print::answer(&summary(&reading.process))
}

fn draw(arguments: &FileArguments) -> Result<(), Failure> {
    let reading = arguments.read()?;
    arguments.insist(&reading)?;
    print::answer(&strategy::mermaid(&reading.process))
}

/// Prints every line with what is wished, and fails if one says otherwise.
fn play(arguments: &TryArguments) -> Result<(), Failure> {
    let file = FileArguments { file: arguments.file.clone() };
    let reading = file.read()?;
    file.insist(&reading)?;
    let script = match &arguments.script {
        Some(path) => std::fs::read_to_string(path),
        None => std::io::read_to_string(std::io::stdin()),
    };
    let script =
        script.map_err(|error| Failure::Usage(format!("the script cannot be read: {error}")))?;
    let played = rehearse(&reading.process, &arguments.strategy, &script)
        .map_err(|unplayable| Failure::Usage(unplayable.to_string()))?;
    let mut n_otherwise = 0;
    for line in &played {
        print::answer(&format!("{} => {}\n", line.event, line.wished))?;
        if let Some(expected) = &line.expected {
            n_otherwise += 1;
            print::note(&format!("line {}: expected {expected}", line.number))?;
        }
    }
    if n_otherwise == 0 {
        return Ok(());
    }
    Err(Failure::Other(format!("{n_otherwise} of {} lines went otherwise", played.len())))
}

fn summary(process: &Process) -> String {
    let n_blocks: usize = process.strategies.values().map(|one| one.blocks.len()).sum();
    format!(
        "ok: {} queues, {} workbins, {} strategies with {n_blocks} blocks\n",
        process.queues.len(),
        process.workbins.len(),
        process.strategies.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_file_is_told_at_once_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flow.toml");
        std::fs::write(&file, FAULTY).unwrap();
        let arguments = FileArguments { file: Some(file) };

        let told = check(&arguments).unwrap_err().to_string();

        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 3, "{told}");
        assert!(lines[0].contains("flow.toml:4: strategies.a.blocks.b: "), "{told}");
        assert!(lines[1].contains("flow.toml:5: strategies.a.blocks.c: "), "{told}");
        assert!(lines[2].contains("flow.toml:6: strategies.a.blocks.d: "), "{told}");
    }

    const FAULTY: &str = "\
[strategies.a]
start = \"b\"
[strategies.a.blocks]
b = { do = \"queue\" }
c = { do = \"wait\", seconds = { expr = \"1 +\" }, next = \"b\" }
d = { do = \"dance\" }
";
}
