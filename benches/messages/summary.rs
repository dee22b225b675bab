//! The figures as people read them: tables that can be put into `benches/README.md` as they are.

use crate::apart::clock;
use crate::costs::Parts;
use crate::growth;
use crate::ladder::{Pace, Rung, Step, float};
use crate::load::histogram;
use crate::memory::Memory;
use hdrhistogram::Histogram;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What this ran on, in general terms.
pub fn machine() {
    let of_file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = of_file("/proc/cpuinfo");
    let said = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": ")).map_or("?", |(_, value)| value).to_owned()
    };
    let n_cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let commit = commit.map_or_else(|_| Vec::new(), |output| output.stdout);
    println!("* processor: {}, family {}", said("model name"), said("cpu family"));
    println!("* {n_cores} cores; node and bare server have one, the generator another");
    println!("* kernel: Linux {}", of_file("/proc/sys/kernel/osrelease").trim());
    println!(
        "* holdfast {}, commit {}",
        env!("CARGO_PKG_VERSION"),
        String::from_utf8_lossy(&commit).trim()
    );
    println!("* fsync of 4 KiB appended to a file on the same disk: {}\n", disk());
}

/// How long the disk alone takes to have something.
fn disk() -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-fsync");
    let mut file = File::create(&path).unwrap();
    let mut taken = histogram();
    for _ in 0..300 {
        file.write_all(&[7; 4_096]).unwrap();
        let begun = clock::now();
        file.sync_data().unwrap();
        taken.saturating_record(clock::now() - begun);
    }
    fs::remove_file(&path).unwrap();
    quantiles(&taken)
}

pub fn highest(rate: f64) {
    println!("Highest rate that one core kept up with: {rate:.0} delivered messages a second.\n");
}

/// The ladder at one pace.
pub fn rungs(steps: &[Step], pace: Pace) {
    let steps: Vec<_> = steps.iter().filter(|step| step.pace == pace).cloned().collect();
    let rates: Vec<_> = of(&steps, Rung::Delivered).map(|step| step.rate).collect();
    match pace {
        Pace::Half => println!("### At half of the highest rate\n"),
        Pace::FlatOut => println!(
            "### Flat out: 64 requests on their way at any time ({:.0} delivered a second)\n",
            median(&rates)
        ),
    }
    println!(
        "| what a request does | CPU µs, median | min–max | more than above | × bare server |"
    );
    println!("|---|---|---|---|---|");
    let mut above = None;
    for rung in Rung::ALL {
        let costs = costs(&steps, rung);
        let each = median(&costs);
        let more = above.map_or_else(String::new, |above: f64| format!("{:.1}", each - above));
        let ratios = of(&steps, rung).zip(of(&steps, Rung::Reference));
        let ratios: Vec<_> = ratios.map(|(step, bare)| step.each / bare.each).collect();
        let (costs, ratio) = (range(&costs, 1), median(&ratios));
        let ratios = range(&ratios, 2);
        println!("| {} | {each:.1} | {costs} | {more} | {ratio:.2} ({ratios}) |", words(rung));
        above = Some(each);
    }
    let by_ticks = of(&steps, Rung::Delivered).map(|step| step.each_by_ticks / 1e3);
    println!(
        "\n**CPU per 1,000 durable messages, each delivered to one agent socket: {:.1} ms** \
         (by `utime` and `stime` of the process: {:.1} ms).\n",
        median(&costs(&steps, Rung::Delivered)),
        median(&by_ticks.collect::<Vec<_>>())
    );
    parts(&steps);
    let foreign: Vec<_> = steps.iter().map(|step| step.foreign).collect();
    println!(
        "Cores busy with something else meanwhile: {:.2} ({}).\n",
        median(&foreign),
        range(&foreign, 2)
    );
}

fn parts(steps: &[Step]) {
    type Part = fn(&Parts) -> u64;
    let parts: [(&str, Part); 5] = [
        ("customers' HTTP", |parts| parts.customers),
        ("sessions (actors)", |parts| parts.sessions),
        ("store's writer", |parts| parts.store),
        ("agents' sockets", |parts| parts.agents),
        ("the rest", |parts| parts.rest),
    ];
    println!("| thread, CPU µs per message | stored, nobody hears | delivered to an agent |");
    println!("|---|---|---|");
    for (name, part) in parts {
        let each = |rung| {
            let each = of(steps, rung);
            let each = each.map(|step| float(part(&step.parts)) / 1e3 / float(step.n_requests));
            median(&each.collect::<Vec<_>>())
        };
        println!("| {name} | {:.1} | {:.1} |", each(Rung::Alone), each(Rung::Delivered));
    }
    println!();
}

pub fn latency(steps: &[Step], rate: f64) {
    let steps: Vec<_> = steps.iter().filter(|step| step.pace == Pace::Half).cloned().collect();
    println!("### Latency at {rate:.0} messages a second, half of the highest rate\n");
    println!("| from when it was due | p50 / p99 / p99.9 of all rounds | p99 of single rounds |");
    println!("|---|---|---|");
    let row = |name: &str, rung: Rung, look: fn(&Step) -> &Histogram<u64>| {
        let mut all = histogram();
        of(&steps, rung).for_each(|step| all.add(look(step)).unwrap());
        let p99 = of(&steps, rung).map(|step| millis(look(step).value_at_quantile(0.99)));
        println!("| {name} | {} | {} ms |", quantiles(&all), range(&p99.collect::<Vec<_>>(), 2));
    };
    row("a bare server answers", Rung::Reference, |step| &step.acknowledged);
    row("send → acknowledged", Rung::Delivered, |step| &step.acknowledged);
    row("send → at the agent", Rung::Delivered, |step| &step.delivered);
    println!();
}

pub fn growth(rounds: &[[f64; 3]]) {
    println!("### By the number of the message\n");
    println!("| message number in its chat | CPU µs per message, median | min–max |");
    println!("|---|---|---|");
    for (idx, number) in growth::NUMBERS.iter().enumerate() {
        let costs: Vec<_> = rounds.iter().map(|round| round[idx] / 1e3).collect();
        println!("| {number} | {:.1} | {} |", median(&costs), range(&costs, 1));
    }
    println!();
}

pub fn memory(memory: &Memory) {
    let kilobytes = |bytes: u64| float(bytes) / 1e3;
    println!("### Memory\n");
    println!("| what | kB each |");
    println!("|---|---|");
    println!("| active chat with 20 events | {:.1} |", kilobytes(memory.chat));
    println!("| idle agent's socket | {:.1} |", kilobytes(memory.desk));
}

fn words(rung: Rung) -> &'static str {
    match rung {
        Rung::Reference => "bare actix-web server: takes the body, answers",
        Rung::Refused => "node: reads the form, opens the key, refuses",
        Rung::Look => "also asks the session (refresh, nothing new)",
        Rung::Alone => "also stores a message (send, nobody hears)",
        Rung::Delivered => "also brings it to an agent's socket",
    }
}

fn of(steps: &[Step], rung: Rung) -> impl Iterator<Item = &Step> {
    steps.iter().filter(move |step| step.rung == rung)
}

/// Microseconds of each round.
fn costs(steps: &[Step], rung: Rung) -> Vec<f64> {
    of(steps, rung).map(|step| step.each / 1e3).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn range(values: &[f64], n_digits: usize) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{least:.n_digits$}–{most:.n_digits$}")
}

fn quantiles(taken: &Histogram<u64>) -> String {
    let each = [0.5, 0.99, 0.999].map(|quantile| millis(taken.value_at_quantile(quantile)));
    format!("{:.2} / {:.2} / {:.2} ms", each[0], each[1], each[2])
}

fn millis(nanos: u64) -> f64 {
    float(nanos) / 1e6
}
