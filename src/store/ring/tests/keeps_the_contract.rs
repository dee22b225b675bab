//! All promises, on a healthy ring and on one that often does not know.

use super::{Rig, name_seed};
use crate::store::contract;
use crate::store::ring::emulator::Faults;
use crate::store::ring::processes::Processes;

#[tokio::test(start_paused = true)]
async fn of_the_log_on_a_healthy_ring() {
    contract::log::all(&fresh(1, Faults::default())).await;
}

#[tokio::test(start_paused = true)]
async fn of_the_owner_table_on_a_healthy_ring() {
    contract::owners::all(&fresh(1, Faults::default())).await;
}

#[tokio::test(start_paused = true)]
async fn of_the_alarms_on_a_healthy_ring() {
    contract::alarms::all(&fresh(1, Faults::default())).await;
}

#[tokio::test(start_paused = true)]
async fn of_the_alarms_when_outcomes_are_unknown() {
    for seed in 0..5 {
        name_seed(seed);
        contract::alarms::all(&fresh(seed, unknown_outcomes())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_log_when_outcomes_are_unknown() {
    for seed in 0..50 {
        name_seed(seed);
        contract::log::all(&fresh(seed, unknown_outcomes())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_owner_table_when_outcomes_are_unknown() {
    for seed in 0..10 {
        name_seed(seed);
        contract::owners::all(&fresh(seed, unknown_outcomes())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn with_one_replica_down() {
    let rig = Rig::new(1);
    rig.emulator.take_down(1);
    let processes = rig.processes(rig.emulator.link());

    contract::log::all(&processes).await;
    contract::owners::all(&processes).await;
    contract::alarms::all(&processes).await;
}

fn unknown_outcomes() -> Faults {
    Faults { late: 40, never: 40, lost_acks: 20, failed_reads: 20, ..Faults::default() }
}

fn fresh(seed: u64, faults: Faults) -> Processes {
    let rig = Rig::new(seed);
    let link = rig.emulator.link();
    link.set(faults);
    rig.processes(link)
}
