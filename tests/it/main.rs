//! The one program of integration tests.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod command_line;
mod delivery;
mod options;
mod rest;
mod supervision;
mod support;
mod tidy;
