//! The program: reads its arguments, does what they say, and tells the shell how it went.

use clap::Parser;
use holdfast::cli::{Arguments, print};
use holdfast::tls::install_provider;
use std::process::ExitCode;

fn main() -> ExitCode {
    install_provider();
    match Arguments::parse().perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::complain(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
