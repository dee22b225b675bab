//! `holdfast workflow record` and `replay`: a day that was, and what it would have been with another
//! strategy.

use crate::base::Millis;
use crate::base::time::{from_utc, utc};
use crate::cli::workflow::FileArguments;
use crate::cli::{Failure, print};
use crate::interaction::Event;
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
        read_facts(path, &mut events)?;
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
    let lines: String = day.lines().map(|line| line + "\n").collect();
    print::answer(&lines)
}

/// Up to and with the last fact.
fn whole(events: &[Event]) -> (Millis, Millis) {
    let first = events.iter().map(|event| event.at).min().unwrap_or_default();
    let last = events.iter().map(|event| event.at).max().unwrap_or_default();
    (first, last + Duration::from_millis(1))
}

/// A last line that was being written when its node died is left out.
fn read_facts(path: &Path, events: &mut Vec<Event>) -> Result<(), Failure> {
    let text = read(path)?;
    let is_whole = text.ends_with('\n');
    let n_lines = text.lines().count();
    for (idx, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            Err(_) if idx + 1 == n_lines && !is_whole => {}
            Err(error) => {
                let at = format!("{}:{}", path.display(), idx + 1);
                return Err(Failure::Usage(format!("{at}: this is no fact of a domain: {error}")));
            }
        }
    }
    Ok(())
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
    let n_served = recorded.waits.len() + recorded.n_waiting;
    let n_for_ever = customers.iter().filter(|one| one.patience.is_none()).count();
    let seed = arguments.seed;
    let (from, to) = (utc(day.from), utc(day.to));
    print::answer(&format!(
        "{from} to {to}, seed {seed}\n\n{}\n\
         How long the {n_served} who did not give up would have waited beyond what they did is not known: it is\n\
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
