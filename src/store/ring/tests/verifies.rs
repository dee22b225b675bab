//! The rules of the group verify.

use super::{Rig, name_seed, of, wait_for};
use crate::base::{Claim, Epoch, Lane};
use crate::owned::StoreError;
use crate::ownership::claim::Released;
use crate::ownership::door::OwnerTable;
use crate::store::contract::{append, claim, epoch, lane, line, make_claim};
use crate::store::ring::emulator::Faults;
use crate::store::ring::rows::Rows;
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[tokio::test(start_paused = true)]
async fn who_asks_while_a_read_is_on_its_way_waits_for_the_next() {
    for seed in 0..20 {
        name_seed(seed);
        let rig = Rig::new(seed);
        let (store, link) = rig.process(&lane(1));
        let mine = claim("s", 1);
        make_claim(&store, &mine).await;
        link.set(slow());
        let first = tokio::spawn(store.is_mine(&mine));
        wait_for(&link, "read Fences", 1).await;
        // The read on its way has perhaps passed the replicas that get this fence.
        fence(&rig, &mine, epoch(2)).await;

        let group = tokio::join!(store.is_mine(&mine), store.is_mine(&mine));

        assert_eq!(group, (Err(fenced(2)), Err(fenced(2))));
        first.await.unwrap().ok();
        assert_eq!(of(&link, "read Fences").len(), 2, "two who wait share one read");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fence_of_a_lower_claim_or_of_another_thing_ends_nothing() {
    let rig = Rig::new(1);
    let (store, _) = rig.process(&lane(2));
    let mine = claim("s", 2);
    make_claim(&store, &mine).await;
    fence(&rig, &mine, epoch(1)).await;
    fence(&rig, &mine, epoch(2)).await;
    rig.emulator.link().insert_fence(mine.lane(), &"other".into(), epoch(9)).await.unwrap();

    assert_eq!(store.is_mine(&mine).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_superseded_claim_is_fenced_before_the_newer_one_is_written() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let (old, new) = (own("s", 1), own("s", 2));
    make_claim(&store, &old).await;
    link.set(slow());
    let (looker, its_claim) = (store.clone(), old.clone());
    let asked = tokio::spawn(async move { looker.verifier.verify(&its_claim).await });
    wait_for(&link, "read Fences", 1).await;
    link.set(Faults { is_cut: true, ..Faults::default() });

    let late = [line(1, "late")];
    let claimed = store.claim(new.thing(), new.epoch(), new.lane());
    let (claimed, late) = tokio::join!(claimed, append(&store, &old, &late));

    assert!(matches!(claimed, Err(StoreError::Unavailable(_))));
    assert_eq!(late, Err(fenced(2)));
    link.set(Faults::default());
    assert_eq!(asked.await.unwrap(), Err(fenced(2)), "judged when the read has ended");
    assert_eq!(of(&link, "put Events").len(), 0, "nothing is written under it any more");
}

#[tokio::test(start_paused = true)]
async fn a_release_waits_for_what_is_outstanding_and_fences_it() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    make_claim(&store, &mine).await;
    link.set(Faults { is_cut: true, ..Faults::default() });
    let (writer, its_claim) = (store.clone(), mine.clone());
    let appended = tokio::spawn(async move { append(&writer, &its_claim, &[line(1, "a")]).await });
    sleep(Duration::from_millis(1)).await;

    let released = store.release(&mine, Released::Moved, crate::base::Position(0)).await;

    assert!(matches!(released, Err(StoreError::Unavailable(_))));
    assert_eq!(append(&store, &mine, &[line(1, "b")]).await, Err(fenced(1)));
    link.set(Faults::default());
    let released = store.release(&mine, Released::Moved, crate::base::Position(0)).await;
    assert_eq!(released, Ok(()));
    assert_eq!(appended.await.unwrap(), Err(fenced(1)));
    let journal = link.journal();
    let at = |entry: &str| journal.iter().rposition(|noted| noted.starts_with(entry)).unwrap();
    assert!(at("put Events") < at("put Owner"), "{journal:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lane_of_more_than_64_fences_is_left_for_a_fresh_one() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let old = claim("old", 1);
    make_claim(&store, &old).await;
    for n in 0..64 {
        fence_of(&rig, &lane(1), &format!("thing-{n}")).await;
    }
    store.is_mine(&old).await.unwrap();
    assert_eq!(store.current_lane().k, 0);
    fence_of(&rig, &lane(1), "one more").await;

    store.is_mine(&old).await.unwrap();

    let fresh = Lane { k: 1, ..lane(1) };
    assert_eq!(store.current_lane(), fresh);
    assert_eq!(store.crowded(), [old]);
    let new = Claim::won("new".into(), epoch(1), fresh);
    make_claim(&store, &new).await;
    store.is_mine(&new).await.unwrap();
    assert_eq!(of(&link, "read Fences node-1:boot:1").len(), 1);
    store.doubt().await;
    assert_eq!(of(&link, "read Fences node-1:boot:0").len(), 3, "it still holds a claim");
    assert_eq!(of(&link, "read Fences node-1:boot:1").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_idle_looks_once_a_second_and_tells_what_was_fenced() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    make_claim(&store, &mine).await;
    store.is_mine(&mine).await.unwrap();
    let mut told = store.fenced();
    fence(&rig, &mine, epoch(2)).await;

    store.look_if_idle();
    assert_eq!(of(&link, "read Fences").len(), 1, "somebody looked a moment ago");
    sleep(Duration::from_secs(1)).await;
    store.look_if_idle();
    store.look_if_idle();

    assert_eq!(told.recv().await, Some(mine.clone()));
    assert_eq!(of(&link, "read Fences").len(), 2);
    sleep(Duration::from_secs(9)).await;
    store.look_if_idle();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(of(&link, "read Fences").len(), 2, "nothing is held any more");
}

#[tokio::test(start_paused = true)]
async fn a_doubt_ends_when_everything_was_looked_at() {
    let rig = Rig::new(1);
    let (store, _) = rig.process(&lane(1));
    let mine = claim("s", 1);
    make_claim(&store, &mine).await;
    let mut told = store.fenced();
    fence(&rig, &mine, epoch(2)).await;

    store.doubt().await;

    assert_eq!(told.try_recv(), Ok(mine));
}

#[tokio::test(start_paused = true)]
async fn a_look_without_an_answer_is_no_yes_and_is_driven_again() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    make_claim(&store, &mine).await;
    link.set(Faults { is_cut: true, ..Faults::default() });
    let asked = store.clone();
    let its_claim = mine.clone();
    let verified = tokio::spawn(async move { asked.verifier.verify(&its_claim).await });

    assert!(matches!(store.is_mine(&mine).await, Err(StoreError::Unavailable(_))));
    assert!(!verified.is_finished());
    link.set(Faults::default());

    assert_eq!(verified.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn nobody_reads_for_those_who_went_away() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    make_claim(&store, &mine).await;
    link.set(Faults { failed_reads: 255, ..Faults::default() });
    timeout(Duration::from_millis(300), store.is_mine(&mine)).await.unwrap_err();
    sleep(Duration::from_secs(5)).await;
    link.set(Faults::default());
    sleep(Duration::from_secs(5)).await;

    assert_eq!(of(&link, "read Fences").len(), 0);
    assert_eq!(store.is_mine(&mine).await, Ok(()));
}

#[test]
fn a_look_whose_thread_ended_is_taken_by_another() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    };
    let (first, second) = (runtime(), runtime());
    let (rig, mine) = first.block_on(async { (Rig::new(1), claim("s", 1)) });
    let (store, link) = rig.process(&lane(1));
    first.block_on(async {
        make_claim(&store, &mine).await;
        link.set(Faults { is_cut: true, ..Faults::default() });
        store.look_if_idle();
        sleep(Duration::from_millis(1)).await;
    });
    drop(first);
    link.set(Faults::default());

    assert_eq!(second.block_on(store.is_mine(&mine)), Ok(()));
}

/// Reads and writes take up to a second.
fn slow() -> Faults {
    Faults { delay: Duration::from_millis(150), ..Faults::default() }
}

/// A claim of the process of lane 1.
fn own(thing: &str, micros: u64) -> Claim {
    Claim::won(thing.into(), epoch(micros), lane(1))
}

async fn fence(rig: &Rig, claim: &Claim, below: Epoch) {
    rig.emulator.link().insert_fence(claim.lane(), claim.thing(), below).await.unwrap();
}

async fn fence_of(rig: &Rig, lane: &Lane, thing: &str) {
    rig.emulator.link().insert_fence(lane, &thing.into(), epoch(1)).await.unwrap();
}

/// The claim of epoch 1 was fenced by, or given up for, one of this epoch.
fn fenced(newest: u64) -> StoreError {
    StoreError::Fenced { ours: epoch(1), newest: epoch(newest) }
}
