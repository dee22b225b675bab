//! What is set for the application, tenants, groups, places and agents: for the routing domain, and,
//! for people, what holds for one agent and who said so.

use crate::base::AgentId;
use crate::config::{Allowed, CapacityRule, Config, Loaded, Workspace};
use crate::interaction::capacity::Allowance;
use crate::interaction::scope::DEFAULT_TENANT;
use crate::interaction::{Capacity, GroupName, Level, MediaType, Scope, Scopes, Whom};
use std::collections::BTreeSet;

const CAPACITY_RULE: &str = "capacity-rule";
const CAPACITY_CHAT: &str = "capacity-chat";
const DEFAULT_CAPACITY_CHAT: &str = "default-capacity-chat";

/// All that is set, by level.
pub fn scopes(config: &Config) -> Scopes {
    let rule = |name: &Option<String>| named_rule(config, name.as_deref());
    let scope = |name: &Option<String>, workspace: &Workspace| Scope {
        capacity: rule(name),
        options: workspace.0.clone(),
    };
    let tenants = config.tenants.iter();
    let tenants =
        tenants.map(|(name, one)| (name.clone(), scope(&one.capacity_rule, &one.workspace)));
    let groups = config.agent_groups.iter();
    let groups = groups
        .map(|(name, one)| (GroupName(name.clone()), scope(&one.capacity_rule, &one.workspace)));
    let places = config.places.iter();
    let places = places.map(|(name, one)| {
        (name.clone(), Scope { capacity: rule(&one.capacity_rule), ..Scope::default() })
    });
    let agents = config.agents.iter().map(|(name, one)| {
        let own = scope(&one.capacity_rule, &one.workspace);
        let capacity = own.capacity.or_else(|| one.capacity_chat.map(chats));
        (AgentId(name.clone()), Scope { capacity, ..own })
    });
    let tenant_of = config.agents.iter();
    let tenant_of =
        tenant_of.filter_map(|(name, one)| Some((AgentId(name.clone()), one.tenant.clone()?)));
    Scopes {
        application: scope(&config.interaction.capacity_rule, &config.workspace),
        tenants: tenants.collect(),
        groups: groups.collect(),
        places: places.collect(),
        agents: agents.collect(),
        tenant_of: tenant_of.collect(),
    }
}

/// The configuration has checked that there is a rule of this name.
fn named_rule(config: &Config, name: Option<&str>) -> Option<Capacity> {
    config.capacity_rules.get(name?).map(capacity)
}

fn capacity(rule: &CapacityRule) -> Capacity {
    let allowances = rule.0.iter().map(|(media, allowed)| {
        let allowance = match allowed {
            Allowed::Most(most) => Allowance::Most(*most),
            Allowed::While(condition) => Allowance::While(condition.clone()),
        };
        (MediaType(media.clone()), allowance)
    });
    Capacity(allowances.collect())
}

/// Agents whom nobody gives a capacity rule, wherever they sit. A place may still give them one.
pub fn without_capacity(config: &Config) -> Vec<&str> {
    let scopes = scopes(config);
    let has_none = |name: &&String| {
        let (agent, groups) = (AgentId((*name).clone()), groups_of(config, name));
        scopes.capacity(Whom { agent: &agent, place: None, groups: &groups }).is_none()
    };
    config.agents.keys().filter(has_none).map(String::as_str).collect()
}

fn groups_of(config: &Config, agent: &str) -> Vec<GroupName> {
    let account = config.agents.get(agent);
    let groups = account.into_iter().flat_map(|account| &account.groups);
    groups.cloned().map(GroupName).collect()
}

/// A value that holds for an agent, as it is written in the file, and who said so where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub name: String,
    pub value: String,
    pub said_by: String,
}

/// What holds for an agent at a place; nothing if there is no such account.
pub fn held_for(loaded: &Loaded, agent: &str, place: Option<&str>) -> Option<Vec<Held>> {
    let config = &loaded.config;
    let account = config.agents.get(agent)?;
    let (id, groups) = (AgentId(agent.to_owned()), groups_of(config, agent));
    let whom = Whom { agent: &id, place, groups: &groups };
    let scopes = scopes(config);
    let own = Level::Agent(id.clone());
    let tenant = account.tenant.as_deref().unwrap_or(DEFAULT_TENANT);
    let capacity = match scopes.capacity(whom) {
        Some((level, _)) => rule_of(loaded, &level),
        None => default_rule(loaded),
    };
    let mut all = vec![
        held((loaded, &own), &title(&own), ("tenant", format!("{tenant:?}"))),
        held((loaded, &own), &title(&own), ("groups", format!("{:?}", account.groups))),
        capacity,
    ];
    let names: BTreeSet<&str> = scopes.names(whom).collect();
    for name in names {
        let Some((level, value)) = scopes.option(whom, name) else { continue };
        all.push(held((loaded, &level), &title(&level), (name, format!("{value:?}"))));
    }
    Some(all)
}

/// The rule that a level gives.
fn rule_of(loaded: &Loaded, level: &Level) -> Held {
    let Config { agents, places, agent_groups, tenants, interaction, .. } = &loaded.config;
    let rule = match level {
        Level::Agent(agent) => agents.get(&agent.0).and_then(|one| one.capacity_rule.as_ref()),
        Level::Place(place) => places.get(place).and_then(|one| one.capacity_rule.as_ref()),
        Level::Group(group) => {
            agent_groups.get(&group.0).and_then(|one| one.capacity_rule.as_ref())
        }
        Level::Tenant(tenant) => tenants.get(tenant).and_then(|one| one.capacity_rule.as_ref()),
        Level::Application => interaction.capacity_rule.as_ref(),
    };
    let section = match level {
        Level::Application => "interaction".to_owned(),
        Level::Agent(_) | Level::Place(_) | Level::Group(_) | Level::Tenant(_) => title(level),
    };
    if let (None, Level::Agent(agent)) = (rule, level) {
        let number = agents.get(&agent.0).and_then(|one| one.capacity_chat).unwrap_or_default();
        return held((loaded, level), &section, (CAPACITY_CHAT, number.to_string()));
    }
    let rule = rule.map_or(String::new(), |rule| format!("{rule:?}"));
    held((loaded, level), &section, (CAPACITY_RULE, rule))
}

/// Nobody gives him one.
fn default_rule(loaded: &Loaded) -> Held {
    let most = loaded.config.interaction.default_capacity_chat.to_string();
    held((loaded, &Level::Application), "interaction", (DEFAULT_CAPACITY_CHAT, most))
}

fn held((loaded, level): (&Loaded, &Level), section: &str, (name, value): (&str, String)) -> Held {
    let said_by = format!("{level}, {}", loaded.origin(section, name));
    Held { name: name.to_owned(), value, said_by }
}

/// The section in which a level says something.
fn title(level: &Level) -> String {
    match level {
        Level::Agent(agent) => format!("agents.{agent}"),
        Level::Place(place) => format!("places.{place}"),
        Level::Group(group) => format!("agent-groups.{group}"),
        Level::Tenant(tenant) => format!("tenants.{tenant}"),
        Level::Application => "interaction-workspace".to_owned(),
    }
}

pub(super) fn chats(most: u64) -> Capacity {
    Capacity::of_numbers([(MediaType::from("chat"), u32::try_from(most).unwrap_or(u32::MAX))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MediaCounts;
    use crate::config::Sources;

    const FILE: &str = "\
[interaction-workspace]
workbin.chat.on-hold = 'main-workbin'
[tenants.Environment]
'chat.on-hold-queue' = 'of-tenant'
'sms.on-hold-queue' = 'sms-of-tenant'
[agent-groups.vip]
chat.on-hold-queue = 'of-vip'
capacity-rule = 'one-of-any'
[places.desk-12]
capacity-rule = 'mixed'
[capacity-rules.mixed]
chat = 'chat < 3 && email == 0'
email = 2
[capacity-rules.one-of-any]
'*' = 'total < 1'
[agents.ada]
password-hash = '$argon2id$'
groups = ['sales', 'vip']
[agents.bob]
password-hash = '$argon2id$'
capacity-chat = 5
'chat.on-hold-queue' = ''
[agents.cyd]
password-hash = '$argon2id$'
";

    #[test]
    fn what_holds_for_an_agent_is_told_with_the_level_that_spoke() {
        let loaded = loaded();

        assert_eq!(
            told(&loaded, "ada", None),
            [
                "tenant = \"Environment\" (agent ada, default)",
                "groups = [\"sales\", \"vip\"] (agent ada, f.toml:18:1)",
                "capacity-rule = \"one-of-any\" (agent group vip, f.toml:8:1)",
                "chat.on-hold-queue = \"of-vip\" (agent group vip, f.toml:7:1)",
                "sms.on-hold-queue = \"sms-of-tenant\" (tenant Environment, f.toml:5:1)",
                "workbin.chat.on-hold = \"main-workbin\" (application, f.toml:2:9)",
            ]
        );
        let at_desk = told(&loaded, "ada", Some("desk-12"));
        assert_eq!(at_desk[2], "capacity-rule = \"mixed\" (place desk-12, f.toml:10:1)");
        let of_bob = told(&loaded, "bob", None);
        assert_eq!(of_bob[2], "capacity-chat = 5 (agent bob, f.toml:21:1)");
        assert_eq!(of_bob[3], "chat.on-hold-queue = \"\" (agent bob, f.toml:22:1)");
        let of_cyd = told(&loaded, "cyd", None);
        assert_eq!(of_cyd[2], "default-capacity-chat = 3 (application, default)");
        assert_eq!(held_for(&loaded, "zoe", None), None);
    }

    #[test]
    fn the_routing_domain_gets_the_rules_as_they_are_written() {
        let config = loaded().config;
        let scopes = scopes(&config);
        let mut has_mail = MediaCounts::default();
        has_mail.add("email");

        let mixed = scopes.places["desk-12"].capacity.as_ref().unwrap();
        assert!(mixed.forbids(&"chat".into(), &has_mail).is_some());
        assert_eq!(mixed.forbids(&"email".into(), &has_mail), None);
        let bob = scopes.agents[&AgentId::from("bob")].capacity.as_ref().unwrap();
        assert_eq!(bob.number(&"chat".into()), Some(5));
        assert_eq!(without_capacity(&config), ["cyd"]);
    }

    fn loaded() -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.toml");
        std::fs::write(&path, FILE).unwrap();
        let loaded = Config::read(&Sources { file: Some(path), ..Sources::default() });
        loaded.unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn told(loaded: &Loaded, agent: &str, place: Option<&str>) -> Vec<String> {
        let all = held_for(loaded, agent, place).unwrap();
        let lines = all.iter().map(|Held { name, value, said_by }| {
            let (level, origin) = said_by.split_once(", ").unwrap();
            // Without the folder of the file.
            let origin = origin.rsplit('/').next().unwrap();
            format!("{name} = {value} ({level}, {origin})")
        });
        lines.collect()
    }
}
