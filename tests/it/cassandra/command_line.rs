//! What the program says about a ring and its tables to a shell.

use super::section;
use crate::support::ring::Ring;
use std::process::{Command, Output, Stdio};

#[test]
fn tables_are_checked_made_and_swept_from_the_command_line() {
    let keyspace = Ring::new_keyspace();
    let points = section(Ring::shared(), &keyspace).contact_points.join(",");
    let points = format!("cassandra.contact-points={points}");
    let keyspace = format!("cassandra.keyspace={keyspace}");
    let with_ring = |words: &[&str]| {
        let settings = ["--set", &points, "--set", &keyspace];
        holdfast(&[words, &settings].concat())
    };

    let missing = with_ring(&["schema", "check"]);
    let applied = with_ring(&["schema", "apply", "--replication-factor", "1"]);
    let again = with_ring(&["schema", "apply"]);
    let checked = with_ring(&["schema", "check"]);
    let swept = with_ring(&["sweep"]);

    assert_eq!(missing.status.code(), Some(4));
    assert!(errors(&missing).contains("table owner (cql/0002_owner.cql)"), "{missing:?}");
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");
    assert!(answer(&applied).contains("made table fences (cql/0006_fences.cql)\n"));
    assert!(errors(&applied).contains("warning: datacenter1 = 1: with fewer than 3 copies"));
    assert!(answer(&again).contains("nothing was changed"), "{again:?}");
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert!(answer(&checked).contains("is complete"));
    assert_eq!(answer(&swept), "nothing is left over\n", "{swept:?}");
}

#[test]
fn the_tables_are_printed_with_what_was_asked_for() {
    let printed = holdfast(&[
        "schema",
        "print",
        "--keyspace",
        "chat",
        "--replication-factor",
        "2",
        "--datacenter",
        "dc1",
        "--datacenter",
        "dc2",
        "--gc-grace-seconds",
        "172800",
    ]);

    let cql = answer(&printed);
    assert!(cql.starts_with(
        "CREATE KEYSPACE IF NOT EXISTS \"chat\" WITH replication = \
         {'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 2};\n\nUSE \"chat\";\n"
    ));
    assert!(
        cql.contains("gc_grace_seconds = 172800") && !cql.contains("gc_grace_seconds = 864000")
    );
    assert!(cql.contains("default_time_to_live = 7776000"));
    assert!(errors(&printed).contains("warning: dc1 = 2"));
}

#[test]
fn without_a_ring_the_commands_say_what_to_set() {
    let output = holdfast(&["schema", "check"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("set [cassandra] contact-points"), "{output:?}");
}

#[test]
fn a_ring_that_does_not_answer_is_named() {
    let nobody = "cassandra.contact-points=127.0.0.1:1";

    let output = holdfast(&["schema", "check", "--wait", "0", "--set", nobody]);

    assert_eq!(output.status.code(), Some(4));
    let told = errors(&output);
    assert!(told.contains("Cassandra does not answer at 127.0.0.1:1"), "{told}");
}

fn answer(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The program, untouched by the files and the environment of whoever runs the tests.
pub fn holdfast(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(arguments).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).output().unwrap()
}
