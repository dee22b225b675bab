//! Why certificates or keys cannot be used. Each text names the file and says what to do.

use rustls::client::VerifierBuilderError;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("failed to read {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} {what}; {remedy}")]
    Content { path: PathBuf, what: String, remedy: String },
    #[error("[{section}] {option} {what}")]
    Option { section: String, option: &'static str, what: String },
    #[error("failed to make a configuration of TLS")]
    Build(#[source] rustls::Error),
    #[error("failed to make a verifier of certificates")]
    Verifier(#[source] VerifierBuilderError),
}

impl TlsError {
    pub(super) fn content(path: &Path, what: impl Into<String>, remedy: &str) -> Self {
        Self::Content { path: path.to_owned(), what: what.into(), remedy: remedy.to_owned() }
    }
}
