//! Who looks at contacts and records, and what that one may see and do.

use crate::base::AgentId;
use crate::contact::error::Rejection;
use crate::contact::right::Right;
use crate::contact::state::{Content, Status};
use std::collections::BTreeSet;

/// Somebody of the contact centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub agent: AgentId,
    pub standing: Standing,
    pub running: Running,
    /// What not everybody may do.
    pub rights: BTreeSet<Right>,
}

/// Which records of interactions that still run somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// Of those that he handles or handled.
    Own,
    All,
}

/// What supervisors say among themselves (`VIP`) is for them alone, also when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Agent,
    Supervisor,
}

impl Reader {
    pub fn agent(agent: AgentId) -> Self {
        Self { agent, standing: Standing::Agent, running: Running::Own, rights: BTreeSet::new() }
    }

    pub fn supervisor(agent: AgentId) -> Self {
        Self {
            agent,
            standing: Standing::Supervisor,
            running: Running::All,
            rights: Right::ALL.into(),
        }
    }

    /// Agents write on what they handled, supervisors on everything.
    pub fn may_write_on(&self, content: &Content) -> bool {
        content.was_handled_by(&self.agent) || self.standing == Standing::Supervisor
    }

    /// What is over is open to everybody, what runs to whoever has it.
    pub fn may_see(&self, content: &Content) -> bool {
        content.status != Status::InProcess
            || self.running == Running::All
            || content.was_handled_by(&self.agent)
    }

    /// Refuses whoever has not this right.
    pub fn insist(&self, right: Right) -> Result<(), Rejection> {
        if self.rights.contains(&right) { Ok(()) } else { Err(Rejection::Lacks(right)) }
    }
}
