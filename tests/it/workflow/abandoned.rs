//! What the chat side has stopped when a session ends, although a workflow has plans for it.

use super::real::Centre;
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::screen::holdfast;
use serde_json::json;
use std::fs;

/// Looks for an agent, whether the customer is still there or not: somebody may call back.
const CALLS_BACK: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "a" }]
[strategies.a]
start = "find"
fault = "find"
blocks = { find = { do = "route", targets = ["any"], timeout = 600, timed-out = "find", queue = "a" } }
"#;

#[actix_web::test]
async fn a_chat_that_nobody_answered_is_stopped_and_one_that_was_answered_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, CALLS_BACK).unwrap();
    let file = format!("workflow.file={}", file.display());
    let settings = [
        file.as_str(),
        "endpoints:Environment.default=a",
        "settings.stop-abandoned-interaction=noanswer",
    ];
    let centre = Centre::start(&folder.path().join("data"), &settings);

    let unanswered = centre.chat().await;
    until(&centre, &unanswered.id, "nobody is logged in").await;
    centre.leaves(&unanswered).await;
    until(&centre, &unanswered.id, "it was stopped: abandoned chat").await;

    let mut ada = centre.agent("ada").await;
    let answered = centre.chat().await;
    let invite = ada.until("invite").await;
    ada.insist(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let seen = ada.join(&answered.id, json!({})).await;
    centre.leaves(&answered).await;
    let release =
        json!({ "type": "release", "sessionId": seen.session, "afterAction": "ForceClose" });
    assert_eq!(ada.insist(release).await["type"], "ack");
    ada.insist(json!({ "type": "leave", "interactionId": answered.id })).await;
    until(&centre, &answered.id, "strategy a looks at block find").await;

    // The command says the same as the address.
    let password = folder.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    let (code, told, complaints) = holdfast(
        &[
            "why",
            &unanswered.id,
            "--url",
            &centre.node.agent,
            "--name",
            "sue",
            "--password-file",
            password.to_str().unwrap(),
        ],
        &[],
    );
    assert_eq!(code, Some(0), "{complaints}");
    assert_eq!(told.trim(), centre.why_of(&unanswered.id).await.trim());
}

async fn until(centre: &Centre, id: &str, words: &str) {
    eventually(&format!("{id}: {words}"), async || {
        centre.why_of(id).await.contains(words).then_some(())
    })
    .await;
}
