//! The option reference and the sample configuration say what the program does.

use holdfast::config::{Config, Sources, reference, show};
use std::fs;
use std::path::{Path, PathBuf};

const SAMPLE: &str = "ops/holdfast.toml";

#[test]
fn the_option_reference_is_that_of_this_program() {
    let written = fs::read_to_string("docs/options.md").unwrap();

    assert!(written == reference(), "docs/options.md is out of date: run `make doc-options`");
}

#[test]
fn the_sample_as_it_is_sets_nothing() {
    assert_eq!(shown(Some(PathBuf::from(SAMPLE))), shown(None));
}

#[test]
fn the_sample_shows_every_option_with_its_default() {
    let sample = fs::read_to_string(SAMPLE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.toml");
    fs::write(&path, switched_on(&sample)).unwrap();

    assert_eq!(shown(Some(path)), shown(None));
    for line in shown(None).lines().filter(|line| line.contains(" = ") && !line.starts_with('#')) {
        assert!(sample.contains(&format!("#{line}\n")), "{SAMPLE} lacks {line}");
    }
}

/// The sample with its defaults in force. Words have a space after their `#`, values have none.
fn switched_on(sample: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(value) if value.starts_with(|c: char| c.is_ascii_lowercase()) => value.to_owned(),
        _ => line.to_owned(),
    };
    sample.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn shown(file: Option<PathBuf>) -> String {
    assert!(file.as_deref().is_none_or(Path::exists));
    match Config::read(&Sources { file, ..Sources::default() }) {
        Ok(loaded) => show(&loaded),
        Err(faults) => panic!("{faults}"),
    }
}
