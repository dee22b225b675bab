//! Nodes on a ring, in one thread and in a time of their own: the real registries, actors, rules,
//! links' ends and the real protocol, over three replicas, while processes vanish and stand still,
//! links are cut, rows come late or never and no two clocks agree. What clients were told and shown
//! must be true for ever, and in the end everything is served again.
//!
//! The seed decides everything. A failure names it; `SEED=<n>` repeats it to the letter, `SEEDS=<n>`
//! tries more.
//!
//! ```text
//! clients, routing --any node--> node (Things, Registry, Switchboard, RingStore, Heart)
//!     |  told, shown                 | host: runs, stands still, vanishes
//!     v                              +--> net: ways between nodes
//!   book                             +--> plant: the way to the emulated ring
//! ```
//!
//! Read in this order: [`world`] (a run), [`weather`] (what goes wrong), [`clients`], [`book`] (what
//! must hold), [`node`], [`host`], [`net`], [`plant`] (with the faults that must be found),
//! [`sleepers`] (runs in which chats sleep).

mod book;
mod clients;
mod dice;
mod host;
mod members;
mod net;
mod node;
mod plant;
mod routing;
mod sleepers;
mod sleeping;
mod weather;
mod world;

use book::Verdict;
use plant::Plant;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use world::play;

/// How many seeds run if nobody says otherwise.
const N_SEEDS: u64 = 200;

/// Seeds of one run do not care for each other.
const N_THREADS: usize = 2;

/// Within how many seeds a planted fault must be found.
const MOST_SEEDS: u64 = 200;

const PLANTS: &[Plant] = &[
    Plant::NoVerify,
    Plant::OldLook,
    Plant::NoFence,
    Plant::FenceNotAwaited,
    Plant::WriteNotAwaited,
    Plant::NewestClaimOnly,
    Plant::NoKeys,
    Plant::NewsLost,
];

#[test]
fn sim_no_weather_makes_a_cluster_lose_or_double_a_word() {
    let seeds = seeds(N_SEEDS);
    let (told, given_up) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for_each(&seeds, |seed| {
        let verdict = play(seed, Plant::Nothing);
        expect_fine(seed, &verdict);
        told.fetch_add(verdict.n_acknowledged, Ordering::Relaxed);
        given_up.fetch_add(verdict.n_given_up, Ordering::Relaxed);
    });
    let (n_told, n_given_up) = (told.into_inner(), given_up.into_inner());
    say(format_args!("{} runs: {n_told} words told, {n_given_up} given up", seeds.len()));
    // Seldom is a run in which nobody gets through, and a simulation of such runs proves nothing.
    assert!(
        seeds.len() < 10 || 20 * seeds.len() < n_told,
        "{n_told} words told in {} runs",
        seeds.len()
    );
}

#[test]
fn sim_the_same_seed_is_the_same_run_to_the_letter() {
    for seed in [3, 17] {
        assert_eq!(play(seed, Plant::Nothing), play(seed, Plant::Nothing), "SEED={seed}");
    }
    assert_ne!(play(3, Plant::Nothing).hash, play(17, Plant::Nothing).hash);
}

/// A simulation that cannot fail proves nothing.
#[test]
fn sim_each_planted_fault_is_found() {
    for plant in PLANTS {
        let is_found = |seed: &u64| !play(*seed, *plant).complaints.is_empty();
        let first = (0..MOST_SEEDS).find(is_found);
        let Some(seed) = first else {
            panic!("{plant:?} is not found within {MOST_SEEDS} seeds");
        };
        say(format_args!("{plant:?} is found by SEED={seed}"));
    }
}

/// Runs seeds side by side.
fn for_each(seeds: &[u64], run: impl Fn(u64) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..N_THREADS {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(*seed);
                }
            });
        }
    });
}

fn expect_fine(seed: u64, verdict: &Verdict) {
    let (complaints, trace) = (&verdict.complaints, verdict.trace.join("\n"));
    assert!(complaints.is_empty(), "SEED={seed}\n{trace}\n{complaints:#?}\nSEED={seed}");
}

/// Figures for whoever wants to see them (`--nocapture`).
#[expect(clippy::print_stdout, reason = "shown to whoever asks the test runner for it")]
fn say(what: std::fmt::Arguments<'_>) {
    println!("{what}");
}

#[expect(clippy::disallowed_methods, reason = "a test is told its seed by whoever repeats it")]
fn seeds(n_usual: u64) -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("SEED") {
        Some(seed) => vec![seed],
        None => (0..number("SEEDS").unwrap_or(n_usual)).collect(),
    }
}
