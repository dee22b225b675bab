//! The ring under measurement: three nodes that `make bench-ring` has started, a connection to them,
//! and the processor time that they take.

use holdfast::config::CassandraSection;
use holdfast::store::cassandra::schema::apply::apply;
use holdfast::store::cassandra::schema::keyspace::{Replication, ReplicationClass};
use holdfast::store::cassandra::{CassandraSession, Link, Patience};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};
use std::fs::read_to_string;
use std::time::Duration;
use tokio::time::sleep;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench-ring");
const N_NODES: usize = 3;
const KEYSPACE: &str = "bench";

/// In seconds: `/proc` counts in hundredths.
const TICK: f64 = 0.01;

const LWT: &str = "INSERT INTO bench.transcript_events (id, epoch, pos, key, more, body, v) \
                   VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS";

pub struct Ring {
    pub session: CassandraSession,
    /// The same row, but only if it is not there: what others fence with.
    pub lwt: PreparedStatement,
    processes: Vec<String>,
}

/// Seconds of processor time up to now.
#[derive(Clone, Copy)]
pub struct Cpu {
    pub ring: f64,
    pub others: f64,
}

impl Ring {
    pub async fn connect() -> Self {
        let link = Link::connect(&section(), None, Patience::Forever).await.unwrap();
        let datacenters = vec!["datacenter1".to_owned()];
        let class = ReplicationClass::NetworkTopology;
        apply(&link, &Replication { class, factor: 3, datacenters }, None).await.unwrap();
        let mut lwt = link.driver.prepare(LWT).await.unwrap();
        lwt.set_consistency(Consistency::Quorum);
        lwt.set_serial_consistency(Some(SerialConsistency::Serial));
        let process = |k| read_to_string(format!("{FOLDER}/node-{k}/pid")).unwrap();
        let processes = (1..=N_NODES).map(|k| process(k).trim().to_owned()).collect();
        Self { session: CassandraSession::over(link).await.unwrap(), lwt, processes }
    }

    /// What the three nodes took, and what everybody did who is neither they nor this program.
    pub fn cpu(&self) -> Cpu {
        let ring = self.processes.iter().map(|process| of_process(process)).sum();
        Cpu { ring, others: of_machine() - ring - of_process("self") }
    }

    pub async fn idle_cores(&self) -> f64 {
        let before = self.cpu();
        sleep(Duration::from_secs(5)).await;
        (self.cpu().ring - before.ring) / 5.0
    }
}

fn section() -> CassandraSection {
    let facts = read_to_string(format!("{FOLDER}/ring.env")).unwrap();
    let points = facts.lines().find_map(|line| line.strip_prefix("RING_CONTACT_POINTS="));
    CassandraSection {
        contact_points: points.unwrap().split(',').map(str::to_owned).collect(),
        keyspace: KEYSPACE.to_owned(),
        request_timeout_ms: 10_000,
        // A statement put to a second node because others use the machine would be counted twice.
        speculative_delay_ms: 1_000,
        ..CassandraSection::default()
    }
}

fn of_process(process: &str) -> f64 {
    let text = read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, after_name) = text.rsplit_once(") ").unwrap();
    let fields: Vec<_> = after_name.split(' ').collect();
    ticks(fields[11..13].iter().copied())
}

/// All but the time in which nothing was to be done.
fn of_machine() -> f64 {
    let text = read_to_string("/proc/stat").unwrap();
    let fields: Vec<_> = text.lines().next().unwrap().split_whitespace().skip(1).collect();
    ticks(fields[..3].iter().chain(&fields[5..7]).copied())
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> f64 {
    fields.map(|field| field.parse::<f64>().unwrap() * TICK).sum()
}
