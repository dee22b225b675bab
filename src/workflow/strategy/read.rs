//! From a text to a process. Each queue, workbin, strategy and block is read by itself, so that all
//! that have a fault are told at once; of one of them, the first fault of its form.

use crate::workflow::strategy::finding::{Finding, Severity};
use crate::workflow::strategy::{Block, Process, Queue, Strategy, Workbin, check};
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a text holds, and what is wrong with it.
#[derive(Debug)]
pub struct Reading {
    /// Complete only if no finding is a fault.
    pub process: Process,
    /// Faults first, then in the order of the file.
    pub findings: Vec<Finding>,
}

impl Reading {
    pub fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Fault)
    }

    pub fn is_usable(&self) -> bool {
        self.faults().next().is_none()
    }
}

pub(super) fn read(text: &str) -> Reading {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, ..Reader::default() };
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        reader.refuse("the file", offset, error.message());
    }
    for (key, value) in root.into_inner() {
        reader.take_section(&key, value);
    }
    // What could not be read would be missed everywhere.
    if reader.findings.is_empty() {
        reader.findings = check::check(&reader.process);
    }
    let Reader { process, mut findings, lines, .. } = reader;
    for finding in &mut findings {
        finding.line = finding.line.or_else(|| lines.get(&finding.place).copied());
    }
    findings.sort_by_key(|finding| (finding.severity, finding.line));
    Reading { process, findings }
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    process: Process,
    findings: Vec<Finding>,
    /// On which line each place begins.
    lines: BTreeMap<String, usize>,
}

type Key<'i> = Spanned<Cow<'i, str>>;
type Entry<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn take_section(&mut self, key: &Key<'_>, value: Entry<'_>) {
        let section = key.get_ref().to_string();
        if !["queues", "workbins", "strategies"].contains(&section.as_str()) {
            let what = "there is no such section; there are queues, workbins, strategies";
            return self.refuse(&section, key.span().start, what);
        }
        for (key, value) in self.entries(&section, key.span().start, value) {
            let name = key.get_ref().to_string();
            let place = format!("{section}.{name}");
            self.lines.insert(place.clone(), self.line_of(key.span().start));
            match section.as_str() {
                "queues" => {
                    let queue = self.part::<Queue>(&place, &key, value);
                    self.process.queues.extend(queue.map(|queue| (name, queue)));
                }
                "workbins" => {
                    let workbin = self.part::<Workbin>(&place, &key, value);
                    self.process.workbins.extend(workbin.map(|workbin| (name, workbin)));
                }
                _ => self.take_strategy(name, &place, &key, value),
            }
        }
    }

    fn take_strategy(&mut self, name: String, place: &str, key: &Key<'_>, value: Entry<'_>) {
        let span = value.span();
        let mut own = self.entries(place, key.span().start, value);
        let blocks = own.iter().position(|(key, _)| key.get_ref() == "blocks");
        let blocks = blocks.map(|idx| own.remove(idx));
        let own = DeValue::Table(own.into_iter().collect());
        let strategy = self.part::<Strategy>(place, key, Spanned::new(span, own));
        let mut read = BTreeMap::new();
        if let Some((key, value)) = blocks {
            for (key, value) in self.entries(place, key.span().start, value) {
                let block = key.get_ref().to_string();
                let place = format!("{place}.blocks.{block}");
                self.lines.insert(place.clone(), self.line_of(key.span().start));
                read.extend(self.part::<Block>(&place, &key, value).map(|one| (block, one)));
            }
        }
        if let Some(strategy) = strategy {
            self.process.strategies.insert(name, Strategy { blocks: read, ..strategy });
        }
    }

    /// The entries of a table in the order of the file.
    fn entries<'i>(
        &mut self,
        place: &str,
        offset: usize,
        value: Entry<'i>,
    ) -> Vec<(Key<'i>, Entry<'i>)> {
        let DeValue::Table(table) = value.into_inner() else {
            self.refuse(place, offset, "is no table");
            return Vec::new();
        };
        table.into_iter().collect()
    }

    fn part<T: DeserializeOwned>(
        &mut self,
        place: &str,
        key: &Key<'_>,
        value: Entry<'_>,
    ) -> Option<T> {
        match T::deserialize(value.into_deserializer()) {
            Ok(part) => Some(part),
            Err(error) => {
                let offset = error.span().map_or(key.span().start, |span| span.start);
                self.refuse(place, offset, error.message());
                None
            }
        }
    }

    fn refuse(&mut self, place: &str, offset: usize, what: &str) {
        let what = what.replace('\n', ", ");
        let remedy = "docs/workflow.md shows the form of each part";
        let line = Some(self.line_of(offset));
        self.findings.push(Finding { line, ..Finding::fault(place, what, remedy) });
    }

    fn line_of(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}
