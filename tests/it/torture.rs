//! `holdfast torture` against a real node: it passes while the node keeps its promises, also over
//! the death of the node, and fails as soon as what it saw is not as it should be.

use crate::support::accounts::cheap_hash;
use crate::support::process::Process;
use crate::support::screen::{Screen, holdfast};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "swordfish";

const N_AGENTS: u32 = 2;

/// A node with accounts for the torture, and where the torture leaves its report.
struct Scene {
    node: Process,
    folder: PathBuf,
}

#[test]
fn a_node_that_keeps_its_promises_passes() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path());
    let owner = format!("localhost:{}", scene.node.agent.rsplit_once(':').unwrap().1);
    let over = "--over=rest,long-polling,websocket";
    let planned = ["--planned", "--baseline=1", "--slower=50", "--longest-ack=30", over];
    let around = ["--metrics", &scene.node.health, "--nodes", &owner];

    let (code, summary, progress) = scene.torture(&[&planned[..], &around[..]].concat());

    assert_eq!(code, Some(0), "{summary}{progress}");
    assert!(summary.contains("everything holds"), "{summary}");
    let report = scene.report();
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["broken"], 0, "{check}");
        assert_eq!(check["notChecked"], Value::Null, "{check}");
        // Every message was acknowledged.
        assert!(check["check"] == "C2" || check["examined"] != 0, "{check}");
    }
    assert_eq!(report["messages"]["sent"], report["messages"]["acknowledged"]);
    let rehearsal = report["rehearsal"].as_object().unwrap();
    assert_eq!(rehearsal.len(), 5);
    assert!(rehearsal.values().all(|how| how == "noticed"), "{rehearsal:?}");
}

#[test]
fn every_planted_fault_fails_the_torture_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::begin(folder.path());

    let plants =
        [("drop", "C1"), ("double", "C1"), ("swap", "C3"), ("leak", "C6"), ("reorder", "C4")];
    for (plant, check) in plants {
        let (code, summary, progress) = scene.torture(&["--plant", plant]);

        assert_eq!(code, Some(1), "{plant}: {summary}{progress}");
        let report = scene.report();
        assert_eq!(report["holds"], false);
        let named = report["checks"].as_array().unwrap().iter().find(|row| row["check"] == check);
        assert_ne!(named.unwrap()["broken"], 0, "{plant}: {summary}");
        let line = summary.lines().find(|line| line.starts_with(check)).unwrap();
        assert!(line.contains("BROKEN"), "{plant}: {summary}");
    }
}

#[test]
fn a_node_that_is_killed_and_comes_back_passes() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::begin(folder.path());
    let file = folder.path().join("password");
    fs::write(&file, PASSWORD).unwrap();
    let file = format!("--agent-password-file={}", file.display());
    // It ends when it is told to.
    let over = "--over=rest,long-polling,websocket";
    let more = [&file, over, "--control=-", "--churn=2", "--minutes=5"].map(str::to_owned);
    let arguments = [scene.arguments(), more.to_vec()].concat();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut screen = Screen::start("torture", &arguments);
    screen.types("phase fault");
    screen.types("note a kill");
    screen.waits_for("all sessions have begun");

    scene = scene.die_and_come_back();
    screen.waits_for("fault: 3 sessions");
    scene = scene.die_and_come_back();
    // Whoever is not back yet has the more to do.
    screen.types("stop");

    screen.waits_for("everything holds");
    assert_eq!(screen.ends(), Some(0));
    let report = scene.report();
    // Whether a message was on its way at that moment is chance; the agent's socket was open.
    let figures = &report["figures"]["fault"];
    let noticed = ["retries", "reconnects"].map(|name| figures[name].as_u64().unwrap());
    assert_ne!(noticed, [0, 0], "{figures}");
    assert!(report["notes"][0].as_str().unwrap().ends_with("a kill"));
}

#[test]
fn accounts_for_the_torture_are_sections_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    let mut screen = Screen::start("accounts", &["torture", "accounts", "--n", "2"]);
    screen.types(PASSWORD);
    let [name, hash] = ["[agents.torture-2]", "password-hash"].map(|line| screen.waits_for(line));
    let capacity = screen.waits_for("capacity-chat");
    assert_eq!(screen.ends(), Some(0));
    fs::write(&file, [name, hash, capacity].join("\n")).unwrap();

    let (code, shown, complaints) =
        holdfast(&["config", "show", "--config", file.to_str().unwrap()], &[]);

    assert_eq!(code, Some(0), "{complaints}");
    assert!(shown.contains("[agents.torture-2]"), "{shown}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_begins() {
    let (code, _, complaints) = holdfast(&["torture", "--rate", "0"], &[]);
    assert_eq!(code, Some(2), "{complaints}");

    let (code, _, complaints) = holdfast(&["torture"], &[]);
    assert_eq!(code, Some(2), "{complaints}");
    assert!(complaints.contains("HOLDFAST_AGENT_PASSWORD"), "{complaints}");
}

impl Scene {
    fn begin(folder: &Path) -> Self {
        let mut settings =
            vec!["limits.create-rate=0".to_owned(), "cometd.handshake-rate=0".to_owned()];
        let hash = cheap_hash(PASSWORD);
        for n in 1..=N_AGENTS {
            settings.push(format!("agents.torture-{n}.password-hash={hash}"));
            settings.push(format!("agents.torture-{n}.capacity-chat=4"));
        }
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let data = folder.join("data");
        fs::create_dir(&data).unwrap();
        Self { node: Process::start(&data, &settings), folder: folder.to_owned() }
    }

    fn die_and_come_back(mut self) -> Self {
        self.node.kill();
        Self { node: self.node.restart(), ..self }
    }

    fn arguments(&self) -> Vec<String> {
        let Self { node, folder } = self;
        let report = folder.join("report.json");
        let arguments = [
            "torture",
            &format!("--target={}", node.customer),
            &format!("--agent-target={}", node.agent),
            &format!("--agents={N_AGENTS}"),
            &format!("--report={}", report.display()),
            "--sessions=3",
            "--rate=15",
            "--poll=0.1",
        ];
        arguments.map(str::to_owned).to_vec()
    }

    /// For some seconds.
    fn torture(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let mut arguments = self.arguments();
        arguments.push("--minutes=0.05".to_owned());
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        holdfast(&arguments, &[("HOLDFAST_AGENT_PASSWORD", PASSWORD)])
    }

    fn report(&self) -> Value {
        let report = fs::read(self.folder.join("report.json")).unwrap();
        serde_json::from_slice(&report).unwrap()
    }
}
