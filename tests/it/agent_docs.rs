//! The papers of the agent API say what the program does: the schema is current, and every example
//! is a frame.

use holdfast::edge::agent::wire::{Frame, RequestFrame, schema_text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const SCHEMA: &str = "docs/api/agent.schema.json";
const PAPER: &str = "docs/api/agent.md";

/// Sent by both sides.
const BOTH_WAYS: [&str; 2] = ["ping", "pong"];

#[test]
fn the_schema_is_that_of_this_program() {
    if std::env::var_os("HOLDFAST_WRITE_DOCS").is_some() {
        fs::write(SCHEMA, schema_text()).unwrap();
    }
    let written = fs::read_to_string(SCHEMA).unwrap();

    assert!(
        written == schema_text(),
        "{SCHEMA} is out of date: HOLDFAST_WRITE_DOCS=1 cargo test --test it agent_docs"
    );
}

#[test]
fn every_example_is_a_frame_and_every_frame_has_one() {
    let paper = fs::read_to_string(PAPER).unwrap();
    let mut shown = BTreeSet::new();
    for example in examples(&paper) {
        let value: Value = serde_json::from_str(example).unwrap();
        let kind = value["type"].as_str().unwrap().to_owned();
        let request = serde_json::from_str::<RequestFrame>(example);
        let frame = serde_json::from_str::<Frame>(example);
        assert!(request.is_ok() || frame.is_ok(), "{example}\n{request:?}\n{frame:?}");
        if let Ok(frame) = frame {
            assert_eq!(serde_json::from_str::<Frame>(&frame.to_text()).unwrap(), frame);
        }
        shown.insert(kind);
    }

    let known = frame_names();
    assert!(30 < known.len(), "{known:?}");
    let missing: Vec<_> = known.difference(&shown).collect();
    assert!(missing.is_empty(), "{PAPER} has no example of {missing:?}");
    assert!(BOTH_WAYS.iter().all(|kind| shown.contains(*kind)));
}

/// Fenced blocks of JSON, each one frame.
fn examples(paper: &str) -> Vec<&str> {
    let blocks = paper.split("```json\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// Every `type` that the schema knows. Types of events within frames are no frames.
fn frame_names() -> BTreeSet<String> {
    let schema: Value = serde_json::from_str(&schema_text()).unwrap();
    let mut names = BTreeSet::new();
    for definition in ["RequestFrame", "Frame"] {
        collect(&schema["$defs"][definition], &mut names);
    }
    names
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    if let Some(kind) = value["properties"]["type"]["const"].as_str() {
        names.insert(kind.to_owned());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| collect(member, names)),
        Value::Array(members) => members.iter().for_each(|member| collect(member, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
