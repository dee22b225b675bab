//! Whom a password or a ticket speaks for, and what that account may be.

use super::privilege::has;
use super::refuse::Refused;
use super::wire::UserType;
use crate::base::AgentId;
use crate::chat::Role;
use crate::config::{AgentRole, Config, Privilege};

/// An account that has proven itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub agent: AgentId,
    pub role: AgentRole,
}

impl Account {
    /// Whether it has a privilege, as the highest that it may come as.
    pub fn has(&self, config: &Config, privilege: Privilege) -> bool {
        let role = match self.role {
            AgentRole::Agent => Role::Agent,
            AgentRole::Supervisor => Role::Supervisor,
        };
        has(config, (&self.agent, role), privilege)
    }

    /// What the account comes as: a supervisor may also come as an agent.
    pub fn role_as(&self, wanted: Option<UserType>) -> Result<Role, Refused> {
        match (self.role, wanted) {
            (AgentRole::Agent, None | Some(UserType::Agent))
            | (AgentRole::Supervisor, Some(UserType::Agent)) => Ok(Role::Agent),
            (AgentRole::Supervisor, None | Some(UserType::Supervisor)) => Ok(Role::Supervisor),
            (AgentRole::Agent, Some(UserType::Supervisor)) => {
                Err(Refused::new(403, "this account is no supervisor's"))
            }
            (_, Some(UserType::Client | UserType::External | UserType::System)) => {
                Err(Refused::new(403, "agents and supervisors come here"))
            }
        }
    }
}
