//! What a desk, or somebody who pretends to be one, may try on the agent API, and what comes of it.

use crate::support::desk::{DeskClient, ticket};
use crate::support::desk_rig::{DeskRig, Settings};
use serde_json::json;

#[actix_web::test]
async fn what_is_no_session_cannot_be_joined_resumed_or_read() {
    let rig = DeskRig::start().await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let routing = rig.handles.routing_domain.0.clone();

    let joined = ada.ask(json!({ "type": "join", "sessionId": routing })).await;
    let sessions = json!([{ "sessionId": routing, "userId": "x", "lastEventId": 0 }]);
    let resume = json!({ "resume": { "token": ada.resume_token, "sessions": sessions } });
    let mut resumed = DeskClient::start_with(rig.address, "ada", resume).await;
    let unresumed = resumed.until("error").await;
    let url = rig.url(&format!("/api/v1/interactions/{routing}/transcript"));
    let bearer = format!("Bearer {}", ticket(rig.address, "ada").await);
    let read = reqwest::Client::new().get(url).header("authorization", bearer).send().await;

    assert_eq!((&joined["code"], &unresumed["code"]), (&json!(404), &json!(404)));
    assert_eq!(read.unwrap().status(), 404);
}

#[actix_web::test]
async fn a_position_that_cannot_be_harms_no_session() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut seen = ada.join(&ann.session.0, json!({})).await;
    let session = seen.session.clone();

    let highest = json!({ "type": "transcript", "sessionId": session, "lastEventId": u64::MAX });
    let nothing = ada.ask(highest).await;
    seen.position = u64::MAX;
    let token = ada.resume_token.clone();
    let mut again = DeskClient::resume(rig.address, "ada", &token, &[&seen]).await;
    let said = again.say(&seen, "still here").await;

    assert_eq!((&nothing["type"], &nothing["events"]), (&json!("sessionInfo"), &json!([])));
    assert_eq!(said["type"], "ack", "{said}");
}

#[actix_web::test]
async fn what_an_agent_types_is_cleaned_and_no_longer_than_a_message() {
    let longest_text = 300;
    let rig = DeskRig::start_with(Settings { longest_text, ..Settings::default() }).await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let seen = ada.join(&ann.session.0, json!({})).await;
    bob.join(&ann.session.0, json!({})).await;
    let typing = |text: String| {
        json!({
            "type": "notify", "sessionId": seen.session, "noticeType": "TYPING_STARTED",
            "text": text
        })
    };

    let long = ada.ask(typing("x".repeat(longest_text + 1))).await;
    let fine = ada.ask(typing("a\u{1b}[2Jb\0".to_owned())).await;

    assert_eq!((&long["code"], &fine["type"]), (&json!(413), &json!("ack")));
    assert_eq!(bob.until("typing").await["text"], "a[2Jb");
}
