//! Whom a password or a ticket speaks for, and what that account may be.

use super::privilege::has;
use super::refuse::Refused;
use super::wire::UserType;
use crate::base::AgentId;
use crate::chat::Role;
use crate::config::{AgentRole, Config, Privilege};
use crate::interaction::{GroupName, Profile, SkillName};

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

/// What an account says of its agent to those who choose. Who has no account has no groups.
pub fn profile(config: &Config, agent: &AgentId) -> Profile {
    let Some(account) = config.agents.get(&agent.0) else { return Profile::default() };
    let groups = account.groups.iter().cloned().map(GroupName);
    let skills = account.skills.0.iter().map(|(name, level)| (SkillName(name.clone()), *level));
    Profile { groups: groups.collect(), skills: skills.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_what_the_account_says_and_nothing_for_strangers() {
        let skills = crate::config::Skills([("billing".to_owned(), 5)].into());
        let ada =
            crate::config::Agent { groups: vec!["sales".into()], skills, ..Default::default() };
        let config = Config { agents: [("ada".to_owned(), ada)].into(), ..Config::default() };

        let known = profile(&config, &"ada".into());

        assert!(known.is_in(&"sales".into()));
        assert_eq!(known.level(&"billing".into()), 5);
        assert_eq!(profile(&config, &"bob".into()), Profile::default());
    }
}
