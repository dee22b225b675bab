//! The one program of integration tests.
#![expect(clippy::unwrap_used, reason = "tests")]

mod command_line;
mod options;
mod supervision;
mod tidy;
