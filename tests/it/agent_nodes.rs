//! Agents at nodes that are one: tickets, chats and desks are the same at each, and a node that is
//! left lets its agents go to another one without anybody noticing.

use crate::support::desk::{DeskClient, Seen, log_in, open, ticket};
use crate::support::desk_rig::{DeskRig, PASSWORD, Settings};
use crate::support::patience::eventually;
use holdfast::base::{Position, ThingId};
use holdfast::chat;
use holdfast::chat::outbox::Destination;
use holdfast::interaction::{Look, Sight};
use holdfast::ownership::door::OwnerTable;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn a_ticket_of_one_node_opens_one_socket_at_any_node() {
    let [a, b] = two_nodes().await;
    let first = ticket(a.address, "ada").await;
    let second = ticket(a.address, "ada").await;

    assert!(first.starts_with("node-a."), "{first}");
    assert!(open(b.address, &first).await.is_ok());
    assert!(open(a.address, &first).await.is_err());
    assert!(open(b.address, &first).await.is_err());
    assert!(open(a.address, &second).await.is_ok());
    assert!(open(b.address, &second).await.is_err());
}

#[actix_web::test]
async fn who_brings_a_ticket_of_a_node_that_does_not_answer_is_told_to_ask_for_another() {
    let [a, b] = two_nodes().await;
    let good = ticket(a.address, "ada").await;
    let url = |ticket: &str| b.url(&format!("/api/v1/agent/socket?ticket={ticket}"));
    let unknown = good.replace("node-a", "node-x");

    a.ground.streets.cut(&"node-a".into());
    let gone = reqwest::get(url(&good)).await.unwrap();
    let unknown = reqwest::get(url(&unknown)).await.unwrap();

    for answer in [gone, unknown] {
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "1");
        assert!(answer.text().await.unwrap().contains("ask for a new ticket"));
    }
}

#[actix_web::test]
async fn an_answer_that_gets_lost_between_nodes_makes_no_second_message() {
    let [a, b] = two_nodes().await;
    let ann = b.customer("ann").await;
    let mut ada = DeskClient::start(a.address, "ada").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;

    a.ground.streets.lose_an_answer();
    let said = ada.say(&at_ada, "hello").await;
    ada.say(&at_ada, "good bye").await;
    ada.follow_until(&mut at_ada, "good bye").await;

    assert_eq!(said["type"], "ack", "{said}");
    assert_eq!(b.texts(&ann).await, ["hello", "good bye"]);
    assert_eq!(at_ada.texts(), ["hello", "good bye"]);
}

#[actix_web::test]
async fn an_answer_that_gets_lost_between_nodes_makes_no_second_interaction() {
    let [_a, b] = two_nodes().await;
    let media_server = json!({ "clientType": "MediaServer" });
    let mut mail = DeskClient::start_with(b.address, "mail", media_server).await;

    b.ground.streets.lose_an_answer();
    let submitted = mail.ask(submission()).await;
    let seen = b.handles.routing.look(&b.handles.routing_domain, Look::Figures).await.unwrap();
    let Sight::Figures(figures) = seen else { panic!("{seen:?}") };

    assert_eq!(submitted["type"], "ack", "{submitted}");
    assert_eq!(figures.n_waiting(), 1);
}

#[actix_web::test]
async fn who_may_have_done_what_he_wished_for_is_not_refused_for_it() {
    for is_broken in [false, true] {
        let [a, b] = two_nodes().await;
        let media_server = json!({ "clientType": "MediaServer" });
        let mut mail = DeskClient::start_with(a.address, "mail", media_server).await;
        let mut ada = ready_agent(&b).await;
        mail.ask(submission()).await;
        let ticket = &ada.until("invite").await["ticket"];
        let no = json!({ "type": "reject", "ticket": ticket });

        if is_broken {
            drop(a.ground.streets.cut_before_the_answer_of(&"node-a".into()));
        } else {
            a.ground.streets.lose_an_answer();
        }
        let unknown = ada.ask(no.clone()).await;
        let again = ada.ask(no).await;

        assert_eq!((&unknown["type"], &unknown["code"]), (&json!("error"), &json!(504)));
        assert_eq!(again["code"], 410, "it was carried out, and once: {again}");
    }
}

#[actix_web::test]
async fn what_may_have_been_taken_out_of_a_queue_is_not_placed_there_twice() {
    let [a, b] = two_nodes().await;
    let media_server = json!({ "clientType": "MediaServer" });
    let mut ada = ready_agent(&a).await;
    let mut mail = DeskClient::start_with(b.address, "mail", media_server).await;
    mail.ask(submission()).await;
    let invite = ada.until("invite").await;
    let again = json!({ "type": "placeInQueue", "interactionId": invite["interaction"]["interactionId"], "queue": "mail" });

    a.ground.streets.lose_an_answer();
    let unknown = mail.ask(again).await;
    ada.until("revoked").await;
    let next = ada.until("invite").await;
    let accepted = ada.ask(json!({ "type": "accept", "ticket": next["ticket"] })).await;

    assert_eq!(unknown["code"], 504, "{unknown}");
    assert_eq!(accepted["type"], "ack", "nobody has taken it away again: {accepted}");
}

#[actix_web::test]
async fn what_was_carried_out_before_a_session_was_over_is_acknowledged() {
    let [a, b] = two_nodes().await;
    let ann = a.customer("ann").await;
    let chat = ThingId::from(&ann.session);
    let mut ada = DeskClient::start(b.address, "ada").await;
    ada.join(&ann.session.0, json!({})).await;
    let noticed = a.ground.streets.cut_before_the_answer_of(&"node-a".into());

    let release = json!({
        "type": "release", "sessionId": ann.session.0, "afterAction": "ForceClose", "messageId": "m1"
    });
    let over = async {
        eventually("everybody knows that it is over, and the answer is lost", async || {
            for destination in [Destination::Interaction, Destination::History] {
                let upto = Position(u64::MAX);
                // It is gone when it is over.
                let _ =
                    a.handles.sessions.look(&chat, chat::Look::Confirm { destination, upto }).await;
            }
            a.ground.store.locate(&chat).await.unwrap().closed.then_some(())
        })
        .await;
        drop(noticed);
    };
    let (released, ()) = tokio::join!(ada.ask(release), over);

    assert_eq!(released["type"], "ack", "{released}");
}

#[actix_web::test]
async fn agents_of_a_node_that_is_left_go_on_at_another_one_and_nobody_notices() {
    let [a, b] = two_nodes().await;
    let (ann, ben) = (a.customer("ann").await, b.customer("ben").await);
    let media_server = json!({ "clientType": "MediaServer" });
    let mut mail = DeskClient::start_with(b.address, "mail", media_server).await;
    let mut ada = ready_agent(&a).await;
    mail.ask(submission()).await;
    let invite = ada.until("invite").await;
    let mut seen = vec![];
    for (rig, customer) in [(&a, &ann), (&b, &ben)] {
        let mut at_ada = ada.join(&customer.session.0, json!({})).await;
        rig.says(customer, "hello").await;
        ada.follow_until(&mut at_ada, "hello").await;
        seen.push(at_ada);
    }
    let token = ada.resume_token.clone();

    let moving = a.api.clone();
    let moving = actix_web::rt::spawn(async move { moving.move_on(WITHIN).await });
    let (moved, code) = read_farewell(&mut ada).await;
    moving.await.unwrap();
    for customer in [&ann, &ben] {
        b.says(customer, "are you there?").await;
    }
    let all: Vec<&Seen> = seen.iter().collect();
    let mut ada = DeskClient::resume(b.address, "ada", &token, &all).await;
    let desk = ada.until("agentStatus").await;

    assert_eq!(code, Some(1012));
    assert_eq!(told_positions(&moved), positions(&seen));
    let of_ben = moved.iter().find(|one| one["sessionId"] == ben.session.0.as_str()).unwrap();
    assert_eq!(of_ben["node"], "node-b");
    assert_eq!(desk["invitations"][0]["ticket"], invite["ticket"]);
    assert_eq!(desk["media"][0]["state"], "ready");
    let mut ada = DeskClient::resume(b.address, "ada", &token, &all).await;
    for (at_ada, customer) in seen.iter_mut().zip([&ann, &ben]) {
        ada.say(at_ada, "I am").await;
        let transcript =
            ada.ask(json!({ "type": "transcript", "sessionId": at_ada.session })).await;
        let mut whole = Seen::default();
        whole.take(&transcript);
        assert_eq!(whole.texts(), ["hello", "are you there?", "I am"]);
        assert_eq!((whole.count("newParty"), whole.count("partyLeft")), (2, 0));
        assert!(!b.has_lost_somebody(&customer.session).await);
    }
}

#[actix_web::test]
async fn what_was_asked_before_an_agent_moves_is_answered_first() {
    let [a, _b] = two_nodes().await;
    let ann = a.customer("ann").await;
    let mut ada = DeskClient::start(a.address, "ada").await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;

    let text = |n: usize| format!("word {n}");
    for n in 0..20 {
        let message = json!({
            "type": "message", "ref": n + 100, "sessionId": at_ada.session, "text": text(n)
        });
        ada.send(&message).await;
    }
    let begun = ada.until("ack").await;
    a.api.move_on(Duration::ZERO).await;
    let mut acks = vec![begun];
    let code = loop {
        match ada.read().await {
            Ok(frame) if frame["type"] == "ack" => acks.push(frame),
            Ok(_) => {}
            Err(end) => break end.map(|(code, _)| code),
        }
    };

    assert_eq!(code, Some(1012));
    let stored = a.texts(&ann).await;
    assert_eq!(acks.len(), stored.len(), "nothing is carried out that is not answered");
    assert_eq!(stored, (0..stored.len()).map(text).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_node_that_is_left_takes_nobody_in_and_those_without_a_chat_go_too() {
    let [a, b] = two_nodes().await;
    let mut idle = DeskClient::start(a.address, "bob").await;
    let mut unregistered = DeskClient::open(a.address, "ada").await;
    let unused = ticket(a.address, "ada").await;

    a.api.move_on(WITHIN).await;
    let no_ticket = log_in(a.address, "ada", PASSWORD).await;
    let no_socket = a.url(&format!("/api/v1/agent/socket?ticket={unused}"));
    let no_socket = reqwest::get(no_socket).await.unwrap();

    for client in [&mut idle, &mut unregistered] {
        let (moved, code) = read_farewell(client).await;
        assert_eq!((moved, code), (vec![json!({ "type": "moved" })], Some(1012)));
    }
    for refused in [no_ticket, no_socket] {
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");
    }
    assert!(open(b.address, &unused).await.is_ok(), "it was not used");
}

#[actix_web::test]
async fn who_logs_in_at_another_node_closes_the_connection_before_with_4001() {
    let [a, b] = two_nodes().await;
    let ann = b.customer("ann").await;
    let mut earlier = ready_agent(&b).await;
    earlier.join(&ann.session.0, json!({})).await;

    let mut later = ready_agent(&a).await;
    let closed = earlier.close_code().await;
    later.send(&submission()).await;
    let answer = later.until("error").await;
    let mut back = ready_agent(&b).await;

    assert_eq!(closed, Some(4001));
    assert_eq!(answer["code"], 403, "it is there and answered: {answer}");
    assert_eq!(later.close_code().await, Some(4001));
    assert_eq!(back.ask(json!({ "type": "agentLogout" })).await["type"], "ack");
}

const WITHIN: Duration = Duration::from_millis(50);

async fn two_nodes() -> [DeskRig; 2] {
    DeskRig::start_two([Settings::default(), Settings::default()]).await
}

async fn ready_agent(rig: &DeskRig) -> DeskClient {
    let mut client = DeskClient::start(rig.address, "ada").await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    let answer = client.ask(json!({ "type": "agentLogin", "media": media })).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    client.until("agentStatus").await;
    client
}

fn submission() -> Value {
    json!({ "type": "submit", "media": "email", "tenant": "Environment", "queue": "mail" })
}

/// What a client is told of its moving, and the code with which it is closed.
async fn read_farewell(client: &mut DeskClient) -> (Vec<Value>, Option<u16>) {
    let mut moved = vec![];
    loop {
        match client.read().await {
            Ok(frame) if frame["type"] == "moved" => moved.push(frame),
            Ok(_) => {}
            Err(end) => return (moved, end.map(|(code, _)| code)),
        }
    }
}

fn told_positions(moved: &[Value]) -> Vec<(String, u64)> {
    let told = moved.iter().map(|one| {
        (one["sessionId"].as_str().unwrap().to_owned(), one["position"].as_u64().unwrap())
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn positions(seen: &[Seen]) -> Vec<(String, u64)> {
    let mut positions: Vec<_> =
        seen.iter().map(|seen| (seen.session.clone(), seen.position)).collect();
    positions.sort();
    positions
}
