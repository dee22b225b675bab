//! What it costs to bring a routing domain with 10,000 open interactions back from the embedded store: the
//! steps of a take-over, one after the other, without actors. `benches/README.md` keeps the figures of the
//! last run.
//!
//! Each restoration is a process of its own, on a copy of the same data folder, so that its memory is that of
//! nothing else.

#![expect(clippy::unwrap_used, reason = "a measurement that goes wrong has to stop")]
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod busy;
mod owner;
mod restored;
#[path = "../ring/spread.rs"]
#[expect(dead_code, reason = "latencies are told elsewhere")]
mod spread;

use busy::Busy;
use owner::Owner;
use restored::Restored;
use std::fs;
use std::path::Path;

const N_ROUNDS: usize = 7;

/// How long a log may become beside its snapshot before the domain is claimed anew: four events for each
/// interaction and agent.
const LONGEST_TAIL: usize = 40_000;

/// What the child is told to do.
const RESTORE: &str = "--restore";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.iter().position(|one| one == RESTORE) {
        Some(at) => {
            println!(
                "{}",
                runtime.block_on(restored::measure(Path::new(&arguments[at + 1]))).line()
            );
        }
        None => runtime.block_on(measure()),
    }
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, sealed, tail] = ["whole", "sealed", "tail"].map(|name| folder.path().join(name));

    let (mut owner, nothing) = Owner::take_over(&whole).await;
    let mut busy = Busy::begin(nothing);
    owner.append(busy.fill()).await;
    drop(owner);
    copy(&whole, &sealed);
    // To take it over leaves the snapshot at the head of the log.
    drop(Owner::take_over(&sealed).await);
    copy(&sealed, &tail);
    let (mut owner, domain) = Owner::take_over(&tail).await;
    let mut busy = Busy::begin(domain);
    owner.append(busy.work(LONGEST_TAIL)).await;
    drop(owner);

    println!(
        "| the log holds | events | MB | read, ms | folded, ms | snapshot written, ms | all, ms | memory grows by, MB | most, MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, from) in [
        ("every event since the beginning", &whole),
        ("a snapshot", &sealed),
        ("a snapshot, and as many events as it may", &tail),
    ] {
        let rounds: Vec<_> = (0..N_ROUNDS)
            .map(|n| {
                let copied = folder.path().join(format!("round-{n}"));
                copy(from, &copied);
                let restored = restored::in_a_process(&copied);
                fs::remove_dir_all(&copied).unwrap();
                restored
            })
            .collect();
        println!("| {name} | {}", Restored::row(&rounds));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
