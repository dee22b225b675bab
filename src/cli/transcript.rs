//! `holdfast transcript`: shows what was said in a chat, as the agent API tells it.

use crate::cli::sources::SourceArguments;
use crate::cli::talk::account::AccountArguments;
use crate::cli::talk::http::Trouble;
use crate::cli::talk::input;
use crate::cli::{Failure, print};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct TranscriptArguments {
    /// Id of the chat
    pub id: String,
    /// The form to show it in
    #[arg(long = "as", value_enum, default_value = "text")]
    pub form: TranscriptForm,
    #[command(flatten)]
    pub account: AccountArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TranscriptForm {
    Xml,
    Json,
    Text,
}

impl TranscriptForm {
    fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

/// Prints the transcript of a chat.
pub fn transcript(
    arguments: &TranscriptArguments,
    sources: SourceArguments,
) -> Result<(), Failure> {
    let TranscriptArguments { id, form, account } = arguments;
    let password = account.password(sources)?;
    let server = account.server()?;
    input::run(async {
        let ticket = server.ticket(&account.name, &password).await.map_err(failure)?;
        let found = server.transcript(id, form.name(), &ticket).await.map_err(failure)?;
        let document = found.ok_or_else(|| Failure::Other(format!("there is no chat {id}")))?;
        let mut document = String::from_utf8_lossy(&document).into_owned();
        if !document.ends_with('\n') {
            document.push('\n');
        }
        print::answer(&document)
    })
}

/// What the shell is told of it.
pub fn failure(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Unreachable(text) | Trouble::NotNow(text) => Failure::Network(text),
        Trouble::Refused(text) | Trouble::Ended(text) => Failure::Other(text),
    }
}
