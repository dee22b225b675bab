//! `[log]`: what the node writes about itself.

use crate::config::field::Choice;
use crate::config::spec::{Opt, Section};

#[derive(Clone)]
pub struct LogSection {
    /// `level`
    pub level: String,
    /// `format`
    pub format: LogFormat,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".into(), format: LogFormat::Text }
    }
}

impl Choice for LogFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Section for LogSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "level",
            |s: &mut Self| &mut s.level,
            "`error`, `warn`, `info`, `debug` or `trace`; also per part, as \
             `info,holdfast::chat=debug`.",
        ),
        Opt::new("format", |s: &mut Self| &mut s.format, "Lines for people or for machines."),
    ];
}
