//! What a desk, or somebody who pretends to be one, may try on the agent API, and what comes of it.

use crate::support::desk::{DeskClient, ticket};
use crate::support::desk_rig::DeskRig;
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
