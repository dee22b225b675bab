//! The promises of the contacts' door.

use super::insist;
use crate::base::{ContactId, InteractionId, Millis, Position};
use crate::contact::door::{Archive, ContactStore, Kept};
use crate::contact::history::Place;
use crate::contact::identify::Criterion;
use crate::contact::state::{AttributeChange, Contact, NewContact, Record};
use crate::contact::testing::draft;
use futures_util::future::join;

/// Every promise of this file, one after the other.
pub async fn all(store: &impl Archive) {
    what_is_unknown_is_not_there(store).await;
    a_contact_comes_back_with_its_attributes(store).await;
    a_contact_made_again_for_the_same_record_is_the_same(store).await;
    a_contact_that_two_owners_make_is_one(store).await;
    candidates_meet_the_whole_criterion_without_regard_to_case(store).await;
    candidates_are_the_oldest_first_and_not_too_many(store).await;
    a_record_comes_back_as_it_was(store).await;
    a_record_is_replaced_only_by_a_higher_cursor(store).await;
    a_record_gets_a_contact_once_and_keeps_it(store).await;
    an_assigned_contact_replaces_the_one_before(store).await;
    records_of_a_contact_come_newest_first(store).await;
    a_history_goes_on_after_a_place(store).await;
    changed_attributes_find_the_contact_and_the_old_ones_do_not(store).await;
    super::archive::all(store).await;
}

#[tokio::test]
async fn the_store_of_the_houses_own_tests_keeps_them_too() {
    all(&crate::contact::testing::InMemory::default()).await;
}

pub async fn what_is_unknown_is_not_there(store: &impl ContactStore) {
    assert_eq!(insist(|| store.contact(&"nobody".into())).await, Ok(None));
    assert_eq!(insist(|| store.record(&"nothing".into())).await, Ok(None));
    assert_eq!(insist(|| store.records_of(&"nobody".into(), None, 9)).await, Ok(vec![]));
    let criterion = criterion(&[("EmailAddress", "unknown@x")]);
    assert_eq!(insist(|| store.candidates(&criterion, 9)).await, Ok(vec![]));
    let none = insist(|| store.candidates(&Criterion(vec![]), 9)).await;
    assert!(none.is_ok(), "a criterion that says nothing harms nothing");
    insist(|| store.assign(&"nothing".into(), &"nobody".into())).await.unwrap();
    assert_eq!(insist(|| store.record(&"nothing".into())).await, Ok(None));
}

pub async fn a_contact_comes_back_with_its_attributes(store: &impl ContactStore) {
    let new = contact("back", 7, &[("EmailAddress", " Back@X.com "), ("LastName", "O'Hara 🙂")]);

    assert_eq!(create(store, &new).await, new.contact.id);

    assert_eq!(insist(|| store.contact(&new.contact.id)).await, Ok(Some(new.contact)));
}

pub async fn a_contact_made_again_for_the_same_record_is_the_same(store: &impl ContactStore) {
    let first = contact("again", 7, &[("Again", "1")]);
    let mut second = first.clone();
    second.contact.id = "again-2".into();
    create(store, &first).await;

    assert_eq!(create(store, &first).await, first.contact.id);
    assert_eq!(create(store, &second).await, first.contact.id);
    assert_eq!(insist(|| store.contact(&"again-2".into())).await, Ok(None));
}

pub async fn a_contact_that_two_owners_make_is_one(store: &impl ContactStore) {
    let knows_less = contact("two-owners", 7, &[("Owners", "two")]);
    let knows_more = contact("two-owners", 7, &[("Owners", "two"), ("More", "known")]);

    let (one, other) = join(
        insist(|| store.create_contact(&knows_less)),
        insist(|| store.create_contact(&knows_more)),
    )
    .await;

    let id = knows_less.contact.id.clone();
    assert_eq!((one, other), (Ok(id.clone()), Ok(id.clone())));
    assert_eq!(candidates(store, &[("Owners", "two")], 9).await, ["two-owners"]);
    let kept = insist(|| store.contact(&id)).await.unwrap().unwrap();
    assert!([knows_less.contact, knows_more.contact].contains(&kept), "{kept:?}");
}

pub async fn candidates_meet_the_whole_criterion_without_regard_to_case(store: &impl ContactStore) {
    create(store, &contact("full", 1, &[("First", "Änne"), ("Last", "L")])).await;
    create(store, &contact("half", 2, &[("First", "Änne"), ("Last", "M")])).await;

    let both = candidates(store, &[("First", " äNNE"), ("Last", "l ")], 9).await;
    let one = candidates(store, &[("First", "änne")], 9).await;

    assert_eq!(both, ["full"]);
    assert_eq!(one, ["full", "half"]);
    assert_eq!(candidates(store, &[("first", "änne")], 9).await, [""; 0]);
}

pub async fn candidates_are_the_oldest_first_and_not_too_many(store: &impl ContactStore) {
    for (name, at) in [("third", 30), ("first", 10), ("second", 20)] {
        create(store, &contact(name, at, &[("Shared", "s")])).await;
    }

    assert_eq!(candidates(store, &[("Shared", "s")], 2).await, ["first", "second"]);
}

pub async fn a_record_comes_back_as_it_was(store: &impl ContactStore) {
    let record = record("whole", 4, Some("somebody"));

    let kept = save(store, &record).await;

    assert_eq!(kept, kept_as(4, Some("somebody".into())));
    assert_eq!(read(store, "whole").await, record);
}

pub async fn a_record_is_replaced_only_by_a_higher_cursor(store: &impl ContactStore) {
    let (older, newer) = (record("cursor", 4, None), record("cursor", 5, None));
    save(store, &newer).await;
    let mut other = newer.clone();
    other.content.subject = "something else".into();

    assert_eq!(save(store, &older).await.upto, Position(5));
    assert_eq!(save(store, &other).await.upto, Position(5));
    assert_eq!(read(store, "cursor").await, newer);
    let newest = record("cursor", 6, None);
    assert_eq!(save(store, &newest).await.upto, Position(6));
    assert_eq!(read(store, "cursor").await, newest);
}

pub async fn a_record_gets_a_contact_once_and_keeps_it(store: &impl ContactStore) {
    save(store, &record("owned", 4, None)).await;

    let named = save(store, &record("owned", 4, Some("first-owner"))).await;
    let again = save(store, &record("owned", 5, Some("second-owner"))).await;
    let without = save(store, &record("owned", 6, None)).await;

    let first: Option<ContactId> = Some("first-owner".into());
    assert_eq!(named, kept_as(4, first.clone()));
    assert_eq!(again, kept_as(5, first.clone()));
    assert_eq!(without, kept_as(6, first));
}

pub async fn an_assigned_contact_replaces_the_one_before(store: &impl ContactStore) {
    save(store, &record("given", 4, Some("before"))).await;
    let id: InteractionId = "given".into();

    insist(|| store.assign(&id, &"after".into())).await.unwrap();

    assert_eq!(read(store, "given").await.contact, Some("after".into()));
    assert_eq!(insist(|| store.records_of(&"before".into(), None, 9)).await, Ok(vec![]));
    let late = save(store, &record("given", 5, Some("before"))).await;
    assert_eq!(late.contact, Some("after".into()));
}

pub async fn records_of_a_contact_come_newest_first(store: &impl ContactStore) {
    for (name, started) in [("list-b", 20), ("list-a", 10), ("list-c", 30)] {
        save(store, &record(name, started, Some("reader"))).await;
    }

    let listed = insist(|| store.records_of(&"reader".into(), None, 2)).await.unwrap();

    let ids: Vec<_> = listed.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["list-c", "list-b"]);
}

pub async fn a_history_goes_on_after_a_place(store: &impl ContactStore) {
    for (name, started) in [("on-b", 20), ("on-a", 10), ("on-d", 20), ("on-c", 20), ("on-e", 30)] {
        save(store, &record(name, started, Some("on"))).await;
    }
    let after = Place { started_at: Millis(20), record: "on-b".into() };

    let listed = insist(|| store.records_of(&"on".into(), Some(&after), 2)).await.unwrap();
    let end = Place { started_at: Millis(10), record: "on-a".into() };
    let nothing = insist(|| store.records_of(&"on".into(), Some(&end), 2)).await;

    let ids: Vec<_> = listed.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["on-c", "on-d"]);
    assert_eq!(nothing, Ok(vec![]));
}

pub async fn changed_attributes_find_the_contact_and_the_old_ones_do_not(
    store: &impl ContactStore,
) {
    create(store, &contact("change", 7, &[("Mail", "old@x"), ("Color", "red")])).await;
    let set = [("Mail".to_owned(), "New@x".to_owned())].into();
    let change = AttributeChange { set, removed: ["Color".to_owned()].into() };

    for _ in 0..2 {
        let changed = insist(|| store.change_attributes(&"change".into(), &change)).await;
        let expected = [("Mail".to_owned(), "New@x".to_owned())].into();
        assert_eq!(changed.unwrap().unwrap().attributes, expected);
    }

    assert_eq!(candidates(store, &[("Mail", "new@X")], 9).await, ["change"]);
    assert_eq!(candidates(store, &[("Mail", "old@x")], 9).await, [""; 0]);
    assert_eq!(candidates(store, &[("Color", "red")], 9).await, [""; 0]);
    let nobody = insist(|| store.change_attributes(&"no-one".into(), &change)).await;
    assert_eq!(nobody, Ok(None));
}

async fn create(store: &impl ContactStore, new: &NewContact) -> ContactId {
    insist(|| store.create_contact(new)).await.unwrap()
}

async fn save(store: &impl ContactStore, record: &Record) -> Kept {
    insist(|| store.save_record(record)).await.unwrap()
}

async fn read(store: &impl ContactStore, id: &str) -> Record {
    insist(|| store.record(&id.into())).await.unwrap().unwrap()
}

async fn candidates(store: &impl ContactStore, pairs: &[(&str, &str)], most: usize) -> Vec<String> {
    let criterion = criterion(pairs);
    let found = insist(|| store.candidates(&criterion, most)).await.unwrap();
    found.into_iter().map(|contact| contact.id.0).collect()
}

fn kept_as(upto: u64, contact: Option<ContactId>) -> Kept {
    Kept { upto: Position(upto), contact, is_erased: false }
}

fn criterion(pairs: &[(&str, &str)]) -> Criterion {
    Criterion(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

/// A contact named like the record it is made for.
fn contact(name: &str, at: u64, attributes: &[(&str, &str)]) -> NewContact {
    let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let contact =
        Contact { id: name.into(), created_at: Millis(at), attributes: attributes.collect() };
    NewContact { origin: format!("made-for-{name}").as_str().into(), contact }
}

fn record(id: &str, upto: u64, contact: Option<&str>) -> Record {
    draft(id, upto).record(contact.map(ContactId::from), Millis(upto + 2))
}
