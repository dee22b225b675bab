//! The recorder behind all metrics and the page that Prometheus reads. One per process, put in place
//! by whoever first asks for it.

use crate::telemetry::names::{ALL, Kind, VERIFY_GROUP_SIZE};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::LazyLock;

/// Seconds. From an append to memory up to what a customer takes for a breakdown.
const BUCKETS: &[f64] =
    &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Wishes that one read serves: from one to every session of a large node.
const GROUPS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 512.0, 2_048.0];

/// Nothing if the process already had a recorder of somebody else; then there is nothing to show.
static HANDLE: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let groups = Matcher::Full(VERIFY_GROUP_SIZE.name.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets(BUCKETS)
        .and_then(|builder| builder.set_buckets_for_metric(groups, GROUPS));
    let handle = builder.and_then(PrometheusBuilder::install_recorder);
    match handle {
        Ok(handle) => {
            describe_all();
            Some(handle)
        }
        Err(error) => {
            tracing::error!(%error, "metrics are off");
            None
        }
    }
});

/// Puts the recorder in place, once.
pub fn install() {
    LazyLock::force(&HANDLE);
}

/// The page of all metrics, in the text form of Prometheus.
pub fn render() -> String {
    HANDLE.as_ref().map(PrometheusHandle::render).unwrap_or_default()
}

/// Moves what histograms gathered into their buckets. The node calls it every few seconds, or memory
/// grows for as long as nobody reads the page.
pub fn run_upkeep() {
    if let Some(handle) = HANDLE.as_ref() {
        handle.run_upkeep();
    }
}

fn describe_all() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.unit, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.help),
            Kind::Histogram => describe_histogram!(metric.name, metric.unit, metric.help),
        }
    }
}
