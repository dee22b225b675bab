//! Workbins: named places of an agent, of a group or of a place in which interactions lie until somebody takes
//! them out by hand. Routing passes them by.

use crate::base::AgentId;
use crate::interaction::ids::GroupName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One workbin. It is there as soon as something lies in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Workbin {
    /// `TypeName`: what is kept there, like `drafts`.
    pub name: String,
    pub owner: Owner,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Agent(AgentId),
    /// Whoever sits there.
    Place(String),
    /// Whoever belongs to it.
    Group(GroupName),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Following {
    Begins,
    Ends,
}

impl fmt::Display for Workbin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Owner::Agent(agent) => write!(f, "{} of agent {agent}", self.name),
            Owner::Place(place) => write!(f, "{} of place {place}", self.name),
            Owner::Group(group) => write!(f, "{} of group {group}", self.name),
        }
    }
}
