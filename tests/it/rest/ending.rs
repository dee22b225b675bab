//! Leaving, being removed, falling silent; and what can still be read then.

use super::Rig;
use holdfast::chat::command::{AfterAction, Leave};
use holdfast::chat::{Command, LeaveReason};
use std::time::Duration;

#[actix_web::test]
async fn a_customer_who_left_reads_up_to_his_leaving_and_nothing_else() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;

    let left = rig.ask(&chat, "disconnect", &[("transcriptPosition", "1002")]).await;
    rig.says(&chat, bob, "is she gone?").await;
    let read = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(
        (left.lines(), &left.body["chatEnded"]),
        (vec!["ParticipantLeft".into()], &true.into())
    );
    assert_eq!(read.lines(), ["ParticipantJoined", "ParticipantJoined", "ParticipantLeft"]);
    assert_eq!((&read.body["statusCode"], &read.body["chatEnded"]), (&0.into(), &true.into()));
    for operation in ["startTyping", "stopTyping", "disconnect"] {
        assert_eq!(rig.ask(&chat, operation, &[]).await.refusal(), (200, 2, 8_209, true));
    }
    let sent = rig.ask(&chat, "send", &[("message", "wait")]).await;
    assert_eq!(sent.refusal(), (200, 2, 8_209, true));
    rig.stop().await;
}

#[actix_web::test]
async fn a_closed_session_can_be_read_from_its_history_and_takes_nothing_new() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    let hello = [("message", "hello"), ("messageId", "m1")];
    rig.ask(&chat, "send", &hello).await;
    rig.leaves(&chat, bob, AfterAction::ForceClose).await;
    rig.houses_confirm(&chat).await;

    let read = rig.ask(&chat, "refresh", &[("transcriptPosition", "1002")]).await;
    let again = rig.ask(&chat, "send", &hello).await;
    let new = rig.ask(&chat, "send", &[("message", "wait")]).await;

    assert_eq!(read.lines(), ["Message: hello", "ParticipantLeft", "ParticipantLeft"]);
    assert_eq!((&read.body["statusCode"], &read.body["chatEnded"]), (&0.into(), &true.into()));
    assert_eq!((&again.body["duplicate"], &again.body["chatEnded"]), (&true.into(), &true.into()));
    assert_eq!(new.refusal(), (200, 2, 8_209, true));
    assert_eq!(rig.ask(&chat, "startTyping", &[]).await.refusal(), (200, 2, 8_209, true));
    rig.stop().await;
}

#[actix_web::test]
async fn who_is_removed_is_told_why_and_who_left_by_himself_is_not() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    let who = holdfast::base::ParticipantId(1);
    let after = AfterAction::KeepAlive;
    let leave = Leave { once: None, asker: bob, who, after, text: None };
    rig.perform(&chat, Command::Leave(leave)).await;

    let read = rig.ask(&chat, "refresh", &[("transcriptPosition", "-1")]).await;

    assert_eq!(read.lines(), ["ParticipantLeft"]);
    assert_eq!(read.messages()[0]["eventAttributes"]["GCTI_SYSTEM"]["quit-reason-code"], "4");
    rig.stop().await;
}

#[actix_web::test]
async fn any_request_keeps_a_customer_and_silence_removes_him() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    rig.agent_joins(&chat, "bob").await;
    for operation in ["refresh", "startTyping", "stopTyping"] {
        rig.pass(&chat, Duration::from_secs(44)).await;
        assert_eq!(rig.ask(&chat, operation, &[]).await.body["chatEnded"], false);
    }
    rig.pass(&chat, Duration::from_secs(44)).await;
    assert_eq!(rig.ask(&chat, "send", &[("message", "hi")]).await.body["chatEnded"], false);

    rig.pass(&chat, Duration::from_secs(45)).await;

    let sent = rig.ask(&chat, "send", &[("message", "hello?")]).await;
    assert_eq!(sent.refusal(), (200, 2, 8_209, true));
    let (_, room) = rig.session(&chat).await;
    let last = &room.transcript.last().unwrap().fact;
    let holdfast::chat::Fact::Left { reason, .. } = *last else { panic!() };
    assert_eq!(reason, LeaveReason::Disconnect);
    rig.stop().await;
}
