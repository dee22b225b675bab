//! A customer whose chat sleeps notices nothing.

use super::{Chat, Rig};
use crate::support::patience::eventually;
use holdfast::chat::Policy;
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
