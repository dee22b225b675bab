//! The way to a ring that is not there, or that does not want us.

use super::command_line::{errors, holdfast};
use super::{linked, made, section, with_account};
use crate::support::ring::{Login, Ring, RingShape};
use holdfast::config::CassandraSection;
use holdfast::store::cassandra::{CassandraSession, ConnectError, Link, Patience};
use std::time::Duration;

#[actix_web::test]
async fn wrong_credentials_end_the_start_and_right_ones_wait_for_the_ring() {
    let ring = Ring::start(RingShape { login: Login::Password, ..RingShape::default() });
    let open = section(&ring, "holdfast");

    for refused in [with_account(open.clone(), ("cassandra", "hunter42")), open.clone()] {
        let error = Link::connect(&refused, None, Patience::Forever).await.err().unwrap();

        assert!(matches!(error, ConnectError::Refused(_)), "{error}");
        let told = format!("{error} {error:?}");
        assert!(told.starts_with("authentication refused: Cassandra does not take"), "{told}");
        assert!(!told.contains("hunter42"), "{told}");
    }

    the_program_ends_with(&open);

    let section = with_account(open, ring.account());
    let link = linked(&section).await;
    made(&link, 1).await;
    drop(link);
    ring.node(1).kill();
    let opening = actix_web::rt::spawn(open_session(section.clone()));
    let silent = Link::connect(&section, None, Patience::AtMost(Duration::ZERO)).await;
    assert!(matches!(silent.err().unwrap(), ConnectError::Silent { .. }));
    assert!(!opening.is_finished());

    ring.node(1).start();

    assert!(opening.await.unwrap().is_reachable());
}

fn the_program_ends_with(section: &CassandraSection) {
    let points = format!("cassandra.contact-points={}", section.contact_points.join(","));
    let account = ["--set", "cassandra.username=cassandra", "--set", "cassandra.password=hunter42"];
    let ended = holdfast(&[&["schema", "check", "--set", &points], &account[..]].concat());

    assert_eq!(ended.status.code(), Some(4), "{ended:?}");
    let told = errors(&ended);
    assert!(told.contains("authentication refused") && told.contains("'cassandra'"), "{told}");
    assert!(!told.contains("hunter42"), "{told}");
}

async fn open_session(section: CassandraSection) -> CassandraSession {
    CassandraSession::open(&section, None).await.unwrap()
}
