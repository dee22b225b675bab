//! What a desk, or somebody who pretends to be one, may try on the agent API, and what comes of it.

use crate::support::desk::{DeskClient, log_in, ticket};
use crate::support::desk_rig::{DeskRig, Settings};
use holdfast::edge::agent::Pace;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

#[actix_web::test]
async fn anybodys_page_may_not_open_a_socket() {
    let rig = DeskRig::start().await;
    assert_eq!(rig.handles.config.listen.cors_origins, ["*"]);

    for (origin, status) in
        [("https://evil.example", 403), ("null", 403), (&*format!("http://{}", rig.address), 101)]
    {
        let ticket = ticket(rig.address, "ada").await;
        let url = rig.url(&format!("/api/v1/agent/socket?ticket={ticket}"));
        let upgrade = reqwest::Client::new()
            .get(url)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("origin", origin);
        assert_eq!(upgrade.send().await.unwrap().status(), status, "{origin}");
    }
}

#[actix_web::test]
async fn many_guesses_at_once_are_no_more_than_many_in_a_row() {
    let rig = DeskRig::start().await;

    let guesses = (0..20).map(|n| {
        let guess = format!("guess {n}");
        async move { log_in(rig.address, "ada", &guess).await.status().as_u16() }
    });
    let answers = futures_util::future::join_all(guesses).await;

    // Two are looked at together, so one more than five may be found out.
    let n_tried = answers.iter().filter(|status| **status == 401).count();
    assert!((5..=6).contains(&n_tried), "{answers:?}");
    assert!(answers.iter().all(|status| [401, 429].contains(status)), "{answers:?}");
}

#[actix_web::test]
async fn a_login_that_comes_slowly_is_not_waited_for() {
    let pace = Pace { login: Duration::from_millis(100), ..Pace::default() };
    let rig = DeskRig::start_with(Settings { pace, ..Settings::default() }).await;
    let mut line = TcpStream::connect(rig.address).await.unwrap();

    let head = "POST /api/v1/agent/ticket HTTP/1.1\r\nhost: x\r\n\
                content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    line.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[actix_web::test]
async fn a_text_that_is_not_utf8_is_a_bad_frame() {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    let rig = DeskRig::start().await;
    let mut ada = DeskClient::start(rig.address, "ada").await;

    let frame = Frame::message(vec![0xFF, 0xFE], OpCode::Data(Data::Text), true);
    ada.socket.send(Message::Frame(frame)).await.unwrap();

    assert_eq!(ada.close_code().await, Some(1002));
}

#[actix_web::test]
async fn what_is_for_supervisors_alone_is_so_in_the_document_too() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut sue = DeskClient::start(rig.address, "sue").await;
    let seen = sue.join(&ann.session.0, json!({ "visibility": "VIP" })).await;
    assert_eq!(sue.say(&seen, "a word among us").await["type"], "ack");
    rig.says(&ann, "hello?").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    ada.join(&ann.session.0, json!({})).await;

    let of_ada = document(&rig, &ann.session.0, "ada").await;
    let of_sue = document(&rig, &ann.session.0, "sue").await;

    assert!(of_ada.contains("hello?") && of_sue.contains("hello?"), "{of_ada}");
    assert!(of_sue.contains("a word among us"), "{of_sue}");
    assert!(!of_ada.contains("a word among us") && !of_ada.contains("sue"), "{of_ada}");
}

async fn document(rig: &DeskRig, session: &str, agent: &str) -> String {
    let url = rig.url(&format!("/api/v1/interactions/{session}/transcript"));
    let bearer = format!("Bearer {}", ticket(rig.address, agent).await);
    let asked = reqwest::Client::new().get(url).header("authorization", bearer).send().await;
    asked.unwrap().text().await.unwrap()
}
