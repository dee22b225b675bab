//! A customer whose chat sleeps notices nothing.

use super::{Chat, Rig};
use crate::support::patience::eventually;
use crate::support::rig::Reply;
use holdfast::chat::Policy;
use holdfast::chat::command::AfterAction;
use holdfast::config::Config;
use std::time::Duration;

#[actix_web::test]
async fn a_poll_is_answered_as_before_and_wakes_nobody_and_a_message_goes_on() {
    let rig = patient();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let hello = [("message", "hello"), ("messageId", "m1")];
    let sent = rig.ask(&chat, "send", &hello).await;
    let from = [("transcriptPosition", "1002")];
    let awake = rig.ask(&chat, "refresh", &from).await;
    falls_asleep(&rig, &chat).await;

    let asleep = rig.ask(&chat, "refresh", &from).await;
    assert_eq!(rig.handles.sessions.n_active(), 0, "it sleeps on");
    let again = rig.ask(&chat, "send", &hello).await;
    let more = rig.ask(&chat, "send", &[("message", "more"), ("transcriptPosition", "1002")]).await;

    assert_eq!(asleep.body, awake.body);
    assert_eq!(poll_after(&[&awake, &asleep, &more]), [None, Some("30"), None]);
    assert_eq!(asleep.body["chatEnded"], false);
    assert_eq!(again.body["messages"], sent.body["messages"]);
    assert_eq!(again.body["duplicate"], true);
    assert_eq!(more.lines(), ["Message: more"]);
    assert_eq!(rig.handles.sessions.n_active(), 1);
    rig.stop().await;
}

#[actix_web::test]
async fn who_has_not_seen_everything_is_shown_it() {
    let rig = patient();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    rig.ask(&chat, "send", &[("message", "hello")]).await;
    falls_asleep(&rig, &chat).await;

    let read = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(read.lines(), ["ParticipantJoined", "Message: hello"]);
    rig.stop().await;
}

#[actix_web::test]
async fn an_agent_may_come_into_a_chat_that_sleeps() {
    let rig = patient();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    falls_asleep(&rig, &chat).await;

    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says(&chat, bob, "good morning").await;
    let read = rig.ask(&chat, "refresh", &[("transcriptPosition", "2")]).await;

    assert_eq!(read.lines(), ["ParticipantJoined", "Message: good morning"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_customer_is_told_to_ask_less_often_while_his_chat_is_on_hold() {
    let rig = Rig::start();
    let form = [("nickname", "Ann"), ("userData[GCTI_Chat_AsyncMode]", "true")];
    let chat = rig.create(&form).await;
    let waits = rig.ask(&chat, "refresh", &[]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    let served = rig.ask(&chat, "refresh", &[]).await;
    rig.leaves(&chat, bob, AfterAction::KeepAlive).await;

    let held = rig.ask(&chat, "refresh", &[]).await;
    // He does as he is told for an hour, and is still there.
    for _ in 0..120 {
        rig.pass(&chat, Duration::from_secs(30)).await;
        let still = rig.ask(&chat, "refresh", &[("transcriptPosition", "1000000")]).await;
        assert_eq!(poll_after(&[&still]), [Some("30")]);
        assert_eq!(still.body["chatEnded"], false);
    }
    let said = rig.ask(&chat, "send", &[("message", "hello?")]).await;
    let sought = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(poll_after(&[&waits, &served, &held]), [None, None, Some("30")]);
    assert_eq!(poll_after(&[&said, &sought]), [None, None]);
    let page = rig.client.post(rig.url(&chat.path("refresh"))).form(&chat.proof());
    let page = rig.send(page.header("origin", "https://shop.example.com")).await;
    let exposed = page.headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("holdfast-poll-after"), "{exposed}");
    rig.stop().await;
}

#[actix_web::test]
async fn who_obeys_is_never_taken_for_gone_and_who_wants_tells_nobody() {
    let held = async |interval: u64, patience: u64| {
        let mut config = Config::default();
        config.limits.dormant_poll_interval = Duration::from_secs(interval);
        let flex_disconnect_timeout = Duration::from_secs(patience);
        let rig = Rig::start_with(config, Policy { flex_disconnect_timeout, ..Policy::default() });
        let form = [("nickname", "Ann"), ("userData[GCTI_Chat_AsyncMode]", "true")];
        let chat = rig.create(&form).await;
        let bob = rig.agent_joins(&chat, "bob").await;
        rig.leaves(&chat, bob, AfterAction::KeepAlive).await;
        let held = rig.ask(&chat, "refresh", &[]).await;
        rig.stop().await;
        poll_after(&[&held])[0].map(str::to_owned)
    };

    assert_eq!(held(300, 45).await.as_deref(), Some("30"));
    assert_eq!(held(10, 45).await.as_deref(), Some("10"));
    assert_eq!(held(0, 45).await, None);
}

fn poll_after<'a>(replies: &[&'a Reply]) -> Vec<Option<&'a str>> {
    let value =
        |reply: &&'a Reply| Some(reply.headers.get("holdfast-poll-after")?.to_str().unwrap());
    replies.iter().map(value).collect()
}

/// Customers may be silent for a day.
fn patient() -> Rig {
    let policy = Policy {
        flex_disconnect_timeout: Duration::from_secs(86_400),
        sleep_after: Some(Duration::from_secs(60)),
        ..Policy::default()
    };
    Rig::start_with(Config::default(), policy)
}

/// Time goes by, and the session notices it with whatever comes next.
async fn falls_asleep(rig: &Rig, chat: &Chat) {
    rig.clock.turn(Duration::from_secs(61));
    rig.houses_hear(chat).await;
    eventually("it sleeps", || async { rig.is_asleep(chat).await.then_some(()) }).await;
}
