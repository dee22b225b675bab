//! Closing a chat from outside, and asking whether it lives.

use super::a_chat;
use crate::support::rig::Chat;
use holdfast::base::Millis;
use holdfast::chat::command::AfterAction;
use holdfast::chat::event::{EndReason, EndedBy};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_chat_is_closed_for_everybody_and_stays_closed() {
    let (rig, systems, chat) = a_chat().await;
    rig.agent_joins(&chat, "Bob").await;

    let closed = systems.ask("CloseSession", of(&chat, &json!({}))).await;

    assert_eq!(closed.result("IsClosed"), &json!(1));
    let (session, _) = rig.session(&chat).await;
    let closing = session.closed.unwrap();
    assert_eq!((closing.by, closing.reason), (EndedBy::System, EndReason::Other));
    let seen = rig.ask(&chat, "refresh", &[("transcriptPosition", "-1")]).await;
    let last = seen.messages().last().unwrap();
    assert_eq!(last["type"], "ParticipantLeft");
    assert_eq!(seen.body["chatEnded"], true);
    let said = rig.ask(&chat, "send", &[("message", "hello?")]).await;
    assert_eq!(said.refusal(), (200, 2, 8_209, true));
    let is_over = async || {
        let again = systems.ask("CloseSession", of(&chat, &json!({}))).await;
        assert_eq!(again.result("IsClosed"), &json!(1));
        let info = systems.ask("GetSessionInfo", of(&chat, &json!({}))).await;
        assert_eq!((info.status, info.code()), (410, 8_209));
    };
    is_over().await;
    // Nobody has it in memory then.
    rig.houses_confirm(&chat).await;
    is_over().await;
    rig.stop().await;
}

#[actix_web::test]
async fn a_careful_close_waits_for_the_last_agent() {
    let (rig, systems, chat) = a_chat().await;
    let agent = rig.agent_joins(&chat, "Bob").await;
    let careful = || of(&chat, &json!({ "CloseIfNoAgents": "true" }));

    let kept = systems.ask("CloseSession", careful()).await;
    rig.leaves(&chat, agent, AfterAction::KeepAlive).await;
    let closed = systems.ask("CloseSession", careful()).await;

    assert_eq!((kept.result("IsClosed"), closed.result("IsClosed")), (&json!(0), &json!(1)));
    rig.stop().await;
}

#[actix_web::test]
async fn only_true_is_true() {
    let (rig, systems, chat) = a_chat().await;
    rig.agent_joins(&chat, "Bob").await;

    let closed = systems.ask("CloseSession", of(&chat, &json!({ "CloseIfNoAgents": "yes" }))).await;

    assert_eq!(closed.result("IsClosed"), &json!(1));
    rig.stop().await;
}

#[actix_web::test]
async fn a_running_chat_says_when_it_began() {
    let (rig, systems, chat) = a_chat().await;

    let told = systems.ask("GetSessionInfo", of(&chat, &json!({}))).await;

    let info = told.result("SessionInfo");
    assert_eq!(info, &json!({ "CreatedAt": "2023-11-14T22:13:20Z", "IsRestored": 0 }));
    assert_eq!(rig.handles.now(), Millis(1_700_000_000_000));
    rig.stop().await;
}

#[actix_web::test]
async fn what_was_said_before_the_end_is_answered_again_after_it() {
    let (rig, systems, chat) = a_chat().await;
    let body = || {
        let mut body = super::message(&chat, "good bye");
        body["messageId"] = json!("m1");
        body
    };
    let first = systems.ask("Message", body()).await;
    systems.ask("CloseSession", of(&chat, &json!({}))).await;
    rig.houses_confirm(&chat).await;

    let again = systems.ask("Message", body()).await;
    let late = systems.ask("Message", super::message(&chat, "one more thing")).await;

    assert_eq!(again.result("ScriptPos"), first.result("ScriptPos"));
    assert_eq!(again.body["duplicate"], true);
    assert_eq!((late.status, late.code()), (410, 8_209));
    rig.stop().await;
}

fn of(chat: &Chat, parameters: &Value) -> Value {
    json!({ "interactionId": chat.id, "parameters": parameters })
}
