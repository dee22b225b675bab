//! What supervisors do with what waits and with the states of agents, over a real socket.

use crate::agent_desk::{media_server, ready_agent, submission};
use crate::support::desk::DeskClient;
use crate::support::desk_rig::DeskRig;
use serde_json::json;

#[actix_web::test]
async fn what_waits_is_made_urgent_moved_assigned_and_ended() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let id = |answer: &serde_json::Value| answer["interactionId"].clone();
    let first = id(&mail.ask(submission("m-1")).await);
    let second = id(&mail.ask(submission("m-2")).await);

    let urgent = json!({
        "type": "changeProperties", "interactionId": second, "changed": { "Priority": 5 }
    });
    assert_eq!(bob.ask(urgent.clone()).await["code"], 403);
    assert_eq!(sue.ask(urgent).await["type"], "ack");
    let moving = json!({ "type": "placeInQueue", "interactionId": first, "queue": "second-level" });
    assert_eq!(sue.ask(moving).await["type"], "ack");
    let mut ada = ready_agent_late(&rig, "ada").await;
    let offered = ada.until("agentStatus").await["invitations"][0].clone();
    let mut bob = {
        bob.cut();
        ready_agent_late(&rig, "bob").await
    };
    let assign = json!({ "type": "assign", "interactionId": second, "agent": "bob" });
    let full = sue.ask(assign.clone()).await;
    let routed = bob.until("agentStatus").await["invitations"][0].clone();
    bob.ask(json!({ "type": "reject", "ticket": routed["ticket"], "reason": "" })).await;
    let assigned = sue.ask(assign).await;
    let invite = bob.until("invite").await;
    let done = json!({ "type": "stopProcessing", "interactionId": second, "reason": "spam" });
    assert_eq!(sue.ask(done).await["type"], "ack");

    assert_eq!(id(&offered["interaction"]), second, "the urgent one comes first");
    assert_eq!(full["code"], 409, "{full}");
    assert_eq!(routed["interaction"]["queue"], "second-level");
    assert_eq!((&invite["ticket"], &invite["inviter"]), (&assigned["ticket"], &json!("sue")));
    assert_eq!(bob.until("revoked").await["reason"], "stopped");
}

#[actix_web::test]
async fn states_are_changed_by_others_and_peace_is_kept() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    let mut ada = ready_agent(&rig, "ada").await;

    let training = json!({
        "type": "changeAgentState", "agent": "ada", "media": "email", "state": "notReady",
        "reason": "training"
    });
    assert_eq!(ada.ask(training.clone()).await["code"], 403);
    assert_eq!(sue.ask(training).await["type"], "ack");
    let status = ada.until("agentStatus").await;
    let meeting =
        json!({ "type": "changeMediaStateReason", "media": "email", "reason": "meeting" });
    ada.ask(meeting).await;
    let renamed = ada.until("agentStatus").await;
    ada.ask(json!({ "type": "doNotDisturbOn" })).await;
    let quiet = ada.until("agentStatus").await;
    ada.ask(json!({ "type": "ready", "media": "email" })).await;
    mail.ask(submission("m-1")).await;
    ada.ask(json!({ "type": "doNotDisturbOff" })).await;
    let mut until_invited = vec![];
    let invite = loop {
        let frame = ada.next().await;
        if frame["type"] == "invite" {
            break frame;
        }
        until_invited.push(frame);
    };

    let email = |status: &serde_json::Value| status["media"][0].clone();
    assert_eq!(email(&status)["reason"], "training");
    assert_eq!(email(&renamed)["reason"], "meeting");
    assert_eq!(email(&renamed)["since"], email(&status)["since"]);
    assert!(quiet["doNotDisturb"].is_string(), "{quiet}");
    assert_eq!(invite["interaction"]["userData"]["Subject"], "my order");
    assert_eq!(until_invited.len(), 1, "offered in the middle of the peace: {until_invited:?}");
}

#[actix_web::test]
async fn interactions_are_found_by_those_who_may() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let first = mail.ask(submission("m-1")).await["interactionId"].clone();
    mail.ask(submission("m-2")).await;
    let mut ada = ready_agent_late(&rig, "ada").await;
    let ticket = ada.until("agentStatus").await["invitations"][0]["ticket"].clone();
    ada.ask(json!({ "type": "accept", "ticket": ticket })).await;

    let queued = json!({ "type": "findInteractions", "queue": "mail", "state": "queued" });
    let waiting = sue.ask(queued.clone()).await;
    let of_ada = json!({ "type": "findInteractions", "agent": "ada" });
    let handled = sue.ask(of_ada).await;
    let page = json!({ "type": "findInteractions", "limit": 1 });
    let page = sue.ask(page).await;
    let after = json!({ "type": "findInteractions", "limit": 1, "after": page["next"] });
    let rest = sue.ask(after).await;
    let one = json!({ "type": "getInteractionProperties", "interactionId": first });
    let (own, of_others) = (ada.ask(one.clone()).await, bob.ask(one).await);

    assert_eq!(waiting["interactions"].as_array().map(Vec::len), Some(1), "{waiting}");
    assert_eq!(handled["interactions"][0]["interactionId"], first);
    assert_eq!(rest["interactions"].as_array().map(Vec::len), Some(1), "{rest}");
    assert_ne!(rest["interactions"][0], page["interactions"][0]);
    assert_eq!(own["interaction"]["state"], "handling", "{own}");
    assert_eq!((&bob.ask(queued).await["code"], &of_others["code"]), (&json!(403), &json!(403)));
}

/// Logs in to what waits already; its desk is the next frame.
async fn ready_agent_late(rig: &DeskRig, name: &str) -> DeskClient {
    let mut client = DeskClient::start(rig.address, name).await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    let answer = client.ask(json!({ "type": "agentLogin", "media": media })).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    client
}
