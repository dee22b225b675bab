//! One run from its beginning to its end: brings everybody in, waits until all have gone, and lets
//! the judge look at what was seen.

use crate::cli::centre::accounts::{CAPACITY_OF_SUPERVISORS, capacity};
use crate::cli::centre::exchange::Exchange;
use crate::cli::centre::journal::Journal;
use crate::cli::centre::judge::plant::rehearse;
use crate::cli::centre::judge::{Evidence, Terms, judge};
use crate::cli::centre::report::Report;
use crate::cli::centre::seat::Seat;
use crate::cli::centre::settings::RunArguments;
use crate::cli::centre::supervise::{OPEN, find};
use crate::cli::centre::workflow::skills;
use crate::cli::centre::world::Centre;
use crate::cli::centre::{guest, shift, supervise};
use crate::cli::talk::http::Trouble;
use crate::cli::talk::input;
use crate::cli::torture::attend::Agent;
use crate::cli::torture::session;
use crate::cli::torture::settings::Account;
use crate::cli::{Failure, print};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet, LocalSet, spawn_local};
use tokio::time::{Instant, interval, timeout};

/// How often it is told how things go.
const PROGRESS: Duration = Duration::from_secs(5);

/// How long the desks may take to open.
const OPENING: Duration = Duration::from_secs(120);

/// How often something is asked for that cannot be had at the moment.
const TRIES: u32 = 40;

const AGAIN: Duration = Duration::from_millis(500);

/// Runs the contact centre, and fails unless everything holds.
pub fn run(arguments: RunArguments) -> Result<(), Failure> {
    arguments.check()?;
    let agents = arguments.load()?.accounts()?;
    let supervisors = arguments.supervisors(&agents);
    let report = input::run(LocalSet::new().run_until(play(arguments, agents, supervisors)))?;
    print::answer(&report.to_text())?;
    if report.holds() {
        return Ok(());
    }
    Err(Failure::Other("the contact centre failed".to_owned()))
}

async fn play(
    arguments: RunArguments,
    agents: Vec<Account>,
    supervisors: Vec<Account>,
) -> Result<Report, Failure> {
    print::note(&format!("seed {}", arguments.seed))?;
    let (Some(reader), Some(chief)) = (agents.first(), supervisors.first()) else {
        return Err(Failure::Usage("there are no agents".to_owned()));
    };
    let (reader, chief) = (reader.clone(), chief.clone());
    let centre = Centre::new(arguments, chief)?;
    let before = figures(&centre).await;
    let mut desks = JoinSet::new();
    open_desks(&centre, (&agents, &supervisors), &mut desks);
    wait_for_desks(&centre, &mut desks).await?;
    let looking = begin_day(&centre);
    receive(&centre, &mut desks).await?;
    wait_until_all_is_over(&centre).await;
    looking.iter().for_each(AbortHandle::abort);
    session::complete_documents(&centre.world, &reader).await;
    let left_over = left_over(&centre).await;
    let after = figures(&centre).await;
    desks.abort_all();
    let figures = before.zip(after);
    conclude(&centre, figures, left_over)
}

fn open_desks(
    centre: &Rc<Centre>,
    (agents, supervisors): (&[Account], &[Account]),
    desks: &mut JoinSet<Failure>,
) {
    for (number, account) in (1..).zip(agents) {
        let skills = skills(number).map(str::to_owned).collect();
        let seat = open_desk(centre, account, (capacity(number), skills), desks);
        seat.standing.borrow_mut().wants_to_be_ready = true;
        centre.agents.borrow_mut().push(seat);
    }
    for account in supervisors {
        let none = BTreeSet::new();
        let seat = open_desk(centre, account, (CAPACITY_OF_SUPERVISORS, none), desks);
        centre.supervisors.borrow_mut().push(seat);
    }
}

fn open_desk(
    centre: &Rc<Centre>,
    account: &Account,
    (capacity, skills): (u32, BTreeSet<String>),
    desks: &mut JoinSet<Failure>,
) -> Rc<Seat> {
    let (wishes, wished) = mpsc::unbounded_channel();
    let (news, heard) = mpsc::unbounded_channel();
    let seat = Seat::new(&centre.world, (&account.name, capacity, skills), (wishes, news));
    let exchange = Exchange::new(&seat);
    desks.spawn_local(Agent::new(&centre.world, account.clone(), exchange, wished).work());
    spawn_local(shift::work(centre.clone(), seat.clone(), heard));
    seat
}

async fn wait_for_desks(centre: &Rc<Centre>, desks: &mut JoinSet<Failure>) -> Result<(), Failure> {
    let are_all_there = || {
        let (agents, supervisors) = (centre.agents.borrow(), centre.supervisors.borrow());
        let mut seats = agents.iter().chain(supervisors.iter());
        seats.all(|seat| seat.standing.borrow().is_logged_in)
    };
    let waiting = centre.world.wait_until(Instant::now() + OPENING, are_all_there);
    tokio::select! {
        are_there = waiting => {
            if !are_there {
                return Err(Failure::Network("not all desks could be opened".to_owned()));
            }
        }
        Some(failed) = desks.join_next() => return Err(failure(failed)),
    }
    print::note("… all desks are open")
}

/// What goes on all day, apart from customers.
fn begin_day(centre: &Rc<Centre>) -> Vec<AbortHandle> {
    let mut looking = vec![];
    for seat in centre.agents.borrow().iter() {
        let resting = spawn_local(shift::rest_at_times(centre.clone(), seat.clone()));
        looking.push(resting.abort_handle());
    }
    if let Some(seat) = centre.supervisors.borrow().first() {
        let watching = spawn_local(supervise::look_over(centre.clone(), seat.clone()));
        looking.push(watching.abort_handle());
    }
    looking
}

/// All customers, to the last.
async fn receive(centre: &Rc<Centre>, desks: &mut JoinSet<Failure>) -> Result<(), Failure> {
    let mut visits = JoinSet::new();
    let opened = Duration::from_micros(centre.world.now());
    for chat in &centre.chats {
        visits.spawn_local(guest::visit(centre.clone(), chat.clone(), opened));
    }
    let mut progress = interval(PROGRESS);
    let mut ready_file = centre.arguments.ready_file.clone();
    while !visits.is_empty() {
        tokio::select! {
            _ = visits.join_next() => {}
            _ = progress.tick() => {
                tell_progress(centre, visits.len())?;
                let is_begun = centre.customers.borrow().iter().any(|one| one.met.is_some());
                if is_begun && let Some(file) = ready_file.take() {
                    let made = std::fs::write(&file, "ready\n");
                    let name = file.display();
                    made.map_err(|error| Failure::Other(format!("{name} cannot be made: {error}")))?;
                }
            }
            Some(failed) = desks.join_next() => return Err(failure(failed)),
        }
    }
    print::note("… all customers have gone")
}

fn tell_progress(centre: &Centre, n_expected: usize) -> Result<(), Failure> {
    let customers = centre.customers.borrow();
    let n_came = customers.iter().filter(|one| one.came.is_some()).count();
    let n_met = customers.iter().filter(|one| one.met.is_some()).count();
    let (n_online, n_all) = (centre.world.n_online.get(), customers.len());
    let n_busy: usize =
        centre.agents.borrow().iter().map(|seat| seat.standing.borrow().has.len()).sum();
    let at = crate::cli::centre::journal::seconds(centre.world.now());
    print::note(&format!(
        "{at:6.0} s: {n_came} of {n_all} customers came, {n_met} were served, {n_expected} are to go; \
         {n_online} desks, {n_busy} interactions with agents"
    ))
}

/// Until nobody has or waits for anything.
async fn wait_until_all_is_over(centre: &Rc<Centre>) {
    let deadline = Instant::now() + centre.arguments.settle();
    while Instant::now() < deadline {
        if left_over(centre).await.is_some_and(|open| open.is_empty()) {
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// What is open, as a supervisor finds it.
async fn left_over(centre: &Rc<Centre>) -> Option<Vec<(String, String)>> {
    let seat = centre.supervisors.borrow().first().cloned()?;
    let mut open = vec![];
    for state in OPEN {
        let found = timeout(centre.arguments.settle(), find(&seat, state)).await.ok()??;
        let found = found.into_iter().map(|one| (one.interaction_id, format!("{state:?}")));
        open.extend(found);
    }
    Some(open)
}

async fn figures(centre: &Centre) -> Option<Value> {
    let who = (centre.reader.name.as_str(), centre.reader.password.as_str());
    for _ in 0..TRIES {
        for server in centre.world.shuffled(&centre.world.agents) {
            match server.figures(who).await {
                Ok(body) => return serde_json::from_slice(&body).ok(),
                Err(Trouble::Refused(_) | Trouble::Ended(_)) => return None,
                Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => {}
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
    None
}

fn conclude(
    centre: &Centre,
    figures: Option<(Value, Value)>,
    left_over: Option<Vec<(String, String)>>,
) -> Result<Report, Failure> {
    let (agents, supervisors) = (centre.agents.borrow(), centre.supervisors.borrow());
    let seats = agents.iter().chain(supervisors.iter());
    let desks = seats.map(|seat| (seat.name.clone(), seat.log.take())).collect();
    let ledger = centre.world.ledger.take();
    let alarms = ledger.alarms.clone();
    let journal = Journal {
        run: centre.world.run.clone(),
        began: centre.world.scene("").began,
        desks,
        customers: centre.customers.take(),
        whys: centre.whys.take(),
        figures,
        left_over,
    };
    let mut evidence = Evidence { journal, histories: ledger.histories(), alarms };
    let terms = terms(&centre.arguments);
    let rehearsed = rehearse(&evidence, terms, &judge(&evidence, terms));
    for plant in &centre.arguments.plant {
        if !plant.put_into(&mut evidence) {
            let name = plant.name();
            let text = format!("too little happened for the fault '{name}' to be planted");
            return Err(Failure::Other(text));
        }
    }
    let book = judge(&evidence, terms);
    let planted = centre.arguments.plant.clone();
    let report =
        Report::new(centre.arguments.seed, (&evidence.journal, book), (rehearsed, planted));
    if let Some(file) = &centre.arguments.report {
        write(file, &format!("{:#}\n", report.to_json()))?;
    }
    if let Some(file) = &centre.arguments.journal {
        write(file, &evidence.journal.whole().join("\n"))?;
    }
    Ok(report)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let written = std::fs::write(file, text);
    written.map_err(|error| Failure::Other(format!("{}: {error}", file.display())))
}

fn terms(arguments: &RunArguments) -> Terms {
    let micros =
        |seconds: f64| Duration::from_secs_f64(seconds).as_micros().try_into().unwrap_or(u64::MAX);
    Terms {
        skew: micros(arguments.skew),
        idle_wait: micros(arguments.idle_wait),
        reoffer_after: micros(arguments.reoffer_after),
        is_disturbed: arguments.disturbed,
    }
}

fn failure(ended: Result<Failure, tokio::task::JoinError>) -> Failure {
    ended.unwrap_or_else(|error| Failure::Other(error.to_string()))
}
