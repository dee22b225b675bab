//! The papers of workflow files say what the program does.

mod abandoned;
mod mail;
mod real;
mod recorded;
mod stuck;

use holdfast::workflow::Process;
use holdfast::workflow::strategy::{mermaid, schema_text};
use std::fs;

#[test]
fn the_papers_are_those_of_this_program() {
    for (path, current) in [
        ("docs/workflow.schema.json", schema_text()),
        ("docs/workflow.mmd", mermaid(Process::shipped())),
    ] {
        if std::env::var_os("HOLDFAST_WRITE_DOCS").is_some() {
            fs::write(path, &current).unwrap();
        }
        let written = fs::read_to_string(path).unwrap();
        assert!(
            written == current,
            "{path} is out of date: HOLDFAST_WRITE_DOCS=1 cargo test --test it workflow"
        );
    }
}

#[test]
fn every_example_of_the_paper_is_a_process_without_a_fault() {
    let paper = fs::read_to_string("docs/workflow.md").unwrap();
    let examples: Vec<&str> =
        paper.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let findings = Process::read(example).findings;
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(told, Vec::<String>::new(), "{example}");
    }
}
