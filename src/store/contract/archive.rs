//! The promises of what people make of contacts and records.

use super::insist;
use crate::base::{InteractionId, Millis, Position};
use crate::contact::door::{Archive, Kept, MergeStore, RemarkStore};
use crate::contact::erasure::{Counts, Proof};
use crate::contact::error::Unsearchable;
use crate::contact::history::Page;
use crate::contact::identify::Criterion;
use crate::contact::reader::Standing;
use crate::contact::remark::Remark;
use crate::contact::search::{RecordQuery, split};
use crate::contact::state::Words;
use crate::contact::state::{AttributeChange, Contact, NewContact, Record};
use crate::contact::testing::draft;

/// Every promise of this file, one after the other.
pub async fn all(store: &impl Archive) {
    remarks_come_oldest_first_and_each_once(store).await;
    a_contact_points_to_one_other_or_to_nobody(store).await;
    records_are_found_by_whose_they_are_and_by_time(store).await;
    words_are_found_by_those_who_may_see_them_or_the_store_says_no(store).await;
    what_was_erased_is_gone_and_stays_gone(store).await;
    an_erased_contact_is_found_by_nothing(store).await;
    what_has_outlived_its_time_is_told_by_tenant(store).await;
    proofs_are_kept_the_newest_first(store).await;
}

pub async fn remarks_come_oldest_first_and_each_once(store: &impl RemarkStore) {
    let record = "remarked".into();
    let (late, early) = (remark("late", 9, Some("a note")), remark("early", 3, None));
    assert_eq!(insist(|| store.remarks(&record)).await, Ok(vec![]));

    for added in [&late, &early, &late] {
        insist(|| store.add_remark(&record, added)).await.unwrap();
    }
    // The same key is the same remark, whatever comes with it.
    insist(|| store.add_remark(&record, &remark("early", 11, Some("other")))).await.unwrap();

    assert_eq!(insist(|| store.remarks(&record)).await, Ok(vec![early, late]));
}

pub async fn a_contact_points_to_one_other_or_to_nobody(store: &impl MergeStore) {
    let (one, other, third) = ("merge-1".into(), "merge-2".into(), "merge-3".into());
    assert_eq!(insist(|| store.merged_into(&one)).await, Ok(None));
    insist(|| store.unmerge(&one)).await.unwrap();

    insist(|| store.merge(&one, &other)).await.unwrap();
    insist(|| store.merge(&third, &other)).await.unwrap();
    insist(|| store.merge(&one, &other)).await.unwrap();

    assert_eq!(insist(|| store.merged_into(&one)).await, Ok(Some(other.clone())));
    assert_eq!(insist(|| store.merged(&other)).await, Ok(vec![one.clone(), third.clone()]));

    insist(|| store.merge(&one, &third)).await.unwrap();
    assert_eq!(insist(|| store.merged(&other)).await, Ok(vec![third.clone()]));
    assert_eq!(insist(|| store.merged(&third)).await, Ok(vec![one.clone()]));

    insist(|| store.unmerge(&one)).await.unwrap();
    insist(|| store.unmerge(&one)).await.unwrap();
    assert_eq!(insist(|| store.merged_into(&one)).await, Ok(None));
    assert_eq!(insist(|| store.merged(&third)).await, Ok(vec![]));
}

pub async fn records_are_found_by_whose_they_are_and_by_time(store: &impl Archive) {
    let day = 1_000 * 86_400_000;
    for (id, at, contact) in
        [("find-1", day, "finder"), ("find-2", day + 9, "other"), ("find-3", 2 * day, "finder")]
    {
        let record = draft(id, at).record(Some(contact.into()), Millis(at));
        insist(|| store.save_record(&record)).await.unwrap();
    }
    let all = || RecordQuery::of(Standing::Agent);
    let whose = RecordQuery { contacts: Some(vec!["finder".into()]), ..all() };
    let both = RecordQuery { contacts: Some(vec!["finder".into(), "other".into()]), ..all() };
    let when = RecordQuery { from: Some(Millis(day)), to: Some(Millis(day + 9)), ..all() };
    let nobody = RecordQuery { agent: Some("nobody".into()), ..whose.clone() };

    assert_eq!(found(store, &whose).await, ["find-3", "find-1"]);
    assert_eq!(found(store, &both).await, ["find-3", "find-2", "find-1"]);
    assert_eq!(found(store, &when).await, ["find-2", "find-1"]);
    assert_eq!(found(store, &nobody).await, [""; 0]);
    let first = insist(|| store.search(&both, None, 2)).await.unwrap().unwrap();
    let next = first.next.as_ref();
    let second = insist(|| store.search(&both, next, 2)).await.unwrap().unwrap();
    assert_eq!((first.entries.len(), ids(&second)), (2, vec!["find-1".to_owned()]));
    assert_eq!(second.next, None);
}

pub async fn words_are_found_by_those_who_may_see_them_or_the_store_says_no(store: &impl Archive) {
    let id: InteractionId = "words".into();
    insist(|| store.save_record(&draft("words", 4).record(None, Millis(9)))).await.unwrap();
    let words = |agents: &str| Words { agents: agents.into(), supervisors: "zebra fired".into() };
    insist(|| store.index(&id, Position(5), &words("a Giraffe, über alles"))).await.unwrap();
    insist(|| store.index(&id, Position(4), &words("an older elephant"))).await.unwrap();
    let noted = Remark { note: Some("okapi".into()), ..remark("animal", 1, None) };
    insist(|| store.add_remark(&id, &noted)).await.unwrap();
    let query =
        |text: &str, standing| RecordQuery { words: split(text), ..RecordQuery::of(standing) };

    let asked = insist(|| store.search(&query("giraffe", Standing::Agent), None, 9)).await.unwrap();
    if asked == Err(Unsearchable::NoWords) {
        return;
    }

    for (text, agents, supervisors) in [
        ("GIRAFFE Über", 1, 1),
        ("zebra", 0, 1),
        ("okapi giraffe", 1, 1),
        ("giraffe zebra", 0, 1),
        ("elephant", 0, 0),
        ("giraffe OR elephant", 0, 0),
    ] {
        assert_eq!(found(store, &query(text, Standing::Agent)).await.len(), agents, "{text}");
        let all = found(store, &query(text, Standing::Supervisor)).await;
        assert_eq!(all.len(), supervisors, "{text}");
    }
    insist(|| store.erase_record(&id, Millis(9))).await.unwrap();
    assert_eq!(found(store, &query("zebra", Standing::Supervisor)).await, [""; 0]);
    assert_eq!(found(store, &query("okapi", Standing::Supervisor)).await, [""; 0]);
}

pub async fn what_was_erased_is_gone_and_stays_gone(store: &impl Archive) {
    let id: InteractionId = "erased".into();
    let record = |upto| draft("erased", upto).record(Some("forgotten".into()), Millis(9));
    insist(|| store.save_record(&record(4))).await.unwrap();
    insist(|| store.add_remark(&id, &remark("k", 3, Some("a note")))).await.unwrap();
    assert_eq!(insist(|| store.is_erased(&id)).await, Ok(false));

    for _ in 0..2 {
        insist(|| store.erase_record(&id, Millis(9))).await.unwrap();
    }
    let late = insist(|| store.save_record(&record(5))).await.unwrap();

    insist(|| store.add_remark(&id, &remark("late", 4, Some("a late note")))).await.unwrap();

    assert_eq!(late, Kept { upto: Position(5), contact: None, is_erased: true });
    assert_eq!(insist(|| store.is_erased(&id)).await, Ok(true));
    assert_eq!(insist(|| store.record(&id)).await, Ok(None));
    assert_eq!(insist(|| store.remarks(&id)).await, Ok(vec![]));
    assert_eq!(insist(|| store.records_of(&"forgotten".into(), None, 9)).await, Ok(vec![]));
}

pub async fn an_erased_contact_is_found_by_nothing(store: &impl Archive) {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let attributes = [pair("Gone", "now"), pair("Was", "new")].into();
    let contact = Contact { id: "gone".into(), created_at: Millis(5), attributes };
    let new = NewContact { origin: "made-for-gone".into(), contact };
    insist(|| store.create_contact(&new)).await.unwrap();
    let change = AttributeChange { set: [pair("Was", "newer")].into(), removed: [].into() };
    insist(|| store.change_attributes(&"gone".into(), &change)).await.unwrap();
    insist(|| store.merge(&"gone".into(), &"stays".into())).await.unwrap();
    insist(|| store.merge(&"points".into(), &"gone".into())).await.unwrap();

    for _ in 0..2 {
        insist(|| store.erase_contact(&"gone".into())).await.unwrap();
    }

    let late = insist(|| store.change_attributes(&"gone".into(), &change)).await;
    assert_eq!(late, Ok(None));
    assert_eq!(insist(|| store.contact(&"gone".into())).await, Ok(None));
    for (name, value) in [("Gone", "now"), ("Was", "new"), ("Was", "newer")] {
        let criterion = Criterion(vec![pair(name, value)]);
        assert_eq!(insist(|| store.candidates(&criterion, 9)).await, Ok(vec![]), "{name}");
    }
    assert_eq!(insist(|| store.merged(&"stays".into())).await, Ok(vec![]));
    assert_eq!(insist(|| store.merged_into(&"points".into())).await, Ok(None));
}

pub async fn what_has_outlived_its_time_is_told_by_tenant(store: &impl Archive) {
    let day = 3_000 * 86_400_000;
    for (id, at, tenant) in [
        ("1", day - 86_400_000, "short"),
        ("2", day, "short"),
        ("3", day + 50, "short"),
        ("4", day, "long"),
    ] {
        let mut record = draft(&format!("lived-{id}"), at).record(None, Millis(at));
        record.content.tenant = tenant.into();
        insist(|| store.save_record(&record)).await.unwrap();
    }
    let outlived = async |from, most| {
        insist(|| store.outlived("short", Millis(day + 20), from, most)).await.unwrap()
    };
    let both = ["lived-1".into(), "lived-2".into()];
    let at_first = outlived(Millis(0), 9).await;
    assert_eq!((at_first.records.as_slice(), at_first.next), (both.as_slice(), None));

    let (mut erased, mut next) = (vec![], Some(Millis(0)));
    let mut rest = Millis(u64::MAX);
    while let Some(from) = next {
        let some = outlived(from, 1).await;
        for record in &some.records {
            insist(|| store.erase_record(record, Millis(day + 99))).await.unwrap();
        }
        erased.extend(some.records);
        (next, rest) = (some.next, rest.min(some.rest));
    }
    assert_eq!(erased, ["lived-1".into(), "lived-2".into()]);
    let at_last = outlived(Millis(0), 9).await;
    assert_eq!((at_last.records, at_last.next), (vec![], None));
    // What had not ended long enough ago is found by a later round that goes on from there.
    let later = insist(|| store.outlived("short", Millis(day + 99), rest, 9)).await.unwrap();
    assert_eq!(later.records, ["lived-3".into()]);
}

pub async fn proofs_are_kept_the_newest_first(store: &impl Archive) {
    let proof = |id: &str, at| Proof {
        id: id.into(),
        contact: "nobody-knows".into(),
        by: "sue".into(),
        begun_at: Millis(at),
        done_at: None,
        counts: Counts::default(),
    };
    let done = Proof { done_at: Some(Millis(30)), ..proof("proof-1", 10) };
    for proof in [&proof("proof-1", 10), &proof("proof-2", 20), &done] {
        insist(|| store.keep_proof(proof)).await.unwrap();
    }

    assert_eq!(insist(|| store.proofs(9)).await, Ok(vec![proof("proof-2", 20), done]));
    assert_eq!(insist(|| store.proofs(1)).await.unwrap().len(), 1);
}

async fn found(store: &impl Archive, query: &RecordQuery) -> Vec<String> {
    ids(&insist(|| store.search(query, None, 9)).await.unwrap().unwrap())
}

fn ids(page: &Page<Record>) -> Vec<String> {
    page.entries.iter().map(|record| record.id.0.clone()).collect()
}

fn remark(key: &str, at: u64, note: Option<&str>) -> Remark {
    Remark {
        key: key.into(),
        at: Millis(at),
        by: "ada".into(),
        note: note.map(str::to_owned),
        disposition: Some("solved".into()),
    }
}
