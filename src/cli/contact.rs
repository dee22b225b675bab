//! `holdfast contact`: what is kept of a person, and its end, as the agent API tells it.

use crate::cli::sources::SourceArguments;
use crate::cli::talk::account::AccountArguments;
use crate::cli::talk::http::Deed;
use crate::cli::talk::input;
use crate::cli::transcript::failure;
use crate::cli::{Failure, print};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ContactCommand {
    /// Show everything that is kept of a person, as one JSON document
    Export(ContactArguments),
    /// Erase a person for ever, and show the proof of it
    Erase(ContactArguments),
}

#[derive(Debug, Args)]
pub struct ContactArguments {
    /// Id of the contact; those that are one with it are meant as well
    pub id: String,
    /// The account must be that of a supervisor
    #[command(flatten)]
    pub account: AccountArguments,
}

/// Asks a node for it and prints its answer.
pub fn contact(command: &ContactCommand, sources: SourceArguments) -> Result<(), Failure> {
    let (deed, ContactArguments { id, account }) = match command {
        ContactCommand::Export(arguments) => (Deed::Export, arguments),
        ContactCommand::Erase(arguments) => (Deed::Erase, arguments),
    };
    let password = account.password(sources)?;
    let server = account.server()?;
    input::run(async {
        let ticket = server.ticket(&account.name, &password).await.map_err(failure)?;
        let answer = server.about_contact(deed, id, &ticket).await.map_err(failure)?;
        print::answer(&(String::from_utf8_lossy(&answer).into_owned() + "\n"))
    })
}
