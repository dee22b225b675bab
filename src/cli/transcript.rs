//! `holdfast transcript`: shows what was said in a chat, from the store of this node.

use crate::cli::Failure;
use crate::config::Loaded;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct TranscriptArguments {
    /// Id of the chat
    pub id: String,
    /// The form to show it in
    #[arg(long = "as", value_enum, default_value = "text")]
    pub form: TranscriptForm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TranscriptForm {
    Xml,
    Json,
    Text,
}

/// Prints the transcript of a chat.
pub fn transcript(arguments: &TranscriptArguments, _: &Loaded) -> Result<(), Failure> {
    Err(Failure::Other(format!("transcript is not built yet: {} was not read", arguments.id)))
}
