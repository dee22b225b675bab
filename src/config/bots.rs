//! `[bots.<id>]`: the bots that workflows and agents may bring into a chat; `[bot-gateway]`: what holds
//! for all of them.

use crate::config::field::Choice;
use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone)]
pub struct BotSection {
    /// `url`
    pub url: String,
    /// `secret`
    pub secret: Secret,
    /// `sample`
    pub sample: Sample,
    /// `nickname`
    pub nickname: String,
    /// `timeout`
    pub timeout: Duration,
    /// `attempts`
    pub attempts: u64,
    /// `retry-delay`
    pub retry_delay: Duration,
}

/// A bot that this program itself plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sample {
    #[default]
    None,
    Echo,
    Greeter,
}

impl Choice for Sample {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("echo", Self::Echo), ("greeter", Self::Greeter)];
}

impl Default for BotSection {
    fn default() -> Self {
        Self {
            url: String::new(),
            secret: Secret::default(),
            sample: Sample::None,
            nickname: String::new(),
            timeout: Duration::from_secs(10),
            attempts: 5,
            retry_delay: Duration::from_secs(1),
        }
    }
}

#[derive(Clone, Default)]
pub struct BotGateway {
    /// `report-file`
    pub report_file: Option<PathBuf>,
}

impl Section for BotSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "url",
            |s: &mut Self| &mut s.url,
            "Where the bot is told what happens, and answers (docs/api/bots.md). Any host: it is the \
             operator's word. Plain http is used with a warning at start. Redirections are not \
             followed.",
        ),
        Opt::new(
            "secret",
            |s: &mut Self| &mut s.secret,
            "What each request is signed with, at least 16 characters.",
        ),
        Opt::new(
            "sample",
            |s: &mut Self| &mut s.sample,
            "A bot that this program plays itself, in place of a `url`: `echo` says what the customer \
             said, `greeter` greets, hands over when it is told `agent`, and leaves when it is told \
             `bye`.",
        ),
        Opt::new(
            "nickname",
            |s: &mut Self| &mut s.nickname,
            "What people see of it, unless its workflow says otherwise; empty: its id.",
        ),
        Opt::new("timeout", |s: &mut Self| &mut s.timeout, "For one answer.").within(1, 60),
        Opt::new(
            "attempts",
            |s: &mut Self| &mut s.attempts,
            "How often the same is told to one that does not answer. After the last time it has left \
             the chat.",
        )
        .within(1, 20),
        Opt::new(
            "retry-delay",
            |s: &mut Self| &mut s.retry_delay,
            "Before the second attempt; doubled before each further one, up to 30 seconds.",
        )
        .within(1, 30),
    ];
}

impl Section for BotGateway {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "report-file",
        |s: &mut Self| &mut s.report_file,
        "Gets a line of JSON for each bot's work in a chat when it has ended, and for each that a chat \
         refused (docs/api/bots.md). It is opened for each line, so it may be moved away.",
    )];
}
