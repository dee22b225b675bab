//! Epochs have exactly the order that Cassandra gives their rows.

use super::shared;
use holdfast::base::{Epoch, Lane, ThingId};
use holdfast::store::cassandra::CassandraRows;
use holdfast::store::ring::rows::Rows;

#[actix_web::test]
async fn claims_come_back_in_the_order_of_their_epochs() {
    let rows = CassandraRows(shared().await);
    let thing = ThingId::from("order");
    let mut epochs = Vec::new();
    for micros in
        [1_000, 1_001, 1_795_264_496_789_000, 2_000_000_000_000_000, 90_000_000_000_000_000]
    {
        epochs.extend(ties().map(|tie| Epoch { micros, tie }));
    }
    for epoch in &epochs {
        rows.insert_claim(&thing, *epoch, &lane()).await.unwrap();
    }

    let found: Vec<_> = rows.claims(&thing).await.unwrap().iter().map(|row| row.epoch).collect();

    epochs.sort();
    epochs.reverse();
    assert_eq!(found, epochs);
    assert_eq!(rows.newest_claim(&thing).await.unwrap().newest.unwrap().epoch, epochs[0]);
}

/// Ties whose bytes are at their ends and in their middles, where signs matter.
fn ties() -> impl Iterator<Item = i64> {
    let bytes = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xff];
    let first = bytes.into_iter().map(|byte: u8| i64::from_be_bytes([byte, 7, 7, 7, 7, 7, 7, 7]));
    let middle = bytes.into_iter().map(|byte: u8| i64::from_be_bytes([7, 7, 7, byte, 7, 7, 7, 7]));
    let last = bytes.into_iter().map(|byte: u8| i64::from_be_bytes([7, 7, 7, 7, 7, 7, 7, byte]));
    first.chain(middle).chain(last).chain([0, 1, -1, i64::MIN, i64::MAX])
}

fn lane() -> Lane {
    Lane { node: "node-a".into(), boot: "b1".into(), k: 0 }
}
