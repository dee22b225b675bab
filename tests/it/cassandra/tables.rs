//! What is written in the tables of the protocol comes back, and what is over stays over.

use super::shared;
use holdfast::base::{Claim, Epoch, Lane, Millis, Position, ThingId};
use holdfast::ownership::claim::{ClaimRow, Location, Released};
use holdfast::store::cassandra::CassandraRows;
use holdfast::store::cassandra::leftovers::{self, Leftover, Removal, Search, Why};
use holdfast::store::ring::rows::{Alarm, EventRow, Fence, HeaderRow, Purge, Rows};
use std::collections::BTreeSet;
use std::time::Duration;

#[actix_web::test]
async fn claims_are_released_and_a_thing_is_closed_and_purged() {
    let (rows, thing) = (rows().await, ThingId::from("claims"));
    assert_eq!(rows.newest_claim(&thing).await.unwrap(), Location::default());
    for n in [1, 2] {
        rows.insert_claim(&thing, epoch(n), &lane(n)).await.unwrap();
    }
    rows.insert_release(&claim(&thing, 2), Released::Asleep, Position(9)).await.unwrap();

    // A late attempt of the claim itself takes the release not back.
    rows.insert_claim(&thing, epoch(2), &lane(2)).await.unwrap();

    let released = ClaimRow { released: Some(Released::Asleep), ..claim_row(2) };
    assert_eq!(rows.claims(&thing).await.unwrap(), [released.clone(), claim_row(1)]);
    let location = Location { newest: Some(released), upto: Position(9), closed: false };
    assert_eq!(rows.newest_claim(&thing).await.unwrap(), location);

    rows.delete_claim(&thing, epoch(1), epoch(2)).await.unwrap();
    rows.insert_closed(&claim(&thing, 2), Millis(77 * 3_600_000 + 5)).await.unwrap();
    assert_eq!(rows.claims(&thing).await.unwrap().len(), 1);
    assert!(rows.newest_claim(&thing).await.unwrap().closed);
    assert!(rows.purges(77).await.unwrap().contains(&thing));

    let claims = rows.claims(&thing).await.unwrap();
    let purge = Purge { claims, stamp: epoch(2).micros + 2, hour: 77 };
    rows.delete_thing(&thing, &purge).await.unwrap();
    rows.insert_release(&claim(&thing, 2), Released::Moved, Position(9)).await.unwrap();
    assert_eq!(rows.newest_claim(&thing).await.unwrap(), Location::default());
    assert!(!rows.purges(77).await.unwrap().contains(&thing));
    rows.delete_thing(&thing, &purge).await.unwrap();
}

#[actix_web::test]
async fn a_lane_holds_its_fences_and_no_others() {
    let rows = rows().await;
    let (here, there) = (lane(101), lane(102));
    assert_eq!(rows.fences(&here).await.unwrap(), []);
    let fences: Vec<_> = (0..700).map(|n| (format!("fenced-{n:04}"), epoch(n + 1))).collect();

    for (thing, below) in &fences {
        rows.insert_fence(&here, &thing.as_str().into(), *below).await.unwrap();
    }

    let expected =
        fences.iter().map(|(thing, below)| Fence { thing: thing.as_str().into(), below: *below });
    assert_eq!(rows.fences(&here).await.unwrap(), expected.collect::<Vec<_>>());
    assert_eq!(rows.fences(&there).await.unwrap(), []);
}

#[actix_web::test]
async fn events_come_back_by_position_over_all_pages_and_portions() {
    let (rows, thing) = (rows().await, ThingId::from("events"));
    let many: Vec<_> = (1..=1_200).map(|n| event(n, 200)).collect();
    let large: Vec<_> = (1_202..=1_210).map(|n| event(n, 20_000)).collect();

    rows.insert_events(&thing, epoch(1), &many).await.unwrap();
    rows.insert_events(&thing, epoch(1), &large).await.unwrap();
    rows.insert_events(&thing, epoch(2), &[event(1, 1)]).await.unwrap();

    let after = rows.events(&thing, epoch(1), Position(1_000)).await.unwrap();
    assert_eq!(after, [&many[1_000..], &large].concat());
    assert_eq!(rows.events_of_all(&thing, epoch(1), Position(1_000)).await.unwrap(), after);
    assert_eq!(rows.events(&thing, epoch(1), Position(0)).await.unwrap().len(), 1_209);
    assert_eq!(rows.events(&thing, epoch(2), Position(0)).await.unwrap(), [event(1, 1)]);
}

#[actix_web::test]
async fn what_is_deleted_with_its_epoch_does_not_come_back_late() {
    let (rows, thing) = (rows().await, ThingId::from("deleted"));
    let header = HeaderRow { upto: Position(4), n_parts: 2, version: 1, body: "x".into() };
    for n in [1, 2] {
        rows.insert_part(&thing, epoch(n), 0, "one").await.unwrap();
        rows.insert_part(&thing, epoch(n), 1, "two").await.unwrap();
        rows.insert_header(&claim(&thing, n), &header).await.unwrap();
        rows.insert_events(&thing, epoch(n), &[event(5, 10)]).await.unwrap();
    }
    assert_eq!(rows.header(&thing, &claim_row(1)).await.unwrap(), Some(header.clone()));
    assert_eq!(rows.parts(&thing, epoch(1)).await.unwrap(), ["one", "two"]);

    rows.delete_epoch(&thing, &claim_row(1), epoch(2)).await.unwrap();
    rows.insert_header(&claim(&thing, 1), &header).await.unwrap();
    rows.insert_part(&thing, epoch(1), 0, "late").await.unwrap();
    rows.insert_events(&thing, epoch(1), &[event(6, 10), event(7, 10)]).await.unwrap();

    assert_eq!(rows.header(&thing, &claim_row(1)).await.unwrap(), None);
    assert_eq!(rows.parts(&thing, epoch(1)).await.unwrap(), [""; 0]);
    assert_eq!(rows.events(&thing, epoch(1), Position(0)).await.unwrap(), []);
    assert_eq!(rows.header(&thing, &claim_row(2)).await.unwrap(), Some(header));
    assert_eq!(rows.events(&thing, epoch(2), Position(0)).await.unwrap(), [event(5, 10)]);
}

#[actix_web::test]
async fn alarms_are_found_by_hour_the_earliest_first() {
    let rows = rows().await;
    let at = |minute: u64| Millis(500 * 3_600_000 + minute * 60_000);
    let alarm =
        |minute, thing: &str| Alarm { at: at(minute), thing: thing.into(), epoch: epoch(1) };
    for alarm in [alarm(30, "late"), alarm(10, "early"), alarm(50, "latest"), alarm(61, "next")] {
        rows.insert_alarm(alarm.at, &alarm.thing, alarm.epoch).await.unwrap();
    }

    assert_eq!(rows.alarms(500, at(30)).await.unwrap(), [alarm(10, "early"), alarm(30, "late")]);
    rows.delete_alarm(&alarm(10, "early")).await.unwrap();
    assert_eq!(rows.alarms(500, at(59)).await.unwrap(), [alarm(30, "late"), alarm(50, "latest")]);
    assert_eq!(rows.alarms(501, at(61)).await.unwrap(), [alarm(61, "next")]);
}

#[actix_web::test]
async fn a_sweep_finds_what_nobody_closed_and_takes_it_away_for_good() {
    let rows = rows().await;
    let day = Duration::from_secs(86_400);
    let now = Millis(1_900_000_000_000);
    let ago = |days: u32| Epoch { micros: (now - day * days).0 * 1_000, tie: 5 };
    let header = HeaderRow { upto: Position(0), n_parts: 0, version: 1, body: "{}".into() };
    for (name, days) in [("sweep-old", 100), ("sweep-young", 3), ("sweep-alive", 100)] {
        let own = Lane { node: name.into(), ..lane(1) };
        rows.insert_claim(&name.into(), ago(days), &own).await.unwrap();
        rows.insert_header(&Claim::won(name.into(), ago(days), own), &header).await.unwrap();
    }
    rows.insert_claim(&"sweep-empty".into(), ago(3), &lane(1)).await.unwrap();
    rows.insert_claim(&"sweep-new".into(), ago(0), &lane(1)).await.unwrap();
    let alive = Lane { node: "sweep-alive".into(), ..lane(1) }.process();
    let search = Search { now, max_age: day * 90, alive: BTreeSet::from([alive]) };
    let find = || leftovers::find(&rows, &search, |thing| thing.0.starts_with("sweep-"));

    let mut found = find().await.unwrap();

    found.sort_by(|one, other| one.thing.cmp(&other.thing));
    let told: Vec<_> = found.iter().map(|left| (left.thing.as_str(), left.why)).collect();
    assert_eq!(told, [("sweep-empty", Why::NeverBegun), ("sweep-old", Why::NeverClosed)]);
    for leftover in &found {
        let removed = leftovers::remove(&rows, leftover, now, ("b9", 3)).await.unwrap();
        assert_eq!(removed, Removal::Removed);
    }
    assert_eq!(find().await.unwrap(), []);
    assert_eq!(rows.claims(&"sweep-old".into()).await.unwrap(), []);
    let frozen = Lane { node: "sweep-old".into(), ..lane(1) };
    let fenced = rows.fences(&frozen).await.unwrap();
    assert!(fenced.iter().any(|fence| fence.thing.0 == "sweep-old" && ago(100) < fence.below));
}

#[actix_web::test]
async fn a_sweep_leaves_what_was_taken_over_meanwhile() {
    let (rows, thing) = (rows().await, ThingId::from("swept-too-late"));
    for n in [1, 2] {
        rows.insert_claim(&thing, epoch(n), &lane(n)).await.unwrap();
    }
    let leftover = Leftover { thing: thing.clone(), claim: claim_row(1), why: Why::NeverClosed };

    let removed = leftovers::remove(&rows, &leftover, Millis(9), ("b9", 3)).await.unwrap();

    assert_eq!(removed, Removal::Taken);
    assert!(!rows.newest_claim(&thing).await.unwrap().closed);
}

async fn rows() -> CassandraRows {
    CassandraRows(shared().await)
}

fn claim(thing: &ThingId, n: u64) -> Claim {
    Claim::won(thing.clone(), epoch(n), lane(n))
}

fn claim_row(n: u64) -> ClaimRow {
    ClaimRow { epoch: epoch(n), lane: lane(n), released: None }
}

fn epoch(n: u64) -> Epoch {
    Epoch { micros: 1_795_264_496_000_000 + n * 1_000, tie: 7 - n.cast_signed() }
}

fn lane(n: u64) -> Lane {
    Lane { node: format!("node-{n}").as_str().into(), boot: "b1".into(), k: 0 }
}

fn event(position: u64, n_bytes: usize) -> EventRow {
    let key = position.is_multiple_of(2).then(|| format!("key-{position}"));
    let body = format!("{position} {}", "x".repeat(n_bytes));
    EventRow { position: Position(position), key, more: 1, version: 1, body }
}
