//! The way from one owner to the next: fences, the walk down the claims, seals, cleaning up.

use super::{Rig, of};
use crate::base::{Claim, ClaimRow, Epoch, Lane, Position};
use crate::owned::{Header, Log, StoreError};
use crate::ownership::claim::Released;
use crate::ownership::door::OwnerTable;
use crate::store::contract::{
    Note, Told, append, claim, epoch, lane, line, lines, make_claim, open, part, read, seal, sealed,
};
use crate::store::ring::RingStore;
use crate::store::ring::emulator::{Faults, Link};
use crate::store::ring::rows::{EventRow, HeaderRow, Rows};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn the_history_is_that_of_the_newest_claim_that_has_a_header() {
    let (rig, _old) = served("s").await;
    let (second, _) = rig.process(&lane(2));
    make_claim(&second, &claim("s", 2)).await;
    let (third, _) = rig.process(&lane(3));

    let told = open(&third, &claim("s", 3), &[&claim("s", 1), &claim("s", 2)]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a")])));
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_none_of_the_claims_that_were_read_is_ignored() {
    let (rig, _old) = served("s").await;
    let (second, _) = rig.process(&lane(2));
    open(&second, &claim("s", 2), &[&claim("s", 1)]).await.unwrap();
    rig.emulator.link().insert_header(&claim("s", 2), &header("[\"strange\"]", 0)).await.unwrap();
    let (third, _) = rig.process(&lane(3));

    let told = open(&third, &claim("s", 3), &[&claim("s", 1)]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a")])));
}

#[tokio::test(start_paused = true)]
async fn events_of_an_older_epoch_that_come_late_are_ignored() {
    let (rig, _old) = served("s").await;
    let (second, _) = rig.process(&lane(2));
    open(&second, &claim("s", 2), &[&claim("s", 1)]).await.unwrap();
    insert_late(&rig, &[2, 3]).await;
    seal(&second, &claim("s", 2), 1, &["a"]).await.unwrap();
    append(&second, &claim("s", 2), &[line(2, "b")]).await.unwrap();
    insert_late(&rig, &[3, 4]).await;
    let (third, _) = rig.process(&lane(3));

    let told = open(&third, &claim("s", 3), &[&claim("s", 1), &claim("s", 2)]).await;

    assert_eq!(told, Ok(sealed(1, &["a"], &[(2, "b")])));
}

#[tokio::test(start_paused = true)]
async fn a_cut_wish_ends_the_history() {
    let (rig, old) = served("s").await;
    append(&old, &claim("s", 1), &[part(2, "b", 1), part(3, "c", 0)]).await.unwrap();
    append(&old, &claim("s", 1), &[part(4, "d", 1)]).await.unwrap();
    let (next, _) = rig.process(&lane(2));

    let told = open(&next, &claim("s", 2), &[&claim("s", 1)]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a"), (2, "b"), (3, "c")])));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_every_replica_has_lost_is_told_and_nothing_is_cut_off_in_silence() {
    let (rig, _old) = served("s").await;
    insert_late(&rig, &[3, 4]).await;
    let (next, _) = rig.process(&lane(2));

    let told = open(&next, &claim("s", 2), &[&claim("s", 1)]).await;

    let Err(StoreError::Damaged { .. }) = told else { panic!("{told:?}") };
}

#[tokio::test(start_paused = true)]
async fn all_fences_are_acknowledged_before_the_history_is_read() {
    let (rig, _old) = served("s").await;
    let (third, link) = rig.process(&lane(3));
    let released = ClaimRow { released: Some(Released::Moved), ..row(2, lane(2)) };
    make_claim(&third, &claim("s", 3)).await;
    link.keep_journal();

    let claims = [row(3, lane(3)), released, row(1, lane(1)), row(0, lane(9))];
    let told = Log::<Note>::open(&third, &claim("s", 3), &claims).await;

    assert_eq!(told.map(Told::from), Ok(sealed(0, &[], &[(1, "a")])));
    let journal = link.journal();
    assert_eq!(
        journal[..2],
        ["put Fences node-1:boot:0 s 3000.0", "put Fences node-9:boot:0 s 3000.0"]
    );
    assert!(journal[2..].iter().all(|entry| entry.starts_with("read")), "{journal:?}");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_puts_no_fence_into_the_own_lane() {
    let (rig, old) = served("s").await;
    let renewed = Claim::won("s".into(), epoch(2), lane(1));

    let told = open(&old, &renewed, &[&claim("s", 1)]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a")])));
    assert_eq!(seal(&old, &renewed, 1, &["a"]).await, Ok(()));
    assert_eq!(rig.emulator.link().fences(&lane(1)).await, Ok(vec![]));
    let late = append(&old, &claim("s", 1), &[line(2, "late")]).await;
    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
}

#[tokio::test(start_paused = true)]
async fn who_finds_nothing_must_not_have_been_fenced() {
    let rig = Rig::new(1);
    let (first, _) = rig.process(&lane(1));
    let told = open(&first, &claim("s", 1), &[]).await;
    assert_eq!(told, Ok(lines(&[])));
    let (second, _) = rig.process(&lane(2));
    open(&second, &claim("s", 2), &[&claim("s", 1)]).await.unwrap();

    let told = open(&first, &claim("s", 1), &[]).await;

    assert_eq!(told, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
}

#[tokio::test(start_paused = true)]
async fn who_has_seen_a_higher_claim_opens_nothing() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    make_claim(&store, &claim("s", 1)).await;
    link.keep_journal();

    let told = Log::<Note>::open(&store, &claim("s", 1), &[row(2, lane(2)), row(1, lane(1))]).await;

    let fenced = StoreError::Fenced { ours: epoch(1), newest: epoch(2) };
    assert_eq!(told.map(Told::from), Err(fenced));
    assert_eq!(link.journal(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_seal_says_yes_only_after_a_look_that_followed_it() {
    let (rig, _old) = served("s").await;
    let (next, link) = rig.process(&lane(2));
    open(&next, &claim("s", 2), &[&claim("s", 1)]).await.unwrap();
    link.keep_journal();
    link.set(Faults { failed_reads: 255, ..Faults::default() });

    let unsure = seal_once(&next, &claim("s", 2), 1, &["a"]).await;

    assert!(matches!(unsure, Err(StoreError::Unavailable(_))), "{unsure:?}");
    sleep(Duration::from_secs(60)).await;
    assert_eq!(link.journal(), ["put Headers s 2000.0 0"], "nothing is deleted before");
    link.set(Faults::default());
    link.keep_journal();
    seal(&next, &claim("s", 2), 1, &["a"]).await.unwrap();
    assert_eq!(link.journal()[..2], ["put Headers s 2000.0 0", "read Fences node-2:boot:0"]);
}

#[tokio::test(start_paused = true)]
async fn cleaning_takes_histories_first_and_claims_last_and_only_what_is_below() {
    let (rig, _old) = served("s").await;
    let (second, _) = rig.process(&lane(2));
    make_claim(&second, &claim("s", 2)).await;
    let (third, link) = rig.process(&lane(3));
    open(&third, &claim("s", 3), &[&claim("s", 2), &claim("s", 1)]).await.unwrap();

    seal(&third, &claim("s", 3), 1, &["a"]).await.unwrap();

    assert_eq!(of(&link, "delete"), [""; 0], "nobody waits for it");
    sleep(Duration::from_secs(1)).await;
    let histories = [1, 2].map(|n| {
        ["Parts", "Headers", "Events"].map(|table| format!("delete {table} s {}", epoch(n)))
    });
    let claims = [1, 2].map(|n| format!("delete Owner s {}", epoch(n)));
    assert_eq!(of(&link, "delete"), [&histories.concat()[..], &claims].concat());
    let left = third.claims(&"s".into()).await.unwrap();
    assert_eq!(left.iter().map(|row| row.epoch).collect::<Vec<_>>(), [epoch(3)]);
    assert_eq!(read(&third, "s").await, Ok(sealed(1, &["a"], &[])));
}

#[tokio::test(start_paused = true)]
async fn a_fenced_seal_cleans_nothing() {
    let (rig, _old) = served("s").await;
    let (second, link) = rig.process(&lane(2));
    open(&second, &claim("s", 2), &[&claim("s", 1)]).await.unwrap();
    let (third, _) = rig.process(&lane(3));
    open(&third, &claim("s", 3), &[&claim("s", 1), &claim("s", 2)]).await.unwrap();

    let late = seal(&second, &claim("s", 2), 1, &["a"]).await;

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(2), newest: epoch(3) }));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(of(&link, "delete"), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_large_snapshot_is_kept_in_parts_and_its_header_comes_last() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    open(&store, &claim("s", 1), &[]).await.unwrap();
    let text = "ü".repeat(150_000);

    seal(&store, &claim("s", 1), 1, &[&text]).await.unwrap();

    let puts = of(&link, "put");
    let expected = ["put Parts s 1000.0 0", "put Parts s 1000.0 1", "put Headers s 1000.0 0"];
    assert_eq!(puts[puts.len() - 3..], expected);
    assert_eq!(read(&store, "s").await, Ok(sealed(1, &[&text], &[])));
}

#[tokio::test(start_paused = true)]
async fn a_header_without_all_its_parts_is_damage() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    make_claim(&store, &claim("s", 1)).await;
    let header = HeaderRow { n_parts: 2, ..header("", 1) };
    link.insert_header(&claim("s", 1), &header).await.unwrap();
    link.insert_part(&"s".into(), epoch(1), 0, "[").await.unwrap();

    assert!(matches!(read(&store, "s").await, Err(StoreError::Damaged { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_transcript_of_a_strange_server_is_not_fenced_and_honestly_not_understood() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(2));
    let strange = Claim::won("s".into(), epoch(1), Lane::of_stranger("server-7"));
    rig.emulator.link().insert_claim(&"s".into(), epoch(1), strange.lane()).await.unwrap();
    let text = HeaderRow { version: 0, ..header("<chatTranscript/>", 0) };
    link.insert_header(&strange, &text).await.unwrap();

    let told = open(&store, &claim("s", 2), &[&strange]).await;

    let Err(StoreError::Damaged { what, .. }) = told else { panic!("{told:?}") };
    assert!(what.contains("another program"), "{what}");
    assert_eq!(of(&link, "put Fences"), [""; 0]);
}

/// A process that serves a thing under the claim of epoch 1, with one line.
async fn served(thing: &str) -> (Rig, RingStore) {
    let rig = Rig::new(1);
    let (store, _) = rig.process(&lane(1));
    let mine = claim(thing, 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    append(&store, &mine, &[line(1, "a")]).await.unwrap();
    (rig, store)
}

async fn seal_once(
    store: &RingStore,
    claim: &Claim,
    upto: u64,
    snapshot: &[&str],
) -> Result<(), StoreError> {
    let snapshot = snapshot.iter().map(|line| (*line).to_owned()).collect();
    Log::<Note>::seal(store, claim, Header { upto: Position(upto), snapshot }).await
}

/// Rows under epoch 1 that come to the ring by themselves.
async fn insert_late(rig: &Rig, positions: &[u64]) {
    let link: Link = rig.emulator.link();
    let late = |position: &u64| EventRow {
        position: Position(*position),
        key: None,
        more: 0,
        version: 1,
        body: format!("{{\"position\":{position},\"text\":\"late\"}}"),
    };
    let rows: Vec<_> = positions.iter().map(late).collect();
    link.insert_events(&"s".into(), epoch(1), &rows).await.unwrap();
}

fn header(body: &str, upto: u64) -> HeaderRow {
    HeaderRow { upto: Position(upto), n_parts: 0, version: 1, body: body.to_owned() }
}

fn row(n: u64, lane: Lane) -> ClaimRow {
    let epoch: Epoch = epoch(n);
    ClaimRow { epoch, lane, released: None }
}
