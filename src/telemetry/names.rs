//! Every metric there is: its name, kind, unit and what it tells. Nobody else spells a name.
//!
//! Values of labels are `&'static str` everywhere (see [`Family`](crate::telemetry::Family)): what a
//! request brings, like an id, cannot become one.

use metrics::Unit;

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up.
    Counter,
    /// Up and down.
    Gauge,
    /// Spans of time, in buckets.
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
pub const TAKEOVERS: Metric =
    counter("holdfast_takeovers_total", "Sessions restored from the store, by reason.");
pub const FENCED: Metric =
    counter("holdfast_fenced_total", "Actors that ended because another owner claimed higher.");
pub const ACTOR_PANICS: Metric =
    counter("holdfast_actor_panics_total", "Actors that a panic ended. Each is a bug.");
pub const SUSPENDED: Metric =
    gauge("holdfast_suspended", "Sessions whose append the store has not answered for too long.");
pub const STORE_STALLED: Metric =
    gauge("holdfast_store_stalled", "1 while the store does not acknowledge, else 0.");

/// Label: `state`.
pub const AGENTS: Metric = gauge("holdfast_agents", "Agents logged in, by state.");
pub const QUEUE_WAITING: Metric =
    gauge("holdfast_queue_waiting", "Interactions that wait for an agent.");
/// Label: `result`.
pub const OFFERS: Metric =
    counter("holdfast_offers_total", "Invitations to agents, by what became of them.");
pub const WS_CONNECTIONS: Metric = gauge("holdfast_ws_connections", "Open agent sockets.");

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
    &FENCED,
    &ACTOR_PANICS,
    &SUSPENDED,
    &STORE_STALLED,
    &AGENTS,
    &QUEUE_WAITING,
    &OFFERS,
    &WS_CONNECTIONS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_keep_the_rules_of_prometheus() {
        for Metric { name, kind, help, .. } in ALL {
            assert!(name.starts_with("holdfast_"), "{name}");
            assert!(help.ends_with('.'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), *kind == Kind::Histogram, "{name}");
        }
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
