//! A node under measurement: the program itself, on a core and a data folder of its own, with limits
//! that a load does not reach.

use crate::apart::program::{CONFIG, PASSWORD, Program, accounts};
use std::fs;
use std::io::Write;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How many accounts of agents a node has.
pub const N_AGENTS: usize = 232;

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
    program: Program,
    folder: PathBuf,
}

impl Node {
    pub fn start(name: &str) -> Self {
        // On the disk of the build, since the system's folder for such things may be memory.
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}"));
        // What an earlier run left, if it was interrupted.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(CONFIG), accounts(N_AGENTS, &password_hash())).unwrap();
        let program = Program::start(env!("CARGO_BIN_EXE_holdfast"), &folder, SETTINGS);
        Self { program, folder }
    }
}

impl Deref for Node {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may still write; what is left then goes with the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn password_hash() -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.arg("hash-password").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let answered = child.wait_with_output().unwrap();
    String::from_utf8(answered.stdout).unwrap().trim().to_owned()
}
