//! The short form of the scripted contact centre (`holdfast centre`) against a real node: a judge who
//! knows nothing of the node finds nothing, and would have found what is planted.

use crate::support::accounts::cheap_hash;
use crate::support::process::Process;
use crate::support::screen::holdfast;
use holdfast::cli::centre::accounts::{CAPACITY_OF_SUPERVISORS, capacity};
use holdfast::cli::centre::workflow::{ON_HOLD, skills};
use serde_json::Value;
use std::fs;
use std::path::Path;

const PASSWORD: &str = "swordfish";

#[test]
fn a_short_day_of_the_contact_centre_passes() {
    let folder = tempfile::tempdir().unwrap();
    let node = begin(folder.path(), (10, 2));

    let (code, summary, progress) = run(&node, folder.path(), (10, 2), &["--customers=70"]);

    assert_eq!(code, Some(0), "{summary}{progress}");
    assert!(summary.ends_with("seed 1: PASSED\n"), "{summary}");
    let report = report(folder.path());
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["verdict"], "PASSED", "{check}");
        assert_ne!(check["examined"], 0, "{check}");
    }
    let rehearsal = report["rehearsal"].as_object().unwrap();
    assert!(rehearsal.values().all(|how| how == "noticed"), "{rehearsal:?}");
    // Everything was played that the plan has.
    let played = [
        "transferred",
        "came to conferences",
        "answered questions",
        "intrusions",
        "pulled",
        "rejected",
    ];
    for name in played {
        assert!(report["counts"][name].as_u64().is_some_and(|n| 0 < n), "{name}: {summary}");
    }
}

#[test]
fn a_planted_fault_fails_the_run_and_is_told_with_its_story() {
    let folder = tempfile::tempdir().unwrap();
    let node = begin(folder.path(), (3, 1));

    let few = ["--customers=6", "--arrivals=2", "--plant=double"];
    let (code, summary, progress) = run(&node, folder.path(), (3, 1), &few);

    assert_eq!(code, Some(1), "{summary}{progress}");
    let report = report(folder.path());
    assert_eq!(report["holds"], false);
    let owner = report["checks"].as_array().unwrap().iter().find(|row| row["check"] == "owner");
    assert_eq!(owner.unwrap()["verdict"], "FAILED", "{summary}");
    assert!(summary.contains("the story of "), "{summary}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_begins() {
    let (code, _, complaints) = holdfast(&["centre", "--pace", "0"], &[]);
    assert_eq!(code, Some(2), "{complaints}");

    let (code, _, complaints) = holdfast(&["centre", "--agents", "1"], &[]);
    assert_eq!(code, Some(2), "{complaints}");
}

fn begin(folder: &Path, (n_agents, n_supervisors): (u32, u32)) -> Process {
    let (code, workflow, complaints) = holdfast(&["centre", "workflow"], &[]);
    assert_eq!(code, Some(0), "{complaints}");
    let file = folder.join("workflow.toml");
    fs::write(&file, workflow).unwrap();
    let hash = cheap_hash(PASSWORD);
    let mut settings: Vec<String> = [
        "limits.create-rate=0",
        "limits.send-rate=50",
        "limits.send-burst=200",
        "settings.resume-window=5",
        "interaction.delivering-timeout=6",
        "interaction.reoffer-after=20",
    ]
    .map(str::to_owned)
    .to_vec();
    settings.push(format!("workflow.file={}", file.display()));
    settings.push(format!("interaction-workspace.chat.on-hold-queue={ON_HOLD}"));
    for n in 1..=n_agents {
        let skills: Vec<_> = skills(n).map(|skill| format!("{skill}=1")).collect();
        settings.push(format!("agents.centre-{n}.skills={}", skills.join(",")));
        settings.push(format!("agents.centre-{n}.password-hash={hash}"));
        settings.push(format!("agents.centre-{n}.capacity-chat={}", capacity(n)));
    }
    for n in 1..=n_supervisors {
        settings.push(format!("agents.centre-supervisor-{n}.password-hash={hash}"));
        settings.push(format!("agents.centre-supervisor-{n}.role=supervisor"));
        let capacity = CAPACITY_OF_SUPERVISORS;
        settings.push(format!("agents.centre-supervisor-{n}.capacity-chat={capacity}"));
    }
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    Process::start(&data, &settings)
}

fn run(
    node: &Process,
    folder: &Path,
    (n_agents, n_supervisors): (u32, u32),
    more: &[&str],
) -> (Option<i32>, String, String) {
    let report = folder.join("report.json");
    let arguments = [
        "centre",
        &format!("--target={}", node.customer),
        &format!("--agent-target={}", node.agent),
        &format!("--agents={n_agents}"),
        &format!("--supervisors={n_supervisors}"),
        &format!("--report={}", report.display()),
        "--arrivals=25",
        "--pace=0.5",
        "--poll=0.3",
        "--resume-window=5",
        "--delivering-timeout=6",
        "--reoffer-after=20",
        // One machine for all of them, which may have more to do.
        "--idle-wait=15",
        "--skew=4",
    ];
    // The last word counts.
    let is_said =
        |flag: &str| more.iter().any(|one| one.split('=').next() == flag.split('=').next());
    let usual = arguments.iter().filter(|one| !is_said(one)).copied();
    let arguments: Vec<_> = usual.chain(more.iter().copied()).collect();
    holdfast(&arguments, &[("HOLDFAST_AGENT_PASSWORD", PASSWORD)])
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}
