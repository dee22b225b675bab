//! Who comes into a chat that is there, who ends it for others and who reads it while it runs, over a
//! real socket. Eve has the privileges that agents have without a word.

use crate::support::desk::{DeskClient, ticket};
use crate::support::desk_rig::{Customer, DeskRig, PASSWORD};
use holdfast::base::{InteractionId, MediaType, Millis, QueueName, UserData};
use holdfast::contact::door::ErasureStore;
use holdfast::interaction::command::Destination;
use holdfast::interaction::event::Nature;
use holdfast::interaction::{Command, Submission};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_chat_is_entered_by_whoever_it_is_given_to_and_by_those_who_may_come_uninvited() {
    let rig = DeskRig::start().await;
    let ann = known_customer(&rig).await;
    let mut ada = ready_for_chats(&rig, "ada").await;
    let ticket = ada.until("agentStatus").await["invitations"][0]["ticket"].clone();
    let mut eve = DeskClient::start(rig.address, "eve").await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    let join = |visibility: &str| json!({ "type": "join", "sessionId": ann.session.0, "visibility": visibility });

    let waiting = eve.ask(join("ALL")).await;
    let placeless = sue.ask(join("ALL")).await;
    ada.join(&ann.session.0, json!({})).await;
    assert_eq!(ada.ask(json!({ "type": "accept", "ticket": ticket })).await["type"], "ack");
    let handled = eve.ask(join("ALL")).await;
    let whispered = eve.ask(join("INT")).await;
    sue.join(&ann.session.0, json!({ "visibility": "INT" })).await;

    let lacks = |answer: &Value, privilege: &str| {
        answer["code"] == 403 && answer["text"].as_str().unwrap().ends_with(privilege)
    };
    assert!(lacks(&waiting, "pull-from-queues"), "{waiting}");
    assert_eq!(placeless["code"], 409, "{placeless}");
    assert!(lacks(&handled, "barge-in"), "{handled}");
    assert!(lacks(&whispered, "coach"), "{whispered}");
}

#[actix_web::test]
async fn a_chat_is_ended_for_others_by_whoever_handles_it() {
    let rig = DeskRig::start().await;
    let ann = known_customer(&rig).await;
    let mut ada = ready_for_chats(&rig, "ada").await;
    let ticket = ada.until("agentStatus").await["invitations"][0]["ticket"].clone();
    ada.ask(json!({ "type": "accept", "ticket": ticket })).await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    bob.join(&ann.session.0, json!({})).await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    sue.join(&ann.session.0, json!({ "visibility": "VIP" })).await;
    let close = json!({
        "type": "release", "sessionId": ann.session.0, "afterAction": "ForceClose"
    });
    let remove = json!({
        "type": "release", "sessionId": ann.session.0, "userId": at_ada.user
    });
    let leave = json!({ "type": "release", "sessionId": ann.session.0 });

    for client in [&mut bob, &mut sue] {
        assert_eq!(client.ask(close.clone()).await["code"], 403);
        assert_eq!(client.ask(remove.clone()).await["code"], 403);
        assert_eq!(client.ask(leave.clone()).await["type"], "ack");
    }
    assert_eq!(ada.ask(close).await["type"], "ack");
}

#[actix_web::test]
async fn what_runs_is_read_by_whoever_is_in_it_or_may_look_for_any() {
    let rig = DeskRig::start().await;
    let ann = known_customer(&rig).await;
    let mut ada = ready_for_chats(&rig, "ada").await;
    ada.join(&ann.session.0, json!({})).await;
    rig.says(&ann, "hello?").await;
    let url = rig.url(&format!("/api/v1/interactions/{}/transcript", ann.session.0));
    let read = async |agent: &str| {
        let bearer = format!("Bearer {}", ticket(rig.address, agent).await);
        let asked = reqwest::Client::new().get(&url).header("authorization", bearer).send();
        asked.await.unwrap().status().as_u16()
    };

    assert_eq!([read("ada").await, read("sue").await, read("eve").await], [200, 200, 403]);
    let close = json!({
        "type": "release", "sessionId": ann.session.0, "afterAction": "ForceClose"
    });
    assert_eq!(ada.ask(close).await["type"], "ack");
    assert_eq!(read("eve").await, 200);
}

#[actix_web::test]
async fn an_asynchronous_chat_is_ended_by_whoever_may_end_such_chats() {
    let rig = DeskRig::start().await;
    let mode = |mode: &str| [("GCTI_Chat_AsyncMode", mode)].into_iter().collect();
    let mut kim = DeskClient::start(rig.address, "kim").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let release = |chat: &Customer, after: &str| json!({ "type": "release", "sessionId": chat.session.0, "afterAction": after });
    let stop =
        |chat: &Customer| json!({ "type": "stopProcessing", "interactionId": chat.session.0 });

    let lasting = rig.customer_with("ann", mode("true")).await;
    let usual = rig.customer_with("ben", mode("false")).await;
    for chat in [&lasting, &usual] {
        for agent in [&mut kim, &mut ada] {
            agent.join(&chat.session.0, json!({})).await;
        }
    }
    let refused = [
        kim.ask(release(&lasting, "ForceClose")).await,
        kim.ask(release(&lasting, "CloseIfNoAgents")).await,
        kim.ask(stop(&lasting)).await,
    ];
    let allowed = [
        kim.ask(release(&usual, "ForceClose")).await,
        kim.ask(release(&lasting, "KeepAlive")).await,
        ada.ask(release(&lasting, "ForceClose")).await,
    ];

    for no in refused {
        assert_eq!(no["code"], 403, "{no}");
        assert!(no["text"].as_str().unwrap().ends_with("release-async"), "{no}");
    }
    for yes in allowed {
        assert_eq!(yes["type"], "ack", "{yes}");
    }
    let over = kim.ask(stop(&lasting)).await;
    assert_eq!(over["code"], 43, "there is no chat any more, and no interaction: {over}");
}

#[actix_web::test]
async fn what_was_erased_is_read_by_nobody_though_it_is_not_purged_yet() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    rig.says(&ann, "forget me").await;
    let url = rig.url(&format!("/api/v1/interactions/{}/transcript", ann.session.0));
    let read = async || {
        let asked = reqwest::Client::new().get(&url).basic_auth("sue", Some(PASSWORD)).send();
        asked.await.unwrap().status().as_u16()
    };

    let before = read().await;
    let id = InteractionId(ann.session.0.clone());
    rig.ground.store.erase_record(&id, Millis(9)).await.unwrap();

    assert_eq!((before, read().await), (200, 404));
}

/// A customer whose chat the routing domain has heard of.
async fn known_customer(rig: &DeskRig) -> Customer {
    let ann = rig.customer("ann").await;
    let submission = Submission {
        submitted_by: "chat".into(),
        interaction: Some(InteractionId(ann.session.0.clone())),
        key: None,
        media: MediaType::from("chat"),
        tenant: "Environment".into(),
        to: Destination::Queue(QueueName::from("chat-inbound")),
        kind: Default::default(),
        subtype: String::new(),
        nature: Nature::Work,
        owner: None,
        user_data: UserData::default(),
        properties: UserData::default(),
    };
    let submit = Command::Submit(submission);
    rig.handles.routing.perform(&rig.handles.routing_domain, submit).await.unwrap();
    ann
}

async fn ready_for_chats(rig: &DeskRig, name: &str) -> DeskClient {
    let mut client = DeskClient::start(rig.address, name).await;
    let media = json!([{ "media": "chat", "state": "ready" }]);
    let answer = client.ask(json!({ "type": "agentLogin", "media": media })).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    client
}
