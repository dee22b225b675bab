//! The reference clients of CometD, and others, through a chat each: `tests/clients`.

use crate::support::process::Process;
use crate::support::rig::Rig;
use actix_web::web;
use holdfast::chat::Policy;
use holdfast::config::Config;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

#[actix_web::test]
async fn the_reference_clients_find_what_they_expect() {
    let mut config = Config::default();
    // All of them come from one address, and the clock stands still.
    config.limits.create_rate = 0;
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
    let mut survivors = ["websocket", "long-polling"].map(|over| Survivor::begin(&node, over));

    survivors.iter_mut().for_each(|survivor| survivor.has_said(20));
    node.kill();
    node.start_again();
    survivors.iter_mut().for_each(|survivor| survivor.has_said(40));
    assert!(node.terminate().success());
    node.start_again();

    survivors.into_iter().for_each(Survivor::found_everything);
}

/// A customer who talks, whatever happens to his node.
struct Survivor {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Survivor {
    fn begin(node: &Process, over: &str) -> Self {
        let setup = Command::new("tests/clients/setup").output().unwrap();
        assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
        let folder = String::from_utf8(setup.stdout).unwrap();
        let mut command = Command::new("node");
        command.arg(format!("{}/js/survivor.mjs", folder.trim()));
        command.args([&format!("{}/genesys/cometd", node.customer), over, "60"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// Waits until he says that he has come so far.
    fn has_said(&mut self, n_messages: u32) {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{n_messages} messages so far\n"));
    }

    fn found_everything(mut self) {
        assert!(self.child.wait().unwrap().success(), "his words stand above");
    }
}
