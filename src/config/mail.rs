//! `[mail]`: the server through which transcripts are sent.

use crate::config::field::Choice;
use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone)]
pub struct MailSection {
    /// `server`
    pub server: String,
    /// `port`
    pub port: u64,
    /// `tls`
    pub tls: MailTls,
    /// `trusted-folder`
    pub trusted_folder: Option<PathBuf>,
    /// `account`
    pub account: String,
    /// `password`
    pub password: Secret,
    /// `from`
    pub from: String,
    /// `subject`
    pub subject: String,
    /// `timeout`
    pub timeout: Duration,
}

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailTls {
    /// It begins in the clear and is encrypted before anything is said; a server that cannot is refused.
    #[default]
    StartTls,
    /// From the first byte.
    Implicit,
    None,
}

impl Choice for MailTls {
    const WORDS: &'static [(&'static str, Self)] =
        &[("starttls", Self::StartTls), ("implicit", Self::Implicit), ("none", Self::None)];
}

impl Default for MailSection {
    fn default() -> Self {
        Self {
            server: String::new(),
            port: 587,
            tls: MailTls::StartTls,
            trusted_folder: None,
            account: String::new(),
            password: Secret::default(),
            from: String::new(),
            subject: "Your chat".to_owned(),
            timeout: Duration::from_secs(20),
        }
    }
}

impl Section for MailSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "server",
            |s: &mut Self| &mut s.server,
            "The SMTP server that takes mail for everybody, by the name in its certificate. Empty: nothing is \
             sent, and `send-transcript` blocks fail.",
        ),
        Opt::new(
            "port",
            |s: &mut Self| &mut s.port,
            "587 is usual with `starttls`, 465 with `implicit`.",
        )
        .within(1, 65_535),
        Opt::new(
            "tls",
            |s: &mut Self| &mut s.tls,
            "`starttls`: encrypted before anything is said, or not at all sent; `implicit`: from the first \
             byte, the better choice over foreign networks; `none`: in the clear, with a warning at start.",
        ),
        Opt::new(
            "trusted-folder",
            |s: &mut Self| &mut s.trusted_folder,
            "Folder of the certificates that the server's is checked against; without it, what the system \
             trusts.",
        ),
        Opt::new("account", |s: &mut Self| &mut s.account, "Name to log in with; empty: without."),
        Opt::new("password", |s: &mut Self| &mut s.password, "Of the `account`."),
        Opt::new(
            "from",
            |s: &mut Self| &mut s.from,
            "Who sends, as `Support <support@example.com>`. Its domain is that of the message ids.",
        ),
        Opt::new("subject", |s: &mut Self| &mut s.subject, "Of mails with a transcript."),
        Opt::new("timeout", |s: &mut Self| &mut s.timeout, "For one attempt.").within(1, 120),
    ];
}
