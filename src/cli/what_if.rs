//! `holdfast workflow record` and `replay`: a day that was, and what it would have been with another
//! strategy.

use crate::base::Millis;
use crate::base::time::{from_utc, utc};
use crate::cli::workflow_file::FileArguments;
use crate::cli::{Failure, print};
use crate::interaction::Event;
use crate::interaction::event::Nature;
use crate::interaction::what_if::day::End;
use crate::interaction::what_if::{Day, Figures, customers, play, record, table};
use crate::workflow::Process;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Stands for no workflow at all.
const NONE: &str = "none";
/// The word for the one that is shipped.
const SHIPPED: &str = "default";

#[derive(Debug, Args)]
pub struct RecordArguments {
    /// Files that nodes have written (`[workflow] record`), of all nodes, in any order
    #[arg(required = true)]
    pub facts: Vec<PathBuf>,
    /// The day, as 2026-11-29, in UTC [otherwise all that the files hold]
    #[arg(long)]
    pub day: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// A recorded day, as `holdfast workflow record` prints it
    #[arg(long)]
    pub log: PathBuf,
    /// The changed file; `none` for no workflow
    #[arg(long)]
    pub strategy: PathBuf,
    /// The file of today; `none` for no workflow [otherwise the one that is shipped]
    #[arg(long, default_value = SHIPPED)]
    pub today: PathBuf,
    /// For what nobody can know; the same seed gives the same figures
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Prints a day, a line of JSON for each thing that came in or changed.
pub fn record_day(arguments: &RecordArguments) -> Result<(), Failure> {
    let mut events = vec![];
    for path in &arguments.facts {
        if let Some(note) = read_facts(path, &mut events)? {
            print::note(&note)?;
        }
    }
    let span = match &arguments.day {
        Some(day) => {
            let from = from_utc(&format!("{day}T00:00:00Z"));
            let from =
                from.ok_or_else(|| Failure::Usage(format!("'{day}' is no day, as 2026-11-29")))?;
            (from, from + A_DAY)
        }
        None => whole(&events),
    };
    let day = record(events, span);
    if day.arrivals.is_empty() {
        print::note(&format!("nothing came in between {} and {}", utc(day.from), utc(day.to)))?;
    }
    let lines: Result<Vec<String>, _> = day.lines().collect();
    let lines = lines
        .map_err(|error| Failure::Other(format!("the day cannot be written as JSON: {error}")))?;
    print::answer(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

/// Up to and with the last fact.
fn whole(events: &[Event]) -> (Millis, Millis) {
    let first = events.iter().map(|event| event.at).min().unwrap_or_default();
    let last = events.iter().map(|event| event.at).max().unwrap_or_default();
    (first, last + Duration::from_millis(1))
}

/// Lines that were being written when a node died, or its disk was full, are left out; says how many. A
/// file of nothing else is none of a node.
fn read_facts(path: &Path, events: &mut Vec<Event>) -> Result<Option<String>, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::Usage(format!("{shown} cannot be read: {error}")))?;
    let n_before = events.len();
    let (mut n_torn, mut first) = (0, None);
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    for (idx, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(event) => events.push(event),
            Err(error) => {
                n_torn += 1;
                first.get_or_insert_with(|| format!("{shown}:{}: {error}", idx + 1));
            }
        }
    }
    match first {
        Some(first) if events.len() == n_before => {
            Err(Failure::Usage(format!("{shown} holds no fact of a domain: {first}")))
        }
        Some(first) => Ok(Some(format!(
            "{shown}: {n_torn} lines cannot be read and are left out, the first of them {first}"
        ))),
        None => Ok(None),
    }
}

/// Prints the figures as they were, with the strategy of today, and with the changed one.
pub fn replay(arguments: &ReplayArguments) -> Result<(), Failure> {
    let text = read(&arguments.log)?;
    let day = Day::read(&text)
        .map_err(|fault| Failure::Usage(format!("{}: {fault}", arguments.log.display())))?;
    let customers = customers::of_day(&day, arguments.seed);
    let today = play(&day, &customers, process(&arguments.today)?);
    let changed = play(&day, &customers, process(&arguments.strategy)?);
    let recorded = Figures::recorded(&day);
    let columns = [("recorded", &recorded), ("today", &today), ("changed", &changed)];
    for (name, figures) in &columns {
        for warning in &figures.warnings {
            print::note(&format!("{name}: {warning}"))?;
        }
    }
    let sessions = day.arrivals.iter().zip(&customers);
    let sessions = sessions.filter(|(arrival, _)| arrival.nature == Nature::Session);
    let stayed = sessions.filter(|(arrival, _)| !matches!(arrival.end, End::Abandoned { .. }));
    let n_stayed = stayed.clone().count();
    let n_for_ever = stayed.filter(|(_, customer)| customer.patience.is_none()).count();
    let seed = arguments.seed;
    let (from, to) = (utc(day.from), utc(day.to));
    print::answer(&format!(
        "{from} to {to}, seed {seed}\n\n{}\n\
         How long the {n_stayed} who did not give up would have waited beyond what they did is not known: it is\n\
         drawn from those who gave up (Kaplan-Meier); {n_for_ever} wait for ever. How long the {} who gave up\n\
         would have kept an agent is drawn from those who were served. Agents take what they are offered,\n\
         other servers answer at once; 'today' against 'recorded' shows how far that can be believed.\n",
        table(&columns),
        recorded.n_abandoned,
    ))
}

fn process(path: &Path) -> Result<Option<Arc<Process>>, Failure> {
    if path == Path::new(NONE) {
        return Ok(None);
    }
    let file = Some(path.to_owned()).filter(|path| path != Path::new(SHIPPED));
    let file = FileArguments { file };
    let reading = file.read()?;
    file.insist(&reading)?;
    Ok(Some(Arc::new(reading.process)))
}

fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let unreadable = |error| Failure::Usage(format!("{shown} cannot be read: {error}"));
    std::fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_cannot_be_read_are_left_out_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("day.jsonl");
        let fact = r#"{"position":1,"at":1,"fact":{"kind":"forgotten","interaction":"1"}}"#;
        let facts = |text: &[u8]| {
            std::fs::write(&file, text).unwrap();
            let mut events = vec![];
            read_facts(&file, &mut events).map(|note| (events.len(), note))
        };
        let torn = [fact.as_bytes(), b"\n{\"position\":2,\"x\":\"\xc3\n", fact.as_bytes(), b"\n{"];

        let (n_facts, note) = facts(&torn.concat()).unwrap();

        assert_eq!(n_facts, 2);
        let note = note.unwrap();
        assert!(note.contains("2 lines cannot be read") && note.contains(".jsonl:2: "), "{note}");
        assert_eq!(facts(format!("{fact}\n").as_bytes()).unwrap(), (1, None));
        let no = facts(b"[workflow]\n").unwrap_err().to_string();
        assert!(no.contains("holds no fact of a domain"), "{no}");
    }
}
