//! Why a command failed, and what the shell is told about it.

use crate::config::Faults;

/// The end of a command that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Every fault of the configuration, one a line.
    #[error("{0}")]
    Config(#[from] Faults),
    /// Certificates and keys that the configuration names.
    #[error("{0}")]
    Certificates(String),
    /// Every fault of a workflow file, one a line.
    #[error("{0}")]
    Process(String),
    /// Files of standard responses.
    #[error("{0}")]
    Responses(String),
    #[error("{0}")]
    Store(String),
    #[error("{0}")]
    Network(String),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Config(_) | Self::Certificates(_) | Self::Process(_) | Self::Responses(_) => 3,
            Self::Store(_) => 4,
            Self::Network(_) => 5,
            Self::Other(_) => 1,
        }
    }
}
