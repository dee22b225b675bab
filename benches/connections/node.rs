//! A node under measurement: the program itself, on a core and a data folder of its own, with limits that
//! a load does not reach; and what it has cost.

use crate::watch::float;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The core of the node, and that of this program.
const CORE: &str = "0";
pub const OWN_CORE: &str = "1";

pub const N_AGENTS: usize = 50;
pub const PASSWORD: &str = "measured";

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
    child: Child,
    folder: PathBuf,
    settings: Vec<String>,
    pub customers: SocketAddr,
    pub agents: SocketAddr,
    /// Kept open: a node whose output nobody reads would fail to write it.
    _output: BufReader<ChildStdout>,
}

impl Node {
    pub fn start(name: &str, settings: &[&str]) -> Self {
        // On the disk of the build, since the system's folder for such things may be memory.
        let name = format!("bench-{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What an earlier run left, if it was interrupted.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("bench.toml"), accounts()).unwrap();
        let listeners = ["customer", "agent", "health"].map(|name| {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            format!("listen.{name}={free}")
        });
        let settings = SETTINGS.iter().chain(settings).map(|setting| (*setting).to_owned());
        Self::spawn(folder, settings.chain(listeners).collect())
    }

    /// Ends it as a power failure would, and starts it again on the same data and ports.
    pub fn kill_and_start(&mut self) {
        self.end();
        let (folder, settings) = (self.folder.clone(), self.settings.clone());
        // The old one's folder must stay when it is dropped.
        self.folder = PathBuf::new();
        *self = Self::spawn(folder, settings);
    }

    fn spawn(folder: PathBuf, settings: Vec<String>) -> Self {
        let program = program();
        let mut command = Command::new("taskset");
        command.args(["-c", CORE, &program, "serve", "--log-level", "warn"]);
        command.arg("--config").arg(folder.join("bench.toml"));
        command.arg("--data-folder").arg(folder.join("data"));
        for setting in &settings {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let customers = address(&mut output, "customers");
        let agents = address(&mut output, "agents");
        address(&mut output, "health");
        Self { child, folder, settings, customers, agents, _output: output }
    }

    fn end(&mut self) {
        // Nothing of it is wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// CPU time of all its threads so far, in nanoseconds.
    pub fn cpu(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
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
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        float(line.split_whitespace().nth(1).unwrap().parse().unwrap()) * 1024.0
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
        if self.folder.exists() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Memory of the kernel for all sockets of the machine, in bytes: both ends.
pub fn kernel_memory() -> f64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find(|line| line.starts_with("Slab:")).unwrap();
    float(line.split_whitespace().nth(1).unwrap().parse().unwrap()) * 1024.0
}

fn address(output: &mut BufReader<ChildStdout>, name: &str) -> SocketAddr {
    loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() != 0, "the node ended at its start");
        if let Some((_, rest)) = line.split_once("http://")
            && line.starts_with(name)
        {
            return rest.split('/').next().unwrap().parse().unwrap();
        }
    }
}

/// The program of this build, or the one that `HOLDFAST` names.
fn program() -> String {
    #[expect(clippy::disallowed_methods, reason = "a measurement has no configuration")]
    let named = std::env::var("HOLDFAST");
    named.unwrap_or_else(|_| env!("CARGO_BIN_EXE_holdfast").to_owned())
}

pub fn agent_name(n: usize) -> String {
    format!("agent-{n}")
}

/// Many agents with one password.
fn accounts() -> String {
    let hash = password_hash();
    let account = |n| {
        let name = agent_name(n);
        format!("[agents.{name}]\npassword-hash = \"{hash}\"\ncapacity-chat = 1000\n")
    };
    (0..N_AGENTS).map(account).collect()
}

/// Of the one password, and cheap to check: who logs in is no part of what is measured.
pub fn password_hash() -> String {
    let params = Params::new(8, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}

/// Keeps a process on one core.
pub fn pin(process: u32, core: &str) {
    let mut command = Command::new("taskset");
    command.args(["-acp", core, &process.to_string()]).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "two cores are needed");
}
