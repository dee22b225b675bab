//! What is wrong with a process: where, what, and what to do about it.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot run.
    Fault,
    /// It can, and will surprise somebody.
    Warning,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// The line of the file, from 1.
    pub line: Option<usize>,
    /// `strategies.greet.blocks.hello`
    pub place: String,
    pub what: String,
    pub remedy: String,
}

impl Finding {
    pub fn fault(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Fault,
            line: None,
            place: place.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub fn warning(
        place: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::fault(place, what, remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "{line}: ")?;
        }
        let severity = match self.severity {
            Severity::Fault => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{severity}{}: {}; {}", self.place, self.what, self.remedy)
    }
}
