//! The keyspace: how often everything is kept, and where.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Fewer copies than this do not survive the loss of one and go on.
const FEWEST_COPIES: u32 = 3;

/// How copies are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicationClass {
    /// Anywhere; for trying out.
    Simple,
    /// So many in each data centre, apart from each other.
    NetworkTopology,
}

/// How a keyspace is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replication {
    pub class: ReplicationClass,
    pub factor: u32,
    /// For the network topology.
    pub datacenters: Vec<String>,
}

impl Replication {
    /// The statement that makes the keyspace.
    pub fn cql(&self, keyspace: &str) -> String {
        let mut map = String::new();
        match self.class {
            ReplicationClass::Simple => {
                map.push_str("'class': 'SimpleStrategy', 'replication_factor': ");
                map.push_str(&self.factor.to_string());
            }
            ReplicationClass::NetworkTopology => {
                map.push_str("'class': 'NetworkTopologyStrategy'");
                for datacenter in &self.datacenters {
                    let name = datacenter.replace('\'', "''");
                    // Writing to a text cannot fail.
                    let _written = write!(map, ", '{name}': {}", self.factor);
                }
            }
        }
        format!("CREATE KEYSPACE IF NOT EXISTS \"{keyspace}\" WITH replication = {{{map}}}")
    }

    /// The same as Cassandra tells it.
    pub fn map(&self) -> BTreeMap<String, String> {
        let factor = self.factor.to_string();
        let class = |name: &str| ("class".to_owned(), name.to_owned());
        match self.class {
            ReplicationClass::Simple => {
                [class("SimpleStrategy"), ("replication_factor".to_owned(), factor)].into()
            }
            ReplicationClass::NetworkTopology => {
                let each = self.datacenters.iter().map(|name| (name.clone(), factor.clone()));
                each.chain([class("NetworkTopologyStrategy")]).collect()
            }
        }
    }
}

/// What an operator should know of a keyspace that is kept like this.
pub fn warnings(replication: &BTreeMap<String, String>, n_nodes: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    let factors = replication.iter().filter(|(key, _)| *key != "class");
    for (place, factor) in factors {
        // Of a transient replica only the number counts.
        let copies = factor.split('/').next().and_then(|copies| copies.parse::<u32>().ok());
        if copies.is_some_and(|copies| copies < FEWEST_COPIES) {
            warnings.push(format!(
                "{place} = {factor}: with fewer than {FEWEST_COPIES} copies nothing is \
                 acknowledged while one node of Cassandra is away"
            ));
        }
    }
    let is_simple = replication.get("class").is_some_and(|class| class.ends_with("SimpleStrategy"));
    if is_simple && 1 < n_nodes {
        warnings.push(
            "SimpleStrategy on several nodes: copies may lie in one rack or far apart; use \
             NetworkTopologyStrategy"
                .to_owned(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_named_for_each_data_centre() {
        let replication = network(3, &["dc1", "d'2"]);

        assert_eq!(
            replication.cql("holdfast"),
            "CREATE KEYSPACE IF NOT EXISTS \"holdfast\" WITH replication = \
             {'class': 'NetworkTopologyStrategy', 'dc1': 3, 'd''2': 3}"
        );
        assert_eq!(warnings(&replication.map(), 3), [""; 0]);
    }

    #[test]
    fn too_few_copies_and_a_simple_strategy_are_warned_of() {
        let simple =
            Replication { class: ReplicationClass::Simple, factor: 1, datacenters: vec![] };

        assert_eq!(warnings(&simple.map(), 1).len(), 1);
        assert_eq!(warnings(&simple.map(), 3).len(), 2);
        assert_eq!(warnings(&network(2, &["dc1"]).map(), 3).len(), 1);
    }

    fn network(factor: u32, names: &[&str]) -> Replication {
        let datacenters = names.iter().map(|name| (*name).to_owned()).collect();
        Replication { class: ReplicationClass::NetworkTopology, factor, datacenters }
    }
}
