//! What is set on an agent, his place, one of his groups, his tenant or the application. Whoever is
//! nearest to the agent has the word; here and nowhere else is it looked up.
//!
//! ```text
//! the interaction (a strategy's word) > agent > place > his groups in his order > tenant > application
//! ```

use crate::base::AgentId;
use crate::interaction::agent::Agent;
use crate::interaction::capacity::Capacity;
use crate::interaction::ids::{GroupName, MediaType};
use std::collections::BTreeMap;
use std::fmt;

/// The tenant of whom nothing else is said.
pub const DEFAULT_TENANT: &str = "Environment";

const ON_HOLD_QUEUE: &str = ".on-hold-queue";

/// What is set on one level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub capacity: Option<Capacity>,
    /// By name, like `chat.on-hold-queue`. An empty text is a word too: no queue.
    pub options: BTreeMap<String, String>,
}

/// What is set on all levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    pub application: Scope,
    pub tenants: BTreeMap<String, Scope>,
    pub groups: BTreeMap<GroupName, Scope>,
    pub places: BTreeMap<String, Scope>,
    pub agents: BTreeMap<AgentId, Scope>,
    /// Of agents whose tenant is not [`DEFAULT_TENANT`].
    pub tenant_of: BTreeMap<AgentId, String>,
}

/// For whom something is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    pub agent: &'a AgentId,
    pub place: Option<&'a str>,
    pub groups: &'a [GroupName],
}

/// Who has spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    Agent(AgentId),
    Place(String),
    Group(GroupName),
    Tenant(String),
    Application,
}

impl Scopes {
    /// His capacity rule, if anybody gives him one.
    pub fn capacity(&self, whom: Whom<'_>) -> Option<(Level, &Capacity)> {
        self.chain(whom).find_map(|(level, scope)| Some((level, scope.capacity.as_ref()?)))
    }

    /// The value of an option, if anybody sets it.
    pub fn option(&self, whom: Whom<'_>, name: &str) -> Option<(Level, &str)> {
        self.chain(whom).find_map(|(level, scope)| Some((level, scope.options.get(name)?.as_str())))
    }

    /// The names of all options that are set for him anywhere.
    pub fn names(&self, whom: Whom<'_>) -> impl Iterator<Item = &str> {
        self.chain(whom).flat_map(|(_, scope)| scope.options.keys().map(String::as_str))
    }

    /// Queues that are named anywhere for what is placed on hold.
    pub fn on_hold_queues(&self) -> impl Iterator<Item = &str> {
        let scopes = self.tenants.values().chain(self.groups.values()).chain(self.places.values());
        let scopes = scopes.chain(self.agents.values()).chain([&self.application]);
        let options = scopes.flat_map(|scope| &scope.options);
        let named = options.filter(|(name, _)| name.ends_with(ON_HOLD_QUEUE));
        named.map(|(_, queue)| queue.as_str())
    }

    /// The nearest first.
    fn chain(&self, whom: Whom<'_>) -> impl Iterator<Item = (Level, &Scope)> {
        let Whom { agent, place, groups } = whom;
        let of_agent = self.agents.get(agent).map(|scope| (Level::Agent(agent.clone()), scope));
        let place = place.and_then(|place| self.places.get_key_value(place));
        let of_place = place.map(|(place, scope)| (Level::Place(place.clone()), scope));
        let groups = groups.iter().filter_map(|group| self.groups.get_key_value(group));
        let of_groups = groups.map(|(group, scope)| (Level::Group(group.clone()), scope));
        let of_groups: Vec<_> = of_groups.collect();
        let tenant = self.tenant_of.get(agent).map_or(DEFAULT_TENANT, String::as_str);
        let tenant = self.tenants.get_key_value(tenant);
        let of_tenant = tenant.map(|(tenant, scope)| (Level::Tenant(tenant.clone()), scope));
        let nearer = of_agent.into_iter().chain(of_place).chain(of_groups);
        nearer.chain(of_tenant).chain([(Level::Application, &self.application)])
    }
}

impl<'a> Whom<'a> {
    /// Somebody who is logged in.
    pub fn at_desk(agent: &'a Agent) -> Self {
        let Agent { id, place, profile, .. } = agent;
        Self { agent: id, place: place.as_deref(), groups: &profile.groups }
    }
}

/// The option that names the queue in which interactions of a medium are placed on hold.
pub fn on_hold_queue(media: &MediaType) -> String {
    format!("{media}{ON_HOLD_QUEUE}")
}

/// The option that names the workbin of the agent in which they are placed where there is no queue.
pub fn on_hold_workbin(media: &MediaType) -> String {
    format!("workbin.{media}.on-hold")
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "agent {agent}"),
            Self::Place(place) => write!(f, "place {place}"),
            Self::Group(group) => write!(f, "agent group {group}"),
            Self::Tenant(tenant) => write!(f, "tenant {tenant}"),
            Self::Application => f.write_str("application"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::property::is_override;

    const QUEUE: &str = "chat.on-hold-queue";

    #[test]
    fn the_nearest_level_that_says_something_has_the_word() {
        let mut scopes = Scopes { application: says("application"), ..Scopes::default() };
        assert_eq!(found(&scopes), Some(("application".into(), "application")));

        scopes.tenants.insert("Environment".into(), says("tenant"));
        assert_eq!(found(&scopes), Some(("tenant Environment".into(), "tenant")));
        scopes.groups.insert("vip".into(), says("second"));
        assert_eq!(found(&scopes), Some(("agent group vip".into(), "second")));
        scopes.groups.insert("sales".into(), Scope::default());
        assert_eq!(found(&scopes), Some(("agent group vip".into(), "second")));
        scopes.groups.insert("sales".into(), says("first"));
        assert_eq!(found(&scopes), Some(("agent group sales".into(), "first")));
        scopes.places.insert("desk-12".into(), says("place"));
        assert_eq!(found(&scopes), Some(("place desk-12".into(), "place")));
        scopes.agents.insert("ada".into(), says(""));

        assert_eq!(found(&scopes), Some(("agent ada".into(), "")), "an empty text is a word");
    }

    #[test]
    fn a_tenant_speaks_for_its_own_agents_alone() {
        let mut scopes = Scopes::default();
        scopes.tenants.insert("Sales".into(), says("sales"));
        assert_eq!(found(&scopes), None);

        scopes.tenant_of.insert("ada".into(), "Sales".into());

        assert_eq!(found(&scopes), Some(("tenant Sales".into(), "sales")));
    }

    #[test]
    fn a_rule_of_capacity_is_looked_up_like_everything_else() {
        let mut scopes = Scopes::default();
        let rule = |most| Some(Capacity::of_numbers([("chat".into(), most)]));
        scopes.application.capacity = rule(1);
        scopes.places.insert("desk-12".into(), Scope { capacity: rule(2), ..Scope::default() });
        let (ada, groups) = ("ada".into(), []);
        let whom = |place| Whom { agent: &ada, place, groups: &groups };
        let at =
            |place| scopes.capacity(whom(place)).map(|(level, rule)| (level.to_string(), rule));

        let of_place = rule(2).unwrap();
        assert_eq!(at(Some("desk-12")), Some(("place desk-12".into(), &of_place)));
        let of_application = rule(1).unwrap();
        assert_eq!(at(None), Some(("application".into(), &of_application)));
    }

    #[test]
    fn what_overrides_an_option_has_its_name() {
        let media = MediaType::from("chat");
        assert!(is_override(&on_hold_queue(&media)) && is_override(&on_hold_workbin(&media)));
        assert!(!is_override("workbin") && !is_override("on-hold-queue"));
    }

    fn says(word: &str) -> Scope {
        Scope { options: [(QUEUE.into(), word.into())].into(), ..Scope::default() }
    }

    fn found(scopes: &Scopes) -> Option<(String, &str)> {
        let groups = ["sales".into(), "vip".into()];
        let whom = Whom { agent: &"ada".into(), place: Some("desk-12"), groups: &groups };
        scopes.option(whom, QUEUE).map(|(level, word)| (level.to_string(), word))
    }
}
