//! What many customers cost who hold connections or ask again and again: memory, polls, messages and
//! how soon they arrive, all of them coming back at once, and the guide's load cells.
//! `benches/README.md` says how to read the figures and keeps those of the last run.
//!
//! The node is a process of its own on one core, this program is on another. Without an argument all is
//! measured but the cells; a part is measured alone by its name (`cargo bench --bench connections --
//! storm`). Run as a test (`cargo test --bench connections`), it does all of it with a handful of
//! customers, and shows that what it measures with works.

#![expect(clippy::unwrap_used, reason = "a measurement that goes wrong has to stop")]
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

#[path = "../apart/mod.rs"]
mod apart;
mod cells;
mod client;
mod crowd;
mod desk;
mod ears;
mod idle;
mod node;
mod poll;
mod rate;
mod rest;
mod storm;
mod watch;
mod wire;

use apart::program;
use std::time::Duration;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Customers whose memory is measured, beside a tenth who come before.
    pub n_idle: usize,
    /// Customers who are connected while messages are sent.
    pub n_connected: &'static [usize],
    /// For how long each rate is tried, and each kind of poll measured.
    pub span: Duration,
    /// The first rate that is tried.
    pub first_rate: f64,
    /// Customers who come back at once.
    pub n_storm: usize,
    /// How long a chat of a cell takes, which is also how long a cell is measured.
    pub chat: Duration,
    /// Of each cell so much is done.
    pub share: f64,
}

/// What can be measured, and asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Idle,
    Poll,
    Rate,
    Storm,
    Cells,
}

const PARTS: [Part; 5] = [Part::Idle, Part::Poll, Part::Rate, Part::Storm, Part::Cells];

const WHOLE: Size = Size {
    n_idle: 4_000,
    n_connected: &[1_000, 5_000, 10_000],
    span: Duration::from_secs(3),
    first_rate: 500.0,
    n_storm: 10_000,
    chat: Duration::from_secs(35),
    share: 1.0,
};

const TINY: Size = Size {
    n_idle: 20,
    n_connected: &[6],
    span: Duration::from_millis(200),
    first_rate: 20.0,
    n_storm: 10,
    chat: Duration::from_secs(1),
    share: 0.004,
};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let is_whole = is_asked("--bench");
    if is_whole {
        program::pin(std::process::id(), program::OWN_CORE);
    }
    let size = if is_whole { WHOLE } else { TINY };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let parts: Vec<Part> = PARTS.into_iter().filter(|part| is_asked(part.name())).collect();
    let parts = match (parts.is_empty(), is_whole) {
        (false, _) => parts,
        (true, true) => PARTS.into_iter().filter(|part| *part != Part::Cells).collect(),
        (true, false) => PARTS.to_vec(),
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        for part in parts {
            part.measure(size).await;
        }
    });
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Poll => "poll",
            Self::Rate => "rate",
            Self::Storm => "storm",
            Self::Cells => "cells",
        }
    }

    async fn measure(self, size: Size) {
        match self {
            Self::Idle => idle::measure(size).await,
            Self::Poll => poll::measure(size).await,
            Self::Rate => rate::measure(size).await,
            Self::Storm => storm::measure(size).await,
            Self::Cells => cells::measure(size).await,
        }
    }
}
