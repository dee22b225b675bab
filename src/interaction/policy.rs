//! The settings the rules need, as plain values.

use crate::base::user_data::UserDataLimits;
use crate::interaction::capacity::Capacity;
use crate::interaction::error::Rejection;
use crate::interaction::ids::{MediaType, QueueName, ServerName};
use crate::interaction::running::Keeper;
use crate::interaction::scope::Scopes;
use crate::workflow::Process;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Policy {
    /// `delivering-timeout`: how long an agent may take to accept.
    pub delivering_timeout: Duration,
    /// `handling-timeout`: how long somebody may have something without doing anything …
    pub handling_timeout: Duration,
    /// … and by medium, where that differs.
    pub handling_timeouts: BTreeMap<MediaType, Duration>,
    /// `routing-timeout`: how long a strategy may have something in hand …
    pub routing_timeout: Duration,
    /// … and by medium, where that differs.
    pub routing_timeouts: BTreeMap<MediaType, Duration>,
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
    /// Queues, views and strategies; without them everything is offered to whoever is free.
    pub workflow: Option<Arc<Process>>,
    /// How many events are kept for those who follow them.
    pub journal: usize,
}

/// `[interaction] reporting-events`, without a word.
pub const USUAL_JOURNAL: usize = 10_000;

impl Default for Policy {
    fn default() -> Self {
        Self {
            delivering_timeout: Duration::from_secs(30),
            handling_timeout: Duration::from_secs(180 * 60),
            handling_timeouts: BTreeMap::new(),
            routing_timeout: Duration::from_secs(720 * 60),
            routing_timeouts: BTreeMap::new(),
            resume_window: Duration::from_secs(15),
            move_window: Duration::from_secs(30),
            reoffer_after: Duration::from_secs(30),
            keep_stopped: Duration::from_secs(60 * 60),
            scopes: Scopes::default(),
            default_capacity: Capacity::default(),
            endpoints: BTreeMap::new(),
            media_servers: [ServerName::from("chat")].into(),
            user_data: UserDataLimits::default(),
            workflow: None,
            journal: USUAL_JOURNAL,
        }
    }
}

impl Policy {
    /// Who sees to what lies in a queue.
    pub fn keeper_of(&self, queue: &QueueName) -> Keeper {
        let is_seen_to = self.workflow.as_ref().is_some_and(|process| process.sees_to(&queue.0));
        if is_seen_to { Keeper::Views } else { Keeper::Routing }
    }

    /// Refuses a queue that is not for agents.
    pub fn check_queue_of_agents(&self, queue: &QueueName) -> Result<(), Rejection> {
        let is_fine = self.workflow.as_ref().is_none_or(|process| process.is_for_agents(&queue.0));
        if is_fine { Ok(()) } else { Err(Rejection::NotForAgents(queue.clone())) }
    }

    /// The queue whose views look at what lies in a workbin of this name.
    pub fn queue_of_workbin(&self, name: &str) -> Option<QueueName> {
        let queue = self.workflow.as_ref()?.queue_of_workbin(name)?;
        Some(QueueName::from(queue))
    }

    /// The queue behind an endpoint of a tenant.
    pub fn queue_of(&self, tenant: &str, endpoint: &str) -> QueueName {
        let named = self.endpoints.get(tenant).and_then(|endpoints| endpoints.get(endpoint));
        named.cloned().unwrap_or_else(|| QueueName::from(endpoint))
    }
}
