//! `holdfast why`: says where an interaction is, and what keeps each agent from it.

use crate::cli::sources::SourceArguments;
use crate::cli::talk::account::AccountArguments;
use crate::cli::talk::input;
use crate::cli::transcript::failure;
use crate::cli::{Failure, print};
use clap::Args;

#[derive(Debug, Args)]
pub struct WhyArguments {
    /// Id of the interaction; that of a chat is the chat's
    pub id: String,
    // One of a supervisor.
    #[command(flatten)]
    pub account: AccountArguments,
}

/// Prints the explanation.
pub fn why(arguments: &WhyArguments, sources: SourceArguments) -> Result<(), Failure> {
    let WhyArguments { id, account } = arguments;
    let password = account.password(sources)?;
    let server = account.server()?;
    input::run(async {
        let ticket = server.ticket(&account.name, &password).await.map_err(failure)?;
        let found = server.why(id, &ticket).await.map_err(failure)?;
        let text = found.ok_or_else(|| Failure::Other(format!("there is no interaction {id}")))?;
        print::answer(&String::from_utf8_lossy(&text))
    })
}
