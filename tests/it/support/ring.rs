//! A real Cassandra of one or three nodes, started by the scripts of `cluster/cassandra`. The script
//! stays as the ring's keeper and ends it when the pipe from this program closes: at the end of a
//! test, after a panic, and when this program is killed.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a ring is like. The default is the quickest: one node that anybody may talk to.
#[derive(Clone, Copy, Default)]
pub struct RingShape {
    pub size: RingSize,
    pub encryption: Encryption,
    pub login: Login,
}

#[derive(Clone, Copy, Default)]
pub enum RingSize {
    #[default]
    One,
    Three,
}

/// What a connection of a client needs.
#[derive(Clone, Copy, Default)]
pub enum Encryption {
    #[default]
    Plain,
    /// TLS; the node shows a certificate.
    Server,
    /// TLS; the client must show one too.
    Both,
}

/// Whether a client must give a name and a password.
#[derive(Clone, Copy, Default)]
pub enum Login {
    #[default]
    Anyone,
    Password,
}

/// A running ring. It ends when this is dropped.
pub struct Ring {
    /// Its standard input stays open as long as the ring shall live.
    keeper: Child,
    facts: BTreeMap<String, String>,
}

/// One node of a ring, to be mistreated.
pub struct RingNode<'a> {
    ring: &'a Ring,
    number: usize,
}

/// What a node is found doing.
#[derive(Debug, PartialEq, Eq)]
pub enum NodeState {
    Down,
    Frozen,
    Silent,
    Answers,
}

static SHARED: OnceLock<Ring> = OnceLock::new();
static N_RINGS: AtomicUsize = AtomicUsize::new(0);
static N_KEYSPACES: AtomicUsize = AtomicUsize::new(0);

impl Ring {
    /// Starts a ring and returns when every node answers and reaches every other.
    pub fn start(shape: RingShape) -> Self {
        Self::launch(&shape.options())
    }

    fn launch(options: &[&str]) -> Self {
        let number = N_RINGS.fetch_add(1, Ordering::Relaxed);
        let name = format!("holdfast-ring-{}-{number}", std::process::id());
        let keeper = script("up")
            .arg("--until-closed")
            .args(options)
            .arg(std::env::temp_dir().join(name))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What ends the group of the tests must not end the one that cleans up after them.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut ring = Self { keeper, facts: BTreeMap::new() };
        ring.read_facts();
        ring
    }

    /// The ring of one plain node that the tests of this program share; each takes a keyspace of its
    /// own in it, and none mistreats it.
    pub fn shared() -> &'static Self {
        // Dozens of keyspaces come to hundreds of tables, and each wants room.
        let options = [&RingShape::default().options()[..], &["--heap", "1g"]].concat();
        SHARED.get_or_init(|| Self::launch(&options))
    }

    /// A name that no other test of this program gives to its keyspace.
    pub fn new_keyspace() -> String {
        format!("test_{}", N_KEYSPACES.fetch_add(1, Ordering::Relaxed))
    }

    /// Where clients connect, as `address:port`, node 1 first.
    pub fn contact_points(&self) -> Vec<String> {
        self.fact("RING_CONTACT_POINTS").split(',').map(str::to_owned).collect()
    }

    pub fn datacenter(&self) -> &str {
        self.fact("RING_DATACENTER")
    }

    /// The name and the password of the one account of a ring with [`Login::Password`].
    pub fn account(&self) -> (&str, &str) {
        (self.fact("RING_USERNAME"), self.fact("RING_PASSWORD"))
    }

    /// The folder with nothing but the certificate of the authority that signed the nodes'.
    pub fn trusted(&self) -> &Path {
        Path::new(self.fact("RING_TRUSTED"))
    }

    /// The certificate and the key that a ring with [`Encryption::Both`] wants to be shown.
    pub fn client_certificate(&self) -> (&Path, &Path) {
        let file = |name| Path::new(self.fact(name));
        (file("RING_CLIENT_CERTIFICATE"), file("RING_CLIENT_KEY"))
    }

    /// The folder of the ring: `node-1/log/system.log` is the first place to look at.
    pub fn folder(&self) -> &Path {
        Path::new(self.fact("RING_FOLDER"))
    }

    /// One of its nodes; the first is 1.
    pub fn node(&self, number: usize) -> RingNode<'_> {
        RingNode { ring: self, number }
    }

    /// Waits until every node reaches every other.
    pub fn wait_until_whole(&self) {
        run(script("node").arg("whole").arg(self.folder()));
    }

    /// Reads what the keeper says of the ring; the last thing is that it is ready.
    fn read_facts(&mut self) {
        for line in BufReader::new(self.keeper.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            self.facts.insert(name.to_owned(), value.to_owned());
            if name == "RING_READY" {
                return;
            }
        }
        panic!("the ring did not start; what it said about it stands above");
    }

    fn fact(&self, name: &str) -> &str {
        self.facts.get(name).unwrap_or_else(|| panic!("a ring of this shape has no {name}"))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl RingNode<'_> {
    /// Ends its process at once.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Stops its process: it keeps its connections and says nothing.
    pub fn freeze(&self) {
        self.tell("stop");
    }

    /// Lets a frozen node go on, and waits until it answers.
    pub fn thaw(&self) {
        self.tell("cont");
    }

    /// Has it show this certificate, whatever address stands in it, and believe these clients too, from
    /// its next start on.
    pub fn show(&self, key_store: &str, clients: &[&str]) {
        let file = |name: &str| self.ring.folder().join(name);
        let add = |name: &str, text: &str| {
            let mut added = OpenOptions::new().append(true).open(file(name)).unwrap();
            added.write_all(text.as_bytes()).unwrap();
        };
        fs::write(file(&format!("tls/cassandra-{}.combined.pem", self.number)), key_store).unwrap();
        // Whom it believes, and whom the one believes who asks whether it answers.
        add("tls/authority.pem", &[&[key_store], clients].concat().concat());
        add("ring.env", "RING_ANY_NAME=yes\n");
    }

    /// Starts it again with its data, and waits until it answers.
    pub fn start(&self) {
        self.tell("start");
    }

    pub fn contact_point(&self) -> String {
        self.ring.contact_points().swap_remove(self.number - 1)
    }

    /// Looks at its process and puts a statement to it.
    pub fn state(&self) -> NodeState {
        let line = self.tell("status");
        match line.split_whitespace().last() {
            Some("down") => NodeState::Down,
            Some("frozen") => NodeState::Frozen,
            Some("answers") => NodeState::Answers,
            _ => NodeState::Silent,
        }
    }

    fn tell(&self, what: &str) -> String {
        run(script("node").arg(what).arg(self.ring.folder()).arg(self.number.to_string()))
    }
}

impl RingShape {
    fn options(self) -> Vec<&'static str> {
        let mut options = vec!["--nodes"];
        options.push(match self.size {
            RingSize::One => "1",
            RingSize::Three => "3",
        });
        options.push("--tls");
        options.push(match self.encryption {
            Encryption::Plain => "none",
            Encryption::Server => "server",
            Encryption::Both => "both",
        });
        match self.login {
            Login::Anyone => {}
            Login::Password => options.push("--password"),
        }
        options
    }
}

fn script(name: &str) -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cluster/cassandra");
    Command::new(folder.join(name))
}

fn run(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?} failed; what it said stands above");
    String::from_utf8(output.stdout).unwrap()
}
