//! A workflow file that is named on the command line.

use crate::cli::Failure;
use crate::workflow::Process;
use crate::workflow::strategy::{DEFAULT, Finding, Reading};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct FileArguments {
    /// The file [otherwise the one that is shipped]
    pub file: Option<PathBuf>,
}

impl FileArguments {
    /// Fails if there is no such file; what is wrong with it stands in the reading.
    pub fn read(&self) -> Result<Reading, Failure> {
        let Some(path) = &self.file else { return Ok(Process::read(DEFAULT)) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", self.shown())))?;
        Ok(Process::read(&text))
    }

    /// Fails with all faults.
    pub fn insist(&self, reading: &Reading) -> Result<(), Failure> {
        let faults: Vec<String> = reading.faults().map(|fault| self.tell(fault)).collect();
        if faults.is_empty() { Ok(()) } else { Err(Failure::Process(faults.join("\n"))) }
    }

    /// A finding, with the name of the file before it.
    pub fn tell(&self, finding: &Finding) -> String {
        format!("{}:{finding}", self.shown())
    }

    fn shown(&self) -> String {
        self.file.as_ref().map_or("default.toml".into(), |path| path.display().to_string())
    }
}
