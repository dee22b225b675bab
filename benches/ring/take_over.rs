//! Sessions of a process that is gone, and sessions that are handed on: how long each is served by
//! nobody, as far as that is the store's doing.

use crate::clock;
use crate::owner::Owner;
use crate::ring::Ring;
use crate::session::events;
use crate::spread::{histogram, millis, spread};
use futures_util::stream::{self, StreamExt};
use hdrhistogram::Histogram;
use holdfast::base::Claim;
use std::time::Duration;
use tokio::time::sleep;

const N_ROUNDS: usize = 3;
const N_SESSIONS: [usize; 3] = [1, 100, 2_000];
const N_EVENTS: u64 = 20;

const CLEANING: Duration = Duration::from_millis(300);

/// How many are worked on at a time.
const AT_ONCE: usize = 32;

#[derive(Clone, Copy, Debug)]
enum How {
    /// The owner is gone: claim, fence, restore, seal, verify.
    Gone,
    /// The owner says that it has stopped, so no fence is needed.
    HandedOn,
}

struct Run {
    /// Of one session, from when its turn came.
    each: Histogram<u64>,
    /// Of one session, from when all of them were without an owner.
    since_the_end: Histogram<u64>,
    n_statements: u64,
}

pub async fn measure(ring: &Ring) {
    println!("### Taking sessions over, {N_EVENTS} events each, {AT_ONCE} at a time\n");
    println!(
        "| how | sessions | each, p50 ms | p99 ms | from the end, p50 ms | all, ms | statements each |"
    );
    println!("|---|---|---|---|---|---|---|");
    for how in [How::Gone, How::HandedOn] {
        for n_sessions in N_SESSIONS {
            // One session is little to go by.
            let n_rounds = if n_sessions == 1 { 10 * N_ROUNDS } else { N_ROUNDS };
            let mut runs = vec![];
            for round in 0..n_rounds {
                runs.push(run(ring, how, n_sessions, round).await);
            }
            print(how, n_sessions, &runs);
        }
    }
    println!();
}

async fn run(ring: &Ring, how: How, n_sessions: usize, round: usize) -> Run {
    let (old, new) = (Owner::start(ring), Owner::start(ring));
    let name = |n| format!("take-{how:?}-{n_sessions}-{round}-{n}");
    let claims: Vec<_> =
        stream::iter(0..n_sessions).map(|n| begin(&old, name(n))).buffered(AT_ONCE).collect().await;
    let begun = clock::now();
    let takes = stream::iter(claims).map(|claim| take(how, &old, &new, claim));
    let (mut each, mut since_the_end) = (histogram(), histogram());
    let mut takes = takes.buffer_unordered(AT_ONCE);
    while let Some(taken) = takes.next().await {
        each.saturating_record(taken);
        since_the_end.saturating_record(clock::now() - begun);
    }
    drop(takes);
    // Behind each, something is still cleaned up that nobody waits for.
    sleep(CLEANING).await;
    Run { each, since_the_end, n_statements: new.rows.passed().n_statements }
}

async fn begin(owner: &Owner, name: String) -> Claim {
    let claim = owner.create(&name).await;
    owner.append(&claim, events(1..=N_EVENTS)).await;
    claim
}

async fn take(how: How, old: &Owner, new: &Owner, claim: Claim) -> u64 {
    let begun = clock::now();
    match how {
        How::Gone => {}
        How::HandedOn => old.release(&claim, N_EVENTS).await,
    }
    new.take_over(claim.thing().clone()).await;
    clock::now() - begun
}

fn print(how: How, n_sessions: usize, runs: &[Run]) {
    let quantile = |of: fn(&Run) -> &Histogram<u64>, quantile| {
        spread(runs.iter().map(|run| millis(of(run), quantile)), 1)
    };
    let how = match how {
        How::Gone => "its owner is gone",
        How::HandedOn => "handed on",
    };
    println!(
        "| {how} | {n_sessions} | {} | {} | {} | {} | {} |",
        quantile(|run| &run.each, 0.5),
        quantile(|run| &run.each, 0.99),
        quantile(|run| &run.since_the_end, 0.5),
        quantile(|run| &run.since_the_end, 1.0),
        runs[0].n_statements / n_sessions as u64,
    );
}
