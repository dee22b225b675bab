//! A node records its day, and the day is lived again with another strategy.

use super::real::Centre;
use crate::support::patience::eventually;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Whoever comes waits for somebody whom nobody knows.
const FOR_NOBODY: &str = r#"
[queues.chat-inbound]
views = [{ name = "all", strategy = "wait" }]
[strategies.wait]
start = "find"
fault = "find"
blocks = { find = { do = "route", targets = [{ agent = "nobody" }], timeout = 600, timed-out = "find", queue = "chat-inbound" } }
"#;

#[actix_web::test]
async fn what_a_node_has_recorded_is_lived_again_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let days = folder.path().join("days");
    let record = format!("workflow.record={}", days.display());
    let centre = Centre::start(&folder.path().join("data"), &[&record]);
    let mut ada = centre.agent("ada").await;
    let ann = centre.chat().await;
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let ivy = centre.chat().await;
    let stop = json!({ "type": "stopProcessing", "interactionId": ann.id, "reason": "done" });
    assert_eq!(ada.ask(stop).await["type"], "ack");
    let facts = eventually("all is recorded", async || {
        let file = fs::read_dir(&days).ok()?.next()?.ok()?.path();
        let facts = fs::read_to_string(&file).ok()?;
        facts.contains("processing_stopped").then_some(file)
    })
    .await;

    let file = facts.display().to_string();
    let recorded = holdfast(&["workflow", "record", &file, &file]);
    let lines = String::from_utf8(recorded.stdout).unwrap();
    let day: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| day.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(of(&ann.id)["end"]["served"]["by"], "ada", "{lines}");
    assert!(of(&ivy.id)["end"]["waiting"]["waited"].is_u64(), "{lines}");
    assert!(
        day.iter().any(|line| line["kind"] == "agent" && line["desk"]["media"]["chat"] == true)
    );

    let log = folder.path().join("day.jsonl");
    let strategy = folder.path().join("new.toml");
    fs::write(&log, &lines).unwrap();
    fs::write(&strategy, FOR_NOBODY).unwrap();
    let replay = |seed: &str| {
        let (log, strategy) = (shown(&log), shown(&strategy));
        let arguments =
            ["workflow", "replay", "--log", &log, "--strategy", &strategy, "--today", "none"];
        let told = holdfast(&[&arguments[..], &["--seed", seed]].concat());
        String::from_utf8(told.stdout).unwrap()
    };
    let told = replay("7");
    let served = told.lines().find(|line| line.starts_with("served ")).unwrap();
    let served: Vec<&str> = served.split_whitespace().collect();
    assert_eq!(served[1], "1", "{told}");
    assert_ne!(served[2], "0", "{told}");
    assert_eq!(served[3], "0", "nobody is found by the changed strategy: {told}");
    assert!(told.contains("seed 7") && told.contains("Kaplan-Meier"), "{told}");
    assert_eq!(replay("7"), told);
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn holdfast(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_holdfast")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}
