//! The reference clients of CometD, and others, through a chat each: `tests/clients`.

use crate::support::cluster::{Cluster, Plan};
use crate::support::process::Process;
use crate::support::rig::Rig;
use crate::support::ring::Ring;
use actix_web::web;
use holdfast::chat::Policy;
use holdfast::config::Config;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

/// Longer than anything takes that is done to nodes here, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

#[actix_web::test]
async fn the_reference_clients_find_what_they_expect() {
    let mut config = Config::default();
    // All of them come from one address, and the clock stands still.
    (config.limits.create_rate, config.cometd.handshake_rate) = (0, 0);
    let policy = Policy { send_rate: 1_000, send_burst: 1_000, ..Policy::default() };
    let rig = Rig::start_with(config, policy);
    let base = rig.base.clone();

    let run = move || Command::new("tests/clients/run").arg(base).output();
    let output = web::block(run).await.unwrap().unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("every client found what it expects\n"), "{said}");
    rig.stop().await;
}

#[test]
fn customers_talk_on_while_their_node_is_killed_and_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    let mut talk = Talk::begin(&node.customer, "javascript-*-plain");

    talk.goes_on();
    node.kill();
    node.start_again();
    talk.goes_on();
    assert!(node.terminate().success());
    node.start_again();
    talk.goes_on();

    assert_eq!(talk.ends(), "everybody found everything");
}

#[test]
fn customers_of_three_nodes_talk_on_while_one_is_killed_and_one_is_drained() {
    let settings = &["cluster.lb-delay=2"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let balancer = cluster.balancer();
    let mut talk = Talk::begin(&balancer.customers, "*");

    talk.goes_on();
    cluster.kill(0);
    talk.goes_on();
    cluster.start_node(0);
    assert!(cluster.node_mut(1).terminate().success());
    talk.goes_on();

    assert_eq!(talk.ends(), "everybody found everything");
}

/// Customers with the reference clients, who talk whatever happens to their nodes.
struct Talk {
    child: Child,
    /// Its end is the end of the talk.
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    /// How many messages each of them has said.
    said: BTreeMap<String, u32>,
}

impl Talk {
    fn begin(base: &str, who: &str) -> Self {
        let mut command = Command::new("tests/clients/talk");
        command.args([base, who]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody listens any more when the test has failed.
                let _ = sender.send(line);
            }
        });
        let mut talk = Self { input: child.stdin.take(), child, lines, said: BTreeMap::new() };
        let talking = talk.next(PATIENCE);
        let names = talking.strip_prefix("talking: ").unwrap_or_else(|| panic!("{talking}"));
        talk.said = names.split_whitespace().map(|name| (name.to_owned(), 0)).collect();
        assert!(!talk.said.is_empty(), "nobody is called like {who}");
        talk
    }

    /// Waits until each of them has said ten more messages.
    fn goes_on(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let already: Vec<_> = self.lines.try_iter().collect();
        already.iter().for_each(|line| self.note(line));
        let wanted: BTreeMap<_, _> =
            self.said.iter().map(|(name, n)| (name.clone(), n + 10)).collect();
        while self.said.iter().any(|(name, n)| *n < wanted[name]) {
            let line = self.next(deadline.saturating_duration_since(Instant::now()));
            self.note(&line);
        }
    }

    fn note(&mut self, line: &str) {
        let (name, n) = line.split_once(" has said ").unwrap_or_else(|| panic!("{line}"));
        *self.said.get_mut(name).unwrap() = n.parse().unwrap();
    }

    fn next(&self, patience: Duration) -> String {
        let line = self.lines.recv_timeout(patience);
        line.unwrap_or_else(|error| panic!("{error}: they have come to {:?}", self.said))
    }

    /// Ends it; what is said of it at last.
    fn ends(mut self) -> String {
        self.input = None;
        let said: Vec<_> = self.lines.iter().filter(|line| !line.contains(" has said ")).collect();
        assert!(self.child.wait().unwrap().success(), "{said:#?}");
        said.last().cloned().unwrap_or_default()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It ends those whom it has started.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
