//! `holdfast contact`: what is kept of a person, and its end, as the agent API tells it.

use crate::cli::sources::SourceArguments;
use crate::cli::talk::account::AccountArguments;
use crate::cli::talk::http::{Server, Trouble};
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
    let (ContactCommand::Export(arguments) | ContactCommand::Erase(arguments)) = command;
    let ContactArguments { id, account } = arguments;
    let password = account.password(sources)?;
    let server = account.server()?;
    let by = (&*account.name, &*password);
    input::run(async {
        let answer = match command {
            ContactCommand::Export(_) => export(&server, id, by).await.map_err(failure)?,
            ContactCommand::Erase(_) => {
                let proof = server.erase_contact(id, by).await.map_err(failure)?;
                String::from_utf8_lossy(&proof).into_owned()
            }
        };
        print::answer(&(answer + "\n"))
    })
}

/// All pages as one document.
async fn export(server: &Server, id: &str, by: (&str, &str)) -> Result<String, Trouble> {
    let mut whole = server.export_contact((id, None), by).await?;
    while let Some(next) = whole.as_object_mut().and_then(|page| page.remove("next")) {
        let mut page = server.export_contact((id, next.as_str()), by).await?;
        if let (Some(records), Some(more)) =
            (whole["records"].as_array_mut(), page["records"].as_array_mut())
        {
            records.append(more);
        }
        if let Some(next) = page.get_mut("next") {
            whole["next"] = next.take();
        }
    }
    Ok(whole.to_string())
}
