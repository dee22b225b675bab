//! A node under measurement: the program itself, on a core and a data folder of its own, with limits that
//! a load does not reach; and what it has cost.

use crate::apart::program::{CONFIG, PASSWORD, Program, accounts};
use crate::watch::float;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use std::fs;
use std::net::TcpListener;
use std::ops::Deref;
use std::path::PathBuf;

pub const N_AGENTS: usize = 50;

/// One thread for each purpose, and nothing that stops a load. What customers may be silent for says
/// whoever starts it.
const SETTINGS: &[&str] = &[
    "node.arbiters=1",
    "limits.session-max-events=1000000",
    "limits.send-rate=1000",
    "limits.send-burst=10000",
    "limits.create-rate=0",
    "cometd.handshake-rate=0",
    "limits.requests-waiting=10000",
    "privileges.agent=use-chat,pull-from-queues",
];

pub struct Node {
    /// None only while it is started again.
    program: Option<Program>,
    folder: PathBuf,
    settings: Vec<String>,
}

impl Node {
    pub fn start(name: &str, settings: &[&str]) -> Self {
        // On the disk of the build, since the system's folder for such things may be memory.
        let name = format!("bench-{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What an earlier run left, if it was interrupted.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(CONFIG), accounts(N_AGENTS, &password_hash())).unwrap();
        let listeners = ["customer", "agent", "health"].map(|name| {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            format!("listen.{name}={free}")
        });
        let settings = SETTINGS.iter().chain(settings).map(|setting| (*setting).to_owned());
        let settings: Vec<_> = settings.chain(listeners).collect();
        Self { program: Some(Program::start(&program(), &folder, &settings)), folder, settings }
    }

    /// Ends it as a power failure would, and starts it again on the same data and ports.
    pub fn kill_and_start(&mut self) {
        drop(self.program.take());
        self.program = Some(Program::start(&program(), &self.folder, &self.settings));
    }

    /// CPU time of all its threads so far, in nanoseconds.
    pub fn cpu(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process())).unwrap();
        let spent = tasks.map(|task| {
            let path = task.unwrap().path().join("schedstat");
            // A thread may end between two looks.
            let text = fs::read_to_string(path).unwrap_or_default();
            text.split(' ').next().and_then(|spent| spent.parse::<u64>().ok()).unwrap_or_default()
        });
        spent.sum()
    }

    /// Memory that it holds for itself, in bytes.
    pub fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        float(line.split_whitespace().nth(1).unwrap().parse().unwrap()) * 1024.0
    }
}

impl Deref for Node {
    type Target = Program;

    fn deref(&self) -> &Program {
        self.program.as_ref().unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.program.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Memory of the kernel for all sockets of the machine, in bytes: both ends.
pub fn kernel_memory() -> f64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find(|line| line.starts_with("Slab:")).unwrap();
    float(line.split_whitespace().nth(1).unwrap().parse().unwrap()) * 1024.0
}

/// The program of this build, or the one that `HOLDFAST` names.
fn program() -> String {
    #[expect(clippy::disallowed_methods, reason = "a measurement has no configuration")]
    let named = std::env::var("HOLDFAST");
    named.unwrap_or_else(|_| env!("CARGO_BIN_EXE_holdfast").to_owned())
}

/// Of the one password, and cheap to check: who logs in is no part of what is measured.
pub fn password_hash() -> String {
    let params = Params::new(8, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}
