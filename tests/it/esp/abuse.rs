//! Requests that cannot be served, and people who may not ask.

use super::{PASSWORD, Systems, a_chat, message, with_clients};
use crate::support::rig::Rig;
use holdfast::chat::Policy;
use holdfast::config::Config;
use serde_json::json;

#[actix_web::test]
async fn who_does_not_prove_himself_learns_nothing_and_is_slowed_down() {
    let (rig, systems, chat) = a_chat().await;
    assert_eq!(systems.ask("Message", message(&chat, "welcome")).await.status, 200);

    let bare = systems.send(systems.request("Message").json(&message(&chat, "x"))).await;
    assert_eq!((bare.status, bare.code()), (401, 401));
    for (name, password) in [("crm", "wrong"), ("nobody", PASSWORD), ("crm", "")] {
        let request = systems.request("Message").basic_auth(name, Some(password));
        let told = systems.send(request.json(&message(&chat, "x"))).await;
        assert_eq!((told.status, told.code()), (401, 401), "{name}");
        assert_eq!(told.body["fault"]["text"], "wrong name or password");
    }
    for n in 0..6 {
        let request = systems.request("Nonsense").basic_auth("ivr", Some("guess"));
        let told = systems.send(request.json(&json!({}))).await;
        let expected = if n < 5 { (401, None) } else { (429, Some("60".to_owned())) };
        assert_eq!((told.status, told.retry_after), expected, "guess {n}");
    }

    // Who has proved himself before is not shut out by others who guess.
    for _ in 0..6 {
        let request = systems.request("Message").basic_auth("crm", Some("guess"));
        systems.send(request.json(&json!({}))).await;
    }
    assert_eq!(systems.ask("Message", message(&chat, "still here")).await.status, 200);
    let seen = rig.post(&chat.path("refresh"), &chat.proof()).await;
    assert_eq!(seen.lines()[2..], ["Message: welcome", "Message: still here"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_body_that_does_not_fit_is_refused_with_what_is_wrong() {
    let (rig, systems, chat) = a_chat().await;
    for (kind, body, status) in [
        ("application/json", "{".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json", r#"{"parameters": {"MessageText": ["x"]}}"#.to_owned(), 400),
        ("application/json", r#"{"parameters": 7}"#.to_owned(), 400),
        ("application/json", r#"{"parametres": {}}"#.to_owned(), 400),
        ("application/json", r#"{"parameters": {"a": "1", "a": "2"}}"#.to_owned(), 400),
        ("application/json", "{\"parameters\":".repeat(5_000), 400),
        ("text/plain", message(&chat, "x").to_string(), 415),
        ("application/x-www-form-urlencoded", "MessageText=x".to_owned(), 415),
        ("application/json", format!(r#"{{"x": "{}"}}"#, "x".repeat(300_000)), 413),
        ("application/json", String::new(), 400),
    ] {
        let shown = body.chars().take(40).collect::<String>();
        let request = systems.request("Message").basic_auth("crm", Some(PASSWORD));
        let told = systems.send(request.header("content-type", kind).body(body)).await;
        assert_eq!(told.status, status, "{kind} {shown}: {told:?}");
        assert!(!told.body["fault"]["text"].as_str().unwrap().is_empty());
    }
    let seen = rig.post(&chat.path("refresh"), &chat.proof()).await;
    assert_eq!(seen.lines(), ["ParticipantJoined"]);
    rig.stop().await;
}

#[actix_web::test]
async fn what_a_method_does_not_know_is_refused_by_name() {
    let (rig, systems, chat) = a_chat().await;
    let with = |name: &str, value: &str| {
        let mut body = message(&chat, "x");
        body["parameters"][name] = json!(value);
        body
    };
    for (body, code, word) in [
        (with("Visiblity", "INT"), 400, "Visiblity"),
        (with("Visibility", "int"), 400, "Visibility"),
        (with("MessageText", ""), 100, "MessageText"),
        (with("EventAttributes", "x"), 400, "EventAttributes"),
        (with("InteractionId", &"x".repeat(200)), 204, "InteractionId"),
        (with("MessageText", &"x".repeat(100_000)), 204, "bytes"),
        (with("Nickname", &"x".repeat(1_000)), 204, "bytes"),
        (with("InteractionId", "routing:Environment"), 8_201, "session"),
        (with("InteractionId", "no-such-chat"), 8_201, "session"),
        (json!({ "parameters": { "MessageText": "x" } }), 100, "InteractionId"),
        (
            json!({ "interactionId": chat.id, "messageId": "a b", "parameters": { "MessageText": "x" } }),
            400,
            "message id",
        ),
    ] {
        let told = systems.ask("Message", body.clone()).await;
        let text = told.body["fault"]["text"].as_str().unwrap().to_owned();
        assert_eq!(told.code(), code, "{text}");
        assert!(text.contains(word), "{text}");
    }
    let unknown = systems.ask("message", message(&chat, "x")).await;
    assert_eq!((unknown.status, unknown.code()), (404, 404));
    assert!(unknown.body["fault"]["text"].as_str().unwrap().contains("Message"));
    rig.stop().await;
}

#[actix_web::test]
async fn other_addresses_and_methods_of_http_are_refused() {
    let (rig, systems, _) = a_chat().await;

    for path in ["/", "/esp/v1", "/esp/v2/Chat/Message", "/esp/v1/Chat/Message/", "/livez"] {
        let told = systems.send(systems.client.post(format!("{}{path}", systems.base))).await;
        assert_eq!((told.status, told.code()), (404, 404), "{path}");
    }
    let url = format!("{}/esp/v1/Chat/Message", systems.base);
    let told = systems.send(systems.client.get(url)).await;
    assert_eq!((told.status, told.code()), (405, 405));
    rig.stop().await;
}

#[actix_web::test]
async fn a_client_that_asks_too_fast_is_told_to_wait_and_others_are_not() {
    let mut config = Config::default();
    config.limits.esp_rate = 1;
    let rig = Rig::start_with(with_clients(&config), Policy::default());
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let systems = Systems::of(&rig.handles);

    // The clock stands still.
    for _ in 0..2 {
        assert_eq!(systems.ask("Message", message(&chat, "x")).await.status, 200);
    }
    let told = systems.ask("Message", message(&chat, "x")).await;
    assert_eq!((told.status, told.retry_after.as_deref()), (429, Some("1")));
    let request = systems.request("Message").basic_auth("ivr", Some(PASSWORD));
    assert_eq!(systems.send(request.json(&message(&chat, "x"))).await.status, 200);
    rig.stop().await;
}
