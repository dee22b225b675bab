//! What one option alone cannot show: names that must exist, options that must fit each other.

mod pushes;

use crate::config::agents::AgentRole;
use crate::config::bots::Sample;
use crate::config::cassandra::{CassandraSection, Quorum};
use crate::config::certificates::TLS_LISTENERS;
use crate::config::fault::Origins;
use crate::config::fault::{Fault, Origin};
use crate::config::field::Choice;
use crate::config::mail::MailTls;
use crate::config::privileges::Privilege;
use crate::config::secret::Secret;
use crate::config::sections::Config;

/// Finds everything that is wrong between options.
pub fn check(config: &Config, origins: &Origins, faults: &mut Vec<Fault>) {
    let mut checking = Checking { config, origins, faults };
    checking.node();
    checking.endpoints();
    checking.services();
    checking.agents();
    checking.groups();
    checking.capacity_rules();
    checking.privileges();
    checking.clients();
    checking.bots();
    checking.pushes();
    checking.mail();
    checking.listeners();
    checking.cassandra();
    checking.certificates();
    checking.peer();
    checking.encryption();
}

/// Groups of one agent, and skills: his login is one event, and the state of his desk holds them.
const MOST_GROUPS: usize = 64;
const MOST_SKILLS: usize = 128;

const GROUP_NAME: &str = "write 1 to 64 of a-z, A-Z, 0-9, -, _ and ., beginning with a letter";

/// What a request is signed with must not be guessable.
const SHORTEST_SECRET: usize = 16;

struct Checking<'a> {
    config: &'a Config,
    origins: &'a Origins,
    faults: &'a mut Vec<Fault>,
}

impl Checking<'_> {
    fn node(&mut self) {
        let name = &self.config.node.name;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || 32 < name.len() || !name.chars().all(fits) {
            let remedy = "write 1 to 32 of a-z, 0-9 and -";
            self.fault(("node", "name"), &format!("'{name}' does not fit"), remedy);
        }
        if self.config.listen.advertised_host.is_empty() {
            let what = "an empty host does not fit";
            self.fault(("listen", "advertised-host"), what, "write a host name or an address");
        }
    }

    fn endpoints(&mut self) {
        for (tenant, endpoints) in &self.config.endpoints {
            let title = format!("endpoints:{tenant}");
            if !endpoints.0.contains_key("default") {
                let remedy = "add default = \"name of a queue\"";
                self.fault((&title, "default"), "the alias is missing", remedy);
            }
            for (alias, _) in endpoints.0.iter().filter(|(_, queue)| queue.trim().is_empty()) {
                let what = "an empty name of a queue does not fit";
                self.fault((&title, alias), what, "write the name of a queue");
            }
        }
    }

    fn services(&mut self) {
        let common = ("chat".to_owned(), &self.config.chat.endpoint);
        let own = self.config.services.iter().filter_map(|(name, service)| {
            Some((format!("chat.{name}"), service.endpoint.as_ref()?))
        });
        for (title, endpoint) in std::iter::once(common).chain(own) {
            if self.config.queue_of(endpoint).is_none() {
                let what = format!("there is no endpoint '{endpoint}'");
                let remedy = "write tenant:alias of an alias below [endpoints:<tenant>]";
                self.fault((&title, "endpoint"), &what, remedy);
            }
        }
    }

    fn agents(&mut self) {
        for (name, agent) in &self.config.agents {
            if !agent.password_hash.expose().starts_with("$argon2id$") {
                let what = "no Argon2id hash of a password";
                let remedy = "write what 'holdfast hash-password' prints";
                self.fault((&format!("agents.{name}"), "password-hash"), what, remedy);
            }
            self.names_of_agent((name, "groups", MOST_GROUPS), agent.groups.iter());
            self.names_of_agent((name, "skills", MOST_SKILLS), agent.skills.0.keys());
        }
    }

    /// What is said of groups must be said of groups that there can be.
    fn groups(&mut self) {
        for name in self.config.agent_groups.keys().filter(|name| !is_group_name(name)) {
            let what = format!("the name '{name}' does not fit");
            self.fault((&format!("agent-groups.{name}"), "capacity-rule"), &what, GROUP_NAME);
        }
        for (name, agent) in &self.config.agents {
            let title = format!("agents.{name}");
            let twice = agent.groups.iter().enumerate();
            let twice = twice.filter(|(at, group)| agent.groups[..*at].contains(group));
            for (_, group) in twice {
                let what = format!("the group '{group}' is named twice");
                self.fault((&title, "groups"), &what, "name it once");
            }
            let Some(tenant) = &agent.tenant else { continue };
            let Config { endpoints, tenants, .. } = self.config;
            if !endpoints.contains_key(tenant) && !tenants.contains_key(tenant) {
                let what = format!("there is no tenant '{tenant}'");
                let remedy = "write one of [endpoints:<tenant>] or [tenants.<tenant>]";
                self.fault((&title, "tenant"), &what, remedy);
            }
        }
    }

    fn capacity_rules(&mut self) {
        let config = self.config;
        let Config { agents, places, agent_groups, tenants, interaction, .. } = config;
        let of_agents =
            agents.iter().map(|(name, one)| (format!("agents.{name}"), &one.capacity_rule));
        let of_places =
            places.iter().map(|(name, one)| (format!("places.{name}"), &one.capacity_rule));
        let of_groups = agent_groups.iter();
        let of_groups =
            of_groups.map(|(name, one)| (format!("agent-groups.{name}"), &one.capacity_rule));
        let of_tenants =
            tenants.iter().map(|(name, one)| (format!("tenants.{name}"), &one.capacity_rule));
        let of_all = ("interaction".to_owned(), &interaction.capacity_rule);
        let named = of_agents.chain(of_places).chain(of_groups).chain(of_tenants).chain([of_all]);
        for (title, rule) in named {
            let Some(rule) =
                rule.as_ref().filter(|rule| !config.capacity_rules.contains_key(*rule))
            else {
                continue;
            };
            let what = format!("there is no capacity rule '{rule}'");
            let remedy = format!("write [capacity-rules.{rule}], or name one that is there");
            self.fault((&title, "capacity-rule"), &what, &remedy);
        }
        for (name, agent) in agents {
            if agent.capacity_chat.is_some() && agent.capacity_rule.is_some() {
                let what = "it says the same as capacity-rule, or something else";
                self.fault(
                    (&format!("agents.{name}"), "capacity-chat"),
                    what,
                    "leave one of them out",
                );
            }
        }
    }

    /// Names of groups and skills are written in expressions, rows of figures and events.
    fn names_of_agent<'a>(
        &mut self,
        (agent, option, most): (&str, &str, usize),
        names: impl ExactSizeIterator<Item = &'a String>,
    ) {
        let title = format!("agents.{agent}");
        if most < names.len() {
            let what = format!("{} names are too many", names.len());
            self.fault((&title, option), &what, &format!("write {most} at most"));
        }
        for name in names.filter(|name| !is_group_name(name)) {
            let what = format!("the name '{name}' does not fit");
            self.fault((&title, option), &what, GROUP_NAME);
        }
    }

    fn privileges(&mut self) {
        let Config { privileges: of_roles, agents, .. } = self.config;
        let of_roles = [
            ("privileges".to_owned(), "agent", AgentRole::Agent, &of_roles.agent),
            ("privileges".to_owned(), "supervisor", AgentRole::Supervisor, &of_roles.supervisor),
        ];
        let of_accounts = agents.iter().filter_map(|(name, agent)| {
            let own = agent.privileges.as_ref()?;
            Some((format!("agents.{name}"), "privileges", agent.role, own))
        });
        for (title, option, role, privileges) in of_roles.into_iter().chain(of_accounts) {
            self.privileges_fit((&title, option), role, privileges);
        }
    }

    fn privileges_fit(&mut self, option: (&str, &str), role: AgentRole, privileges: &[Privilege]) {
        for privilege in privileges {
            let lacks = privilege.needs().filter(|needed| !privileges.contains(needed));
            if let Some(lacks) = lacks {
                let what =
                    format!("{} is worth nothing without {}", privilege.word(), lacks.word());
                self.fault(option, &what, &format!("add {}", lacks.word()));
            }
        }
        if role == AgentRole::Agent && privileges.contains(&Privilege::Monitor) {
            let what = "an agent cannot monitor, only supervisors can be unseen by everybody";
            self.fault(option, what, "take monitor out, or make the account a supervisor's");
        }
    }

    /// Accounts of other systems.
    fn clients(&mut self) {
        let Config { esp_clients, node_clients, .. } = self.config;
        let of_esp = esp_clients.iter().map(|(name, one)| ("esp", name, &one.password_hash));
        let of_node = node_clients.iter().map(|(name, one)| ("node", name, &one.password_hash));
        for (whose, name, hash) in of_esp.chain(of_node) {
            let title = format!("{whose}-clients.{name}");
            if name.is_empty() || 32 < name.len() || !name.chars().all(fits_id) {
                let what = format!("the name '{name}' does not fit");
                let remedy = "write 1 to 32 of a-z, A-Z, 0-9, - and _";
                self.fault((&title, "password-hash"), &what, remedy);
            }
            if !hash.expose().starts_with("$argon2id$") {
                let what = "no Argon2id hash of a password";
                let remedy = "write what 'holdfast hash-password' prints";
                self.fault((&title, "password-hash"), what, remedy);
            }
        }
        if self.config.listen.esp.is_some() && self.config.esp_clients.is_empty() {
            let what = "nobody could ask anything there";
            let remedy = "write an [esp-clients.<name>] with its password-hash, or leave it out";
            self.fault(("listen", "esp"), what, remedy);
        }
    }

    fn bots(&mut self) {
        for (id, bot) in &self.config.bots {
            let title = format!("bots.{id}");
            if id.is_empty() || 48 < id.len() || !id.chars().all(fits_id) {
                let remedy = "write 1 to 48 of a-z, A-Z, 0-9, - and _";
                self.fault((&title, "url"), &format!("the id '{id}' does not fit"), remedy);
            }
            let (is_sample, is_outside) = (bot.sample != Sample::None, !bot.url.is_empty());
            if is_sample == is_outside {
                let what = "a bot has a url, or is a sample, and not both";
                self.fault((&title, "url"), what, "set one of url and sample");
            }
            if is_outside {
                self.receiver((&title, "url"), &bot.url);
                self.signing(&title, &bot.secret);
            }
        }
    }

    /// An address of the operator's own choice.
    fn receiver(&mut self, option: (&str, &str), url: &str) {
        let rest = ["https://", "http://"].iter().find_map(|start| url.strip_prefix(start));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if !has_host || url.contains(char::is_whitespace) {
            self.fault(option, &format!("'{url}' does not fit"), "write https://host/path");
        }
    }

    fn signing(&mut self, title: &str, secret: &Secret) {
        if secret.expose().chars().count() < SHORTEST_SECRET {
            let what = "it has fewer than 16 characters";
            let remedy = "write a long one that nobody can guess, or ${file:/path}";
            self.fault((title, "secret"), what, remedy);
        }
    }

    fn mail(&mut self) {
        let mail = &self.config.mail;
        if !mail.server.is_empty() && mail.from.is_empty() {
            let remedy = "write who sends, as 'Support <support@example.com>'";
            self.fault(("mail", "from"), "there is a server and nobody who sends", remedy);
        }
        if mail.account.is_empty() != mail.password.expose().is_empty() {
            let what = "an account has a password, and a password an account";
            self.fault(("mail", "account"), what, "set both, or neither");
        }
        if !mail.account.is_empty() && mail.tls == MailTls::None {
            let what = "a password would be told to everybody on the way";
            self.fault(
                ("mail", "tls"),
                what,
                "write starttls or implicit, or leave the account out",
            );
        }
    }

    /// Port 0 is any free port and collides with nothing.
    fn listeners(&mut self) {
        let listen = &self.config.listen;
        let pairs = [
            ("agent", listen.agent, listen.customer, "customer"),
            ("health", listen.health, listen.customer, "customer"),
            ("health", listen.health, listen.agent, "agent"),
            ("peer", listen.peer, listen.customer, "customer"),
            ("peer", listen.peer, listen.agent, "agent"),
            ("peer", listen.peer, listen.health, "health"),
        ];
        let others = [
            (listen.customer, "customer"),
            (listen.agent, "agent"),
            (listen.health, "health"),
            (listen.peer, "peer"),
        ];
        let esp = listen
            .esp
            .iter()
            .flat_map(|esp| others.map(|(earlier, taken_by)| ("esp", esp.0, earlier, taken_by)));
        for (option, address, earlier, taken_by) in pairs.into_iter().chain(esp) {
            if address == earlier && address.port() != 0 {
                let what = format!("{address} is already that of {taken_by}");
                self.fault(("listen", option), &what, "write another port");
            }
        }
    }

    fn cassandra(&mut self) {
        let CassandraSection { contact_points, keyspace, datacenter, consistency, .. } =
            &self.config.cassandra;
        for point in contact_points {
            let port = point.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            if port.is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
                let what = format!("'{point}' does not fit");
                let remedy = "write host:port, like \"10.0.0.1:9042\"";
                self.fault(("cassandra", "contact-points"), &what, remedy);
            }
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins_well = keyspace.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins_well || 48 < keyspace.len() || !keyspace.chars().all(fits) {
            let what = format!("'{keyspace}' does not fit");
            let remedy = "write a letter, then letters, digits and _, in lower case, at most 48";
            self.fault(("cassandra", "keyspace"), &what, remedy);
        }
        if *consistency == Quorum::OfDatacenter && datacenter.is_empty() {
            let what = "local_quorum needs to know of which data centre";
            self.fault(("cassandra", "datacenter"), what, "write its name at Cassandra");
        }
    }

    fn certificates(&mut self) {
        for (listener, files) in &self.config.tls {
            let title = format!("tls.{listener}");
            if !TLS_LISTENERS.contains(&listener.as_str()) {
                let remedy = format!("write one of {}", TLS_LISTENERS.join(", "));
                self.fault((&title, "certificate-file"), "there is no such listener", &remedy);
            }
            let is_set = [files.certificate_file.is_some(), files.private_key_file.is_some()];
            self.all_or_none(&title, ["certificate-file", "private-key-file"], is_set);
        }
    }

    fn peer(&mut self) {
        let peer = &self.config.peer;
        let options = ["certificate-file", "private-key-file", "trusted-cert-dir"];
        let is_set = [
            peer.certificate_file.is_some(),
            peer.private_key_file.is_some(),
            peer.trusted_cert_dir.is_some(),
        ];
        self.all_or_none("peer", options, is_set);
    }

    fn encryption(&mut self) {
        let section = &self.config.encryption;
        if !section.enabled {
            return;
        }
        let is_set =
            [section.client_certificate_file.is_some(), section.client_private_key_file.is_some()];
        let options = ["client-certificate-file", "client-private-key-file"];
        self.all_or_none("encryption", options, is_set);
        if section.verify_peer_cert && section.trusted_cert_dir.is_none() {
            let what = "nothing says which certificates of Cassandra are trusted";
            let remedy = "name the folder of the trusted certificates";
            self.fault(("encryption", "trusted-cert-dir"), what, remedy);
        }
        if !section.verify_peer_cert && !section.insecure_accept_any {
            let what = "without it anybody on the way could read and change everything";
            let remedy = "set it to true, or insecure-accept-any = true if that is meant";
            self.fault(("encryption", "verify-peer-cert"), what, remedy);
        }
    }

    /// Options that only make sense together.
    fn all_or_none<const N: usize>(
        &mut self,
        section: &str,
        options: [&str; N],
        is_set: [bool; N],
    ) {
        if !is_set.contains(&true) {
            return;
        }
        for (option, is_set) in options.into_iter().zip(is_set) {
            if !is_set {
                let remedy = format!("set all of {}, or none", options.join(", "));
                self.fault((section, option), "it is missing", &remedy);
            }
        }
    }

    fn fault(&mut self, (section, option): (&str, &str), what: &str, remedy: &str) {
        let key = (section.to_owned(), option.to_owned());
        let origin = self.origins.get(&key).cloned().unwrap_or(Origin::Default);
        // A value that was refused left its default behind, which is not to be judged.
        let is_told = self.faults.iter().any(|fault| fault.origin == origin);
        if is_told && origin != Origin::Default {
            return;
        }
        let what = format!("[{section}] {option}: {what}");
        self.faults.push(Fault { origin, what, remedy: remedy.to_owned() });
    }
}

/// Whether ids and names of providers may have this letter.
fn fits_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether a group or a skill may be called so.
fn is_group_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 64
        && name.chars().all(fits)
}
