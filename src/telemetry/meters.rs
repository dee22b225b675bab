//! The handles through which counting is done. They are looked up once and kept: a count on the way
//! of a message costs an addition.

use crate::telemetry::{names, recorder};
use dashmap::DashMap;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use std::sync::LazyLock;

/// All that is counted, except what has two labels.
pub struct Meters {
    pub sessions_active: Family<Gauge>,
    pub participants_active: Family<Gauge>,
    pub messages: Family<Counter>,
    pub sessions_created: Counter,
    pub duplicate_requests: Counter,
    pub dropped_user_data: Counter,
    pub request_duration: Family<Histogram>,
    pub append_duration: Histogram,
    pub takeovers: Family<Counter>,
    pub sleeps: Counter,
    pub wakes: Family<Counter>,
    pub looks_asleep: Counter,
    pub alarms_overdue: Gauge,
    pub fenced: Counter,
    pub actor_panics: Counter,
    pub suspended: Gauge,
    pub store_stalled: Gauge,
    pub append_unknown: Counter,
    pub verify_duration: Histogram,
    pub verify_group_size: Histogram,
    pub restore_duration: Histogram,
    pub handover_duration: Histogram,
    pub claims_given_way: Counter,
    pub clock_off: Gauge,
    pub pauses: Counter,
    pub forwarded: Family<Counter>,
    pub node_state: Family<Gauge>,
    pub members: Family<Gauge>,
    pub peer_links: Family<Gauge>,
    pub peer_calls: Family<Counter>,
    pub peer_round_trip: Histogram,
    pub drain_left: Gauge,
    pub cassandra_tls_errors: Family<Counter>,
    pub storage_errors: Family<Counter>,
    pub certificate_not_after: Family<Gauge>,
    pub agents: Family<Gauge>,
    pub agents_busy: Gauge,
    pub queue_waiting: Gauge,
    pub offers: Family<Counter>,
    pub view_faults: Counter,
    pub day_file_lost: Counter,
    pub ws_connections: Gauge,
    pub cometd_clients: Gauge,
    pub cometd_sockets: Gauge,
    pub bots_active: Gauge,
    pub bot_sessions: Family<Counter>,
    pub bot_deliveries: Family<Counter>,
    pub bot_retries: Counter,
    pub bot_answer_duration: Histogram,
    pub pushes: Family<Counter>,
    pub push_reminders: Counter,
    pub pushes_waiting: Gauge,
    pub push_duration: Histogram,
    pub tls_reloads: Family<Counter>,
    pub cassandra_tls_unverified: Gauge,
}

static METERS: LazyLock<Meters> = LazyLock::new(|| {
    // A handle made before the recorder would count for nobody, for ever.
    recorder::install();
    Meters::new()
});

/// The meters of this process.
pub fn meters() -> &'static Meters {
    &METERS
}

/// Counts a session that was closed.
pub fn session_finished(ended_by: &'static str, reason: &'static str) {
    recorder::install();
    counter!(names::SESSIONS_FINISHED.name, "ended_by" => ended_by, "reason" => reason)
        .increment(1);
}

/// Says that Cassandra answers. A node that has none never says so, and has no such figure.
pub fn cassandra_came() {
    recorder::install();
    gauge!(names::CASSANDRA_CONNECTED.name).set(1.0);
}

/// Says that Cassandra does not answer.
pub fn cassandra_went() {
    recorder::install();
    gauge!(names::CASSANDRA_CONNECTED.name).set(0.0);
}

/// Says once what was built from what.
pub fn tell_build(version: &'static str, revision: &'static str, rustc: &'static str) {
    recorder::install();
    gauge!(names::BUILD_INFO.name, "version" => version, "revision" => revision, "rustc" => rustc)
        .set(1.0);
}

impl Meters {
    fn new() -> Self {
        Self {
            sessions_active: Family::gauges(&names::SESSIONS_ACTIVE, "state"),
            participants_active: Family::gauges(&names::PARTICIPANTS_ACTIVE, "role"),
            messages: Family::counters(&names::MESSAGES, "party"),
            sessions_created: counter!(names::SESSIONS_CREATED.name),
            duplicate_requests: counter!(names::DUPLICATE_REQUESTS.name),
            dropped_user_data: counter!(names::DROPPED_USER_DATA.name),
            request_duration: Family::histograms(&names::REQUEST_DURATION, "op"),
            append_duration: histogram!(names::APPEND_DURATION.name),
            takeovers: Family::counters(&names::TAKEOVERS, "reason"),
            sleeps: counter!(names::SLEEPS.name),
            wakes: Family::counters(&names::WAKES, "reason"),
            looks_asleep: counter!(names::LOOKS_ASLEEP.name),
            alarms_overdue: gauge!(names::ALARMS_OVERDUE.name),
            fenced: counter!(names::FENCED.name),
            actor_panics: counter!(names::ACTOR_PANICS.name),
            suspended: gauge!(names::SUSPENDED.name),
            store_stalled: gauge!(names::STORE_STALLED.name),
            append_unknown: counter!(names::APPEND_UNKNOWN.name),
            verify_duration: histogram!(names::VERIFY_DURATION.name),
            verify_group_size: histogram!(names::VERIFY_GROUP_SIZE.name),
            restore_duration: histogram!(names::RESTORE_DURATION.name),
            handover_duration: histogram!(names::HANDOVER_DURATION.name),
            claims_given_way: counter!(names::CLAIMS_GIVEN_WAY.name),
            clock_off: gauge!(names::CLOCK_OFF.name),
            pauses: counter!(names::PAUSES.name),
            forwarded: Family::counters(&names::FORWARDED, "result"),
            node_state: Family::gauges(&names::NODE_STATE, "state"),
            members: Family::gauges(&names::MEMBERS, "state"),
            peer_links: Family::gauges(&names::PEER_LINKS, "state"),
            peer_calls: Family::counters(&names::PEER_CALLS, "result"),
            peer_round_trip: histogram!(names::PEER_ROUND_TRIP.name),
            drain_left: gauge!(names::DRAIN_LEFT.name),
            cassandra_tls_errors: Family::counters(&names::CASSANDRA_TLS_ERRORS, "reason"),
            storage_errors: Family::counters(&names::STORAGE_ERRORS, "kind"),
            certificate_not_after: Family::gauges(&names::CERTIFICATE_NOT_AFTER, "listener"),
            agents: Family::gauges(&names::AGENTS, "state"),
            agents_busy: gauge!(names::AGENTS_BUSY.name),
            queue_waiting: gauge!(names::QUEUE_WAITING.name),
            offers: Family::counters(&names::OFFERS, "result"),
            view_faults: counter!(names::VIEW_FAULTS.name),
            day_file_lost: counter!(names::DAY_FILE_LOST.name),
            ws_connections: gauge!(names::WS_CONNECTIONS.name),
            cometd_clients: gauge!(names::COMETD_CLIENTS.name),
            cometd_sockets: gauge!(names::COMETD_SOCKETS.name),
            bots_active: gauge!(names::BOTS_ACTIVE.name),
            bot_sessions: Family::counters(&names::BOT_SESSIONS, "result"),
            bot_deliveries: Family::counters(&names::BOT_DELIVERIES, "result"),
            bot_retries: counter!(names::BOT_RETRIES.name),
            bot_answer_duration: histogram!(names::BOT_ANSWER_DURATION.name),
            pushes: Family::counters(&names::PUSHES, "result"),
            push_reminders: counter!(names::PUSH_REMINDERS.name),
            pushes_waiting: gauge!(names::PUSHES_WAITING.name),
            push_duration: histogram!(names::PUSH_DURATION.name),
            tls_reloads: Family::counters(&names::TLS_RELOADS, "result"),
            cassandra_tls_unverified: gauge!(names::CASSANDRA_TLS_UNVERIFIED.name),
        }
    }
}

/// A metric with one label, whose values are words of the code: never an id, a name, a text.
pub struct Family<H> {
    name: &'static str,
    label: &'static str,
    make: fn(&'static str, &'static str, &'static str) -> H,
    handles: DashMap<&'static str, H>,
}

impl<H: Clone> Family<H> {
    /// The handle for one value of the label.
    pub fn of(&self, value: &'static str) -> H {
        if let Some(handle) = self.handles.get(value) {
            return handle.clone();
        }
        let handle = (self.make)(self.name, self.label, value);
        self.handles.insert(value, handle.clone());
        handle
    }
}

impl Family<Counter> {
    fn counters(metric: &names::Metric, label: &'static str) -> Self {
        let make = |name, label, value| counter!(name, label => value);
        Self { name: metric.name, label, make, handles: DashMap::new() }
    }
}

impl Family<Gauge> {
    fn gauges(metric: &names::Metric, label: &'static str) -> Self {
        let make = |name, label, value| gauge!(name, label => value);
        Self { name: metric.name, label, make, handles: DashMap::new() }
    }
}

impl Family<Histogram> {
    fn histograms(metric: &names::Metric, label: &'static str) -> Self {
        let make = |name, label, value| histogram!(name, label => value);
        Self { name: metric.name, label, make, handles: DashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_stands_on_the_page_with_its_help() {
        meters().offers.of("as a test says").increment(2);
        meters().append_duration.record(0.003);
        tell_build("1.2.3", "abc", "1.90");

        let page = recorder::render();

        assert!(page.contains("# HELP holdfast_offers_total Invitations to agents"), "{page}");
        assert!(page.contains("# TYPE holdfast_offers_total counter"), "{page}");
        assert!(page.contains("holdfast_offers_total{result=\"as a test says\"} 2"), "{page}");
        assert!(page.contains("holdfast_append_duration_seconds_bucket{le=\"0.005\"}"), "{page}");
        assert!(page.contains("version=\"1.2.3\""), "{page}");
        assert!(page.contains("holdfast_fenced_total 0"), "{page}");
    }
}
