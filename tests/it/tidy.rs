//! The rules of the house that the compiler does not know. Each rule is a function from files to
//! complaints, so that a planted slip can prove that it still complains.

mod reader;

use reader::{Source, contains_word, sources_below};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Which part may name which. A part may always name itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("config", &["base"]),
    ("telemetry", &["base"]),
    ("tls", &["base", "config", "telemetry"]),
    ("owned", &["base", "telemetry"]),
    ("chat", &["base", "telemetry", "owned"]),
    ("contact", &["base", "telemetry", "owned"]),
    ("ownership", &["base", "telemetry", "owned"]),
    ("esp", &["base", "chat", "ownership"]),
    ("webhook", &["base", "telemetry"]),
    ("bot", &["base", "telemetry", "chat", "webhook"]),
    ("workflow", &["base", "esp"]),
    ("interaction", &["base", "telemetry", "owned", "workflow"]),
    (
        "store",
        &[
            "base",
            "config",
            "telemetry",
            "tls",
            "owned",
            "chat",
            "interaction",
            "contact",
            "ownership",
        ],
    ),
    (
        "edge",
        &[
            "base",
            "config",
            "telemetry",
            "tls",
            "owned",
            "chat",
            "interaction",
            "contact",
            "ownership",
            "esp",
            "webhook",
        ],
    ),
    (
        "node",
        &[
            "base",
            "config",
            "telemetry",
            "tls",
            "owned",
            "chat",
            "interaction",
            "contact",
            "ownership",
            "esp",
            "workflow",
            "webhook",
            "bot",
            "store",
            "edge",
        ],
    ),
    (
        "cli",
        &[
            "base",
            "config",
            "telemetry",
            "tls",
            "webhook",
            "interaction",
            "workflow",
            "edge",
            "store",
            "node",
        ],
    ),
    ("main", &["cli", "config", "node", "telemetry", "tls"]),
];

/// Names that betray the outside world. Only shells may use them.
const WORLDLY: &[&str] = &[
    "actix",
    "actix_rt",
    "actix_web",
    "actix_ws",
    "SystemRandom",
    "rand",
    "reqwest",
    "rusqlite",
    "tokio",
    "tokio_tungstenite",
    "Instant",
    "SystemTime",
    "TcpListener",
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "fs",
];

/// Parts that are shells as a whole.
const SHELLS: &[&str] = &["tls", "store", "edge", "node", "cli", "main"];

/// What is pure all the same, inside of a shell.
const PURE: &[&str] = &["src/edge/cometd/bayeux"];

/// Single files that are shells, beside every `actor.rs` and `actor/`.
const SHELL_FILES: &[&str] = &["src/telemetry/recorder.rs", "src/telemetry/logs.rs"];

/// What a part that is no shell may name all the same.
const EXCEPTIONS: &[(&str, &[&str])] = &[("config", &["std::env", "std::fs", "fs"])];

/// Where a claim may be made: where it is won, and where the stores prove it.
const CLAIM_MAKERS: &[&str] = &["ownership", "store"];

/// Above 400 a file should have been cut; here it must be.
const LONGEST_FILE: usize = 500;

#[test]
fn parts_name_only_what_stands_below_them() {
    expect_none(sources_below("src").iter().flat_map(directions));
}

#[test]
fn only_shells_touch_the_world() {
    expect_none(sources_below("src").iter().flat_map(worldly_names));
}

#[test]
fn claims_are_made_only_where_they_are_won() {
    expect_none(sources_below("src").iter().flat_map(made_claims));
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    for folder in ["src", "tests"] {
        expect_none(sources_below(folder).iter().flat_map(shape));
    }
}

#[test]
fn no_key_is_committed() {
    let listed = Command::new("git").args(["ls-files", "-z"]).output().unwrap();
    assert!(listed.status.success(), "git does not list the files of this tree");
    let names = String::from_utf8(listed.stdout).unwrap();
    let present = names.split('\0').filter(|name| Path::new(name).is_file());
    let n_files = present.clone().count();
    assert!(50 < n_files, "only {n_files} files are committed: is this the tree?");
    expect_none(present.filter_map(|name| secret_in(name, &fs::read(name).unwrap())));
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let entries = fs::read_dir("docs/decisions").unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "README.md");
    names.sort();
    let titles = names.iter().map(|name| {
        let text = fs::read_to_string(Path::new("docs/decisions").join(name)).unwrap();
        (name.clone(), text.lines().next().unwrap_or("").to_owned())
    });
    expect_none(numbering(&titles.collect::<Vec<_>>()));
}

fn directions(file: &Source) -> Vec<String> {
    let part = file.part();
    if part == "lib" {
        return Vec::new();
    }
    let path = file.path.display();
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else {
        return vec![format!("{path}: {part} has no line in MAY_USE")];
    };
    let mut complaints = Vec::new();
    for used in file.parts_used() {
        if used != part && !allowed.contains(&used.as_str()) {
            complaints.push(format!("{path}: {part} may not use {used}"));
        }
    }
    // Both would leave the part without naming another.
    let is_root_of_part = file.path.ends_with(format!("src/{part}/mod.rs"));
    if file
        .code()
        .any(|line| line.contains("super::super") || is_root_of_part && line.contains("super::"))
    {
        complaints.push(format!("{path}: name it from `crate::` on"));
    }
    complaints
}

fn worldly_names(file: &Source) -> Vec<String> {
    let part = file.part();
    let is_shell_file = SHELL_FILES.iter().any(|shell| Path::new(shell) == file.path);
    let is_pure = PURE.iter().any(|folder| file.path.starts_with(folder));
    let is_shell = SHELLS.contains(&part.as_str()) && !is_pure;
    if is_shell || is_shell_file || file.is_actor() {
        return Vec::new();
    }
    let excepted = EXCEPTIONS.iter().find(|(name, _)| *name == part);
    let excepted = excepted.map_or(&[][..], |(_, words)| words);
    let words = WORLDLY.iter().filter(|word| !excepted.contains(word));
    let named = words.filter(|word| file.code().any(|line| contains_word(line, word)));
    named.map(|word| format!("{}: names {word}", file.path.display())).collect()
}

fn made_claims(file: &Source) -> Option<String> {
    let makes = file.code().any(|line| line.contains("Claim::won"));
    let is_strange = makes && !CLAIM_MAKERS.contains(&file.part().as_str());
    is_strange.then(|| format!("{}: makes a claim", file.path.display()))
}

fn shape(file: &Source) -> Vec<String> {
    let path = file.path.display();
    let mut complaints = Vec::new();
    if !file.text.starts_with("//! ") {
        complaints.push(format!("{path}: has no opening words"));
    }
    let n_lines = file.text.lines().count();
    if LONGEST_FILE < n_lines {
        complaints.push(format!("{path}: has {n_lines} lines"));
    }
    complaints
}

fn secret_in(name: &str, content: &[u8]) -> Option<String> {
    // In one piece it would find itself.
    let mark = ["PRIVATE", "KEY-----"].join(" ");
    let has_mark = content.windows(mark.len()).any(|piece| piece == mark.as_bytes());
    let is_named_so = [".key", ".pem", ".p12"].iter().any(|ending| name.ends_with(ending));
    (has_mark || is_named_so).then(|| format!("{name}: is or contains a key"))
}

fn numbering(titles: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (idx, (name, title)) in titles.iter().enumerate() {
        let number = format!("{:04}", idx + 1);
        if !name.starts_with(&format!("{number}-")) || !name.ends_with(".md") {
            complaints.push(format!("{name}: the next page is {number}-….md"));
        }
        if !title.starts_with(&format!("# {number}. ")) {
            complaints.push(format!("{name}: begins with '{title}', not with '# {number}. '"));
        }
    }
    complaints
}

fn expect_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn planted_slips_are_found() {
    let upward = planted("src/chat/state.rs", "use crate::{base::Millis,\n    store::Store};");
    let unknown = planted("src/novelty/mod.rs", "");
    let sideways = planted("src/chat/actor.rs", "let x = super::super::contact::find();");
    let edge = planted("src/edge/server.rs", "    let store = crate::store::open();");
    let main = planted("src/main.rs", "use holdfast::chat::Session;");
    assert_eq!(directions(&upward), ["src/chat/state.rs: chat may not use store"]);
    assert_eq!(directions(&unknown), ["src/novelty/mod.rs: novelty has no line in MAY_USE"]);
    assert_eq!(directions(&edge), ["src/edge/server.rs: edge may not use store"]);
    assert_eq!(directions(&main), ["src/main.rs: main may not use chat"]);
    assert_eq!(directions(&sideways).len(), 1);

    let rule = planted("src/chat/decide/say.rs", "let now = std::time::Instant::now();");
    let files = planted("src/telemetry/names.rs", "use std::{fs, io};");
    let clock = planted("src/config/read.rs", "use std::time::SystemTime;");
    let protocol = planted("src/edge/cometd/bayeux/client.rs", "use tokio::time::sleep;");
    assert_eq!(worldly_names(&protocol), ["src/edge/cometd/bayeux/client.rs: names tokio"]);
    assert_eq!(worldly_names(&rule), ["src/chat/decide/say.rs: names Instant"]);
    assert_eq!(worldly_names(&files), ["src/telemetry/names.rs: names fs"]);
    assert_eq!(worldly_names(&clock), ["src/config/read.rs: names SystemTime"]);

    let claim = planted("src/chat/actor.rs", "let claim = Claim::won(thing, epoch, lane);");
    assert_eq!(made_claims(&claim), Some("src/chat/actor.rs: makes a claim".into()));

    let silent = Source { path: "src/base/x.rs".into(), text: "fn x() {}\n".repeat(501) };
    assert_eq!(shape(&silent).len(), 2);

    let key = format!("-----BEGIN PRIVATE {}-----", "KEY");
    assert!(secret_in("certs/README.md", key.as_bytes()).is_some());
    assert!(secret_in("certs/node.pem", b"").is_some());

    let gap = [("0002-x.md".to_owned(), "# 0003. X".to_owned())];
    assert_eq!(numbering(&gap).len(), 2);
}

#[test]
fn what_is_allowed_is_not_complained_about() {
    let actor = planted("src/chat/actor.rs", "use actix::Actor;\nuse crate::base::Millis;");
    let soft = planted("src/chat/decide.rs", "    crate::never!(\"no {x}\");\n// Instant, tokio");
    let tests = planted("src/chat/state.rs", "mod tests {\n    use crate::store::x; use tokio;");
    let claim = planted("src/store/embedded.rs", "let claim = Claim::won(thing, epoch, lane);");

    for file in [&actor, &soft, &tests, &claim] {
        assert_eq!(directions(file), Vec::<String>::new());
        assert_eq!(worldly_names(file), Vec::<String>::new());
        assert_eq!(made_claims(file), None);
    }
    assert_eq!(secret_in("src/x.rs", b"the key is private"), None);
}

fn planted(path: &str, code: &str) -> Source {
    Source { path: path.into(), text: format!("//! Planted.\n\n{code}\n") }
}
