//! What the program says of itself: its version, and completions for a shell.

use crate::cli::{Arguments, Failure, print};
use clap::CommandFactory;
use clap_complete::Shell;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit this was built from, if whoever built it said so.
pub const REVISION: &str = match option_env!("HOLDFAST_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};

/// The compiler this was built with, if whoever built it said so.
pub const RUSTC: &str = match option_env!("HOLDFAST_RUSTC") {
    Some(rustc) => rustc,
    None => "unknown",
};

pub fn version() -> Result<(), Failure> {
    print::answer(&format!("holdfast {VERSION}\nrevision {REVISION}\nrustc {RUSTC}\n"))
}

pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "holdfast", &mut script);
    print::answer(&String::from_utf8_lossy(&script))
}
