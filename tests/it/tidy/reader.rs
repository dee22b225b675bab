//! Reads source files as far as the rules need: which part a file belongs to, what it names, and
//! where its tests begin.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Source {
    pub path: PathBuf,
    pub text: String,
}

impl Source {
    /// `chat` of `src/chat/decide/say.rs`, `main` of `src/main.rs`.
    pub fn part(&self) -> String {
        let mut components = self.path.components().skip(1);
        let first = components.next().unwrap().as_os_str().to_string_lossy();
        first.trim_end_matches(".rs").to_string()
    }

    /// Whether the file is the shell of its house: `actor.rs` or something in `actor/`.
    pub fn is_actor(&self) -> bool {
        self.path.components().any(|component| {
            let name = component.as_os_str();
            name == "actor" || name == "actor.rs"
        })
    }

    /// Every part named as `crate::part` or within `use crate::{part::…, other}`; the program names
    /// the library instead.
    pub fn parts_used(&self) -> Vec<String> {
        let code: String = self.code().collect::<Vec<_>>().join("\n");
        let root = if self.part() == "main" { "holdfast::" } else { "crate::" };
        let mut found = Vec::new();
        for after in code.split(root).skip(1) {
            match after.strip_prefix('{') {
                Some(group) => found.extend(heads_of_group(group)),
                None if after.starts_with("never!") => found.push("base".into()),
                None => found.push(first_word(after)),
            }
        }
        found.retain(|name| !name.is_empty());
        found
    }

    /// The lines above the tests of the file, without comments. A file `tests.rs` has none.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let is_test = self.path.file_stem().is_some_and(|stem| stem == "tests");
        let lines = self.text.lines().take_while(move |line| !is_test && *line != "mod tests {");
        lines.filter(|line| !line.trim_start().starts_with("//"))
    }
}

/// Whether a line contains a word that is not part of a longer name.
pub fn contains_word(line: &str, word: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part_of_name) && !after.is_some_and(is_part_of_name)
    })
}

/// All Rust files below a folder, in the order of their names.
pub fn sources_below(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(Path::new(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "no sources below {folder}");
    let read = |path: PathBuf| Source { text: fs::read_to_string(&path).unwrap(), path };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first word of each entry of `a::{b, c}, d}`: commas of inner braces do not count.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(first_word(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(first_word(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn the_reader_of_imports_sees_groups() {
    let group = "ids::{Epoch, Millis}, session, store::StoreError}; fn x() {}";

    assert_eq!(heads_of_group(group), ["ids", "session", "store"]);
    assert!(contains_word("use rand::Rng;", "rand") && !contains_word("let brand = 1;", "rand"));
}
