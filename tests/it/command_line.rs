//! What the program answers to a shell: texts on its standard output, and how it ends.

use std::io::Write;
use std::process::{Command, Output, Stdio};

#[test]
fn check_config_tells_all_faults_and_ends_with_3() {
    let output = holdfast(&["check-config", "--set", "log.colour=red", "--set", "node.name=A B"]);

    assert_eq!(output.status.code(), Some(3));
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(complaints.contains("unknown option 'colour' in [log]"), "{complaints}");
    assert!(complaints.contains("[node] name: 'A B' does not fit"), "{complaints}");
}

#[test]
fn check_config_says_what_it_checked() {
    let free = ["customer", "agent", "health"].map(|name| format!("listen.{name}=127.0.0.1:0"));
    let [customer, agent, health] = &free;

    let output = holdfast(&["check-config", "--set", customer, "--set", agent, "--set", health]);

    assert_eq!(output.status.code(), Some(0));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("data folder      ok"), "{report}");
}

#[test]
fn check_config_looks_into_the_credentials_of_mobile_providers() {
    let output = holdfast(&[
        "check-config",
        "--set=push.firebase.type=fcm",
        "--set=push.firebase.credentials={}",
        "--set=push.apple.type=apns",
        "--set=push.apple.credentials=hush-4711",
        "--set=push.apple.team-id=T",
        "--set=push.apple.key-id=K",
        "--set=push.apple.topic=com.example.app",
    ]);

    assert_eq!(output.status.code(), Some(3));
    let complaints = String::from_utf8(output.stderr).unwrap();
    let account = "[push.firebase] the credentials are not those of a service account";
    assert!(complaints.contains(account), "{complaints}");
    let key = "[push.apple] the credentials hold no P-256 key in PEM form (PKCS#8)";
    assert!(complaints.contains(key), "{complaints}");
    assert!(!complaints.contains("hush-4711"), "they are not repeated: {complaints}");
}

#[test]
fn what_holds_for_an_agent_is_shown_with_who_said_so() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("levels.toml");
    let account = "password-hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA'";
    let lines = [
        "[interaction-workspace]\nchat.on-hold-queue = 'of-all'",
        "[agent-groups.sales]\nchat.on-hold-queue = 'of-sales'",
        &format!("[agents.ada]\n{account}\ngroups = ['sales']\n[agents.bob]\n{account}"),
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let shown = |agent: &str| {
        let file = file.to_str().unwrap();
        let output = holdfast(&["--config", file, "config", "show", "--origin", "--agent", agent]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };

    let [(_, ada), (_, bob), (zoe, _)] = ["ada", "bob", "zoe"].map(shown);

    assert!(ada.contains("chat.on-hold-queue = \"of-sales\"  # agent group sales, "), "{ada}");
    assert!(ada.contains("levels.toml:4:1\n"), "{ada}");
    assert!(bob.contains("chat.on-hold-queue = \"of-all\"  # application, "), "{bob}");
    assert!(bob.contains("default-capacity-chat = 3  # application, default\n"), "{bob}");
    assert_eq!(zoe, Some(2));
}

#[test]
fn a_data_folder_that_cannot_be_ends_with_4_and_an_address_with_5() {
    let folder = holdfast(&["check-config", "--data-folder", "/dev/null/data"]);
    let address = holdfast(&["check-config", "--set", "listen.agent=192.0.2.1:80"]);

    assert_eq!((folder.status.code(), address.status.code()), (Some(4), Some(5)));
}

#[test]
fn a_node_of_a_cluster_without_its_key_or_with_a_bad_one_ends_with_3() {
    let listeners = ["customer", "agent", "health", "peer"];
    let listeners = listeners.map(|name| format!("listen.{name}=127.0.0.1:0"));
    let mut serve = vec!["serve", "--set", "cassandra.contact-points=127.0.0.1:1"];
    listeners.iter().for_each(|listener| serve.extend(["--set", listener]));

    let missing = holdfast(&serve);
    serve.extend(["--set", "cluster.key=abc"]);
    let bad = holdfast(&serve);

    for (output, complaint) in [(missing, "[cluster] key is missing"), (bad, "64 hex digits")] {
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(complaint));
    }
}

#[test]
fn a_workflow_file_is_checked_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flow.toml");
    std::fs::write(&file, "[strategies.a]\nstart = \"b\"\nfault = \"c\"\n").unwrap();

    let faulty = holdfast(&["workflow", "check", file.to_str().unwrap()]);
    let shipped = holdfast(&["workflow", "check"]);
    let drawn = holdfast(&["workflow", "draw"]);

    assert_eq!(faulty.status.code(), Some(3));
    let complaints = String::from_utf8(faulty.stderr).unwrap();
    assert!(complaints.contains("flow.toml:1: strategies.a: 'start' leads to 'b'"), "{complaints}");
    assert!(complaints.contains("'fault' leads to 'c'"), "{complaints}");
    assert_eq!((shipped.status.code(), drawn.status.code()), (Some(0), Some(0)));
    assert!(shipped.stdout.starts_with(b"ok: ") && drawn.stdout.starts_with(b"flowchart TD"));
}

#[test]
fn the_script_of_the_workflow_paper_goes_as_it_says() {
    let paper = std::fs::read_to_string("docs/workflow.md").unwrap();
    let example = paper.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let play = |text: &str| {
        let script = folder.path().join("script.txt");
        std::fs::write(&script, text).unwrap();
        holdfast(&["workflow", "try", "async-chat-main-strategy", script.to_str().unwrap()])
    };

    let as_written = play(example);
    let otherwise = play(&example.replace("bob takes it => ends", "bob takes it => nothing"));

    assert_eq!(as_written.status.code(), Some(0), "{as_written:?}");
    assert_eq!(otherwise.status.code(), Some(1));
    let complaints = String::from_utf8(otherwise.stderr).unwrap();
    assert!(complaints.contains("line 6: expected nothing"), "{complaints}");
}

#[test]
fn a_command_that_makes_no_sense_ends_with_2() {
    assert_eq!(holdfast(&["serv"]).status.code(), Some(2));
}

#[test]
fn show_says_where_values_come_from() {
    let output = holdfast(&["config", "show", "--origin", "--log-level", "debug"]);

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("level = \"debug\"  # flag log.level"), "{text}");
    assert!(text.contains("format = \"text\"  # default"), "{text}");
}

#[test]
fn a_password_becomes_a_hash_that_does_not_contain_it() {
    let mut child =
        program(&["hash-password"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hunter42\n").unwrap();

    let output = child.wait_with_output().unwrap();

    let hash = String::from_utf8(output.stdout).unwrap();
    assert!(hash.starts_with("$argon2id$") && !hash.contains("hunter42"), "{hash}");
}

#[test]
fn completions_and_version_are_printed() {
    let completions = holdfast(&["completions", "bash"]);
    let version = holdfast(&["version"]);

    assert!(String::from_utf8(completions.stdout).unwrap().contains("check-config"));
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("holdfast "));
}

fn holdfast(arguments: &[&str]) -> Output {
    program(arguments).stdin(Stdio::null()).output().unwrap()
}

/// The program, untouched by the files and the environment of whoever runs the tests.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(arguments).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}
