//! What an agent's account says of him to those who choose: his groups and his skills.

use crate::interaction::ids::{GroupName, SkillName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The configuration keeps it small: names of 64 letters at most, 64 groups, 128 skills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// In the order of the account: where two of them say different things, the first one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupName>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<SkillName, u32>,
}

impl Profile {
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.skills.is_empty()
    }

    pub fn is_in(&self, group: &GroupName) -> bool {
        self.groups.contains(group)
    }

    /// His level in a skill; 0 if he lacks it.
    pub fn level(&self, skill: &SkillName) -> u32 {
        self.skills.get(skill).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{Command, Login};
    use crate::interaction::support::{Life, connection};

    #[test]
    fn a_login_brings_groups_and_skills_to_the_desk_and_a_restart_keeps_them() {
        let mut life = Life::new();

        log_in(&mut life, profile(&["sales"], 5));
        life.restart();

        let ada = life.domain.agent(&"ada".into()).unwrap();
        assert!(ada.profile.is_in(&"sales".into()) && !ada.profile.is_in(&"support".into()));
        assert_eq!(ada.profile.level(&"billing".into()), 5);
        assert_eq!(ada.profile.level(&"french".into()), 0);
    }

    #[test]
    fn a_newer_connection_brings_what_the_account_says_by_then() {
        let mut life = Life::new();
        log_in(&mut life, profile(&["sales"], 5));

        come_back(&mut life, "second", None);
        assert_eq!(profile_of(&life), profile(&["sales"], 5), "an older node brings nothing");
        come_back(&mut life, "third", Some(profile(&["support"], 7)));
        assert_eq!(profile_of(&life), profile(&["support"], 7));
        log_in(&mut life, Profile::default());

        assert_eq!(profile_of(&life), Profile::default());
    }

    fn profile(groups: &[&str], billing: u32) -> Profile {
        let groups = groups.iter().map(|name| GroupName::from(*name)).collect();
        Profile { groups, skills: [("billing".into(), billing)].into() }
    }

    fn profile_of(life: &Life) -> Profile {
        life.domain.agent(&"ada".into()).unwrap().profile.clone()
    }

    fn log_in(life: &mut Life, profile: Profile) {
        let (agent, connection) = ("ada".into(), connection("ada"));
        let (begun, place, media) = (None, None, vec![]);
        let login = Login { agent, connection, begun, place, profile, media };
        life.wish(Command::AgentLogin(login));
    }

    fn come_back(life: &mut Life, connection: &str, profile: Option<Profile>) {
        let (agent, connection) = ("ada".into(), connection.into());
        life.wish(Command::Resume { agent, connection, begun: None, profile });
    }
}
