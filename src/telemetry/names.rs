//! Every metric there is: its name, kind, unit and what it tells. Nobody else spells a name.
//!
//! Values of labels are `&'static str` everywhere (see [`Family`](crate::telemetry::Family)): what a
//! request brings, like an id, cannot become one. The one exception are queues that the configuration
//! names (see [`queues`](crate::telemetry::queues)).

use metrics::Unit;

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up.
    Counter,
    /// Up and down.
    Gauge,
    /// Spans of time, or sizes, in buckets.
    Histogram,
}

/// One metric.
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub unit: Unit,
    pub help: &'static str,
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Count, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Count, help }
}

/// A span that is shorter or longer by and by.
const fn span(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Seconds, help }
}

/// A moment: seconds since 1970.
const fn moment(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Seconds, help }
}

const fn sizes(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, unit: Unit::Count, help }
}

const fn seconds(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, unit: Unit::Seconds, help }
}

/// Labels: `version`, `revision`, `rustc`.
pub const BUILD_INFO: Metric = gauge("holdfast_build_info", "Always 1; what was built from what.");

/// Label: `state`.
pub const SESSIONS_ACTIVE: Metric =
    gauge("holdfast_sessions_active", "Chat sessions that live on this node, by state.");
/// Label: `role`.
pub const PARTICIPANTS_ACTIVE: Metric =
    gauge("holdfast_participants_active", "Participants of living sessions, by role.");
/// Label: `party`.
pub const MESSAGES: Metric =
    counter("holdfast_messages_total", "Messages stored and acknowledged, by who wrote them.");
pub const SESSIONS_CREATED: Metric =
    counter("holdfast_sessions_created_total", "Chat sessions created.");
/// Labels: `ended_by`, `reason`.
pub const SESSIONS_FINISHED: Metric =
    counter("holdfast_sessions_finished_total", "Chat sessions closed, by who ended them and why.");
pub const DUPLICATE_REQUESTS: Metric = counter(
    "holdfast_duplicate_requests_total",
    "Requests that came again and got their first answer again.",
);
pub const DROPPED_USER_DATA: Metric = counter(
    "holdfast_dropped_user_data_total",
    "Keys of user data that a customer may not set and that were left out.",
);

/// Label: `op`.
pub const REQUEST_DURATION: Metric =
    seconds("holdfast_request_duration_seconds", "From a request to its answer, by operation.");
pub const APPEND_DURATION: Metric =
    seconds("holdfast_append_duration_seconds", "From an append to its acknowledgement.");

/// Label: `reason`.
pub const TAKEOVERS: Metric = counter(
    "holdfast_takeovers_total",
    "Sessions and routing domains restored from the store, each once, by what brought it about.",
);
pub const SLEEPS: Metric = counter(
    "holdfast_sleeps_total",
    "Sessions that fell asleep here. Over all nodes, less the wakes: how many sleep.",
);
/// Label: `reason`.
pub const WAKES: Metric =
    counter("holdfast_wakes_total", "Sleeping sessions that were woken here, by reason.");
pub const LOOKS_ASLEEP: Metric = counter(
    "holdfast_looks_asleep_total",
    "Requests that a sleeping session answered without being woken.",
);
pub const ALARMS_OVERDUE: Metric = gauge(
    "holdfast_alarms_overdue",
    "Sleeping sessions that should have been woken a minute ago, as this node sees all of them.",
);
pub const FENCED: Metric =
    counter("holdfast_fenced_total", "Actors that ended because another owner claimed higher.");
pub const ACTOR_PANICS: Metric =
    counter("holdfast_actor_panics_total", "Actors that a panic ended. Each is a bug.");
pub const SUSPENDED: Metric =
    gauge("holdfast_suspended", "Sessions whose append the store has not answered for too long.");
pub const STORE_STALLED: Metric =
    gauge("holdfast_store_stalled", "1 while the store does not acknowledge, else 0.");

pub const APPEND_UNKNOWN: Metric = counter(
    "holdfast_append_unknown_total",
    "Appends whose outcome was not known at first and that were driven again.",
);
pub const VERIFY_DURATION: Metric = seconds(
    "holdfast_verify_seconds",
    "From the wish to look at the own lane to what a read of it says.",
);
pub const VERIFY_GROUP_SIZE: Metric =
    sizes("holdfast_verify_group_size", "How many wishes one read of the own lane served.");
pub const RESTORE_DURATION: Metric =
    seconds("holdfast_restore_seconds", "From a claim to an active session.");
pub const HANDOVER_DURATION: Metric = seconds(
    "holdfast_handover_seconds",
    "From the freezing of a session on a node that drains until another node serves it.",
);
pub const CLAIMS_GIVEN_WAY: Metric = counter(
    "holdfast_claims_given_way_total",
    "Claims given up because somebody claimed the same thing higher.",
);
pub const CLOCK_OFF: Metric = span(
    "holdfast_clock_off_seconds",
    "By how much the clock of the machine is ahead of the time that this node goes by: it was set.",
);
pub const PAUSES: Metric = counter(
    "holdfast_pauses_total",
    "Times that this process found out that it had stood still for more than a second.",
);
/// Label: `result`.
pub const FORWARDED: Metric = counter(
    "holdfast_forwarded_total",
    "Requests passed on to the node that owns what they ask for, by what became of them.",
);

/// Label: `state`.
pub const NODE_STATE: Metric =
    gauge("holdfast_node_state", "1 for the state that this node is in, else 0.");
/// Label: `state`.
pub const MEMBERS: Metric =
    gauge("holdfast_members", "Nodes of the cluster as this one sees them, itself too, by state.");
/// Label: `state`.
pub const PEER_LINKS: Metric =
    gauge("holdfast_peer_links", "Links from this node to the others, by state.");
/// Label: `result`.
pub const PEER_CALLS: Metric =
    counter("holdfast_peer_calls_total", "Calls to other nodes, by what became of them.");
pub const PEER_ROUND_TRIP: Metric = seconds(
    "holdfast_peer_round_trip_seconds",
    "From a ping to another node to its answer, on all links.",
);
pub const DRAIN_LEFT: Metric =
    gauge("holdfast_drain_left", "What this node still has to hand on before it may stop.");

pub const CASSANDRA_CONNECTED: Metric =
    gauge("holdfast_cassandra_connected", "1 while Cassandra answers, else 0.");
/// Label: `reason`.
pub const CASSANDRA_TLS_ERRORS: Metric = counter(
    "holdfast_cassandra_tls_errors_total",
    "Encrypted connections to Cassandra that did not come about, by reason.",
);
/// Label: `kind`.
pub const STORAGE_ERRORS: Metric =
    counter("holdfast_storage_errors_total", "Statements that the store did not answer, by kind.");
/// Label: `listener`.
pub const CERTIFICATE_NOT_AFTER: Metric = moment(
    "holdfast_tls_certificate_not_after_timestamp_seconds",
    "When the certificate in use ends, by what it is used for.",
);

/// Label: `state`.
pub const AGENTS: Metric = gauge("holdfast_agents", "Agents logged in, by state.");
pub const AGENTS_BUSY: Metric = gauge(
    "holdfast_agents_busy",
    "Agents who handle something, whatever their state. As all figures of routing: on the node that \
     routes.",
);
pub const QUEUE_WAITING: Metric =
    gauge("holdfast_queue_waiting", "Interactions that wait for an agent.");
/// Label: `queue`.
pub const QUEUE_WAITING_IN: Metric =
    gauge("holdfast_queue_interactions", "Interactions that wait for an agent, by queue.");
/// Label: `queue`.
pub const QUEUE_OFFERED: Metric = gauge(
    "holdfast_queue_offered",
    "Of those that wait, how many are offered to an agent, by queue.",
);
/// Label: `queue`.
pub const QUEUE_LONGEST_WAIT: Metric = span(
    "holdfast_queue_longest_wait_seconds",
    "How long the first of those has waited that wait for an agent, by queue.",
);
/// Labels: `queue`, `event`.
pub const QUEUE_TODAY: Metric = gauge(
    "holdfast_queue_today",
    "What has come into a queue since 00:00 UTC and what became of it, by queue and event.",
);
/// Labels: `queue`, `within`.
pub const QUEUE_SERVICE_LEVEL: Metric = gauge(
    "holdfast_queue_service_level_ratio",
    "The share answered within so many seconds, of what was answered or given up since 00:00 UTC.",
);
/// Label: `result`.
pub const OFFERS: Metric =
    counter("holdfast_offers_total", "Invitations to agents, by what became of them.");
pub const VIEW_FAULTS: Metric = counter(
    "holdfast_view_faults_total",
    "Conditions of views that gave no value for an interaction.",
);
pub const DAY_FILE_LOST: Metric = counter(
    "holdfast_day_file_lost_total",
    "Facts that are missing in the file of a day, since they could not be written.",
);
pub const WS_CONNECTIONS: Metric = gauge("holdfast_ws_connections", "Open agent sockets.");
pub const COMETD_CLIENTS: Metric =
    gauge("holdfast_cometd_clients", "CometD clients that this node remembers.");
pub const COMETD_SOCKETS: Metric =
    gauge("holdfast_cometd_sockets", "Open WebSockets of CometD clients.");

pub const BOTS_ACTIVE: Metric =
    gauge("holdfast_bots_active", "Bots at work in chats that live on this node.");
/// Label: `result`.
pub const BOT_SESSIONS: Metric = counter(
    "holdfast_bot_sessions_total",
    "Work of bots in chats that has ended, by how it ended.",
);
/// Label: `result`.
pub const BOT_DELIVERIES: Metric =
    counter("holdfast_bot_deliveries_total", "What bots were told, by what became of it.");
pub const BOT_RETRIES: Metric =
    counter("holdfast_bot_retries_total", "Times that a bot was told the same once more.");
pub const BOT_ANSWER_DURATION: Metric = seconds(
    "holdfast_bot_answer_seconds",
    "From what a bot is told to its answer, all attempts together.",
);

/// Label: `result`.
pub const PUSHES: Metric =
    counter("holdfast_pushes_total", "Pushes to customers' receivers, by what became of them.");
pub const PUSH_REMINDERS: Metric = counter(
    "holdfast_push_reminders_total",
    "Pushes that reminded again of something that was not fetched.",
);
pub const PUSHES_WAITING: Metric =
    gauge("holdfast_pushes_waiting", "Pushes that wait for a receiver, or are under way.");
pub const PUSH_DURATION: Metric =
    seconds("holdfast_push_answer_seconds", "From a push to its receiver's answer.");

/// Label: `result`.
pub const TLS_RELOADS: Metric =
    counter("holdfast_tls_reloads_total", "Changed certificate files that were read, by result.");
pub const CASSANDRA_TLS_UNVERIFIED: Metric = gauge(
    "holdfast_cassandra_tls_unverified",
    "1 while any certificate of a Cassandra node is accepted, else 0.",
);

/// All of them.
pub const ALL: &[&Metric] = &[
    &BUILD_INFO,
    &SESSIONS_ACTIVE,
    &PARTICIPANTS_ACTIVE,
    &MESSAGES,
    &SESSIONS_CREATED,
    &SESSIONS_FINISHED,
    &DUPLICATE_REQUESTS,
    &DROPPED_USER_DATA,
    &REQUEST_DURATION,
    &APPEND_DURATION,
    &TAKEOVERS,
    &SLEEPS,
    &WAKES,
    &LOOKS_ASLEEP,
    &ALARMS_OVERDUE,
    &FENCED,
    &ACTOR_PANICS,
    &SUSPENDED,
    &STORE_STALLED,
    &APPEND_UNKNOWN,
    &VERIFY_DURATION,
    &VERIFY_GROUP_SIZE,
    &RESTORE_DURATION,
    &HANDOVER_DURATION,
    &CLAIMS_GIVEN_WAY,
    &CLOCK_OFF,
    &PAUSES,
    &FORWARDED,
    &NODE_STATE,
    &MEMBERS,
    &PEER_LINKS,
    &PEER_CALLS,
    &PEER_ROUND_TRIP,
    &DRAIN_LEFT,
    &CASSANDRA_CONNECTED,
    &CASSANDRA_TLS_ERRORS,
    &STORAGE_ERRORS,
    &CERTIFICATE_NOT_AFTER,
    &AGENTS,
    &AGENTS_BUSY,
    &QUEUE_WAITING,
    &QUEUE_WAITING_IN,
    &QUEUE_OFFERED,
    &QUEUE_LONGEST_WAIT,
    &QUEUE_TODAY,
    &QUEUE_SERVICE_LEVEL,
    &OFFERS,
    &VIEW_FAULTS,
    &DAY_FILE_LOST,
    &WS_CONNECTIONS,
    &COMETD_CLIENTS,
    &COMETD_SOCKETS,
    &BOTS_ACTIVE,
    &BOT_SESSIONS,
    &BOT_DELIVERIES,
    &BOT_RETRIES,
    &BOT_ANSWER_DURATION,
    &PUSHES,
    &PUSH_REMINDERS,
    &PUSHES_WAITING,
    &PUSH_DURATION,
    &TLS_RELOADS,
    &CASSANDRA_TLS_UNVERIFIED,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_keep_the_rules_of_prometheus() {
        for Metric { name, kind, unit, help } in ALL {
            assert!(name.starts_with("holdfast_"), "{name}");
            assert!(help.ends_with('.'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), *unit == Unit::Seconds, "{name}");
            let is_moment = name.ends_with("_timestamp_seconds");
            assert!(!is_moment || *kind == Kind::Gauge, "{name}");
        }
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
