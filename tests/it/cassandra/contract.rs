//! The promises of the doors, kept by the real store.

use super::shared;
use futures_util::future::join;
use holdfast::base::{ContactId, Millis, Position, Process};
use holdfast::contact::door::ContactStore;
use holdfast::contact::identify::Criterion;
use holdfast::contact::state::{Contact, NewContact};
use holdfast::contact::testing::draft;
use holdfast::node::world::{Dice, WallClock};
use holdfast::ownership::door::MemberTable;
use holdfast::ownership::membership::{Member, MemberState, PROTOCOL};
use holdfast::store::cassandra::{CassandraContacts, CassandraMembers, CassandraRows};
use holdfast::store::contract;
use holdfast::store::ring::processes::Processes;
use std::sync::Arc;

#[actix_web::test]
async fn contacts_and_records_keep_their_promises() {
    contract::contacts::all(&CassandraContacts(shared().await)).await;
}

#[actix_web::test]
async fn of_two_who_save_a_record_at_once_the_higher_cursor_stays() {
    let store = CassandraContacts(shared().await);
    for round in 0..50 {
        let id = format!("at-once-{round}");
        let save = |upto| {
            let contact = Some(ContactId::from(format!("contact-{upto}").as_str()));
            store.save_record(&draft(&id, upto).record(contact, Millis(upto)))
        };

        // Each reads before the other has written, or not, as it happens.
        let (older, newer) = join(save(5), save(6)).await;

        assert!(older.is_ok() && newer.is_ok());
        let kept = store.record(&id.as_str().into()).await.unwrap().unwrap();
        assert_eq!((kept.upto, &kept.content), (Position(6), &draft(&id, 6).content));
        let contact = kept.contact.unwrap();
        let listed = store.records_of(&contact, None, 99).await.unwrap();
        assert!(listed.iter().any(|record| record.id.0 == id), "{contact}");
    }
}

#[actix_web::test]
async fn a_contact_that_is_made_twice_at_once_is_one() {
    let store = CassandraContacts(shared().await);
    for round in 0..50_u64 {
        let race = ("Race".to_owned(), format!("r{round}"));
        let of = |more: &[(&str, &str)]| NewContact {
            origin: format!("race-{round}").as_str().into(),
            contact: Contact {
                id: format!("raced-{round}").as_str().into(),
                created_at: Millis(1_000 + round),
                attributes: more
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .chain([race.clone()])
                    .collect(),
            },
        };
        let (less, more) = (of(&[]), of(&[("More", "known")]));

        let (one, other) = join(store.create_contact(&less), store.create_contact(&more)).await;

        let id = less.contact.id.clone();
        assert_eq!((one.unwrap(), other.unwrap()), (id.clone(), id.clone()));
        let found = store.candidates(&Criterion(vec![race]), 9).await.unwrap();
        assert_eq!(found.iter().map(|contact| &contact.id).collect::<Vec<_>>(), [&id]);
    }
}

#[actix_web::test]
async fn the_log_keeps_its_promises() {
    contract::log::all(&processes().await).await;
}

#[actix_web::test]
async fn the_owner_table_keeps_its_promises() {
    contract::owners::all(&processes().await).await;
}

#[actix_web::test]
async fn the_alarms_keep_their_promises() {
    contract::alarms::all(&processes().await).await;
}

#[actix_web::test]
async fn members_are_what_they_said_last_until_they_are_forgotten() {
    let table = CassandraMembers::new(shared().await, "one");
    let elsewhere = CassandraMembers::new(shared().await, "another");
    let (first, second) = (member("a", 1_000), member("b", 5_000));
    let newer = Member { n_sessions: 8, seen: Millis(2_000), ..first.clone() };
    table.heartbeat(&second).await.unwrap();
    table.heartbeat(&newer).await.unwrap();

    // One that was on its way for long says nothing new.
    table.heartbeat(&first).await.unwrap();

    assert_eq!(table.members().await.unwrap(), [newer.clone(), second.clone()]);
    assert_eq!(elsewhere.members().await.unwrap(), []);

    table.forget(&newer.process).await.unwrap();
    assert_eq!(table.members().await.unwrap(), [second]);

    let back = Member { seen: Millis(3_000), ..newer };
    table.heartbeat(&back).await.unwrap();
    assert!(table.members().await.unwrap().contains(&back), "it was wrongly forgotten");
}

async fn processes() -> Processes {
    Processes::new(Arc::new(CassandraRows(shared().await)), Arc::new(WallClock), Arc::new(Dice))
}

fn member(node: &str, seen: u64) -> Member {
    Member {
        process: Process { node: node.into(), boot: "b1".into() },
        address: "10.0.0.1:9999".into(),
        state: MemberState::Accepting,
        version: PROTOCOL,
        program: "0.1.0".into(),
        n_sessions: 7,
        n_left: 3,
        n_lanes: 1,
        seen: Millis(seen),
    }
}
