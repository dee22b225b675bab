//! The node under measurement: the program itself, on one core, with accounts of agents that have one
//! password.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The core of whatever is measured, and that of the measuring program.
pub const CORE: &str = "0";
pub const OWN_CORE: &str = "1";

pub const PASSWORD: &str = "measured";

/// The configuration's file and the data, in a node's folder.
pub const CONFIG: &str = "bench.toml";
const DATA: &str = "data";

/// A node that runs; it ends, as in a power failure, when it is dropped.
pub struct Program {
    child: Child,
    pub customers: SocketAddr,
    pub agents: SocketAddr,
    /// Kept open: a node whose output nobody reads would fail to write it.
    _output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it on a folder that has its configuration, and waits until it serves.
    pub fn start(program: &str, folder: &Path, settings: &[impl AsRef<str>]) -> Self {
        let mut command = Command::new("taskset");
        command.args(["-c", CORE, program, "serve", "--log-level", "warn"]);
        command.arg("--config").arg(folder.join(CONFIG));
        command.arg("--data-folder").arg(folder.join(DATA));
        for setting in settings {
            command.args(["--set", setting.as_ref()]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let customers = address(&mut output, "customers");
        let agents = address(&mut output, "agents");
        address(&mut output, "health");
        Self { child, customers, agents, _output: output }
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing of it is wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
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

/// Many agents, with the hash of their one password.
pub fn accounts(n_agents: usize, hash: &str) -> String {
    let account = |n| {
        let name = agent_name(n);
        format!("[agents.{name}]\npassword-hash = \"{hash}\"\ncapacity-chat = 1000\n")
    };
    (0..n_agents).map(account).collect()
}

/// Keeps a process on one core.
pub fn pin(process: u32, core: &str) {
    let mut command = Command::new("taskset");
    command.args(["-acp", core, &process.to_string()]).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "two cores are needed");
}
