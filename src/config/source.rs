//! Where values come from: a file, the environment, flags. Each source becomes a list of
//! assignments; what they mean is not judged here.

use crate::config::fault::{Fault, Origin};
use crate::config::field::Raw;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What every name of an option in the environment begins with.
const PREFIX: &str = "HOLDFAST__";

/// Names the file, if no flag does.
const FILE_VARIABLE: &str = "HOLDFAST_CONFIG";

/// Read if it is there and nobody names another.
const USUAL_FILE: &str = "holdfast.toml";

/// All that a configuration is read from. Later ones win: file, environment, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    pub environment: Vec<(String, String)>,
    /// Each `section.option=value`.
    pub flags: Vec<String>,
}

impl Sources {
    /// The sources of this process. The only place that reads the environment.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<String>) -> Self {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = environment.iter().find(|(name, _)| name == FILE_VARIABLE);
        let named = named.map(|(_, path)| PathBuf::from(path));
        let usual = Some(PathBuf::from(USUAL_FILE)).filter(|path| path.exists());
        Self { file: file.or(named).or(usual), environment, flags }
    }
}

/// A value on its way to an option.
#[derive(Debug)]
pub struct Assignment {
    pub section: SectionName,
    pub option: String,
    pub value: Raw,
    pub origin: Origin,
}

/// A section as a source names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionName {
    pub first: String,
    pub second: Option<String>,
    /// Whether case and dashes were lost on the way, as in the names of the environment.
    pub folded: bool,
}

impl SectionName {
    fn plain(first: &str, second: Option<&str>) -> Self {
        let second = second.map(str::to_owned);
        Self { first: first.to_owned(), second, folded: false }
    }

    /// A name as it stands between brackets: `settings`, `endpoints:Environment`, `agents.bob`.
    fn parse(title: &str) -> Self {
        match title.split_once([':', '.']) {
            Some((first, second)) => Self::plain(first, Some(second)),
            None => Self::plain(title, None),
        }
    }
}

/// The assignments of a file.
pub fn from_file(path: &Path, faults: &mut Vec<Fault>) -> Vec<Assignment> {
    let shown = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => from_text(&shown, &text, faults),
        Err(error) => {
            let origin = Origin::File { path: shown, line: 1, column: 1 };
            let what = format!("the file cannot be read: {error}");
            let remedy = "name a readable file with --config, or none".into();
            faults.push(Fault { origin, what, remedy });
            Vec::new()
        }
    }
}

/// The assignments of a text in TOML.
fn from_text(path: &str, text: &str, faults: &mut Vec<Fault>) -> Vec<Assignment> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut file = File { path, text, assignments: Vec::new(), faults };
    for error in errors {
        let origin = file.origin(&error.span().unwrap_or(0..0));
        let what = error.message().replace('\n', ", ");
        file.faults.push(Fault { origin, what, remedy: "write it as TOML wants it".into() });
    }
    for (key, value) in root.get_ref() {
        file.take_section(key, value);
    }
    file.assignments
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
    assignments: Vec<Assignment>,
    faults: &'a mut Vec<Fault>,
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;

impl File<'_> {
    fn take_section(&mut self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("option '{}' stands in no section", key.get_ref());
            let remedy = "move it below the [section] it belongs to".into();
            self.faults.push(Fault { origin: self.origin(&key.span()), what, remedy });
            return;
        };
        let name = SectionName::parse(key.get_ref());
        if table.is_empty() && name.second.is_some() {
            return self.announce(name, key);
        }
        for (inner_key, inner) in table {
            match inner.get_ref().as_table() {
                Some(table) if name.second.is_none() => {
                    let second = SectionName::plain(&name.first, Some(inner_key.get_ref()));
                    if table.is_empty() {
                        self.announce(second.clone(), inner_key);
                    }
                    for (key, value) in table {
                        self.take_option(&second, key, value);
                    }
                }
                _ => self.take_option(&name, inner_key, inner),
            }
        }
    }

    fn take_option(&mut self, section: &SectionName, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        let assignment = Assignment {
            section: section.clone(),
            option: key.get_ref().to_string(),
            value: raw(value.get_ref()),
            origin: self.origin(&key.span()),
        };
        self.assignments.push(assignment);
    }

    /// A section without options is there all the same.
    fn announce(&mut self, section: SectionName, key: &Key<'_>) {
        let origin = self.origin(&key.span());
        let assignment =
            Assignment { section, option: String::new(), value: Raw::Other("nothing"), origin };
        self.assignments.push(assignment);
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Origin::File { path: self.path.to_owned(), line, column }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            let parsed = i64::from_str_radix(&digits, number.radix());
            parsed.map_or(Raw::Other("a number too large"), Raw::Integer)
        }
        DeValue::Boolean(on) => Raw::Switch(*on),
        DeValue::Array(entries) => {
            let texts = entries.iter().map(|entry| entry.get_ref().as_str().map(str::to_owned));
            let texts: Option<Vec<String>> = texts.collect();
            texts.map_or(Raw::Other("a list of other than texts"), Raw::List)
        }
        DeValue::Float(_) => Raw::Other("a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(table) => {
            let entries = table.iter();
            let entry = |(key, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
                (key.get_ref().to_string(), raw(value.get_ref()))
            };
            Raw::Table(entries.map(entry).collect())
        }
    }
}

/// The assignments of the environment: `HOLDFAST__SECTION__OPTION`, or
/// `HOLDFAST__SECTION__SECOND__OPTION`.
pub fn from_environment(environment: &[(String, String)]) -> Vec<Assignment> {
    let mut all = Vec::new();
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let path = path.to_ascii_lowercase().replace("__", "/").replace('_', "-");
        let (section, option) = path.rsplit_once('/').unwrap_or((path.as_str(), ""));
        let (first, second) = match section.split_once('/') {
            Some((first, second)) => (first, Some(second)),
            None => (section, None),
        };
        all.push(Assignment {
            section: SectionName { folded: true, ..SectionName::plain(first, second) },
            option: option.to_owned(),
            value: Raw::Text(value.clone()),
            origin: Origin::Environment(name.clone()),
        });
    }
    all
}

/// The assignments of flags: `section.option=value`.
pub fn from_flags(flags: &[String], faults: &mut Vec<Fault>) -> Vec<Assignment> {
    let mut all = Vec::new();
    for flag in flags {
        let parts = flag.split_once('=').and_then(|(path, value)| {
            let (section, option) = path.trim().rsplit_once('.')?;
            Some((section, option, value))
        });
        let Some((section, option, value)) = parts else {
            let what = "not of the form section.option=value".to_owned();
            let remedy = "write, for example, log.level=debug".into();
            faults.push(Fault { origin: Origin::Flag(flag.clone()), what, remedy });
            continue;
        };
        all.push(Assignment {
            section: SectionName::parse(section),
            option: option.to_owned(),
            value: Raw::Text(value.to_owned()),
            origin: Origin::Flag(format!("{section}.{option}")),
        });
    }
    all
}
