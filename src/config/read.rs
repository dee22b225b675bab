//! From sources to a configuration, or to everything that is wrong with them.

use crate::config::check;
use crate::config::fault::Origins;
use crate::config::fault::{Fault, Faults, Origin};
use crate::config::field::Raw;
use crate::config::nearest::nearest;
use crate::config::sections::{Config, FAMILIES, Family};
use crate::config::source::{
    Assignment, SectionName, Sources, from_environment, from_file, from_flags,
};

/// A configuration without a fault, and where each value that was set came from.
#[derive(Clone)]
pub struct Loaded {
    pub config: Config,
    origins: Origins,
}

impl Loaded {
    /// Where the value of an option came from.
    pub fn origin(&self, section: &str, option: &str) -> &Origin {
        let key = (section.to_owned(), option.to_owned());
        self.origins.get(&key).unwrap_or(&Origin::Default)
    }
}

impl Config {
    /// Reads and checks everything; later sources win over earlier ones.
    pub fn read(sources: &Sources) -> Result<Loaded, Faults> {
        let mut reading = Reading {
            config: Config::default(),
            origins: Origins::new(),
            faults: Vec::new(),
            environment: &sources.environment,
        };
        if let Some(path) = &sources.file {
            let assignments = from_file(path, &mut reading.faults);
            reading.take_all(assignments);
        }
        reading.take_all(from_environment(&sources.environment));
        let assignments = from_flags(&sources.flags, &mut reading.faults);
        reading.take_all(assignments);
        reading.end()
    }
}

struct Reading<'a> {
    config: Config,
    origins: Origins,
    faults: Vec<Fault>,
    environment: &'a [(String, String)],
}

impl Reading<'_> {
    fn take_all(&mut self, assignments: Vec<Assignment>) {
        for assignment in assignments {
            let origin = assignment.origin.clone();
            if let Err((what, remedy)) = self.take(assignment) {
                self.faults.push(Fault { origin, what, remedy });
            }
        }
    }

    /// Sets one option, or says what is wrong and what to do about it.
    fn take(&mut self, assignment: Assignment) -> Result<(), (String, String)> {
        let Assignment { section, option, value, origin } = self.whole_name(assignment);
        let first = section.first.as_str();
        let Some(family) = Family::find(first, section.second.is_some()) else {
            return Err(unknown_section(&section));
        };
        let second = self.second_name(family, &section);
        let title = family.title(&second);
        let part = (family.open)(&mut self.config, &second);
        if option.is_empty() && matches!(value, Raw::Other(_)) {
            return Ok(());
        }
        let is_option = part.field(&option).is_some();
        if let Raw::Table(entries) = &value
            && !is_option
        {
            return self.take_dotted((&section, &option), entries, &origin);
        }
        self.origins.insert((title.clone(), option.clone()), origin);
        let known = part.names();
        let Some((field, range)) = part.field(&option) else {
            let what = format!("unknown option '{option}' in [{title}]");
            return Err((what, did_you_mean(&option, known)));
        };
        let value = resolve(value, self.environment)
            .map_err(|(what, remedy)| (format!("[{title}] {option}: {what}"), remedy))?;
        field.set(&value, range).map_err(|right| {
            let shown = if field.is_secret() { "the value".into() } else { words(&value) };
            (format!("[{title}] {option}: {shown} does not fit"), format!("write {right}"))
        })
    }

    /// Names of options may have dots: what looks like a second name may be the first part of one.
    fn whole_name(&self, assignment: Assignment) -> Assignment {
        let SectionName { first, second: Some(second), folded: false } = &assignment.section else {
            return assignment;
        };
        let is_known = Family::find(first, true).is_some() || Family::find(first, false).is_none();
        if is_known || assignment.option.is_empty() {
            return assignment;
        }
        let section = SectionName { first: first.clone(), second: None, folded: false };
        let option = format!("{second}.{}", assignment.option);
        Assignment { section, option, ..assignment }
    }

    /// `chat.on-hold-queue = "q"` is a table to TOML.
    fn take_dotted(
        &mut self,
        (section, option): (&SectionName, &str),
        entries: &[(String, Raw)],
        origin: &Origin,
    ) -> Result<(), (String, String)> {
        for (name, value) in entries {
            let (option, value) = (format!("{option}.{name}"), value.clone());
            let (section, origin) = (section.clone(), origin.clone());
            self.take(Assignment { section, option, value, origin })?;
        }
        Ok(())
    }

    /// The second name of a section. In a folded name case and dashes are lost, so it is first
    /// sought among the names that are there.
    fn second_name(&self, family: &Family, section: &SectionName) -> String {
        let written = section.second.clone().unwrap_or_default();
        if !section.folded {
            return written;
        }
        let fold = |name: &String| name.to_ascii_lowercase().replace('_', "-") == written;
        (family.names)(&self.config).into_iter().find(fold).unwrap_or(written)
    }

    fn end(mut self) -> Result<Loaded, Faults> {
        check::check(&self.config, &self.origins, &mut self.faults);
        if self.faults.is_empty() {
            return Ok(Loaded { config: self.config, origins: self.origins });
        }
        self.faults.sort_by(|one, other| one.origin.cmp(&other.origin));
        Err(Faults(self.faults))
    }
}

fn unknown_section(section: &SectionName) -> (String, String) {
    let SectionName { first, second, .. } = section;
    let placeholder = FAMILIES.iter().find(|family| family.name == first && second.is_none());
    if let Some(Family { name, second: Some(second), .. }) = placeholder {
        return (format!("[{name}] lacks its second name"), format!("write [{name}{second}]"));
    }
    let title = second.as_ref().map_or(first.clone(), |second| format!("{first}.{second}"));
    let known = FAMILIES.iter().map(|family| family.name);
    (format!("unknown section [{title}]"), did_you_mean(first, known))
}

fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(written, known) {
        Some(name) => format!("did you mean '{name}'?"),
        None => "see 'holdfast config doc' for all names".into(),
    }
}

/// Puts in what `${env:NAME}` or `${file:/path}` stands for.
fn resolve(value: Raw, environment: &[(String, String)]) -> Result<Raw, (String, String)> {
    let Raw::Text(text) = &value else { return Ok(value) };
    let Some(reference) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return Ok(value);
    };
    match reference.split_once(':') {
        Some(("env", name)) => match environment.iter().find(|(known, _)| known == name) {
            Some((_, found)) => Ok(Raw::Text(found.clone())),
            None => Err((format!("{name} is not in the environment"), format!("set {name}"))),
        },
        Some(("file", path)) => match std::fs::read_to_string(path) {
            Ok(found) => Ok(Raw::Text(found.trim_end_matches(['\n', '\r']).to_owned())),
            Err(error) => Err((
                format!("{path} cannot be read: {error}"),
                format!("make {path} readable for this process"),
            )),
        },
        _ => Err((
            format!("'{text}' names no known place"),
            "write ${env:NAME} or ${file:/path}".into(),
        )),
    }
}

fn words(value: &Raw) -> String {
    match value {
        Raw::Text(text) => format!("'{text}'"),
        Raw::Integer(number) => number.to_string(),
        Raw::Switch(on) => on.to_string(),
        Raw::List(_) => "a list".into(),
        Raw::Table(_) => "a table".into(),
        Raw::Other(what) => (*what).into(),
    }
}
