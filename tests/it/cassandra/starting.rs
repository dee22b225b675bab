//! The way to a ring that is not there, or that does not want us.

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

async fn open_session(section: CassandraSection) -> CassandraSession {
    CassandraSession::open(&section, None).await.unwrap()
}
