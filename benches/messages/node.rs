//! A node under measurement: the program itself, on a core and a data folder of its own, with limits
//! that a load does not reach.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The core of whatever is measured.
pub const CORE: &str = "0";

/// How many accounts of agents a node has.
pub const N_AGENTS: usize = 232;

pub const PASSWORD: &str = "measured";

/// One thread for each purpose, and nothing that stops a load.
const SETTINGS: &[&str] = &[
    "node.arbiters=1",
    "settings.flex-disconnect-timeout=1728000",
    "limits.session-max-events=1000000",
    "limits.session-max-bytes=1073741824",
    "limits.send-rate=1000",
    "limits.send-burst=10000",
    "limits.create-rate=0",
    "limits.requests-waiting=10000",
    "privileges.agent=use-chat,pull-from-queues",
    "listen.customer=127.0.0.1:0",
    "listen.agent=127.0.0.1:0",
    "listen.health=127.0.0.1:0",
];

pub struct Node {
    child: Child,
    folder: PathBuf,
    pub customers: SocketAddr,
    pub agents: SocketAddr,
    /// Kept open: a node whose output nobody reads would fail to write it.
    _output: BufReader<ChildStdout>,
}

impl Node {
    pub fn start(name: &str) -> Self {
        // On the disk of the build, since the system's folder for such things may be memory.
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}"));
        // What an earlier run left, if it was interrupted.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let config = folder.join("bench.toml");
        fs::write(&config, accounts()).unwrap();
        let mut command = Command::new("taskset");
        command.args(["-c", CORE, env!("CARGO_BIN_EXE_holdfast"), "serve", "--log-level", "warn"]);
        command.arg("--config").arg(&config).arg("--data-folder").arg(folder.join("data"));
        for setting in SETTINGS {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let customers = address(&mut output, "customers");
        let agents = address(&mut output, "agents");
        address(&mut output, "health");
        Self { child, folder, customers, agents, _output: output }
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Nothing of it is wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
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

fn password_hash() -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.arg("hash-password").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let answered = child.wait_with_output().unwrap();
    String::from_utf8(answered.stdout).unwrap().trim().to_owned()
}

/// Keeps a process on one core.
pub fn pin(process: u32, core: &str) {
    let mut command = Command::new("taskset");
    command.args(["-acp", core, &process.to_string()]).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "two cores are needed");
}
