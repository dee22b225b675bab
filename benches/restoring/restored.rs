//! One restoration, step by step.

use crate::RESTORE;
use crate::owner::Owner;
use crate::spread::spread;
use holdfast::interaction::Domain;
use holdfast::owned::Thing;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Times in milliseconds, sizes in megabytes.
pub struct Restored {
    n_events: f64,
    stored: f64,
    read: f64,
    folded: f64,
    sealed: f64,
    grown: f64,
    most: f64,
}

/// Restores the domain of a data folder in a process of its own.
pub fn in_a_process(folder: &Path) -> Restored {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).arg(RESTORE).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Restored::of_line(&String::from_utf8(output.stdout).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a measurement measures")]
pub async fn measure(folder: &Path) -> Restored {
    let stored = fs::metadata(folder.join("holdfast.db")).unwrap().len();
    let owner = Owner::claim(folder).await;
    let before = memory("RssAnon:");
    let begun = Instant::now();
    let history = owner.read().await;
    let read = begun.elapsed();
    let n_events = history.events.len();
    let header = history.header.map(|header| header.snapshot);
    let (domain, room) = Domain::replay(header, history.events);
    let folded = begun.elapsed() - read;
    owner.seal(&domain, domain.snapshot(&room)).await;
    let sealed = begun.elapsed() - read - folded;
    assert_eq!(domain.interactions().count(), 10_000);
    let millis = |span: std::time::Duration| span.as_secs_f64() * 1e3;
    Restored {
        n_events: float(n_events as u64),
        stored: float(stored) / 1e6,
        read: millis(read),
        folded: millis(folded),
        sealed: millis(sealed),
        grown: memory("RssAnon:") - before,
        most: memory("VmHWM:"),
    }
}

impl Restored {
    /// From one process to the other.
    pub fn line(&self) -> String {
        self.figures().map(|figure| figure.to_string()).join(" ")
    }

    fn of_line(line: &str) -> Self {
        let figures: Vec<f64> =
            line.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
        let [n_events, stored, read, folded, sealed, grown, most] = figures[..] else {
            panic!("not the figures of a restoration: {line}")
        };
        Self { n_events, stored, read, folded, sealed, grown, most }
    }

    fn figures(&self) -> [f64; 7] {
        let Self { n_events, stored, read, folded, sealed, grown, most } = *self;
        [n_events, stored, read, folded, sealed, grown, most]
    }

    fn all(&self) -> f64 {
        self.read + self.folded + self.sealed
    }

    /// The rest of a row of the table, after its name.
    pub fn row(rounds: &[Self]) -> String {
        let of = |figure: fn(&Self) -> f64| spread(rounds.iter().map(figure), 0);
        let Self { n_events, stored, .. } = rounds[0];
        let times = [of(|one| one.read), of(|one| one.folded), of(|one| one.sealed)].join(" | ");
        let (all, grown, most) = (of(Self::all), of(|one| one.grown), of(|one| one.most));
        format!("{n_events} | {stored:.0} | {times} | {all} | {grown} | {most} |")
    }
}

/// Of this process, in megabytes.
fn memory(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}
