//! The embedded store against the contract, and what only it can promise.

use super::log::AT_ONCE;
use super::{EmbeddedStore, OpenError};
use crate::base::{Claim, Position};
use crate::owned::{History, Log, StoreError, StoreFuture};
use crate::ownership::claim::Released;
use crate::ownership::door::OwnerTable;
use crate::store::contract::{
    self, Note, Told, append, claim, epoch, line, lines, open, read, seal, sealed,
};
use futures_util::FutureExt;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use tempfile::TempDir;
use tokio::task::yield_now;

#[tokio::test]
async fn keeps_the_contract_of_the_log() {
    let (_folder, store) = fresh();

    contract::log::all(&store).await;
}

#[tokio::test]
async fn keeps_the_contract_of_the_owner_table() {
    let (_folder, store) = fresh();

    contract::owners::all(&store).await;
}

#[tokio::test]
async fn keeps_the_contract_of_the_alarms() {
    let (_folder, store) = fresh();

    contract::alarms::all(&store).await;
}

#[tokio::test]
async fn keeps_the_contract_of_the_contacts() {
    let (_folder, store) = fresh();

    contract::contacts::all(&store).await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let (folder, store) = fresh();
    let mine = claim("kept", 1);
    store.claim(mine.thing(), mine.epoch(), mine.lane()).await.unwrap();
    open(&store, &mine, &[]).await.unwrap();
    seal(&store, &mine, 0, &["before"]).await.unwrap();
    append(&store, &mine, &[line(1, "a")]).await.unwrap();
    drop(store);

    let store = EmbeddedStore::open(folder.path()).unwrap();

    assert_eq!(store.open_things().await.unwrap(), [mine.thing().clone()]);
    assert_eq!(read(&store, "kept").await, Ok(sealed(0, &["before"], &[(1, "a")])));
    let late = append(&store, &claim("kept", 0), &[line(2, "late")]).await;
    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(0), newest: epoch(1) }));
}

#[tokio::test]
async fn what_is_queued_is_still_done_when_the_last_handle_goes() {
    let (folder, store) = fresh();
    let mine = claim("queued", 1);
    let gate = hold_the_writer(&store);
    let appended = start_append(&store, &mine, 1, "a");
    drop(gate);
    drop(store);

    assert_eq!(appended.await, Ok(()));

    let store = EmbeddedStore::open(folder.path()).unwrap();
    assert_eq!(read(&store, "queued").await, Ok(lines(&[(1, "a")])));
}

#[tokio::test]
async fn what_a_dead_owner_left_in_the_queue_cannot_slip_in_after_the_reading() {
    let (_folder, store) = fresh();
    let (old, new) = (claim("slip", 1), claim("slip", 2));
    let gate = hold_the_writer(&store);
    let before = start_append(&store, &old, 1, "before");
    let opened: StoreFuture<History<Note>> = store.open(&new, &[]);
    let after = start_append(&store, &old, 2, "after");

    drop(gate);

    assert_eq!(before.await, Ok(()));
    assert_eq!(after.await, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
    assert_eq!(opened.await.map(Told::from), Ok(lines(&[(1, "before")])));
    assert_eq!(read(&store, "slip").await, Ok(lines(&[(1, "before")])));
}

#[tokio::test]
async fn an_append_that_leaves_a_gap_or_differs_is_refused() {
    let (_folder, store) = fresh();
    let mine = claim("gap", 1);
    append(&store, &mine, &[line(1, "a")]).await.unwrap();

    let gap = append(&store, &mine, &[line(2, "b"), line(4, "d")]).await;
    let other = append(&store, &mine, &[line(1, "other")]).await;

    assert_eq!(gap, Err(StoreError::Gap { expected: Position(3), got: Position(4) }));
    assert_eq!(other, Err(StoreError::Gap { expected: Position(2), got: Position(1) }));
    assert_eq!(read(&store, "gap").await, Ok(lines(&[(1, "a")])));
}

#[tokio::test]
async fn a_header_renewed_by_its_owner_keeps_what_came_after() {
    let (_folder, store) = fresh();
    let mine = claim("renewed", 1);
    seal(&store, &mine, 0, &[]).await.unwrap();
    append(&store, &mine, &[line(1, "a"), line(2, "b"), line(3, "c")]).await.unwrap();

    seal(&store, &mine, 2, &["a", "b"]).await.unwrap();

    assert_eq!(read(&store, "renewed").await, Ok(sealed(2, &["a", "b"], &[(3, "c")])));
    let back = seal(&store, &mine, 1, &["a"]).await;
    assert_eq!(back, Err(StoreError::Gap { expected: Position(2), got: Position(1) }));
}

#[tokio::test]
async fn a_seal_forgets_the_claims_below() {
    let (_folder, store) = fresh();
    let (old, new) = (claim("forgotten", 1), claim("forgotten", 2));
    for claim in [&old, &new] {
        store.claim(claim.thing(), claim.epoch(), claim.lane()).await.unwrap();
    }
    open(&store, &new, &[&old]).await.unwrap();

    seal(&store, &new, 0, &[]).await.unwrap();

    let epochs = store.claims(new.thing()).await.unwrap();
    assert_eq!(epochs.iter().map(|row| row.epoch).collect::<Vec<_>>(), [epoch(2)]);
}

#[tokio::test]
async fn a_fenced_owner_closes_nothing() {
    let (_folder, store) = fresh();
    let (old, new) = (claim("fenced-close", 1), claim("fenced-close", 2));
    open(&store, &new, &[&old]).await.unwrap();

    let late = store.close(&old, crate::base::Millis(1)).await;

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
    // Its word that it has stopped is welcome all the same.
    assert_eq!(store.release(&old, Released::Moved, Position(0)).await, Ok(()));
    let claims = store.claims(old.thing()).await.unwrap();
    assert_eq!(claims.iter().map(|row| row.epoch).collect::<Vec<_>>(), [new.epoch()]);
}

#[tokio::test]
async fn work_that_fails_halfway_leaves_nothing_and_harms_no_other() {
    let (_folder, store) = fresh();
    let mine = claim("halfway", 1);
    let gate = hold_the_writer(&store);
    let before = start_append(&store, &mine, 1, "a");
    let failed: StoreFuture<()> = store.write(|connection| {
        connection.execute("INSERT INTO closed (thing, purge_at) VALUES ('halfway', 1)", [])?;
        Err(StoreError::Unavailable("changed its mind".to_owned()).into())
    });
    let after = start_append(&store, &mine, 2, "b");

    drop(gate);

    assert_eq!(failed.await, Err(StoreError::Unavailable("changed its mind".to_owned())));
    assert_eq!((before.await, after.await), (Ok(()), Ok(())));
    assert!(!store.locate(mine.thing()).await.unwrap().closed);
    assert_eq!(read(&store, "halfway").await, Ok(lines(&[(1, "a"), (2, "b")])));
}

#[tokio::test]
async fn work_that_panics_takes_nothing_else_away() {
    let (_folder, store) = fresh();
    let mine = claim("panic", 1);

    let failed: Result<(), _> = store.write(|_| panic!("a bug, on purpose")).await;

    assert_eq!(failed, Err(StoreError::Unavailable("the work panicked".to_owned())));
    assert_eq!(append(&store, &mine, &[line(1, "a")]).await, Ok(()));
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let (folder, store) = fresh();
    let mine = claim("full", 1);
    let text = "x".repeat(2_000);
    let expected: Vec<_> = (1..=40).map(|n| (n, text.as_str())).collect();
    seal(&store, &mine, 0, &[]).await.unwrap();
    fill_the_disk(&store);
    let mut appends: Vec<_> =
        expected.iter().map(|(n, text)| start_append(&store, &mine, *n, text)).collect();

    until(|| store.health().stalled.is_some()).await;

    let reason = store.health().stalled.unwrap().reason;
    assert!(reason.contains("full"), "{reason}");
    assert!(appends.last_mut().unwrap().now_or_never().is_none());
    let seen = read(&store, "full").await.unwrap().lines.len();
    assert!(seen < expected.len(), "reading goes on, and shows what was committed");

    make_room(&store);

    for appended in appends {
        assert_eq!(appended.await, Ok(()));
    }
    assert!(store.health().stalled.is_none());
    assert_eq!(read(&store, "full").await, Ok(sealed(0, &[], &expected)));
    drop(store);
    let store = EmbeddedStore::open(folder.path()).unwrap();
    assert_eq!(read(&store, "full").await, Ok(sealed(0, &[], &expected)));
}

#[tokio::test]
async fn a_store_that_is_closed_on_a_full_disk_says_that_it_does_not_know() {
    let (folder, store) = fresh();
    fill_the_disk(&store);
    let appended = start_append(&store, &claim("unknown", 1), 1, &"x".repeat(100_000));
    until(|| store.health().stalled.is_some()).await;

    drop(store);

    assert!(matches!(appended.await, Err(StoreError::Unavailable(_))));
    assert!(EmbeddedStore::open(folder.path()).is_ok());
}

#[tokio::test]
async fn a_store_with_too_much_waiting_says_so_at_once() {
    let (_folder, store) = fresh();
    let gate = hold_the_writer(&store);

    let refused = loop {
        if let Some(told) = store.write(|_| Ok(())).now_or_never() {
            break told;
        }
    };

    let full = StoreError::Unavailable("too much waits for the disk".to_owned());
    assert_eq!(refused, Err(full));
    drop(gate);
    // The writer takes what waits, and then there is room again.
    until(|| store.write(|_| Ok(())).now_or_never().is_none()).await;
}

#[tokio::test]
async fn a_long_log_is_cleared_in_parts_and_nobody_sees_it() {
    let (_folder, store) = fresh();
    let (mine, next) = (claim("long", 1), claim("long", 2));
    let n_lines = 5 * u64::from(AT_ONCE);
    assert_eq!(n_lines, 2_500);
    let lines: Vec<_> = (1..=n_lines).map(|at| line(at, "a")).collect();
    append(&store, &mine, &lines).await.unwrap();
    append(&store, &claim("other", 1), &[line(1, "b")]).await.unwrap();

    open(&store, &next, &[&mine]).await.unwrap();
    seal(&store, &next, n_lines, &["all"]).await.unwrap();
    append(&store, &next, &[line(n_lines + 1, "c")]).await.unwrap();
    let told = read(&store, "long").await.unwrap();

    assert_eq!(told, sealed(n_lines, &["all"], &[(n_lines + 1, "c")]));
    while n_rows(&store, "long").await != 1 {
        yield_now().await;
    }
    assert_eq!(n_rows(&store, "other").await, 1);

    // A process that dies meanwhile leaves the last of them.
    spoil(
        &store,
        "INSERT INTO events (thing, micros, tie, pos, more, v, body)
         VALUES ('long', 1000, 0, 2500, 0, 1, '{}')",
    )
    .await;
    let third = claim("long", 3);
    assert_eq!(open(&store, &third, &[&next]).await, Ok(told));
    seal(&store, &third, n_lines + 1, &["all and c"]).await.unwrap();
    append(&store, &third, &[line(n_lines + 2, "d")]).await.unwrap();
    assert_eq!(n_rows(&store, "long").await, 1);
}

#[tokio::test]
async fn what_is_damaged_is_named_and_not_shown() {
    let (_folder, store) = fresh();
    let mine = claim("damaged", 1);
    append(&store, &mine, &[line(1, "a"), line(2, "b"), line(3, "c")]).await.unwrap();
    spoil(&store, "UPDATE events SET body = '{' WHERE thing = 'damaged' AND pos = 3").await;

    let unreadable = read(&store, "damaged").await.unwrap_err().to_string();
    spoil(&store, "DELETE FROM events WHERE thing = 'damaged' AND pos = 2").await;
    let missing = read(&store, "damaged").await.unwrap_err().to_string();

    assert!(unreadable.starts_with("damaged data of damaged: event 3: "), "{unreadable}");
    assert_eq!(missing, "damaged data of damaged: event 2 is missing");
}

#[test]
fn a_folder_in_use_is_refused() {
    let (folder, store) = fresh();

    let refused = refusal(folder.path());

    assert!(matches!(refused, OpenError::InUse { .. }));
    assert!(refused.to_string().contains(folder.path().to_str().unwrap()), "{refused}");
    drop(store);
    assert!(EmbeddedStore::open(folder.path()).is_ok());
}

#[test]
fn what_people_wrote_is_for_nobody_elses_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = fresh();

    for name in ["holdfast.db", "holdfast.db-wal"] {
        let rights = fs::metadata(folder.path().join(name)).unwrap().permissions();
        assert_eq!(rights.mode() & 0o777, 0o600, "{name}");
    }
    drop(store);
}

#[test]
fn a_file_of_a_newer_version_is_refused_with_its_name() {
    let folder = closed_store();
    let raw = rusqlite::Connection::open(folder.path().join("holdfast.db")).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);

    let refused = refusal(folder.path()).to_string();

    assert!(refused.contains("holdfast.db was written by a newer version"), "{refused}");
    assert!(refused.contains("its format is 99, this version knows up to"), "{refused}");
}

#[test]
fn garbage_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("holdfast.db");
    let garbage = b"dear diary, ".repeat(1_000);
    fs::write(&file, &garbage).unwrap();

    let refused = refusal(folder.path()).to_string();

    assert!(refused.contains("holdfast.db is damaged: file is not a database"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), garbage);
}

#[test]
fn a_file_of_another_program_is_refused() {
    let folder = TempDir::new().unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("holdfast.db")).unwrap();
    raw.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    drop(raw);

    assert!(matches!(refusal(folder.path()), OpenError::Foreign { .. }));
}

#[tokio::test]
async fn a_file_damaged_in_the_middle_is_refused_with_the_reason() {
    let (folder, store) = fresh();
    let mine = claim("bits", 1);
    for n in 1..=100 {
        append(&store, &mine, &[line(n, &"x".repeat(1_000))]).await.unwrap();
    }
    drop(store);
    let file = folder.path().join("holdfast.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xAA);
    fs::write(&file, bytes).unwrap();

    let refused = refusal(folder.path());

    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

fn fresh() -> (TempDir, EmbeddedStore) {
    let folder = TempDir::new().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    (folder, store)
}

fn closed_store() -> TempDir {
    fresh().0
}

fn refusal(folder: &Path) -> OpenError {
    EmbeddedStore::open(folder).err().expect("a refusal")
}

/// Lets everything after it wait in the queue until the gate is dropped.
fn hold_the_writer(store: &EmbeddedStore) -> Sender<()> {
    let (gate, opened) = channel();
    drop(store.write(move |_| {
        // Only the drop of the other end ends this, so that it may also be run again.
        assert!(opened.recv().is_err());
        Ok(())
    }));
    gate
}

fn start_append(
    store: &EmbeddedStore,
    claim: &Claim,
    position: u64,
    text: &str,
) -> StoreFuture<()> {
    Log::<Note>::append(store, claim, vec![line(position, text)])
}

fn fill_the_disk(store: &EmbeddedStore) {
    store.watch().most_pages.store(1, Ordering::Release);
}

fn make_room(store: &EmbeddedStore) {
    store.watch().most_pages.store(0, Ordering::Release);
}

async fn n_rows(store: &EmbeddedStore, thing: &'static str) -> u32 {
    let count = "SELECT count(*) FROM events WHERE thing = ?1";
    let counted =
        store.query(move |connection| Ok(connection.query_row(count, [thing], |row| row.get(0))?));
    counted.await.unwrap()
}

async fn spoil(store: &EmbeddedStore, sql: &'static str) {
    store.write(move |connection| Ok(connection.execute(sql, [])?)).await.unwrap();
}

async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        yield_now().await;
    }
}
