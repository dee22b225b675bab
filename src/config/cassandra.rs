//! `[cassandra]`: the ring that keeps everything, if there is one.

use crate::config::field::Choice;
use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct CassandraSection {
    /// `contact-points`
    pub contact_points: Vec<String>,
    /// `keyspace`
    pub keyspace: String,
    /// `datacenter`
    pub datacenter: String,
    /// `consistency`
    pub consistency: Quorum,
    /// `username`
    pub username: String,
    /// `password`
    pub password: Secret,
    /// `connect-timeout`
    pub connect_timeout: Duration,
    /// `request-timeout-ms`
    pub request_timeout_ms: u64,
    /// `speculative-delay-ms`
    pub speculative_delay_ms: u64,
    /// `connections-per-node`
    pub connections_per_node: u64,
    /// `session-max-age`
    pub session_max_age_days: u64,
}

/// Which replicas must answer. There is nothing weaker: an acknowledged message must be seen by
/// every later reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    OfAll,
    OfDatacenter,
}

impl CassandraSection {
    /// Whether this node keeps its data in a ring.
    pub fn is_used(&self) -> bool {
        !self.contact_points.is_empty()
    }

    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub fn speculative_delay(&self) -> Duration {
        Duration::from_millis(self.speculative_delay_ms)
    }
}

impl Default for CassandraSection {
    fn default() -> Self {
        Self {
            contact_points: Vec::new(),
            keyspace: "holdfast".into(),
            datacenter: String::new(),
            consistency: Quorum::OfAll,
            username: String::new(),
            password: Secret::default(),
            connect_timeout: Duration::from_secs(5),
            request_timeout_ms: 2_000,
            speculative_delay_ms: 100,
            connections_per_node: 2,
            session_max_age_days: 90,
        }
    }
}

impl Choice for Quorum {
    const WORDS: &'static [(&'static str, Self)] =
        &[("quorum", Self::OfAll), ("local_quorum", Self::OfDatacenter)];
}

impl Section for CassandraSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "contact-points",
            |s: &mut Self| &mut s.contact_points,
            "Nodes of the ring to ask first, each as `host:port`; name several. None: the node \
             stands alone and uses the embedded store.",
        ),
        Opt::new(
            "keyspace",
            |s: &mut Self| &mut s.keyspace,
            "Keyspace of the tables, as `holdfast schema apply` makes it: a letter, then letters, \
             digits and `_`, in lower case, at most 48.",
        ),
        Opt::new(
            "datacenter",
            |s: &mut Self| &mut s.datacenter,
            "Data centre whose nodes are asked, as Cassandra names it; needed for `local_quorum`, \
             and then the same for every node of the cluster. Empty: any.",
        ),
        Opt::new(
            "consistency",
            |s: &mut Self| &mut s.consistency,
            "Which replicas must answer: a majority of all, or of those in `datacenter`.",
        ),
        Opt::new(
            "username",
            |s: &mut Self| &mut s.username,
            "Account at Cassandra; empty: none is needed.",
        ),
        Opt::new("password", |s: &mut Self| &mut s.password, "Password of the account."),
        Opt::new(
            "connect-timeout",
            |s: &mut Self| &mut s.connect_timeout,
            "How long opening one connection may take.",
        )
        .within(1, 60),
        Opt::new(
            "request-timeout-ms",
            |s: &mut Self| &mut s.request_timeout_ms,
            "Milliseconds after which a statement counts as not answered. A write is then driven \
             again.",
        )
        .within(100, 60_000),
        Opt::new(
            "speculative-delay-ms",
            |s: &mut Self| &mut s.speculative_delay_ms,
            "Milliseconds after which a statement is also put to another node of the ring: about \
             what a frozen one costs a message. Keep it above the usual answer of the ring.",
        )
        .within(5, 10_000),
        Opt::new(
            "connections-per-node",
            |s: &mut Self| &mut s.connections_per_node,
            "Connections to each node of the ring.",
        )
        .within(1, 64),
        Opt::new(
            "session-max-age",
            |s: &mut Self| &mut s.session_max_age_days,
            "Days after which `holdfast sweep` takes a session that nobody ever closed for \
             forgotten. Longer than any asynchronous chat may rest.",
        )
        .within(1, 3_650),
    ];
}
