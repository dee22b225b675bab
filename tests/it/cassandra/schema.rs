//! The tables are made once, grow, and are insisted upon.

use super::{linked, made, section};
use crate::support::ring::Ring;
use holdfast::base::{Lane, Millis, Position};
use holdfast::ownership::claim::ClaimRow;
use holdfast::store::cassandra::leftovers::{self, Search};
use holdfast::store::cassandra::schema::insist;
use holdfast::store::cassandra::{CassandraRows, CassandraSession, Link, OpenError};
use holdfast::store::ring::rows::{HeaderRow, Rows};
use std::collections::BTreeSet;
use std::time::Duration;

/// The tables of the guide, with its way to clean up.
const OF_THE_GUIDE: &[&str] = &[
    "CREATE TABLE %.transcripts ( id text, creatorid text, transcript text,
       PRIMARY KEY (id, creatorid)) WITH CLUSTERING ORDER BY (creatorid ASC)
       AND default_time_to_live = 1209600 AND gc_grace_seconds = 1209600",
    "CREATE TABLE %.owner ( id text, ownership_start_time timeuuid, creatorid text,
       PRIMARY KEY (id, ownership_start_time))
       WITH CLUSTERING ORDER BY (ownership_start_time DESC)
       AND default_time_to_live = 1209600 AND gc_grace_seconds = 1209600",
    "INSERT INTO %.owner (id, ownership_start_time, creatorid)
       VALUES ('old-1', d2177dd0-eaa2-11de-a572-001b779c76e3, 'ChatServer_1')",
    "INSERT INTO %.owner (id, ownership_start_time, creatorid)
       VALUES ('old-1', d2177dd1-eaa2-11de-a572-001b779c76e3, 'ChatServer_2')",
    "INSERT INTO %.transcripts (id, creatorid, transcript)
       VALUES ('old-1', 'ChatServer_2', '<chatTranscript/>')",
];

#[actix_web::test]
async fn applying_twice_changes_nothing_and_a_loss_is_named_with_its_file() {
    let keyspace = Ring::new_keyspace();
    let link = linked(&section(Ring::shared(), &keyspace)).await;
    let none = insist(&link).await.unwrap_err().to_string();
    assert!(none.contains("table owner (cql/0002_owner.cql)"), "{none}");
    assert!(none.contains("run 'holdfast schema apply'"), "{none}");

    let first = made(&link, 1).await;
    let second = made(&link, 1).await;

    assert_eq!(first.steps[0], format!("keyspace {keyspace}"));
    assert_eq!(second.steps, [""; 0]);
    assert!(second.warnings[0].contains("datacenter1 = 1"), "{:?}", second.warnings);
    insist(&link).await.unwrap();

    put(&link, "DROP TABLE %.fences").await;
    put(&link, "ALTER TABLE %.owner DROP released").await;
    put(&link, "DELETE FROM %.schema_version WHERE what = 'tables' AND version = 9").await;

    let missing = insist(&link).await.unwrap_err().to_string();
    for lack in ["column owner.released (cql/0002_owner.cql)", "table fences (cql/0006_fences.cql)"]
    {
        assert!(missing.contains(lack), "{missing}");
    }
    assert!(missing.contains("cql/0009_purges.cql was applied"), "{missing}");
    let refused = CassandraSession::over(link).await.err().unwrap();
    assert!(matches!(refused, OpenError::Schema(_)), "{refused}");
}

#[actix_web::test]
async fn a_keyspace_of_the_guide_is_taken_over_with_its_rows() {
    let link = linked(&section(Ring::shared(), &Ring::new_keyspace())).await;
    put(
        &link,
        "CREATE KEYSPACE % WITH replication = \
         {'class': 'SimpleStrategy', 'replication_factor': 1}",
    )
    .await;
    for cql in OF_THE_GUIDE {
        put(&link, cql).await;
    }

    let steps = made(&link, 1).await.steps;

    assert!(steps.contains(&"column owner.closed (cql/0002_owner.cql)".to_owned()), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("table owner")), "{steps:?}");
    let rows = CassandraRows(CassandraSession::over(link).await.unwrap());
    let claims = rows.claims(&"old-1".into()).await.unwrap();
    let lanes: Vec<_> = claims.iter().map(|row| row.lane.clone()).collect();
    assert_eq!(lanes, ["ChatServer_2", "ChatServer_1"].map(Lane::of_stranger));
    let header = HeaderRow {
        upto: Position::NONE,
        n_parts: 0,
        version: 0,
        body: "<chatTranscript/>".into(),
    };
    assert_eq!(rows.header(&"old-1".into(), &claims[0]).await.unwrap(), Some(header));
    assert_eq!(rows.header(&"old-1".into(), &claims[1]).await.unwrap(), None);
    remove(&rows, &claims[0]).await;
}

/// A stranger's rows go like others, once somebody is above them.
async fn remove(rows: &CassandraRows, newest: &ClaimRow) {
    let now = Millis(1_795_264_496_789);
    let max_age = Duration::from_secs(60);
    let search = Search { now, max_age, alive: BTreeSet::new() };
    let found = leftovers::find(rows, &search, |_| true).await.unwrap();
    assert_eq!(found.iter().map(|left| &left.claim).collect::<Vec<_>>(), [newest]);
    // What the guide's servers wrote is stamped with the time of this machine.
    let later = Millis(4_000_000_000_000);

    leftovers::remove(rows, &found[0], later, ("b1", 1)).await.unwrap();

    assert_eq!(rows.claims(&"old-1".into()).await.unwrap(), []);
    assert_eq!(rows.header(&"old-1".into(), newest).await.unwrap(), None);
}

/// Puts in a statement; `%` stands for the keyspace.
async fn put(link: &Link, cql: &str) {
    let cql = cql.replace('%', &link.keyspace);
    link.driver.query_unpaged(cql, ()).await.unwrap();
}
