//! The store on a ring of real Cassandra nodes: its tables, its promises, and what happens when the
//! ring is not as one would wish.

mod command_line;
mod contract;
mod on_the_way;
mod order;
mod reaching;
mod schema;
mod starting;
mod tables;

use crate::support::ring::Ring;
use holdfast::config::{CassandraSection, Secret};
use holdfast::store::cassandra::schema::{Applied, Replication, ReplicationClass, apply};
use holdfast::store::cassandra::{CassandraSession, Link, Patience};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What the configuration says of a ring.
pub fn section(ring: &Ring, keyspace: &str) -> CassandraSection {
    CassandraSection {
        contact_points: ring.contact_points(),
        keyspace: keyspace.to_owned(),
        // These machines do more than one thing at a time.
        request_timeout_ms: 10_000,
        speculative_delay_ms: 1_000,
        ..CassandraSection::default()
    }
}

pub fn with_account(
    mut section: CassandraSection,
    (name, password): (&str, &str),
) -> CassandraSection {
    section.username = name.to_owned();
    section.password = Secret::new(password);
    section
}

pub async fn linked(section: &CassandraSection) -> Link {
    Link::connect(section, None, Patience::AtMost(Duration::from_secs(60))).await.unwrap()
}

/// Makes a keyspace with all tables, kept so many times.
pub async fn made(link: &Link, factor: u32) -> Applied {
    let datacenters = vec!["datacenter1".to_owned()];
    let class = ReplicationClass::NetworkTopology;
    apply(link, &Replication { class, factor, datacenters }, None).await.unwrap()
}

/// A session on a keyspace that the tests of this program share; each uses things of its own.
pub async fn shared() -> CassandraSession {
    static SHARED: OnceCell<CassandraSession> = OnceCell::const_new();
    let session = SHARED.get_or_init(|| async {
        let link = linked(&section(Ring::shared(), &Ring::new_keyspace())).await;
        made(&link, 1).await;
        CassandraSession::over(link).await.unwrap()
    });
    session.await.clone()
}
