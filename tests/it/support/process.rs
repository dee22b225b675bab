//! A real node: the program itself, started as a child, with a data folder of its own and ports that
//! were free. It can be killed, and started again on the same data and the same ports.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Mutex;

pub struct Process {
    child: Child,
    folder: PathBuf,
    settings: Vec<String>,
    /// Where its log goes, also after it was started again. Without it, to whoever runs the tests.
    log: Option<PathBuf>,
    pub customer: String,
    pub agent: String,
    pub health: String,
    /// Kept open: a node whose output nobody reads would fail to write it.
    _output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a node on a data folder and waits until it says where it listens.
    pub fn start(folder: &Path, settings: &[&str]) -> Self {
        Self::start_with_log(folder, settings, Stdio::inherit())
    }

    /// Starts a node whose log goes somewhere else than to whoever runs the tests.
    pub fn start_with_log(folder: &Path, settings: &[&str], log: Stdio) -> Self {
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Self::spawn((folder, log), settings, &somewhere())
    }

    /// Starts a node that writes its log at the end of a file, also when it is started again.
    pub fn start_logging_to(file: &Path, folder: &Path, settings: Vec<String>) -> Self {
        let mut node = Self::spawn((folder, appending(file)), settings, &somewhere());
        node.log = Some(file.to_owned());
        node
    }

    /// Ends it as a power failure would, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop.
    pub fn tell_to_stop(&self) {
        self.signal("TERM");
    }

    /// Asks it to read its certificates anew.
    pub fn tell_to_reload(&self) {
        self.signal("HUP");
    }

    /// Waits for its end, and says how it ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// How it ended, if it has.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Asks it to stop, and says how it ended.
    pub fn terminate(&mut self) -> ExitStatus {
        self.tell_to_stop();
        self.wait()
    }

    /// Freezes it: it keeps its connections and says nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after it was frozen.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts it again, on the same data and the same ports.
    pub fn restart(mut self) -> Self {
        self.start_again();
        self
    }

    /// Starts it again in its place, on the same data and the same ports.
    pub fn start_again(&mut self) {
        let port = |url: &str| url.split_once("://").map_or(url, |(_, rest)| rest).to_owned();
        let same = [
            format!("listen.customer={}", port(&self.customer)),
            format!("listen.agent={}", port(&self.agent)),
            format!("listen.health={}", port(&self.health)),
        ];
        self.end();
        let log = self.log.as_deref().map_or_else(Stdio::inherit, appending);
        let mut node = Self::spawn((&self.folder, log), self.settings.clone(), &same);
        node.log = self.log.take();
        *self = node;
    }

    fn end(&mut self) {
        // Already ended, in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn signal(&self, name: &str) {
        let (name, id) = (format!("-{name}"), self.id().to_string());
        assert!(Command::new("kill").args([name, id]).status().unwrap().success());
    }

    /// The password of the account that a node without accounts makes.
    pub fn first_password(&self) -> String {
        std::fs::read_to_string(self.folder.join("first-agent.password")).unwrap()
    }

    fn spawn((folder, log): (&Path, Stdio), settings: Vec<String>, listeners: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.arg("serve").arg("--data-folder").arg(folder).args(["--set", "log.level=warn"]);
        for setting in settings.iter().chain(listeners) {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut address = |name: &str| {
            loop {
                let mut line = String::new();
                assert!(output.read_line(&mut line).unwrap() != 0, "the node ended at its start");
                if let Some(url) = line.strip_prefix(name) {
                    let url = url.trim();
                    let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
                    return url[..end].to_owned();
                }
            }
        };
        let customer = address("customers");
        let agent = address("agents");
        let health = address("health");
        let folder = folder.to_owned();
        Self { child, folder, settings, log: None, customer, agent, health, _output: output }
    }
}

/// A port that nobody listens on. It lies below those that outgoing connections get: while a node is
/// down, a client that tries again and again could otherwise be given the very port it calls.
/// None is given twice.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap();
    let mut ports = std::iter::repeat_with(|| rand::random_range(10_000..32_000));
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(|port| is_free(port) && given.insert(*port)).unwrap()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Listeners that nobody else has.
fn somewhere() -> [String; 3] {
    ["customer", "agent", "health"]
        .map(|listener| format!("listen.{listener}=127.0.0.1:{}", free_port()))
}

fn appending(file: &Path) -> Stdio {
    File::options().create(true).append(true).open(file).unwrap().into()
}
