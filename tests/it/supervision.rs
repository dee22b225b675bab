//! Supervision that really works: actors that panic, over and over or with an append on its way, and
//! people who notice nothing but a delay.

mod rig;

use self::rig::{AfterSeal, MOST_WAITING, Rig, texts};
use crate::support::patience::eventually;
use crate::support::wishes::{customer_joins, leaves, says, says_once};
use futures_util::stream::{FuturesUnordered, StreamExt};
use holdfast::base::{BootId, Epoch, Lane, Millis, ThingId};
use holdfast::ownership::actor::{Fenced, HandOn, NotMoved, Observe, Open, Origin};
use holdfast::ownership::door::OwnerTable;
use holdfast::ownership::{Absent, Unanswered};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Semaphore;

#[actix::test]
async fn a_panic_ends_one_actor_and_the_session_goes_on_where_it_was() {
    let rig = Rig::start();
    let chat = rig.create().await;
    let bystander = rig.create().await;
    rig.say(&chat, "before").await.unwrap();
    let address = rig.directory.find(&bystander).unwrap();

    rig.panic(&chat).await;
    rig.say(&chat, "after").await.unwrap();

    assert_eq!(rig.texts(&chat).await, ["before", "after"]);
    assert!(address.connected(), "another session died with it");
    assert_eq!(rig.shell.restored(), [chat], "the new owner told who it is");
}

#[actix::test]
async fn a_panic_with_an_append_on_its_way_loses_nothing_and_doubles_nothing() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.log.gate.forget_permits(Semaphore::MAX_PERMITS);
    let things = rig.things.clone();
    let (id, wish) = (chat.clone(), says_once(1, "on its way", Some("key-1")));
    let first = actix::spawn({
        let (things, id, wish) = (things.clone(), id.clone(), wish.clone());
        async move { things.perform(&id, wish).await }
    });
    rig.log.wait_for_an_append().await;

    rig.panic(&chat).await;
    rig.log.gate.add_permits(1_000);
    let first = first.await.unwrap();
    let again = rig.things.perform(&id, wish).await.unwrap();

    assert_eq!(rig.texts(&chat).await, ["on its way"]);
    assert!(again.repeated, "the same key must lead to the first answer");
    if let Ok(first) = first {
        assert_eq!(first.position, again.position);
    }
}

#[actix::test]
async fn who_is_fenced_while_coming_to_life_gives_up_what_it_owns_and_nobody_notices() {
    let rig = Rig::start();
    let registry = rig.registry.clone();
    *rig.log.after_seal.lock().unwrap() = Some(Box::new(|claim| {
        Box::pin(async move {
            registry.do_send(Fenced(claim));
            // Its mailbox is in order: now it has heard.
            registry.send(Observe).await.unwrap();
        })
    }));

    let chat = rig.create().await;

    assert_eq!(rig.log.n_sealed.load(Ordering::Relaxed), 2, "claimed anew");
    assert_eq!(rig.n_events(&chat).await, 1);
}

#[actix::test]
async fn what_its_own_process_claims_anew_is_not_read_again() {
    let rig = Rig::start();
    let (chat, first) = rig.create_and_say("before").await;
    let n_read = rig.n_read();

    rig.things.renew(first.clone());
    rig.is_active_above(&chat, first.epoch()).await;
    rig.say(&chat, "after").await.unwrap();

    assert_eq!(rig.n_read(), n_read);
    assert_eq!(rig.texts(&chat).await, ["before", "after"]);
    assert_eq!(rig.shell.restored(), [], "nobody has lost anything");
    // What is remembered is what is kept.
    rig.panic(&chat).await;
    rig.things.wake(&chat).await.unwrap();
    assert_eq!(rig.texts(&chat).await, ["before", "after"]);
}

#[actix::test]
async fn what_another_process_has_claimed_in_between_is_read_whatever_is_remembered() {
    let rig = Rig::start();
    let (chat, first) = rig.create_and_say("before").await;
    let n_read = rig.n_read();
    // It died before it came to anything.
    let theirs = Epoch { micros: first.epoch().micros + 1, tie: 0 };
    let lane = Lane { node: "node-b".into(), boot: BootId::from("1"), k: 0 };
    rig.owners.claim(&chat, theirs, &lane).await.unwrap();

    rig.things.renew(first.clone());
    rig.is_active_above(&chat, theirs).await;

    assert_eq!(rig.n_read(), n_read + 1);
    assert_eq!(rig.texts(&chat).await, ["before"]);
    assert_eq!(rig.shell.restored(), [chat]);
}

#[actix::test]
async fn what_is_remembered_outlasts_a_store_that_fails() {
    let rig = Rig::start();
    let (chat, first) = rig.create_and_say("before").await;
    let n_read = rig.n_read();
    rig.log.n_to_fail.store(1, Ordering::Relaxed);

    rig.things.renew(first.clone());
    rig.is_active_above(&chat, first.epoch()).await;

    assert_eq!(rig.n_read(), n_read);
    assert_eq!(rig.texts(&chat).await, ["before"]);
}

#[actix::test]
async fn a_session_that_panics_again_and_again_is_closed_for_repair_and_its_history_kept() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.say(&chat, "kept").await.unwrap();

    for _ in 0..4 {
        rig.things.wake(&chat).await.unwrap();
        rig.panic(&chat).await;
    }

    let refused = rig.say(&chat, "no more").await;
    assert_eq!(refused, Err(Unanswered::Absent(Absent::InRepair)));
    assert_eq!(rig.registry.send(Observe).await.unwrap().in_repair, std::slice::from_ref(&chat));
    let (_, room) = rig.things.read_closed(&chat).await.unwrap();
    assert_eq!(texts(&room.transcript), ["kept"]);
}

#[actix::test]
async fn a_request_that_makes_the_actor_panic_is_not_tried_until_the_session_is_in_repair() {
    let rig = Rig::start();
    let chat = rig.create().await;

    let refused = rig
        .things
        .listen(&chat, holdfast::chat::Look::Whole, || Box::new(crate::support::bomb::Bomb))
        .await;

    assert_eq!(refused, Err(Unanswered::TimedOut));
    rig.say(&chat, "still here").await.unwrap();
}

#[actix::test]
async fn a_thing_that_does_not_exist_is_not_made_by_asking_for_it() {
    let rig = Rig::start();

    let refused = rig.say(&ThingId::from("nobody"), "hello?").await;

    assert_eq!(refused, Err(Unanswered::Absent(Absent::NotFound)));
}

#[actix::test]
async fn a_creation_whose_caller_gave_up_does_not_stay() {
    let rig = Rig::start();
    let open = Open::new(ThingId::from("given-up"), Origin::New, None);
    rig.registry.send(open).await.unwrap().unwrap();
    assert_eq!(rig.directory.n_active(), 1);

    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(11)).await;

    let gone = async || (rig.directory.n_active() == 0).then_some(());
    eventually("nobody has it", gone).await;
}

#[actix::test]
async fn what_nobody_can_take_is_not_let_go() {
    let rig = Rig::start();
    let chat = rig.create().await;
    let address = rig.directory.find(&chat).unwrap();

    let to_nobody = HandOn { thing: chat.clone(), to: vec![], latest: Millis(0) };
    let moved = rig.things.hand_on(to_nobody).await;

    assert_eq!(moved, Err(NotMoved::Stayed));
    assert_eq!(rig.directory.find(&chat), Some(address));
}

#[actix::test]
async fn many_who_ask_for_a_sleeping_session_lead_to_one_take_over() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.panic(&chat).await;

    let asking = (0..20).map(|n| rig.say_once(&chat, "hello", format!("key-{n}")));
    let answers = futures_util::future::join_all(asking).await;

    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(rig.shell.restored().len(), 1);
}

#[actix::test]
async fn a_session_that_is_asked_for_between_its_end_and_the_mark_ends_again() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.things.perform(&chat, leaves(1)).await.unwrap();
    rig.owners.hold_up();
    rig.everybody_knows(&chat).await;
    rig.owners.wait_for_a_closing().await;

    assert_eq!(rig.n_events(&chat).await, 3, "its history can still be read");
    assert_eq!(rig.shell.restored(), [], "a closed session has no address");
    rig.owners.go_on();
    rig.everybody_knows(&chat).await;

    rig.closed_for_ever(&chat).await;
    let gone = async || rig.directory.find(&chat).is_none().then_some(());
    eventually("its actor has ended", gone).await;
}

#[actix::test]
async fn a_session_whose_store_failed_is_brought_back_though_nobody_asks() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.owners.refuse_next(1);

    rig.panic(&chat).await;

    let back = async || rig.directory.find(&chat);
    eventually("it is back", back).await;
    assert_eq!(rig.shell.restored(), [chat]);
}

#[actix::test]
async fn a_creation_that_is_refused_leaves_no_actor_behind_and_may_be_asked_again() {
    let rig = Rig::start();
    let chat = ThingId::from("named by its key");

    let refused = rig.things.perform_named(&chat, says(1, "hello?")).await;

    assert!(matches!(refused, Err(Unanswered::Rejected(_))), "{refused:?}");
    eventually("its actor has ended", async || rig.directory.find(&chat).is_none().then_some(()))
        .await;
    rig.things.perform_named(&chat, customer_joins()).await.unwrap();
    rig.say(&chat, "hello").await.unwrap();
}

#[actix::test]
async fn so_many_wishes_wait_for_one_session_and_no_more() {
    let rig = Rig::start();
    let chat = rig.create().await;
    rig.log.gate.forget_permits(Semaphore::MAX_PERMITS);
    let things = rig.things.clone();
    let all = (0..=MOST_WAITING + 1).map(|_| things.perform(&chat, says(1, "hello")));

    let answers = futures_util::future::join_all(all).await;

    let n_busy = answers.iter().filter(|answer| **answer == Err(Unanswered::Busy)).count();
    assert_eq!(n_busy, 1, "one is on its way, so many wait, one is too much");
}

#[actix::test]
async fn so_many_wait_for_a_session_that_comes_to_life_and_no_more() {
    let rig = Rig::start();
    let chat = rig.create().await;
    let (go_on, held) = tokio::sync::oneshot::channel::<()>();
    let hold: AfterSeal = Box::new(|_| Box::pin(async { held.await.unwrap() }));
    *rig.log.after_seal.lock().unwrap() = Some(hold);
    rig.panic(&chat).await;
    let things = rig.things.clone();
    let asking = (0..=MOST_WAITING).map(|_| things.perform(&chat, says(1, "hello")));
    let mut answers: FuturesUnordered<_> = asking.collect();

    let first = answers.next().await.unwrap();
    go_on.send(()).unwrap();
    let others: Vec<_> = answers.collect().await;

    assert!(matches!(first, Err(Unanswered::Absent(Absent::Unavailable(_)))), "{first:?}");
    assert_eq!(others.len(), MOST_WAITING);
    assert!(others.iter().all(Result::is_ok), "{others:?}");
}
