//! Whom a route block looks for.

use crate::base::Expression;
use crate::workflow::strategy::term::Term;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One target: `"any"`, `{ agent = "ada" }`, `{ skill = "Skill['German'] >= 5" }`. Of several,
/// whoever is free first and fits any of them. (What is to lie in a queue or a workbin when nobody was
/// found has blocks of its own, on the port `timed-out`.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Target {
    /// Any agent who takes the medium.
    Any,
    Agent(Term),
    Group(Term),
    /// Agents for whom this holds: `Skill` has their levels, `Group` their groups (`'x' in Group`).
    Skill(#[schemars(with = "String")] Expression),
}

/// Who of several that are free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// Who has been ready, or was last asked, the longest ago.
    #[default]
    LongestReady,
    /// Who has the least to do, measured by his capacity.
    LeastOccupied,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Agent(name) => write!(f, "agent {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Skill(skill) => write!(f, "{skill}"),
        }
    }
}
