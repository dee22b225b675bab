//! The settings the rules need, as plain values.

use crate::base::user_data::UserDataLimits;
use crate::interaction::capacity::Capacity;
use crate::interaction::ids::{QueueName, ServerName};
use crate::interaction::scope::Scopes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Policy {
    /// `delivering-timeout`: how long an agent may take to accept.
    pub delivering_timeout: Duration,
    /// How long a lost connection may take to come back.
    pub resume_window: Duration,
    /// The same for one whose client was told to go on at another node, if it is longer.
    pub move_window: Duration,
    /// After this long an agent is asked again for what he refused or missed.
    pub reoffer_after: Duration,
    /// How long a stopped interaction is remembered, so that a late repetition is known as one.
    pub keep_stopped: Duration,
    /// What is set for agents, their places, groups and tenants. Whoever is given no capacity rule
    /// there gets [`Policy::default_capacity`] and a warning.
    pub scopes: Scopes,
    pub default_capacity: Capacity,
    /// `[endpoints:<tenant>]`: endpoint → queue. An endpoint that is not named here leads to the
    /// queue of its own name, so that nothing is ever without a queue.
    pub endpoints: BTreeMap<String, BTreeMap<String, QueueName>>,
    /// Who may submit.
    pub media_servers: BTreeSet<ServerName>,
    pub user_data: UserDataLimits,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            delivering_timeout: Duration::from_secs(30),
            resume_window: Duration::from_secs(15),
            move_window: Duration::from_secs(30),
            reoffer_after: Duration::from_secs(30),
            keep_stopped: Duration::from_secs(60 * 60),
            scopes: Scopes::default(),
            default_capacity: Capacity::default(),
            endpoints: BTreeMap::new(),
            media_servers: [ServerName::from("chat")].into(),
            user_data: UserDataLimits::default(),
        }
    }
}

impl Policy {
    /// The queue behind an endpoint of a tenant.
    pub fn queue_of(&self, tenant: &str, endpoint: &str) -> QueueName {
        let named = self.endpoints.get(tenant).and_then(|endpoints| endpoints.get(endpoint));
        named.cloned().unwrap_or_else(|| QueueName::from(endpoint))
    }
}
