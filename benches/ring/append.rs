//! An acknowledged message: the event is written and the lane is read, which is compared with a plain
//! write of the same row and with one that is a lightweight transaction.

use crate::clock;
use crate::counted::Counted;
use crate::owner::Owner;
use crate::ring::Ring;
use crate::session::event;
use crate::spread::{float, histogram, millis, spread};
use hdrhistogram::Histogram;
use holdfast::base::{Claim, ThingId};
use holdfast::owned::Recorded;
use holdfast::store::cassandra::CassandraSession;
use holdfast::store::cassandra::timeuuid::timeuuid;
use holdfast::store::ring::rows::{EventRow, Rows};
use scylla::statement::prepared::PreparedStatement;
use std::time::Duration;

/// Rounds in which the ring compiles itself.
const N_WARM: usize = 4;
const N_ROUNDS: usize = 7;
const AT_ONCE: [u64; 3] = [1, 32, 128];
const SPAN: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Plain,
    Append,
    Lwt,
}

const HOWS: [How; 3] = [How::Plain, How::Append, How::Lwt];

/// What one kind of writing came to in one round.
struct Run {
    round: usize,
    n_sessions: u64,
    how: How,
    latency: Histogram<u64>,
    rate: f64,
    /// Of the three nodes, in microseconds for each.
    cpu: f64,
    n_statements: f64,
    cores_of_others: f64,
}

/// One session and how it is written to.
struct Writer {
    how: How,
    owner: Owner,
    claim: Claim,
    session: CassandraSession,
    lwt: PreparedStatement,
}

pub async fn measure(ring: &Ring) {
    let mut runs = vec![];
    for round in 0..N_WARM + N_ROUNDS {
        for n_sessions in AT_ONCE {
            for turn in 0..HOWS.len() {
                let how = HOWS[(round + turn) % HOWS.len()];
                runs.push(run(ring, round, n_sessions, how).await);
            }
        }
    }
    runs.retain(|run| N_WARM <= run.round);
    print(&runs);
}

async fn run(ring: &Ring, round: usize, n_sessions: u64, how: How) -> Run {
    let owner = Owner::start(ring);
    let mut writers = vec![];
    for n in 0..n_sessions {
        let claim = owner.create(&format!("append-{round}-{n_sessions}-{how:?}-{n}")).await;
        let (session, lwt) = (ring.session.clone(), ring.lwt.clone());
        writers.push(Writer { how, owner: owner.clone(), claim, session, lwt });
    }
    let (cpu, passed, begun) = (ring.cpu(), owner.rows.passed(), clock::now());
    let end = begun + clock::nanos(SPAN);
    let working: Vec<_> = writers.into_iter().map(|one| tokio::spawn(one.work(end))).collect();
    let mut latency = histogram();
    for one in working {
        latency.add(one.await.unwrap()).unwrap();
    }
    let seconds = float(clock::now() - begun) / 1e9;
    let (cpu, before) = (ring.cpu(), cpu);
    let n_writes = float(latency.len());
    let passed = owner.rows.passed() - passed;
    Run {
        round,
        n_sessions,
        how,
        latency,
        rate: n_writes / seconds,
        cpu: (cpu.ring - before.ring) * 1e6 / n_writes,
        n_statements: float(passed.n_statements) / n_writes,
        cores_of_others: (cpu.others - before.others) / seconds,
    }
}

impl Writer {
    async fn work(self, end: u64) -> Histogram<u64> {
        let mut latency = histogram();
        for position in 1.. {
            let begun = clock::now();
            if end <= begun {
                break;
            }
            self.write(position).await;
            latency.saturating_record(clock::now() - begun);
        }
        latency
    }

    async fn write(&self, position: u64) {
        let (rows, claim) = (&self.owner.rows, &self.claim);
        match self.how {
            How::Append => self.owner.append(claim, vec![event(position)]).await,
            How::Plain => plain(rows, claim.thing(), claim, position).await,
            How::Lwt => self.only_if_missing(&row(position)).await,
        }
    }

    async fn only_if_missing(&self, row: &EventRow) {
        let claim = &self.claim;
        let EventRow { position, key, more, version, body } = row;
        let values = (
            claim.thing().as_str(),
            timeuuid(claim.epoch()),
            position.0.cast_signed(),
            key.as_deref(),
            more.cast_signed(),
            body.as_str(),
            *version,
        );
        self.session.write(&self.lwt, values).await.unwrap();
    }
}

async fn plain(rows: &Counted, thing: &ThingId, claim: &Claim, position: u64) {
    rows.insert_events(thing, claim.epoch(), &[row(position)]).await.unwrap();
}

/// The row that an append of the same event writes.
fn row(position: u64) -> EventRow {
    let event = event(position);
    EventRow {
        position: event.position,
        key: event.key().map(str::to_owned),
        more: 0,
        version: 1,
        body: serde_json::to_string(&*event).unwrap(),
    }
}

fn print(runs: &[Run]) {
    println!("### A message, acknowledged\n");
    println!(
        "| at once | what | p50 ms | p99 ms | a second | CPU µs of the ring | × plain write | \
         statements |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for n_sessions in AT_ONCE {
        for how in HOWS {
            let own: Vec<_> = of(runs, n_sessions, how).collect();
            let ratios = own.iter().zip(of(runs, n_sessions, How::Plain));
            // A transaction does not pass the door where statements are counted.
            let n_statements = own[0].n_statements.max(1.0);
            println!(
                "| {n_sessions} | {} | {} | {} | {} | {} | {} | {n_statements:.2} |",
                name(how),
                spread(own.iter().map(|run| millis(&run.latency, 0.5)), 2),
                spread(own.iter().map(|run| millis(&run.latency, 0.99)), 2),
                spread(own.iter().map(|run| run.rate), 0),
                spread(own.iter().map(|run| run.cpu), 0),
                spread(ratios.map(|(run, plain)| run.cpu / plain.cpu), 2),
            );
        }
    }
    let others = spread(runs.iter().map(|run| run.cores_of_others), 2);
    println!("\nCores busy with something else meanwhile: {others}.\n");
}

fn of(runs: &[Run], n_sessions: u64, how: How) -> impl Iterator<Item = &Run> {
    runs.iter().filter(move |run| run.n_sessions == n_sessions && run.how == how)
}

fn name(how: How) -> &'static str {
    match how {
        How::Plain => "plain write",
        How::Append => "**append**: write, look at the lane",
        How::Lwt => "write by LWT",
    }
}
