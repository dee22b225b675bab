//! What a drill is about at a time, and the lines with which it says so. Pure.

use crate::cli::torture::check::Micros;
use serde::Serialize;

/// What may be expected of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing is done to them: how fast they are.
    Baseline,
    /// What is done to them is planned, such as draining: nobody may notice it.
    Planned,
    /// Something is broken: requests may fail and take long, nothing may be lost.
    Fault,
}

/// What a line of the control file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    Phase(Phase),
    /// For the report alone.
    Note(String),
    /// The end of the load.
    Stop,
}

/// The phases of a run, in their order.
#[derive(Clone, Debug, Serialize)]
pub struct Phases(pub Vec<(Micros, Phase)>);

impl Phase {
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Planned, Self::Fault];

    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Planned => "planned",
            Self::Fault => "fault",
        }
    }
}

impl Control {
    /// What a line says; nothing if it is empty or a comment.
    pub fn of_line(line: &str) -> Result<Option<Self>, String> {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" | "#" => Ok(None),
            "stop" => Ok(Some(Self::Stop)),
            "note" => Ok(Some(Self::Note(rest.to_owned()))),
            "phase" => {
                let known = Phase::ALL.into_iter().find(|phase| phase.name() == rest.trim());
                let phase = known.ok_or_else(|| format!("no phase is called '{rest}'"))?;
                Ok(Some(Self::Phase(phase)))
            }
            _ => Err(format!("'{line}' is not phase NAME, note TEXT or stop")),
        }
    }
}

impl Phases {
    pub fn beginning_with(phase: Phase) -> Self {
        Self(vec![(0, phase)])
    }

    pub fn enter(&mut self, at: Micros, phase: Phase) {
        if self.at(at) != phase {
            self.0.push((at, phase));
        }
    }

    /// The phase of a moment.
    pub fn at(&self, at: Micros) -> Phase {
        let begun = self.0.iter().rev().find(|(from, _)| *from <= at);
        begun.or(self.0.first()).map_or(Phase::Fault, |(_, phase)| *phase)
    }

    /// Whether there was such a phase.
    pub fn have(&self, wanted: Phase) -> bool {
        self.0.iter().any(|(_, phase)| *phase == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_is_going_on() {
        assert_eq!(Control::of_line("phase fault\n"), Ok(Some(Control::Phase(Phase::Fault))));
        assert_eq!(Control::of_line(" stop "), Ok(Some(Control::Stop)));
        assert_eq!(Control::of_line("note kill a"), Ok(Some(Control::Note("kill a".into()))));
        assert_eq!(Control::of_line("# phase fault"), Ok(None));
        assert!(Control::of_line("phase lunch").unwrap_err().contains("'lunch'"));
        assert!(Control::of_line("pause").is_err());
    }

    #[test]
    fn a_moment_belongs_to_the_phase_that_began_before_it() {
        let mut phases = Phases::beginning_with(Phase::Baseline);
        phases.enter(100, Phase::Planned);
        phases.enter(150, Phase::Planned);
        phases.enter(200, Phase::Fault);

        let seen = [0, 99, 100, 199, 200, 999].map(|at| phases.at(at));

        let names = ["baseline", "baseline", "planned", "planned", "fault", "fault"];
        assert_eq!(seen.map(Phase::name), names);
        assert_eq!(phases.0.len(), 3);
    }
}
