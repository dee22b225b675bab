//! What a process has cost: CPU time of its threads, and memory.

use std::fs;

/// CPU time so far, in nanoseconds, by what the thread does. Times of threads are exact; those of
/// the process come in ticks of ten milliseconds, and include threads that have ended.
#[derive(Clone, Debug, Default)]
pub struct Cpu {
    pub threads: Vec<(String, u64)>,
    pub ticks: u64,
}

/// A tick of `/proc/PID/stat`, in nanoseconds: the same on every Linux that Rust runs on.
const TICK: u64 = 10_000_000;

impl Cpu {
    pub fn of(process: u32) -> Self {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let mut ids: Vec<u64> = tasks
            .map(|task| task.unwrap().file_name().to_str().unwrap().parse().unwrap())
            .collect();
        // In the order of their start, which tells threads of the same name apart.
        ids.sort_unstable();
        let threads = ids.into_iter().map(|id| {
            let of_thread = |what: &str| {
                fs::read_to_string(format!("/proc/{process}/task/{id}/{what}")).unwrap_or_default()
            };
            let spent = of_thread("schedstat");
            let spent = spent.split(' ').next().and_then(|text| text.parse().ok());
            (of_thread("comm").trim().to_owned(), spent.unwrap_or_default())
        });
        Self { threads: threads.collect(), ticks: ticks(process) }
    }

    /// All threads together.
    pub fn total(&self) -> u64 {
        self.threads.iter().map(|(_, spent)| spent).sum()
    }

    /// What was spent since an earlier look, by thread.
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |idx: usize| earlier.threads.get(idx).map_or(0, |(_, spent)| *spent);
        let threads = self.threads.iter().enumerate();
        let threads = threads.map(|(idx, (name, spent))| (name.clone(), spent - before(idx)));
        Self { threads: threads.collect(), ticks: self.ticks - earlier.ticks }
    }

    /// The threads of a node by what they are for.
    pub fn by_part(&self) -> Parts {
        let mut parts = Parts::default();
        let mut n_runtimes = 0;
        for (name, spent) in &self.threads {
            if name == "store-writer" {
                parts.store += spent;
            } else if name.starts_with("actix-rt") {
                n_runtimes += 1;
                match n_runtimes {
                    1 => parts.sessions += spent,
                    2 => parts.customers += spent,
                    3 => parts.agents += spent,
                    _ => parts.rest += spent,
                }
            } else {
                parts.rest += spent;
            }
        }
        parts
    }
}

/// CPU time of a node with one thread for each purpose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    pub customers: u64,
    pub sessions: u64,
    pub store: u64,
    pub agents: u64,
    pub rest: u64,
}

/// `utime` and `stime`.
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<_> = after_name.split(' ').collect();
    [11, 12].map(|idx| fields[idx].parse::<u64>().unwrap() * TICK).iter().sum()
}

/// CPU time that anybody has used on this machine, in nanoseconds.
pub fn machine() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap();
    let fields = stat.lines().next().unwrap().split_whitespace().skip(1);
    let fields: Vec<u64> = fields.map(|field| field.parse().unwrap()).collect();
    // user, nice, system; not idle and iowait; irq, softirq, steal.
    [0, 1, 2, 5, 6, 7].iter().map(|idx| fields[*idx] * TICK).sum()
}

/// Memory that a process holds for itself, in bytes.
pub fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}
