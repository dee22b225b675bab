//! The promises of the owner table's door.

use super::{Note, append, claim, epoch, insist, lane, line, lines, read, seal};
use crate::base::{Claim, Epoch, Millis, Position, ThingId};
use crate::owned::Log;
use crate::ownership::claim::{ClaimRow, Location, Released};
use crate::ownership::door::OwnerTable;

/// A store may keep what is to be purged in buckets of an hour.
const HOUR: u64 = 3_600_000;

/// How often a purge is asked to go on before it is called endless.
const MOST_PURGES: usize = 1_000;

/// Every promise of this file, one after the other.
pub async fn all(store: &(impl Log<Note> + OwnerTable)) {
    an_unknown_thing_has_no_claim(store).await;
    claims_are_listed_newest_first(store).await;
    a_claim_driven_again_is_the_same_claim(store).await;
    a_released_claim_says_so(store).await;
    a_claim_driven_again_after_its_release_stays_released(store).await;
    a_closed_thing_is_located_as_closed(store).await;
    open_things_are_those_not_closed(store).await;
    a_purge_removes_a_closed_thing_wholly(store).await;
    a_purge_leaves_what_is_not_due(store).await;
}

pub async fn an_unknown_thing_has_no_claim(store: &impl OwnerTable) {
    let thing = ThingId::from("owner-unknown");

    assert_eq!(insist(|| store.locate(&thing)).await, Ok(Location::default()));
    assert_eq!(insist(|| store.claims(&thing)).await, Ok(vec![]));
}

pub async fn claims_are_listed_newest_first(store: &impl OwnerTable) {
    let thing = ThingId::from("owner-order");
    let negative = Epoch { micros: 2_000, tie: -1 };
    let positive = Epoch { micros: 2_000, tie: 1 };
    let oldest = Epoch { micros: 1_000, tie: 9 };
    for epoch in [positive, oldest, negative] {
        insist(|| store.claim(&thing, epoch, &lane(1))).await.unwrap();
    }

    let listed = insist(|| store.claims(&thing)).await.unwrap();
    let located = insist(|| store.locate(&thing)).await.unwrap();

    let epochs: Vec<_> = listed.iter().map(|row| row.epoch).collect();
    assert_eq!(epochs, [positive, negative, oldest]);
    assert_eq!(located, Location { newest: Some(row(positive, None)), ..Location::default() });
}

pub async fn a_claim_driven_again_is_the_same_claim(store: &impl OwnerTable) {
    let thing = ThingId::from("owner-again");
    insist(|| store.claim(&thing, epoch(1), &lane(1))).await.unwrap();

    insist(|| store.claim(&thing, epoch(1), &lane(1))).await.unwrap();

    let listed = insist(|| store.claims(&thing)).await;
    assert_eq!(listed, Ok(vec![row(epoch(1), None)]));
}

pub async fn a_released_claim_says_so(store: &impl OwnerTable) {
    let moved = won(store, "owner-moved").await;
    let asleep = won(store, "owner-asleep").await;

    insist(|| store.release(&moved, Released::Moved, Position(3))).await.unwrap();
    insist(|| store.release(&asleep, Released::Asleep, Position(7))).await.unwrap();

    let listed = insist(|| store.claims(moved.thing())).await;
    assert_eq!(listed, Ok(vec![row(epoch(1), Some(Released::Moved))]));
    let located = insist(|| store.locate(asleep.thing())).await.unwrap();
    assert_eq!(located.newest, Some(row(epoch(1), Some(Released::Asleep))));
    assert_eq!(located.asleep(), Some(Position(7)), "and up to where it had come");
    assert_eq!(insist(|| store.locate(moved.thing())).await.unwrap().asleep(), None);
}

pub async fn a_claim_driven_again_after_its_release_stays_released(store: &impl OwnerTable) {
    let mine = won(store, "owner-late-claim").await;
    insist(|| store.release(&mine, Released::Moved, Position(3))).await.unwrap();

    insist(|| store.claim(mine.thing(), mine.epoch(), mine.lane())).await.unwrap();

    let listed = insist(|| store.claims(mine.thing())).await;
    assert_eq!(listed, Ok(vec![row(epoch(1), Some(Released::Moved))]));
}

pub async fn a_closed_thing_is_located_as_closed(store: &impl OwnerTable) {
    let mine = won(store, "owner-closed").await;

    insist(|| store.close(&mine, Millis(1_000 * HOUR))).await.unwrap();

    let located = insist(|| store.locate(mine.thing())).await;
    let newest = Some(row(epoch(1), None));
    assert_eq!(located, Ok(Location { newest, closed: true, ..Location::default() }));
}

pub async fn open_things_are_those_not_closed(store: &impl OwnerTable) {
    let open = won(store, "owner-sweep-open").await;
    let closed = won(store, "owner-sweep-closed").await;
    insist(|| store.close(&closed, Millis(1_000 * HOUR))).await.unwrap();

    let listed = insist(|| store.open_things()).await.unwrap();

    assert_eq!(listed.iter().filter(|thing| *thing == open.thing()).count(), 1);
    assert!(!listed.contains(closed.thing()));
}

pub async fn a_purge_removes_a_closed_thing_wholly(store: &(impl Log<Note> + OwnerTable)) {
    let mine = won(store, "owner-purged").await;
    seal(store, &mine, 0, &["before"]).await.unwrap();
    append(store, &mine, &[line(1, "a")]).await.unwrap();
    insist(|| store.close(&mine, Millis(HOUR))).await.unwrap();

    purge_all(store, Millis(3 * HOUR)).await;

    assert_eq!(insist(|| store.locate(mine.thing())).await, Ok(Location::default()));
    assert_eq!(read(store, "owner-purged").await, Ok(lines(&[])));
    let listed = insist(|| store.open_things()).await.unwrap();
    assert!(!listed.contains(mine.thing()));
}

pub async fn a_purge_leaves_what_is_not_due(store: &(impl Log<Note> + OwnerTable)) {
    let closed = won(store, "owner-not-due").await;
    let open = won(store, "owner-not-closed").await;
    insist(|| store.close(&closed, Millis(9 * HOUR))).await.unwrap();

    purge_all(store, Millis(7 * HOUR)).await;

    assert!(insist(|| store.locate(closed.thing())).await.unwrap().closed);
    assert!(insist(|| store.locate(open.thing())).await.unwrap().newest.is_some());
}

async fn purge_all(store: &impl OwnerTable, now: Millis) {
    for _ in 0..MOST_PURGES {
        if insist(|| store.purge(now)).await.unwrap() == 0 {
            return;
        }
    }
    panic!("the purge does not end");
}

async fn won(store: &impl OwnerTable, thing: &str) -> Claim {
    let claim = claim(thing, 1);
    insist(|| store.claim(claim.thing(), claim.epoch(), claim.lane())).await.unwrap();
    claim
}

fn row(epoch: Epoch, released: Option<Released>) -> ClaimRow {
    ClaimRow { epoch, lane: lane(1), released }
}
