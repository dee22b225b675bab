//! `[endpoints:<tenant>]`, `[chat]`, `[chat.<service>]` and `[interaction]`: the way of a new chat
//! from the customer's address to an agent.

use crate::config::scopes::CAPACITY_RULE;
use crate::config::spec::{FreeOpt, Opt, Section};
use std::collections::BTreeMap;
use std::time::Duration;

/// `[endpoints:<tenant>]`: aliases and the queues they stand for.
#[derive(Clone, Default)]
pub struct Endpoints(pub BTreeMap<String, String>);

/// `[chat]`: what holds for every service that does not say otherwise.
#[derive(Clone)]
pub struct ChatSection {
    /// `endpoint`
    pub endpoint: String,
}

/// `[chat.<service>]`: one service that customers can address.
#[derive(Clone, Default)]
pub struct Service {
    /// `endpoint`
    pub endpoint: Option<String>,
}

/// `[interaction]`
#[derive(Clone)]
pub struct InteractionSection {
    /// `delivering-timeout`
    pub delivering_timeout: Duration,
    /// `reoffer-after`
    pub reoffer_after: Duration,
    /// `default-capacity-chat`
    pub default_capacity_chat: u64,
    /// `handling-timeout`, in minutes
    pub handling_timeout: u64,
    /// `routing-timeout`, in minutes
    pub routing_timeout: u64,
    /// `capacity-rule`
    pub capacity_rule: Option<String>,
    /// `reporting-events`
    pub reporting_events: u64,
}

/// `[media.<media>]`: what differs for one kind of interactions.
#[derive(Clone, Default)]
pub struct MediaSection {
    /// `handling-timeout`, in minutes
    pub handling_timeout: Option<u64>,
    /// `routing-timeout`, in minutes
    pub routing_timeout: Option<u64>,
}

impl Default for ChatSection {
    fn default() -> Self {
        Self { endpoint: "Environment:default".into() }
    }
}

impl Default for InteractionSection {
    fn default() -> Self {
        Self {
            delivering_timeout: Duration::from_secs(30),
            reoffer_after: Duration::from_secs(60),
            default_capacity_chat: 3,
            handling_timeout: 180,
            routing_timeout: 720,
            capacity_rule: None,
            reporting_events: 10_000,
        }
    }
}

impl Section for Endpoints {
    const OPTIONS: &'static [Opt<Self>] = &[];
    const FREE: Option<FreeOpt<Self>> = Some(FreeOpt {
        placeholder: "<alias>",
        means: "Queue into which chats that name this alias are put. The alias `default` must exist.",
        takes: |_| true,
        field: |s, alias| s.0.entry(alias.to_owned()).or_default(),
        names: |s| s.0.keys().cloned().collect(),
    });
}

impl Section for ChatSection {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "endpoint",
        |s: &mut Self| &mut s.endpoint,
        "Endpoint, as `tenant:alias`, of every service that names none.",
    )];
}

impl Section for Service {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "endpoint",
        |s: &mut Self| &mut s.endpoint,
        "Endpoint of this service, as `tenant:alias`. Without it that of `[chat]`.",
    )];
}

impl Section for InteractionSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "delivering-timeout",
            |s: &mut Self| &mut s.delivering_timeout,
            "How long an invitation rings before it goes to the next agent, and the agent \
             who missed it is set not ready.",
        )
        .within(1, 86_400)
        .immediately(),
        Opt::new(
            "reoffer-after",
            |s: &mut Self| &mut s.reoffer_after,
            "For how long an interaction is not offered again to an agent who rejected it.",
        )
        .within(0, 86_400)
        .immediately(),
        Opt::new(
            "default-capacity-chat",
            |s: &mut Self| &mut s.default_capacity_chat,
            "Chats at a time of an agent for whom nothing else says how much he may have, and one of \
             any other medium.",
        )
        .within(1, 1_000)
        .immediately(),
        Opt::new(
            "handling-timeout",
            |s: &mut Self| &mut s.handling_timeout,
            "Minutes after which an interaction goes back to its queue if no desk of those who handle \
             it has asked for anything. All requests of the agent API count, for chats too; pings do \
             not. The property `handling-timeout` of an interaction comes first, then `[media.<media>]`.",
        )
        .within(1, 1_440),
        Opt::new(
            "routing-timeout",
            |s: &mut Self| &mut s.routing_timeout,
            "Minutes after which routing has failed: what a strategy has had in hand for so long goes back \
             to the queue from which it got it, and is new there. It counts for what is given to a \
             strategy later. The property `routing-timeout` of an interaction comes first, then \
             `[media.<media>]`.",
        )
        .within(20, 525_600),
        Opt::new("capacity-rule", |s: &mut Self| &mut s.capacity_rule, CAPACITY_RULE),
        Opt::new(
            "reporting-events",
            |s: &mut Self| &mut s.reporting_events,
            "How many events are kept for those who follow them (`docs/api/reporting.md`), 16 MiB at most. \
             They are written again with each snapshot of the routing domain, so many more cost every \
             renewal and take-over some time.",
        )
        .within(0, 100_000),
    ];
}

impl Section for MediaSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "handling-timeout",
            |s: &mut Self| &mut s.handling_timeout,
            "Minutes after which what agents of this medium do nothing with goes back to its queue. \
             Without it that of `[interaction]`.",
        )
        .within(1, 1_440),
        Opt::new(
            "routing-timeout",
            |s: &mut Self| &mut s.routing_timeout,
            "Minutes after which what a strategy has of this medium goes back to its queue. Without it \
             that of `[interaction]`.",
        )
        .within(20, 525_600),
    ];
}
