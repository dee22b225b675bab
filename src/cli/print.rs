//! The one place where the program speaks to a terminal.

use crate::cli::Failure;
use std::io::Write;

/// Writes an answer to the standard output.
pub fn answer(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    written.map_err(|error| Failure::Other(format!("the output cannot be written: {error}")))
}

/// Writes to the standard error what is no part of the answer.
pub fn note(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stderr().lock();
    let written = writeln!(output, "{text}");
    written.map_err(|error| Failure::Other(format!("the output cannot be written: {error}")))
}

/// Writes to the standard error what went wrong.
#[expect(clippy::print_stderr, reason = "the shell of the command line is made for it")]
pub fn complain(failure: &Failure) {
    eprintln!("{failure}");
}
