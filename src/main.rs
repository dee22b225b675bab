//! The program: reads its arguments, does what they say, and tells the shell how it went.

use clap::Parser;
use holdfast::cli::{Arguments, print};
use std::process::ExitCode;

fn main() -> ExitCode {
    match Arguments::parse().perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::complain(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
