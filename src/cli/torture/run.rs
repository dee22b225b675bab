//! One run from its beginning to its end: starts the clients, listens to the drill, tells how it
//! goes, and holds what was noted against the rules.

use crate::cli::talk::input;
use crate::cli::torture::attend::Agent;
use crate::cli::torture::check::around::Counted;
use crate::cli::torture::check::plant::{Plant, rehearse};
use crate::cli::torture::check::{Book, Check, History, around, examine};
use crate::cli::torture::control;
use crate::cli::torture::count::Counters;
use crate::cli::torture::desk::Desk;
use crate::cli::torture::figures::{PhaseFigures, seconds};
use crate::cli::torture::phase::{Control, Phase};
use crate::cli::torture::report::{Report, Words};
use crate::cli::torture::session;
use crate::cli::torture::settings::{Account, RunArguments};
use crate::cli::torture::world::World;
use crate::cli::{Failure, print};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet, LocalSet, spawn_local};
use tokio::time::{Instant, interval, sleep_until};

/// How often it is told how things go.
const PROGRESS: Duration = Duration::from_secs(5);

/// How often it is looked whether everybody has begun, and whether a time has come.
const GLANCE: Duration = Duration::from_millis(50);

/// Faults are rehearsed in so many sessions: their histories are copied for each.
const MOST_REHEARSED: usize = 8;

/// Runs the torture, and fails unless everything holds.
pub fn run(arguments: RunArguments) -> Result<(), Failure> {
    arguments.check()?;
    let accounts = arguments.accounts()?;
    let world = Rc::new(World::new(arguments)?);
    let report = input::run(LocalSet::new().run_until(Run::begin(world, accounts)))?;
    let text = report.to_text();
    print::answer(&text)?;
    if report.holds() { Ok(()) } else { Err(Failure::Other("the torture failed".to_owned())) }
}

/// What the servers count, and how to end the counting.
type Counting = (oneshot::Sender<()>, JoinHandle<Counted>);

struct Run {
    world: Rc<World>,
    agents: JoinSet<Failure>,
    sessions: JoinSet<()>,
    /// Whoever fetches the documents.
    reader: Account,
    control: Option<mpsc::Receiver<String>>,
    counting: Option<Counting>,
    notes: Vec<String>,
    /// Since all sessions have begun.
    loaded: Option<Instant>,
    /// A drill has said which phase it is.
    is_told: bool,
}

impl Run {
    async fn begin(world: Rc<World>, accounts: Vec<Account>) -> Result<Report, Failure> {
        let arguments = &world.arguments;
        let counters = Counters::begin(&arguments.metrics).await.map_err(Failure::Network)?;
        let counting = counters.map(|counters| {
            let (end, ended) = oneshot::channel();
            (end, spawn_local(counters.watch(ended)))
        });
        let control = control::lines(arguments.control.as_deref());
        let (mut agents, mut sessions) = (JoinSet::new(), JoinSet::new());
        for account in &accounts {
            let (sender, wishes) = mpsc::unbounded_channel();
            let desk = Desk::new(&world, sender);
            agents.spawn_local(Agent::new(&world, account.clone(), desk, wishes).work());
        }
        // There is at least one agent.
        let Some(reader) = accounts.first().cloned() else {
            return Err(Failure::Usage("there are no agents".to_owned()));
        };
        for slot in 0..arguments.sessions {
            sessions.spawn_local(session::keep(world.clone(), slot, reader.clone()));
        }
        let (notes, loaded) = (vec![], None);
        let run = Self {
            world,
            agents,
            sessions,
            reader,
            control,
            counting,
            notes,
            loaded,
            is_told: false,
        };
        run.go_on().await
    }

    async fn go_on(mut self) -> Result<Report, Failure> {
        let (mut progress, mut glance) = (interval(PROGRESS), interval(GLANCE));
        while !self.world.is_stopping.get() {
            tokio::select! {
                _ = progress.tick() => self.tell_progress()?,
                _ = glance.tick() => self.look_at_the_clock()?,
                Some(failed) = self.agents.join_next() => return Err(failure(failed)),
                line = next(&mut self.control) => self.obey(&line)?,
            }
        }
        print::note("… the load ends; waiting until everything has arrived")?;
        let patience = self.world.arguments.settle() * 4;
        let deadline = Instant::now() + patience;
        loop {
            tokio::select! {
                ended = self.sessions.join_next() => match ended {
                    None => break,
                    Some(Ok(())) => {}
                    Some(Err(error)) => return Err(Failure::Other(error.to_string())),
                },
                _ = progress.tick() => self.tell_progress()?,
                line = next(&mut self.control) => self.obey(&line)?,
                Some(failed) = self.agents.join_next() => return Err(failure(failed)),
                () = sleep_until(deadline) => break,
            }
        }
        let n_hanging = self.sessions.len();
        self.sessions.abort_all();
        // What is not there by then is missing.
        session::complete_documents(&self.world, &self.reader).await;
        self.agents.abort_all();
        self.report(n_hanging).await
    }

    fn look_at_the_clock(&mut self) -> Result<(), Failure> {
        let arguments = &self.world.arguments;
        let Some(loaded) = self.loaded else {
            if self.world.n_begun.get() < arguments.sessions {
                return Ok(());
            }
            self.loaded = Some(Instant::now());
            if let Some(file) = &arguments.ready_file {
                let made = std::fs::write(file, "ready\n");
                let name = file.display();
                made.map_err(|error| Failure::Other(format!("{name} cannot be made: {error}")))?;
            }
            return print::note("… all sessions have begun");
        };
        let passed = loaded.elapsed().as_secs_f64();
        if arguments.minutes * 60.0 <= passed {
            self.world.is_stopping.set(true);
        } else if arguments.planned && !self.is_told && arguments.baseline <= passed {
            self.is_told = true;
            self.enter(Phase::Planned)?;
        }
        Ok(())
    }

    fn obey(&mut self, line: &str) -> Result<(), Failure> {
        match control::read(line) {
            Ok(None) => Ok(()),
            Ok(Some(Control::Stop)) => {
                self.world.is_stopping.set(true);
                Ok(())
            }
            Ok(Some(Control::Note(text))) => {
                let at = seconds(self.world.now());
                self.notes.push(format!("{at:.1} s: {text}"));
                Ok(())
            }
            Ok(Some(Control::Phase(phase))) => {
                self.is_told = true;
                self.enter(phase)
            }
            Err(text) => print::note(&text),
        }
    }

    fn enter(&self, phase: Phase) -> Result<(), Failure> {
        let now = self.world.now();
        self.world.phases.borrow_mut().enter(now, phase);
        print::note(&format!("… phase {}", phase.name()))
    }

    fn tell_progress(&self) -> Result<(), Failure> {
        let world = &self.world;
        let phase = world.phases.borrow().at(world.now());
        let (n_begun, n_online) = (world.n_begun.get(), world.n_online.get());
        let n_open: u32 = world.ledger.borrow().sessions.values().map(|record| record.n_open).sum();
        let n_alarms = world.ledger.borrow().alarms.len();
        let figures = world.figures.borrow();
        let n_acked = figures.total(|phase| phase.acked.len());
        let n_failures = figures.total(PhaseFigures::n_failures);
        let n_retries = figures.total(|phase| phase.n_retries);
        let (at, longest) = (seconds(world.now()), seconds(figures.of(phase).acked.max()));
        let p99 = seconds(figures.of(phase).acked.value_at_quantile(0.99));
        print::note(&format!(
            "{at:6.0} s {}: {n_begun} sessions, {n_online} agents; {n_acked} acknowledged, {n_open} \
             open, p99 {p99:.3} s, max {longest:.3} s; {n_failures} failures, {n_retries} retries; \
             {n_alarms} faults",
            phase.name()
        ))
    }

    async fn report(self, n_hanging: usize) -> Result<Report, Failure> {
        let counted = match self.counting {
            Some((end, counting)) => {
                drop(end);
                Some(counting.await.unwrap_or_else(|error| Err(error.to_string())))
            }
            None => None,
        };
        let world = self.world;
        let ledger = world.ledger.take();
        let alarms = ledger.alarms.clone();
        let mut histories = ledger.histories();
        let rehearsed = rehearse(&busiest(&histories));
        let arguments = &world.arguments;
        let mut planted = vec![];
        for plant in &arguments.plant {
            put(*plant, &mut histories)?;
            planted.push(*plant);
        }
        let phases = world.phases.borrow().clone();
        let figures = world.figures.borrow().clone();
        let mut book = examine(&histories);
        let allowance = arguments.allowance();
        around::check_planned(&histories, (&phases, &figures), allowance, &mut book);
        around::check_owners(&histories, &arguments.nodes, &mut book);
        around::check_counts(&histories, counted, &mut book);
        if 0 < n_hanging {
            book.broken(Check::C1, || format!("{n_hanging} sessions never came to an end"));
        }
        check_begun(&world, &mut book);
        let report = Report {
            seed: arguments.seed,
            minutes: arguments.minutes,
            n_sessions: arguments.sessions,
            n_agents: arguments.agents,
            words: Words::of(&histories),
            book,
            figures,
            phases,
            notes: self.notes,
            alarms,
            rehearsed,
            planted,
        };
        write(arguments, &report)?;
        Ok(report)
    }
}

/// The histories in which most was said, in front.
fn busiest(histories: &[History]) -> Vec<History> {
    let mut busiest: Vec<_> = histories.iter().collect();
    busiest.sort_by_key(|history| std::cmp::Reverse(history.words.len()));
    busiest.into_iter().take(MOST_REHEARSED).cloned().collect()
}

fn put(plant: Plant, histories: &mut [History]) -> Result<(), Failure> {
    if plant.put_into(histories) {
        return Ok(());
    }
    let name = plant.name();
    Err(Failure::Other(format!("too little was said for the fault '{name}' to be planted")))
}

/// Sessions that never began prove nothing.
fn check_begun(world: &World, book: &mut Book) {
    let (n_begun, n_wanted) = (world.n_begun.get(), world.arguments.sessions);
    if n_begun < n_wanted {
        book.broken(Check::C1, || {
            format!("only {n_begun} of {n_wanted} sessions have ever had an agent")
        });
    }
}

fn write(arguments: &RunArguments, report: &Report) -> Result<(), Failure> {
    let Some(file) = &arguments.report else { return Ok(()) };
    let written = std::fs::write(file, format!("{:#}\n", report.to_json()));
    written.map_err(|error| Failure::Other(format!("{}: {error}", file.display())))
}

fn failure(ended: Result<Failure, tokio::task::JoinError>) -> Failure {
    ended.unwrap_or_else(|error| Failure::Other(error.to_string()))
}

async fn next(lines: &mut Option<mpsc::Receiver<String>>) -> String {
    if let Some(lines) = lines
        && let Some(line) = lines.recv().await
    {
        return line;
    }
    pending().await
}
