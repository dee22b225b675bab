//! Who looks at contacts and records, and what that one may see and do.

use crate::base::AgentId;
use crate::contact::error::Rejection;
use crate::contact::state::Content;

/// Somebody of the contact centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub agent: AgentId,
    pub standing: Standing,
}

/// What supervisors say among themselves (`VIP`) is for them alone, also when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Agent,
    Supervisor,
}

impl Reader {
    pub fn agent(agent: AgentId) -> Self {
        Self { agent, standing: Standing::Agent }
    }

    pub fn supervisor(agent: AgentId) -> Self {
        Self { agent, standing: Standing::Supervisor }
    }

    /// Agents write on what they handled, supervisors on everything.
    pub fn may_write_on(&self, content: &Content) -> bool {
        let handled =
            content.agents.contains(&self.agent) || content.owner.as_ref() == Some(&self.agent);
        handled || self.standing == Standing::Supervisor
    }

    /// Refuses whoever is no supervisor.
    pub fn insist_on_supervisor(&self) -> Result<(), Rejection> {
        match self.standing {
            Standing::Supervisor => Ok(()),
            Standing::Agent => Err(Rejection::ForSupervisors),
        }
    }
}
