//! What is told at the end: as JSON for machines, and as a few lines for people. Pure.

use crate::cli::torture::check::plant::{Plant, Rehearsal};
use crate::cli::torture::check::{Book, Check, History};
use crate::cli::torture::figures::{Figures, PhaseFigures, seconds};
use crate::cli::torture::phase::{Phase, Phases};
use serde_json::{Value, json};
use std::fmt::Write;

pub struct Report {
    pub seed: u64,
    pub minutes: f64,
    pub n_sessions: u32,
    pub n_agents: u32,
    pub book: Book,
    pub figures: Figures,
    pub phases: Phases,
    pub notes: Vec<String>,
    pub alarms: Vec<String>,
    pub rehearsed: Vec<(Plant, Rehearsal)>,
    pub planted: Vec<Plant>,
    pub words: Words,
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub n_histories: usize,
    pub n_planned: usize,
    pub n_sent: usize,
    pub n_acked: usize,
}

impl Words {
    pub fn of(histories: &[History]) -> Self {
        let words = || histories.iter().flat_map(|history| &history.words);
        Self {
            n_histories: histories.len(),
            n_planned: words().count(),
            n_sent: words().filter(|word| word.sent.is_some()).count(),
            n_acked: words().filter(|word| word.acked.is_some()).count(),
        }
    }
}

impl Report {
    /// Whether everything holds, and the rules would have noticed if it did not.
    pub fn holds(&self) -> bool {
        let is_blind = self.rehearsed.iter().any(|(_, how)| *how == Rehearsal::Unnoticed);
        let is_empty = self.words.n_acked == 0;
        self.book.is_kept() && self.alarms.is_empty() && !is_blind && !is_empty
    }

    pub fn to_json(&self) -> Value {
        let phases: Vec<_> =
            self.phases.0.iter().map(|(at, phase)| json!([seconds(*at), phase.name()])).collect();
        json!({
            "holds": self.holds(),
            "seed": self.seed,
            "minutes": self.minutes,
            "sessions": self.n_sessions,
            "agents": self.n_agents,
            "chats": self.words.n_histories,
            "messages": {
                "planned": self.words.n_planned,
                "sent": self.words.n_sent,
                "acknowledged": self.words.n_acked,
            },
            "checks": Check::ALL.map(|check| self.check_to_json(check)),
            "figures": self.figures.to_json(),
            "phases": phases,
            "notes": self.notes,
            "alarms": self.alarms,
            "planted": self.planted.iter().map(|plant| plant.name()).collect::<Vec<_>>(),
            "rehearsal": self.rehearsal_to_json(),
        })
    }

    fn check_to_json(&self, check: Check) -> Value {
        let entry = self.book.entry(check);
        json!({
            "check": check,
            "rule": check.rule(),
            "examined": entry.n_examined,
            "broken": entry.n_broken,
            "examples": entry.examples,
            "notChecked": entry.unchecked,
        })
    }

    fn rehearsal_to_json(&self) -> Value {
        let rows = self.rehearsed.iter().map(|(plant, how)| {
            let how = match how {
                Rehearsal::Noticed => "noticed",
                Rehearsal::Unnoticed => "unnoticed",
                Rehearsal::NoPlace => "no place for it",
            };
            (plant.name().to_owned(), json!(how))
        });
        rows.collect()
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let Words { n_histories, n_planned, n_acked, .. } = self.words;
        let mut text = format!(
            "{n_histories} chats, {n_planned} messages planned, {n_acked} acknowledged, seed {}\n",
            self.seed
        );
        for phase in Phase::ALL {
            add_phase(&mut text, phase, self.figures.of(phase));
        }
        for check in Check::ALL {
            self.add_check(&mut text, check);
        }
        for alarm in &self.alarms {
            add(&mut text, &format!("    noticed at once: {alarm}"));
        }
        for (plant, how) in self.rehearsed.iter().filter(|(_, how)| *how == Rehearsal::Unnoticed) {
            add(&mut text, &format!("a planted fault goes unnoticed: {} ({how:?})", plant.name()));
        }
        if self.words.n_acked == 0 {
            add(&mut text, "nothing was acknowledged, so nothing is proved");
        }
        add(&mut text, if self.holds() { "everything holds" } else { "NOT EVERYTHING HOLDS" });
        text
    }

    fn add_check(&self, text: &mut String, check: Check) {
        let entry = self.book.entry(check);
        let verdict = match &entry.unchecked {
            _ if 0 < entry.n_broken => format!("BROKEN {} times", entry.n_broken),
            Some(why) => format!("not checked: {why}"),
            None => format!("holds ({} examined)", entry.n_examined),
        };
        add(text, &format!("{:<4}{}: {verdict}", format!("{check:?}"), check.rule()));
        for example in &entry.examples {
            add(text, &format!("    {example}"));
        }
    }
}

fn add_phase(text: &mut String, phase: Phase, figures: &PhaseFigures) {
    if figures.n_requests == 0 {
        return;
    }
    let millis = |quantile| seconds(figures.acked.value_at_quantile(quantile)) * 1_000.0;
    let longest = seconds(figures.acked.max()) * 1_000.0;
    let PhaseFigures { n_requests, n_retries, n_reconnects, .. } = figures;
    let line = format!(
        "{:<9}ack p50 {:.1} p99 {:.1} p99.9 {:.1} max {longest:.1} ms; {n_requests} requests, \
         {} failures, {n_retries} retries, {n_reconnects} reconnects",
        phase.name(),
        millis(0.5),
        millis(0.99),
        millis(0.999),
        figures.n_failures(),
    );
    add(text, &line);
    for (kind, n) in &figures.failures {
        add(text, &format!("    {n} × {kind}"));
    }
}

fn add(text: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_is_named_with_an_example() {
        let mut book = Book::default();
        book.broken(Check::C5, || "S: message 1".to_owned());
        let report = report(book);

        assert!(!report.holds());
        let text = report.to_text();
        assert!(text.contains("C5  a message stands") && text.contains("BROKEN 1 times"), "{text}");
        assert_eq!(report.to_json()["checks"][4]["examples"][0], "S: message 1");
    }

    #[test]
    fn rules_that_would_not_notice_and_runs_in_which_nothing_happened_prove_nothing() {
        assert!(report(Book::default()).holds());

        let mut blind = report(Book::default());
        blind.rehearsed = vec![(Plant::Leak, Rehearsal::Unnoticed)];
        assert!(!blind.holds() && blind.to_text().contains("unnoticed: leak"));

        let mut empty = report(Book::default());
        empty.words.n_acked = 0;
        assert!(!empty.holds());
    }

    fn report(book: Book) -> Report {
        Report {
            seed: 1,
            minutes: 1.0,
            n_sessions: 1,
            n_agents: 1,
            book,
            figures: Figures::new().unwrap(),
            phases: Phases::beginning_with(Phase::Fault),
            notes: vec![],
            alarms: vec![],
            rehearsed: vec![],
            planted: vec![],
            words: Words { n_acked: 1, ..Words::default() },
        }
    }
}
