//! The real Cassandra that other tests stand on can itself be relied on: it answers, keeps what it was
//! told over a kill, holds still while frozen, asks for certificates and passwords, and leaves nothing.

use crate::support::ring::{Encryption, Login, NodeState, Ring, RingShape, RingSize};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use std::time::Duration;

#[actix_web::test]
async fn a_node_keeps_its_rows_when_it_is_killed_or_frozen() {
    let ring = Ring::start(RingShape::default());
    let node = ring.node(1);
    let keyspace = Ring::new_keyspace();
    let session = connected(&ring).await;
    write_a_row(&session, &keyspace).await;

    node.kill();
    assert_eq!(node.state(), NodeState::Down);
    assert!(session.query_unpaged(read(&keyspace), ()).await.is_err());
    drop(session);

    node.start();
    let session = connected(&ring).await;
    assert_eq!(row_in(&session, &keyspace).await, "stays");

    node.freeze();
    assert_eq!(node.state(), NodeState::Frozen);
    assert!(session.query_unpaged(read(&keyspace), ()).await.is_err());

    node.thaw();
    let session = connected(&ring).await;
    assert_eq!(row_in(&session, &keyspace).await, "stays");
}

#[actix_web::test]
async fn tests_share_a_ring_and_take_keyspaces_of_their_own() {
    let ring = Ring::shared();
    let (one, other) = (Ring::new_keyspace(), Ring::new_keyspace());
    let session = connected(ring).await;

    write_a_row(&session, &one).await;
    write_a_row(&session, &other).await;

    assert_eq!(row_in(&session, &one).await, "stays");
    assert_eq!(ring.node(1).state(), NodeState::Answers);
    assert_eq!(ring.contact_points(), [ring.node(1).contact_point()]);
    assert_eq!(ring.datacenter(), "datacenter1");
}

#[test]
fn a_ring_asks_for_a_certificate_and_a_password_and_leaves_nothing_behind() {
    let encryption = Encryption::Both;
    let ring = Ring::start(RingShape { encryption, login: Login::Password, ..Default::default() });
    let (certificate, key) = ring.client_certificate();
    assert!(certificate.is_file() && key.is_file());
    assert!(ring.trusted().is_dir());
    assert_eq!(ring.account(), ("cassandra", "cassandra"));
    assert_eq!(ring.node(1).state(), NodeState::Answers);

    let folder = ring.folder().to_owned();
    drop(ring);

    assert!(!folder.exists());
    assert_eq!(processes_naming(&folder.display().to_string()), Vec::<String>::new());
}

#[test]
fn three_nodes_go_on_without_one_and_become_whole_again() {
    let ring = Ring::start(RingShape {
        size: RingSize::Three,
        encryption: Encryption::Server,
        ..Default::default()
    });
    assert_eq!(ring.contact_points().len(), 3);

    ring.node(2).kill();
    assert_eq!(ring.node(1).state(), NodeState::Answers);
    assert_eq!(ring.node(2).state(), NodeState::Down);

    ring.node(2).start();
    ring.wait_until_whole();
    assert_eq!(ring.node(2).state(), NodeState::Answers);
}

async fn connected(ring: &Ring) -> Session {
    let profile = ExecutionProfile::builder().request_timeout(Some(Duration::from_secs(2))).build();
    let builder = SessionBuilder::new()
        .known_nodes(ring.contact_points())
        .default_execution_profile_handle(profile.into_handle());
    builder.build().await.unwrap()
}

async fn write_a_row(session: &Session, keyspace: &str) {
    for statement in [
        format!(
            "CREATE KEYSPACE {keyspace} WITH replication = \
             {{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}}"
        ),
        format!("CREATE TABLE {keyspace}.words (number int PRIMARY KEY, word text)"),
        format!("INSERT INTO {keyspace}.words (number, word) VALUES (1, 'stays')"),
    ] {
        session.query_unpaged(statement, ()).await.unwrap();
    }
}

fn read(keyspace: &str) -> String {
    format!("SELECT word FROM {keyspace}.words WHERE number = 1")
}

async fn row_in(session: &Session, keyspace: &str) -> String {
    let answer = session.query_unpaged(read(keyspace), ()).await.unwrap();
    let (word,) = answer.into_rows_result().unwrap().single_row::<(String,)>().unwrap();
    word
}

/// The command lines of this machine in which a text stands.
fn processes_naming(text: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(text)).collect()
}
