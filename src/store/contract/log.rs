//! The promises of the log's door.

use super::{
    Note, append, claim, epoch, insist, lane, line, lines, make_claim, open, part, read, reopen,
    seal, sealed,
};
use crate::owned::{Log, StoreError};
use crate::ownership::door::OwnerTable;

/// Every promise of this file, one after the other.
pub async fn all(store: &(impl Log<Note> + OwnerTable)) {
    an_unknown_thing_has_an_empty_history(store).await;
    appended_events_come_back_in_order(store).await;
    an_append_driven_again_stores_nothing_twice(store).await;
    a_wish_comes_back_whole(store).await;
    a_cut_wish_vanishes_when_the_thing_is_opened(store).await;
    two_things_do_not_disturb_each_other(store).await;
    opening_shows_everything_acknowledged_before(store).await;
    opening_fences_the_owners_before(store).await;
    a_claim_alone_fences_nobody(store).await;
    opening_below_an_opened_claim_is_refused(store).await;
    opening_again_under_the_same_claim_is_allowed(store).await;
    who_reopens_fences_the_owners_before_and_goes_on_from_what_it_knows(store).await;
    reopening_below_an_opened_claim_leads_to_no_seal(store).await;
    a_new_thing_begins_with_an_empty_header(store).await;
    a_header_replaces_what_was_below(store).await;
    an_append_after_a_seal_goes_on_at_the_next_position(store).await;
    a_seal_driven_again_changes_nothing(store).await;
    a_fenced_owner_cannot_seal(store).await;
}

pub async fn an_unknown_thing_has_an_empty_history(store: &(impl Log<Note> + OwnerTable)) {
    let thing = "log-unknown";

    assert_eq!(read(store, thing).await, Ok(lines(&[])));
    assert_eq!(open(store, &claim(thing, 1), &[]).await, Ok(lines(&[])));
}

pub async fn appended_events_come_back_in_order(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-in-order", 1);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a")]).await.unwrap();
    append(store, &mine, &[line(2, "b"), line(3, "c")]).await.unwrap();

    let told = read(store, "log-in-order").await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a"), (2, "b"), (3, "c")])));
}

pub async fn an_append_driven_again_stores_nothing_twice(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-again", 1);
    begin(store, &mine).await;
    let rows = [line(1, "a"), line(2, "b")];
    append(store, &mine, &rows).await.unwrap();
    append(store, &mine, &[line(3, "c")]).await.unwrap();

    assert_eq!(append(store, &mine, &rows).await, Ok(()));

    let told = read(store, "log-again").await;
    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a"), (2, "b"), (3, "c")])));
}

pub async fn a_wish_comes_back_whole(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-whole", 1);
    let next = claim("log-whole", 2);
    begin(store, &mine).await;
    append(store, &mine, &[part(1, "a", 2), part(2, "b", 1), part(3, "c", 0)]).await.unwrap();

    let told = open(store, &next, &[&mine]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a"), (2, "b"), (3, "c")])));
}

pub async fn a_cut_wish_vanishes_when_the_thing_is_opened(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-cut", 1);
    let next = claim("log-cut", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a"), part(2, "b", 2), part(3, "c", 1)]).await.unwrap();

    let told = open(store, &next, &[&mine]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a")])));
    seal(store, &next, 1, &["a"]).await.unwrap();
    append(store, &next, &[line(2, "other")]).await.unwrap();
    let told = read(store, "log-cut").await;
    assert_eq!(told, Ok(sealed(1, &["a"], &[(2, "other")])));
}

pub async fn two_things_do_not_disturb_each_other(store: &(impl Log<Note> + OwnerTable)) {
    let old = claim("log-two-a", 1);
    begin(store, &old).await;
    append(store, &old, &[line(1, "a")]).await.unwrap();
    let new = claim("log-two-b", 9);
    begin(store, &new).await;
    append(store, &new, &[line(1, "b")]).await.unwrap();

    assert_eq!(append(store, &old, &[line(2, "aa")]).await, Ok(()));

    let told = read(store, "log-two-a").await;
    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a"), (2, "aa")])));
    assert_eq!(read(store, "log-two-b").await, Ok(sealed(0, &[], &[(1, "b")])));
}

pub async fn opening_shows_everything_acknowledged_before(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-opening", 1);
    let next = claim("log-opening", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a")]).await.unwrap();

    let told = open(store, &next, &[&mine]).await;

    assert_eq!(told, Ok(sealed(0, &[], &[(1, "a")])));
}

pub async fn opening_fences_the_owners_before(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-fence", 1);
    let next = claim("log-fence", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a")]).await.unwrap();
    open(store, &next, &[&mine]).await.unwrap();

    let late = append(store, &mine, &[line(2, "late")]).await;

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
    // It must not come to light with a later opening either.
    seal(store, &next, 1, &["a"]).await.unwrap();
    let told = open(store, &claim("log-fence", 3), &[&mine, &next]).await;
    assert_eq!(told, Ok(sealed(1, &["a"], &[])));
}

pub async fn a_claim_alone_fences_nobody(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-claimed", 1);
    begin(store, &mine).await;
    insist(|| store.claim(mine.thing(), epoch(2), &lane(2))).await.unwrap();

    assert_eq!(append(store, &mine, &[line(1, "a")]).await, Ok(()));
}

pub async fn opening_below_an_opened_claim_is_refused(store: &(impl Log<Note> + OwnerTable)) {
    let low = claim("log-low", 1);
    let high = claim("log-low", 2);
    open(store, &high, &[&low]).await.unwrap();

    let late = open(store, &low, &[]).await;

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
}

pub async fn opening_again_under_the_same_claim_is_allowed(store: &(impl Log<Note> + OwnerTable)) {
    let before = claim("log-open-again", 1);
    let mine = claim("log-open-again", 2);
    begin(store, &before).await;
    append(store, &before, &[line(1, "a")]).await.unwrap();
    let first = open(store, &mine, &[&before]).await;

    let second = open(store, &mine, &[&before]).await;

    assert_eq!(first, Ok(sealed(0, &[], &[(1, "a")])));
    assert_eq!(second, first);
}

pub async fn who_reopens_fences_the_owners_before_and_goes_on_from_what_it_knows(
    store: &(impl Log<Note> + OwnerTable),
) {
    let mine = claim("log-reopened", 1);
    let next = claim("log-reopened", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a")]).await.unwrap();

    reopen(store, &next, &[&mine]).await.unwrap();
    let kept = read(store, "log-reopened").await;
    let late = append(store, &mine, &[line(2, "late")]).await;
    seal(store, &next, 1, &["a"]).await.unwrap();
    append(store, &next, &[line(2, "b")]).await.unwrap();

    assert_eq!(kept, Ok(sealed(0, &[], &[(1, "a")])));
    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
    assert_eq!(read(store, "log-reopened").await, Ok(sealed(1, &["a"], &[(2, "b")])));
}

pub async fn reopening_below_an_opened_claim_leads_to_no_seal(
    store: &(impl Log<Note> + OwnerTable),
) {
    let low = claim("log-reopened-low", 1);
    let high = claim("log-reopened-low", 2);
    open(store, &high, &[&low]).await.unwrap();

    let late = match reopen(store, &low, &[]).await {
        Ok(()) => seal(store, &low, 0, &["late"]).await,
        refused => refused,
    };

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
}

pub async fn a_new_thing_begins_with_an_empty_header(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-new", 1);
    make_claim(store, &mine).await;
    seal(store, &mine, 0, &[]).await.unwrap();

    assert_eq!(append(store, &mine, &[line(1, "a")]).await, Ok(()));

    assert_eq!(read(store, "log-new").await, Ok(sealed(0, &[], &[(1, "a")])));
}

pub async fn a_header_replaces_what_was_below(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-header", 1);
    let next = claim("log-header", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a"), line(2, "b")]).await.unwrap();
    open(store, &next, &[&mine]).await.unwrap();

    seal(store, &next, 2, &["a", "b"]).await.unwrap();

    assert_eq!(read(store, "log-header").await, Ok(sealed(2, &["a", "b"], &[])));
}

pub async fn an_append_after_a_seal_goes_on_at_the_next_position(
    store: &(impl Log<Note> + OwnerTable),
) {
    let mine = claim("log-goes-on", 1);
    let next = claim("log-goes-on", 2);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a"), line(2, "b")]).await.unwrap();
    open(store, &next, &[&mine]).await.unwrap();
    seal(store, &next, 2, &["a", "b"]).await.unwrap();

    assert_eq!(append(store, &next, &[line(3, "c")]).await, Ok(()));

    let told = open(store, &claim("log-goes-on", 3), &[&mine, &next]).await;
    assert_eq!(told, Ok(sealed(2, &["a", "b"], &[(3, "c")])));
}

pub async fn a_seal_driven_again_changes_nothing(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-seal-again", 1);
    begin(store, &mine).await;
    append(store, &mine, &[line(1, "a")]).await.unwrap();

    assert_eq!(seal(store, &mine, 0, &[]).await, Ok(()));

    assert_eq!(read(store, "log-seal-again").await, Ok(sealed(0, &[], &[(1, "a")])));
}

pub async fn a_fenced_owner_cannot_seal(store: &(impl Log<Note> + OwnerTable)) {
    let mine = claim("log-fenced-seal", 1);
    let next = claim("log-fenced-seal", 2);
    open(store, &mine, &[]).await.unwrap();
    open(store, &next, &[&mine]).await.unwrap();

    let late = seal(store, &mine, 0, &["late"]).await;

    assert_eq!(late, Err(StoreError::Fenced { ours: epoch(1), newest: epoch(2) }));
}

/// The first claim on a thing: opened, sealed, active.
async fn begin(store: &(impl Log<Note> + OwnerTable), claim: &crate::base::Claim) {
    open(store, claim, &[]).await.unwrap();
    seal(store, claim, 0, &[]).await.unwrap();
}
