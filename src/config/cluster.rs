//! `[cluster]`: what the nodes of one cluster share, and how they hand sessions to one another. It
//! has a meaning only where they share a store.

use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct ClusterSection {
    /// `name`
    pub name: String,
    /// `key`
    pub key: Secret,
    /// `lb-delay`
    pub lb_delay: Duration,
    /// `move-rate`
    pub move_rate: u64,
    /// `restore-rate`
    pub restore_rate: u64,
}

impl Default for ClusterSection {
    fn default() -> Self {
        Self {
            name: "holdfast".into(),
            key: Secret::default(),
            lb_delay: Duration::from_secs(10),
            move_rate: 200,
            restore_rate: 200,
        }
    }
}

impl Section for ClusterSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "name",
            |s: &mut Self| &mut s.name,
            "Name of the cluster. Nodes of the same name in the same keyspace are one.",
        ),
        Opt::new(
            "key",
            |s: &mut Self| &mut s.key,
            "The secret that all nodes of a cluster share, 64 hex digits: it seals customers' keys \
             and agents' tokens. Needed with Cassandra (cluster/README.md shows how to make one); one \
             node with the embedded store makes its own in its data folder.",
        ),
        Opt::new(
            "lb-delay",
            |s: &mut Self| &mut s.lb_delay,
            "How long a node that drains goes on as before while it tells the load balancer \
             that it is not ready: two of the balancer's checks.",
        )
        .within(0, 600),
        Opt::new(
            "move-rate",
            |s: &mut Self| &mut s.move_rate,
            "Most sessions that a draining node hands over in a second.",
        )
        .within(1, 100_000),
        Opt::new(
            "restore-rate",
            |s: &mut Self| &mut s.restore_rate,
            "Most sessions of a dead node that this one takes over in a second without being \
             asked. What a customer asks for is restored at once.",
        )
        .within(1, 100_000),
    ];
}
