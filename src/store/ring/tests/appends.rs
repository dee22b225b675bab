//! Writing events, and what becomes of writes whose outcome nobody knows.

use super::{Rig, of, wait_for};
use crate::base::Position;
use crate::owned::Log;
use crate::store::contract::{Note, append, claim, lane, line, open, part, read, seal, sealed};
use crate::store::ring::emulator::Faults;
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[tokio::test(start_paused = true)]
async fn an_append_is_acknowledged_after_a_look_that_began_after_the_writing() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    link.keep_journal();

    append(&store, &mine, &[line(1, "a")]).await.unwrap();

    assert_eq!(link.journal(), ["put Events s 1000.0 1", "read Fences node-1:boot:0"]);
}

#[tokio::test(start_paused = true)]
async fn an_append_of_unknown_outcome_drives_the_same_rows_until_it_is_a_yes() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    link.keep_journal();
    link.set(Faults { lost_acks: 255, ..Faults::default() });
    let (writer, its_claim) = (store.clone(), mine.clone());
    let appended = tokio::spawn(async move {
        Log::<Note>::append(&writer, &its_claim, vec![line(1, "a"), line(2, "b")]).await
    });

    sleep(Duration::from_secs(60)).await;
    assert!(!appended.is_finished(), "there is no failed for sure");
    link.set(Faults::default());

    assert_eq!(appended.await.unwrap(), Ok(()));
    let attempts = of(&link, "put");
    assert!(4 < attempts.len());
    for attempt in attempts.chunks(2) {
        assert_eq!(attempt, ["put Events s 1000.0 1", "put Events s 1000.0 2"]);
    }
    assert_eq!(read(&store, "s").await, Ok(sealed(0, &[], &[(1, "a"), (2, "b")])));
}

#[tokio::test(start_paused = true)]
async fn a_large_batch_is_split_and_comes_back_whole() {
    let rig = Rig::new(1);
    let (store, link) = rig.process(&lane(1));
    let mine = claim("s", 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    let text = "x".repeat(40_000);
    let (writer, its_claim, entries) =
        (store.clone(), mine.clone(), [part(1, &text, 1), part(2, &text, 0)]);
    let appended = tokio::spawn(async move { append(&writer, &its_claim, &entries).await });
    wait_for(&link, "put Events", 1).await;
    assert_eq!(of(&link, "put Events").len(), 1, "the second one waits for the first");

    appended.await.unwrap().unwrap();

    assert_eq!(read(&store, "s").await, Ok(sealed(0, &[], &[(1, &text), (2, &text)])));
}

#[tokio::test(start_paused = true)]
async fn with_two_replicas_down_nothing_is_acknowledged() {
    let rig = Rig::new(1);
    let (store, _) = rig.process(&lane(1));
    let mine = claim("s", 1);
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &[]).await.unwrap();
    rig.emulator.take_down(0);
    rig.emulator.take_down(2);
    let entries = [line(1, "a")];
    let mut appended = Box::pin(append(&store, &mine, &entries));
    timeout(Duration::from_secs(60), &mut appended).await.unwrap_err();

    rig.emulator.bring_up(2);

    assert_eq!(appended.await, Ok(()));
    let history = read(&store, "s").await.unwrap();
    assert_eq!(history.lines.first(), Some(&(Position(1).0, "a".to_owned())));
}
