//! What is told at the end: a table of the rules, counts and waits for people, all of it as JSON for
//! machines, and the story of what broke a rule. Pure.

use crate::cli::centre::journal::{Journal, seconds};
use crate::cli::centre::judge::day::{Day, OfferEnd};
use crate::cli::centre::judge::fold;
use crate::cli::centre::judge::plant::{Plant, Rehearsal};
use crate::cli::centre::judge::wait::{asked_about, waits};
use crate::cli::centre::judge::{Book, Check};
use crate::cli::torture::check::Micros;
use crate::edge::agent::wire::frame::Operation;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// So many stories are told.
const MOST_STORIES: usize = 3;

/// … with so many lines each.
const LONGEST_STORY: usize = 120;

pub struct Report {
    pub seed: u64,
    pub book: Book,
    pub rehearsed: Vec<(Plant, Rehearsal)>,
    pub planted: Vec<Plant>,
    pub counts: BTreeMap<String, u64>,
    /// From the beginning of a wait to the offer that was taken, the shortest first.
    pub waits: Vec<Micros>,
    pub stories: Vec<(String, Vec<String>)>,
}

impl Report {
    pub fn new(
        seed: u64,
        (journal, book): (&Journal, Book),
        (rehearsed, planted): (Vec<(Plant, Rehearsal)>, Vec<Plant>),
    ) -> Self {
        let day = fold::day(journal);
        let mut lengths: Vec<_> =
            waits(journal, &day).iter().filter_map(|wait| wait.length()).collect();
        lengths.sort_unstable();
        let stories = stories(journal, &book);
        let counts = counts(journal, &day);
        Self { seed, book, rehearsed, planted, counts, waits: lengths, stories }
    }

    /// Whether everything holds, was looked at, and would have been noticed if it did not hold.
    pub fn holds(&self) -> bool {
        let is_blind = self.rehearsed.iter().any(|(_, how)| *how == Rehearsal::Unnoticed);
        self.book.is_kept() && !is_blind && self.unchecked().is_empty()
    }

    /// What was not checked at all proves nothing.
    fn unchecked(&self) -> Vec<Check> {
        let is_unchecked = |check: &Check| {
            let entry = self.book.entry(*check);
            entry.n_examined == 0 && entry.unchecked.is_none()
        };
        Check::ALL.into_iter().filter(is_unchecked).collect()
    }

    pub fn to_json(&self) -> Value {
        let checks = Check::ALL.map(|check| {
            let entry = self.book.entry(check);
            json!({
                "check": check,
                "rule": check.rule(),
                "verdict": self.verdict(check),
                "examined": entry.n_examined,
                "broken": entry.n_broken,
                "examples": entry.examples,
                "notChecked": entry.unchecked,
            })
        });
        let rehearsal: BTreeMap<_, _> =
            self.rehearsed.iter().map(|(plant, how)| (plant.name(), rehearsed(*how))).collect();
        let stories: BTreeMap<_, _> = self.stories.iter().cloned().collect();
        json!({
            "holds": self.holds(),
            "seed": self.seed,
            "checks": checks,
            "counts": self.counts,
            "waits": self.waits_to_json(),
            "rehearsal": rehearsal,
            "planted": self.planted.iter().map(|plant| plant.name()).collect::<Vec<_>>(),
            "stories": stories,
        })
    }

    fn waits_to_json(&self) -> Value {
        let at = |share| seconds(quantile(&self.waits, share));
        json!({
            "n": self.waits.len(), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "longest": at(1.0),
        })
    }

    fn verdict(&self, check: Check) -> &'static str {
        let entry = self.book.entry(check);
        match (entry.n_broken, entry.n_examined, entry.unchecked) {
            (0, _, Some(_)) => "NOT CHECKED",
            (0, 0, None) => "FAILED",
            (0, _, None) => "PASSED",
            (_, _, _) => "FAILED",
        }
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        for check in Check::ALL {
            let entry = self.book.entry(check);
            let (verdict, rule) = (self.verdict(check), check.rule());
            let _ = writeln!(text, "{verdict:11} {:>7} looked at  {rule}", entry.n_examined);
            if let Some(why) = &entry.unchecked {
                let _ = writeln!(text, "              {why}");
            }
            for example in entry.examples.iter().take(5) {
                let _ = writeln!(text, "              {}", example.trim_start_matches(": "));
            }
            if 5 < entry.n_broken {
                let _ = writeln!(text, "              … {} in all", entry.n_broken);
            }
        }
        let counts: Vec<_> = self.counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
        let _ = writeln!(text, "\n{}", counts.join(", "));
        let at = |share| seconds(quantile(&self.waits, share));
        let _ = writeln!(
            text,
            "{} waits: half within {:.2} s, 90 % within {:.2} s, 99 % within {:.2} s, longest {:.2} s",
            self.waits.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
        let rehearsal: Vec<_> = self
            .rehearsed
            .iter()
            .map(|(plant, how)| format!("{} {}", plant.name(), rehearsed(*how)))
            .collect();
        let _ = writeln!(text, "planted faults: {}", rehearsal.join(", "));
        for (interaction, lines) in &self.stories {
            let _ = writeln!(text, "\nthe story of {interaction}:");
            for line in lines.iter().take(LONGEST_STORY) {
                let _ = writeln!(text, "{line}");
            }
        }
        let verdict = if self.holds() { "PASSED" } else { "FAILED" };
        let _ = writeln!(text, "\nseed {}: {verdict}", self.seed);
        text
    }
}

fn rehearsed(how: Rehearsal) -> &'static str {
    match how {
        Rehearsal::Noticed => "noticed",
        Rehearsal::Unnoticed => "UNNOTICED",
        Rehearsal::NoPlace => "no place for it",
    }
}

fn quantile(sorted: &[Micros], share: f64) -> Micros {
    let last = sorted.len().saturating_sub(1);
    let at = (0..last).filter(|at| *at as f64 + 0.5 <= last as f64 * share).count();
    sorted.get(at).copied().unwrap_or(0)
}

/// The stories of the first that broke a rule.
fn stories(journal: &Journal, book: &Book) -> Vec<(String, Vec<String>)> {
    let mut told = BTreeSet::new();
    let mut stories = vec![];
    for check in Check::ALL {
        for example in book.entry(check).examples {
            let Some((interaction, _)) = example.split_once(':') else { continue };
            let is_new = !interaction.is_empty() && told.insert(interaction.to_owned());
            if is_new && stories.len() < MOST_STORIES {
                let story = journal.story(interaction);
                stories.push((interaction.to_owned(), story));
            }
        }
    }
    stories
}

fn counts(journal: &Journal, day: &Day) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::<String, u64>::new();
    let mut add = |name: &str, n: usize| *counts.entry(name.to_owned()).or_default() += n as u64;
    add("customers", journal.customers.iter().filter(|one| one.session.is_some()).count());
    add("customers served", journal.customers.iter().filter(|one| one.met.is_some()).count());
    for offer in &day.offers {
        let kind = match (offer.operation, &offer.inviter) {
            _ if asked_about(&offer.interaction).is_some() => "questions",
            (Operation::RouteTo, None) => "offers",
            (Operation::RouteTo, Some(_)) => "assignments by supervisors",
            (Operation::Transfer, _) => "invitations to take over",
            (_, _) => "invitations to come too",
        };
        add(kind, 1);
        match &offer.end {
            OfferEnd::Rejected => add("rejected", 1),
            OfferEnd::Missed => add("missed", 1),
            OfferEnd::Revoked(_) => add("revoked", 1),
            OfferEnd::Open | OfferEnd::Unknown => add("ended unseen", 1),
            OfferEnd::Accepted => {}
        }
    }
    for holding in &day.holdings {
        let kind = match holding.operation {
            _ if asked_about(&holding.interaction).is_some() => "answered questions",
            Some(Operation::RouteTo) => "routed",
            Some(Operation::Transfer) => "transferred",
            Some(Operation::Conference) => "came to conferences",
            Some(Operation::Intrude) => "intrusions",
            Some(Operation::Pull) => "pulled",
            None => "found or joined",
        };
        add(kind, 1);
    }
    let n_losses: u32 = day.losses.values().map(|n| n.saturating_sub(1)).sum();
    add("connections lost", n_losses as usize);
    add("looks at everything", day.snapshots.len());
    counts
}
