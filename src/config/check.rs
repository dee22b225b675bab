//! What one option alone cannot show: names that must exist, options that must fit each other.

use crate::config::cassandra::{CassandraSection, Quorum};
use crate::config::fault::Origins;
use crate::config::fault::{Fault, Origin};
use crate::config::sections::Config;

/// Finds everything that is wrong between options.
pub fn check(config: &Config, origins: &Origins, faults: &mut Vec<Fault>) {
    let mut checking = Checking { config, origins, faults };
    checking.node();
    checking.endpoints();
    checking.services();
    checking.agents();
    checking.listeners();
    checking.cassandra();
}

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
        for (option, address, earlier, taken_by) in pairs {
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
