//! Several real nodes on a real Cassandra are one: whoever is asked answers, and when a node dies,
//! freezes, is cut off or told to stop, nobody loses a word.

mod cut_off;
mod drained;
mod frozen;
mod killed;
mod not_restored;
pub mod people;
mod together;

use crate::support::cluster::Cluster;
use crate::support::patience::eventually;

/// Waits until a node has so many sessions.
async fn until_sessions(cluster: &Cluster, idx: usize, wanted: u64) {
    eventually(&format!("node {idx} has {wanted} sessions"), || async {
        (n_sessions(cluster, idx).await == wanted).then_some(())
    })
    .await;
}

/// How many sessions live on a node.
async fn n_sessions(cluster: &Cluster, idx: usize) -> u64 {
    let n = cluster.metric(idx, "holdfast_sessions_active").await;
    format!("{n:.0}").parse().unwrap()
}
