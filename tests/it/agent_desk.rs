//! Desks over a real socket: ready, invited, accepting, missing, coming back; media servers that
//! submit.

use crate::support::bomb::Bomb;
use crate::support::desk::{DeskClient, PASSWORD_HEADER};
use crate::support::desk_rig::{DeskRig, PASSWORD, Settings};
use holdfast::interaction::Look;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn an_invitation_is_accepted_worked_on_and_stopped() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;

    let submitted = mail.ask(submission("m-1")).await;
    let invite = ada.until("invite").await;
    let accepted = ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let added = ada.until("partyAdded").await;
    let changed = json!({ "Topic": "bill" });
    let id = submitted["interactionId"].clone();
    let change = json!({ "type": "changeProperties", "interactionId": id, "added": changed });
    assert_eq!(ada.ask(change).await["type"], "ack");
    let told = ada.until("propertiesChanged").await;
    let done = json!({ "type": "stopProcessing", "interactionId": id, "reason": "done" });
    assert_eq!(ada.ask(done).await["type"], "ack");

    assert_eq!(invite["interaction"]["interactionId"], id);
    assert_eq!(invite["interaction"]["userData"]["Subject"], "my order");
    assert_eq!(accepted["interactionId"], id);
    assert_eq!(added["agent"], "ada");
    assert_eq!(told["added"], changed);
    assert_eq!(mail.until("processingStopped").await["interactionId"], id);
    let unknown = json!({ "type": "stopProcessing", "interactionId": "nobody knows it" });
    assert_eq!(mail.ask(unknown).await["code"], 43);
}

#[actix_web::test]
async fn the_same_submission_is_taken_in_once_and_an_agent_submits_nothing() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = DeskClient::start(rig.address, "ada").await;

    let first = mail.ask(submission("m-1")).await;
    let again = mail.ask(submission("m-1")).await;

    assert_eq!(first["interactionId"], again["interactionId"]);
    assert_eq!((first.get("duplicate"), &again["duplicate"]), (None, &json!(true)));
    assert_eq!(ada.ask(submission("m-2")).await["code"], 403);
    assert_eq!(mail.ask(json!({ "type": "ready", "media": "email" })).await["code"], 403);
}

#[actix_web::test]
async fn an_account_is_an_agents_or_a_media_servers() {
    let rig = DeskRig::start().await;
    let register = |kind: &str| json!({ "type": "register", "clientType": kind });

    let mut ada = DeskClient::open(rig.address, "ada").await;
    let mut mail = DeskClient::open(rig.address, "mail").await;
    let pretends = ada.ask(register("MediaServer")).await;
    let works = mail.ask(register("AgentApplication")).await;
    let mut mail = media_server(&rig).await;
    let mut elsewhere = submission("m-1");
    elsewhere["tenant"] = json!("Nowhere");

    assert_eq!((&pretends["code"], &works["code"]), (&json!(403), &json!(403)));
    assert!(pretends["text"].as_str().unwrap().contains("[agents.ada] media-server"));
    assert_eq!(mail.ask(elsewhere).await["code"], 404);
}

#[actix_web::test]
async fn a_rejected_invitation_goes_to_the_next_agent() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let mut bob = ready_agent(&rig, "bob").await;

    mail.ask(submission("m-1")).await;
    let invite = ada.until("invite").await;
    let reject = json!({ "type": "reject", "ticket": invite["ticket"], "reason": "not mine" });
    assert_eq!(ada.ask(reject).await["type"], "ack");
    let second = bob.until("invite").await;

    assert_eq!(second["interaction"]["interactionId"], invite["interaction"]["interactionId"]);
    let late = ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    assert_eq!(late["code"], 410);
}

#[actix_web::test]
async fn a_missed_invitation_is_revoked_and_sets_the_agent_not_ready() {
    let delivering_timeout = Duration::from_millis(200);
    let rig = DeskRig::start_with(Settings { delivering_timeout, ..Settings::default() }).await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;

    mail.ask(submission("m-1")).await;
    let revoked = ada.until("revoked").await;
    let status = ada.until("agentStatus").await;

    assert_eq!(revoked["reason"], "expired");
    assert_eq!(
        (&status["media"][0]["state"], &status["media"][0]["forced"]),
        (&json!("notReady"), &json!(true))
    );
}

#[actix_web::test]
async fn a_colleague_is_asked_says_no_and_then_takes_it_over() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let id = mail.ask(submission("m-1")).await["interactionId"].clone();
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let mut bob = ready_agent(&rig, "bob").await;

    let transfer = json!({ "type": "transfer", "interactionId": id, "agent": "bob" });
    let asked = ada.ask(transfer.clone()).await;
    let again = ada.ask(transfer.clone()).await;
    let invite = bob.until("invite").await;
    let reject = json!({ "type": "reject", "ticket": invite["ticket"], "reason": "in a meeting" });
    bob.ask(reject).await;
    let rejected = ada.until("rejected").await;
    ada.ask(transfer).await;
    let second = bob.until("invite").await;
    bob.ask(json!({ "type": "accept", "ticket": second["ticket"] })).await;
    let added = ada.until("partyAdded").await;
    let removed = ada.until("partyRemoved").await;

    assert_eq!((&asked["ticket"], &again["ticket"]), (&invite["ticket"], &invite["ticket"]));
    assert_eq!((&invite["operation"], &invite["inviter"]), (&json!("Transfer"), &json!("ada")));
    assert_eq!(invite["interaction"]["parties"], json!(["ada"]));
    assert_eq!((&rejected["agent"], &rejected["text"]), (&json!("bob"), &json!("in a meeting")));
    assert_eq!((&added["agent"], &added["operation"]), (&json!("bob"), &json!("Transfer")));
    assert_eq!((&removed["agent"], &removed["reason"]), (&json!("ada"), &json!("transferred")));
    let done = json!({ "type": "stopProcessing", "interactionId": id });
    assert_eq!(ada.ask(done.clone()).await["code"], 403);
    assert_eq!(bob.ask(done).await["type"], "ack");
}

#[actix_web::test]
async fn a_supervisor_looks_on_and_an_agent_may_not() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let id = mail.ask(submission("m-1")).await["interactionId"].clone();
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    ada.until("partyAdded").await;
    let (mut bob, mut sue) = (ready_agent(&rig, "bob").await, ready_agent(&rig, "sue").await);
    let intrude = json!({ "type": "intrude", "interactionId": id, "visibilityMode": "Monitor" });

    let refused = bob.ask(intrude.clone()).await;
    let taken = sue.ask(intrude).await;
    let added = ada.until("partyAdded").await;
    let token = sue.resume_token.clone();
    sue.cut();
    let mut sue = DeskClient::resume(rig.address, "sue", &token, &[]).await;
    let desk = sue.until("agentStatus").await;
    let done = json!({ "type": "stopProcessing", "interactionId": id });

    assert_eq!((&refused["code"], &taken["type"]), (&json!(403), &json!("ack")));
    assert_eq!((&added["agent"], &added["visibilityMode"]), (&json!("sue"), &json!("Monitor")));
    let observers = json!([{ "agent": "sue", "visibilityMode": "Monitor" }]);
    assert_eq!(desk["handled"][0]["observers"], observers);
    assert_eq!(desk["handled"][0]["parties"], json!(["ada"]));
    assert_eq!(desk["media"][0]["load"], 0, "who looks on has his place free");
    assert_eq!(sue.ask(done).await["code"], 403);
}

#[actix_web::test]
async fn a_workbin_tells_who_follows_it_and_gives_back_what_lies_there() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let id = mail.ask(submission("m-1")).await["interactionId"].clone();
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let mut bob = ready_agent(&rig, "bob").await;
    let of_ada = json!({ "name": "drafts", "agent": "ada" });

    let follow = json!({ "type": "workbinNotifications", "workbin": of_ada, "on": true });
    let before = bob.ask(follow).await;
    let own = json!({ "name": "drafts" });
    let put = json!({ "type": "placeInWorkbin", "interactionId": id, "workbin": own });
    assert_eq!(ada.ask(put).await["type"], "ack");
    let placed = bob.until("workbinContentChanged").await;
    let content = ada.ask(json!({ "type": "getWorkbinContent", "workbin": own })).await;
    let from_queue = json!({ "type": "pull", "interactionId": id });
    let may_not = DeskClient::start(rig.address, "eve").await.ask(from_queue).await;
    let pull = json!({ "type": "pull", "interactionId": id, "workbin": of_ada });
    let pulled = bob.ask(pull.clone()).await;
    let taken = bob.until("workbinContentChanged").await;
    let late = ada.ask(pull).await;

    assert_eq!(before["interactions"], json!([]), "{before}");
    assert_eq!((&placed["operation"], &placed["interactionId"]), (&json!("placed"), &id));
    assert_eq!(content["interactions"][0]["state"], "inWorkbin");
    assert_eq!(content["interactions"][0]["workbin"], of_ada);
    assert_eq!(may_not["code"], 403, "{may_not}");
    assert_eq!(pulled["interactions"][0]["userData"]["Subject"], "my order");
    assert_eq!(pulled["interactions"][0]["parties"], json!(["bob"]));
    assert_eq!((&taken["operation"], &late["code"]), (&json!("taken"), &json!(409)));
}

#[actix_web::test]
async fn what_is_placed_on_hold_goes_where_the_group_of_the_agent_says() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let mut bob = ready_agent(&rig, "bob").await;
    let id = mail.ask(submission("m-1")).await["interactionId"].clone();
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;

    let on_hold = json!({ "type": "placeOnHold", "interactionId": id });
    let placed = ada.ask(on_hold.clone()).await;
    let invite = bob.until("invite").await;
    bob.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let nowhere = bob.ask(on_hold).await;

    assert_eq!(placed["type"], "ack", "{placed}");
    assert_eq!(invite["interaction"]["queue"], "return", "{invite}");
    assert_eq!(nowhere["code"], 409, "nothing is set for bob: {nowhere}");
}

#[actix_web::test]
async fn the_workbin_of_a_group_tells_its_agents_what_is_laid_there() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let mut bob = ready_agent(&rig, "bob").await;
    let id = mail.ask(submission("m-1")).await["interactionId"].clone();
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let of_sales = json!({ "name": "drafts", "group": "sales" });
    let follow = json!({ "type": "workbinNotifications", "workbin": of_sales, "on": true });
    bob.ask(follow).await;

    let unknown = json!({ "name": "drafts", "group": "nobody" });
    let put =
        |workbin| json!({ "type": "placeInWorkbin", "interactionId": id, "workbin": workbin });
    let lost = ada.ask(put(&unknown)).await;
    let laid = ada.ask(put(&of_sales)).await;
    let told = bob.until("workbinContentChanged").await;
    let content = ada.ask(json!({ "type": "getWorkbinContent", "workbin": of_sales })).await;

    assert_eq!((&lost["code"], &laid["type"]), (&json!(404), &json!("ack")), "{lost} {laid}");
    assert_eq!((&told["workbin"], &told["interactionId"]), (&of_sales, &id));
    assert_eq!(content["interactions"][0]["workbin"], of_sales);
}

#[actix_web::test]
async fn a_followed_workbin_is_shown_again_after_the_domain_was_rebuilt() {
    let rig = DeskRig::start().await;
    let mut ada = ready_agent(&rig, "ada").await;
    let workbin = json!({ "name": "drafts" });
    ada.ask(json!({ "type": "workbinNotifications", "workbin": workbin, "on": true })).await;

    let routing = &rig.handles.routing;
    let _ = routing.listen(&rig.handles.routing_domain, Look::Figures, || Box::new(Bomb)).await;
    let again = ada.until("workbinContent").await;

    assert_eq!(again["workbin"], json!({ "name": "drafts", "agent": "ada" }));
}

#[actix_web::test]
async fn a_desk_that_comes_back_finds_what_lay_on_it() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    mail.ask(submission("m-1")).await;
    let invite = ada.until("invite").await;
    let token = ada.resume_token.clone();

    ada.cut();
    let mut ada = DeskClient::resume(rig.address, "ada", &token, &[]).await;
    let desk = ada.until("agentStatus").await;
    let accepted = ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;

    assert_eq!(desk["invitations"][0]["ticket"], invite["ticket"]);
    assert_eq!(desk["media"][0]["state"], "ready");
    assert_eq!(accepted["type"], "ack", "{accepted}");
}

#[actix_web::test]
async fn a_desk_that_does_not_come_back_is_closed_and_its_work_offered_to_others() {
    let resume_window = Duration::from_millis(200);
    let rig = DeskRig::start_with(Settings { resume_window, ..Settings::default() }).await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    mail.ask(submission("m-1")).await;
    ada.until("invite").await;
    let token = ada.resume_token.clone();
    let mut bob = ready_agent(&rig, "bob").await;

    ada.cut();
    bob.until("invite").await;
    let mut ada = DeskClient::resume(rig.address, "ada", &token, &[]).await;

    assert_eq!(ada.until("loggedOut").await["reason"], "connection_lost");
}

#[actix_web::test]
async fn a_domain_that_panics_under_its_desks_goes_on() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;

    let domain = rig.handles.routing_domain.clone();
    let routing = &rig.handles.routing;
    let _ = routing.listen(&domain, Look::Figures, || Box::new(Bomb)).await;
    ada.until("agentStatus").await;
    let submitted = mail.ask(submission("m-1")).await;
    let invite = ada.until("invite").await;

    assert_eq!(submitted["type"], "ack", "{submitted}");
    assert_eq!(invite["interaction"]["interactionId"], submitted["interactionId"]);
}

#[actix_web::test]
async fn an_asynchronous_chat_hears_whether_its_agent_lays_it_down_or_gives_it_to_others() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let mut status_after = async |frame: Value| {
        let patient = [("GCTI_Chat_AsyncMode", "true")].into_iter().collect();
        let ann = rig.customer_with("ann", patient).await;
        let id = ann.session.0.clone();
        let mut submission = submission(&id);
        submission["interactionId"] = json!(id);
        mail.ask(submission).await;
        let invite = ada.until("invite").await;
        ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
        ada.join(&id, json!({})).await;
        let served = rig.datum(&ann, "GCTI_Chat_AsyncStatus").await;
        assert_eq!(served.as_deref(), Some("-1"));
        let mut frame = frame;
        frame["interactionId"] = json!(id);
        assert_eq!(ada.ask(frame).await["type"], "ack");
        ada.ask(json!({ "type": "release", "sessionId": id })).await;
        rig.datum(&ann, "GCTI_Chat_AsyncStatus").await.unwrap()
    };

    let drafts = json!({ "type": "placeInWorkbin", "workbin": { "name": "on-hold" } });
    assert_eq!(status_after(drafts).await, "-2");
    let transfer = json!({ "type": "transfer", "queue": "second-level" });
    assert_eq!(status_after(transfer).await, "5");
}

#[actix_web::test]
async fn who_is_consulted_comes_unseen_and_who_is_not_asked_does_not() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let mut ada = ready_agent(&rig, "ada").await;
    let mut eve = ready_agent(&rig, "eve").await;
    let ann = rig.customer("ann").await;
    let id = ann.session.0.clone();
    let mut submission = submission("m-1");
    submission["interactionId"] = json!(id);
    mail.ask(submission).await;
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    assert_eq!(ada.until("partyAdded").await["interactionId"], json!(id));
    let whisper = json!({ "type": "join", "sessionId": id, "visibility": "INT" });
    let unasked = eve.ask(whisper.clone()).await;

    let consult = json!({ "type": "consult", "interactionId": id, "agent": "eve" });
    let asked = ada.ask(consult.clone()).await;
    let again = ada.ask(consult).await;
    let invite = eve.until("invite").await;
    let joined = eve.ask(whisper).await;
    let accepted = eve.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;
    let told = ada.until("partyAdded").await;
    let child = asked["interactionId"].clone();
    ada.ask(json!({ "type": "stopProcessing", "interactionId": child })).await;
    let stopped = eve.until("processingStopped").await;

    assert_eq!(unasked["code"], 403);
    assert_eq!(joined["type"], "ack", "{joined}");
    assert_eq!(asked["ticket"], invite["ticket"]);
    assert_eq!((&again["interactionId"], &again["ticket"]), (&child, &asked["ticket"]));
    let shown = &invite["interaction"];
    assert_eq!((&invite["inviter"], &invite["visibility"]), (&json!("ada"), &json!("INT")));
    assert_eq!((&shown["interactionId"], &shown["interactionType"]), (&child, &json!("Internal")));
    assert_eq!(
        (&shown["parentInteractionId"], &shown["subtype"]),
        (&json!(id), &json!("InternalConsultInvite"))
    );
    assert_eq!((&accepted["interactionId"], &stopped["interactionId"]), (&child, &child));
    assert_eq!((&told["interactionId"], &told["agent"]), (&child, &json!("eve")));
}

#[actix_web::test]
async fn a_transcript_is_read_as_a_document_by_those_who_may() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    rig.says(&ann, "what is <this>?").await;
    DeskClient::start(rig.address, "ada").await.join(&ann.session.0, json!({})).await;
    let path = |form: &str| format!("/api/v1/interactions/{}/transcript?as={form}", ann.session);
    let client = reqwest::Client::new();
    let get = async |form: &str, password: &str| {
        let request = client.get(rig.url(&path(form)));
        let answer = request.header("authorization", password).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let (status, xml) = get("xml", PASSWORD_HEADER).await;
    let (_, text) = get("text", PASSWORD_HEADER).await;
    let (_, json) = get("json", PASSWORD_HEADER).await;
    let (refused, _) = get("xml", "Basic YWRhOndyb25n").await;

    assert_eq!(status, 200);
    let texts = roxmltree::Document::parse(&xml).unwrap();
    assert!(texts.descendants().any(|node| node.text() == Some("what is <this>?")), "{xml}");
    assert!(text.contains("what is <this>?"), "{text}");
    assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
    assert_eq!(refused, 401);
}

#[actix_web::test]
async fn a_supervisor_reads_why_an_interaction_waits() {
    let rig = DeskRig::start().await;
    let mut mail = media_server(&rig).await;
    let submitted = mail.ask(submission("m-1")).await;
    let interaction = submitted["interactionId"].as_str().unwrap();
    let client = reqwest::Client::new();
    let get = async |id: &str, form: &str, agent: &str| {
        let url = rig.url(&format!("/api/v1/interactions/{id}/why?as={form}"));
        let answer = client.get(url).basic_auth(agent, Some(PASSWORD)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let (status, nobody) = get(interaction, "json", "sue").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    ada.ask(json!({ "type": "agentLogin", "media": [{ "media": "email", "state": "ready" }] }))
        .await;
    let ticket = ada.until("agentStatus").await["invitations"][0]["ticket"].clone();
    let (_, offered) = get(interaction, "text", "sue").await;
    ada.ask(json!({ "type": "reject", "ticket": ticket, "reason": "no" })).await;
    let (_, kept) = get(interaction, "text", "sue").await;

    assert_eq!(status, 200);
    let nobody: Value = serde_json::from_str(&nobody).unwrap();
    assert_eq!(
        (&nobody["state"], nobody["interactionId"].as_str()),
        (&json!("nobodyLoggedIn"), Some(interaction))
    );
    assert!(offered.starts_with("it is offered to ada, who has "), "{offered}");
    assert!(kept.contains("\n  ada rejected, missed or left it "), "{kept}");
    assert_eq!(get("unknown", "json", "sue").await.0, 404);
    assert_eq!(get(interaction, "json", "ada").await.0, 403);
}

pub async fn ready_agent(rig: &DeskRig, name: &str) -> DeskClient {
    let mut client = DeskClient::start(rig.address, name).await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    let answer = client.ask(json!({ "type": "agentLogin", "media": media })).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    let desk = client.until("agentStatus").await;
    assert_eq!(desk["invitations"], json!([]));
    client
}

pub async fn media_server(rig: &DeskRig) -> DeskClient {
    DeskClient::start_with(rig.address, "mail", json!({ "clientType": "MediaServer" })).await
}

pub fn submission(message_id: &str) -> Value {
    json!({
        "type": "submit", "messageId": message_id, "media": "email", "tenant": "Environment",
        "queue": "mail", "userData": { "Subject": "my order" }
    })
}
