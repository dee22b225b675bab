//! The command line: what can be asked of the program, in one file for each command.
//!
//! Answers go to the standard output, everything else to the standard error. Exit codes: 2 for a
//! command that cannot be understood, 3 for the configuration, the
//! certificates that it names and workflow files, 4 for the store, 5 for the network,
//! 1 for the rest.

pub mod about;
pub mod args;
pub mod cassandra;
pub mod centre;
pub mod check_config;
pub mod config;
pub mod contact;
pub mod drain;
pub mod failure;
pub mod hash_password;
pub mod print;
pub mod push_sink;
pub mod schema;
pub mod serve;
pub mod sources;
pub mod sweep;
pub mod talk;
pub mod torture;
pub mod transcript;
pub mod what_if;
pub mod why;
pub mod workflow;
pub mod workflow_file;

pub use args::{Arguments, Command};
pub use failure::Failure;
