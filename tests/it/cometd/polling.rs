//! The protocol itself over HTTP.

use super::client::{Bayeux, CHANNEL, PATH};
use super::lines;
use crate::support::patience::eventually;
use crate::support::rig::Rig;
use holdfast::chat::Policy;
use holdfast::config::Config;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

#[actix_web::test]
async fn a_handshake_names_a_client_and_says_what_is_agreed() {
    let rig = Rig::start();
    let mut client = Bayeux::new(&rig);

    let answer = client.shakes_hands(json!({})).await;

    assert_eq!(
        (&answer["channel"], &answer["id"], &answer["successful"], &answer["version"]),
        (&json!("/meta/handshake"), &json!("1"), &json!(true), &json!("1.0"))
    );
    assert_eq!(answer["supportedConnectionTypes"], json!(["websocket", "long-polling"]));
    let agreed =
        json!({ "reconnect": "retry", "interval": 0, "timeout": 30_000, "maxInterval": 10_000 });
    assert_eq!(answer["advice"], agreed);
    assert_eq!(client.id.len(), 32);
    assert!(client.cookie.as_ref().unwrap().starts_with("BAYEUX_BROWSER="));
    let first = client.connects(json!({ "id": "2" })).await;
    assert_eq!(first, json!({ "channel": "/meta/connect", "id": "2", "successful": true }));
    rig.stop().await;
}

#[actix_web::test]
async fn the_kind_of_a_message_or_a_slash_may_stand_behind_the_address() {
    let rig = Rig::start();
    for path in ["", "/", "/handshake", "/connect", "/disconnect"] {
        let mut client = Bayeux::at(&rig, &format!("{PATH}{path}"));
        assert_eq!(client.shakes_hands(json!({})).await["successful"], true, "{path}");
    }
    rig.stop().await;
}

#[actix_web::test]
async fn who_is_not_known_is_told_to_shake_hands_in_the_words_that_clients_look_for() {
    let rig = Rig::start();
    let mut client = Bayeux::connected(&rig).await;
    let mut stranger = Bayeux::new(&rig);
    stranger.id = client.id.clone();

    let foreign = stranger.connects(json!({ "id": "5" })).await;
    client.id = "0".repeat(32);
    let unknown = client.connects(json!({ "id": "5" })).await;
    let published = client.publishes(json!({ "operation": "requestChat" })).await;

    let expected = json!({
        "channel": "/meta/connect", "id": "5", "successful": false,
        "error": "402::Unknown client",
        "advice": { "reconnect": "handshake", "interval": 0 },
    });
    assert_eq!((foreign, unknown), (expected.clone(), expected));
    assert_eq!(published["error"], "402::Unknown client");
    assert!(
        published.get("advice").is_none(),
        "late, it would spoil the next handshake: {published}"
    );
    rig.stop().await;
}

#[actix_web::test]
async fn a_client_may_be_trusted_without_its_cookie() {
    let mut config = Config::default();
    config.cometd.trust_client_session = true;
    let rig = Rig::start_with(config, Policy::default());
    let mut client = Bayeux::connected(&rig).await;
    client.cookie = None;

    assert_eq!(client.connects(json!({ "advice": { "timeout": 0 } })).await["successful"], true);
    rig.stop().await;
}

#[actix_web::test]
async fn what_is_no_channel_for_clients_is_refused_message_by_message() {
    let rig = Rig::start();
    let mut client = Bayeux::connected(&rig).await;
    let refusal = |channel: &str| match channel {
        "/meta/other" | "/oort/cloud" | "/service/chatV2/nowhere" => "404::Unknown channel",
        _ => "400::Not the name of a channel",
    };
    let channels =
        ["/meta/other", "/service/../x", "/oort/cloud", "/**", "/service/chatV2/nowhere", ""];
    let messages: Vec<_> =
        channels.iter().map(|name| client.message(name, json!({ "data": {} }))).collect();

    let answers = client.posts(json!(messages)).await;

    for (channel, answer) in channels.iter().zip(&answers) {
        assert_eq!(answer["error"], refusal(channel), "{channel}");
    }
    let subscribe =
        |names: Value| client.message("/meta/subscribe", json!({ "subscription": names }));
    let wishes = [
        json!(CHANNEL),
        json!([CHANNEL]),
        json!("/**"),
        json!([CHANNEL, "/meta/connect"]),
        json!([]),
    ];
    let messages: Vec<_> = wishes.iter().cloned().map(subscribe).collect();
    let answers = client.posts(json!(messages)).await;
    let successful: Vec<_> = answers.iter().map(|answer| answer["successful"] == true).collect();
    assert_eq!(successful, [true, true, false, false, false]);
    assert!(answers.iter().zip(&wishes).all(|(answer, wish)| answer["subscription"] == *wish));
    rig.stop().await;
}

#[actix_web::test]
async fn nobody_makes_so_many_clients_that_others_are_shut_out() {
    let mut config = Config::default();
    (config.cometd.max_clients, config.cometd.handshake_rate) = (2, 5);
    let rig = Rig::start_with(config, Policy::default());
    let mut ann = Bayeux::connected(&rig).await;
    let handshake = ann.message(
        "/meta/handshake",
        json!({
            "version": "1.0", "supportedConnectionTypes": ["long-polling"],
        }),
    );
    let many = ann.posts(json!(vec![handshake.clone(); 60])).await;
    assert_eq!(many.len(), 60);
    assert_eq!(many.iter().filter(|answer| answer["successful"] == true).count(), 1);
    assert_eq!(many[59]["error"], "400::One handshake at a time");

    let mut bob = Bayeux::new(&rig);
    assert_eq!(bob.shakes_hands(json!({})).await["successful"], true, "who never connected goes");
    assert_eq!(bob.connects(json!({})).await["successful"], true);
    let full = Bayeux::new(&rig).shakes_hands(json!({})).await;
    assert_eq!(full["error"], "503::Too many clients", "whoever has connected stays");
    assert_eq!(ann.connects(json!({ "advice": { "timeout": 0 } })).await["successful"], true);

    assert_eq!(Bayeux::new(&rig).shakes_hands(json!({})).await["error"], full["error"]);
    let refused = Bayeux::new(&rig).shakes_hands(json!({})).await;
    assert_eq!(refused["error"], "429::Too many handshakes from here");
    assert_eq!(refused["advice"], json!({ "reconnect": "handshake", "interval": 12_000 }));
    rig.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_read_as_messages_is_refused_as_a_whole() {
    let rig = Rig::start();
    let many = json!(vec![json!({ "channel": "/meta/connect" }); 65]).to_string();
    let deep = format!(r#"[{{"data": {}{}}}]"#, "[".repeat(40), "]".repeat(40));
    let long = "x".repeat(300 * 1_024);
    for (body, status) in
        [("[", 400), (&*many, 400), (&*deep, 400), ("[{\"channel\": 1}]", 400), (&*long, 413)]
    {
        let response = rig.client.post(rig.url(PATH)).body(body.to_owned()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{:.40}", body);
    }
    let get = rig.client.get(rig.url(PATH)).send().await.unwrap();
    assert_eq!(get.status(), 400, "callback-polling is off");
    rig.stop().await;
}

#[actix_web::test]
async fn a_connect_among_other_messages_holds_none_of_their_answers_up() {
    let rig = Rig::start();
    let mut client = Bayeux::connected(&rig).await;
    let connect = client.message("/meta/connect", json!({ "connectionType": "long-polling" }));
    let subscribe = client.message("/meta/subscribe", json!({ "subscription": CHANNEL }));

    let begun = Instant::now();
    let answers = client.posts(json!([connect, subscribe])).await;

    assert_eq!((answers.len(), begun.elapsed() < Duration::from_secs(10)), (2, true));
    rig.stop().await;
}

#[actix_web::test]
async fn a_held_connect_is_answered_by_the_next_one_and_by_good_bye() {
    let rig = Rig::start();
    let mut client = Bayeux::connected(&rig).await;
    let first = client.begins_to_connect("1");
    // One that comes before it does not answer it.
    while !first.is_finished() {
        client.connects(json!({ "advice": { "timeout": 0 } })).await;
    }
    let second = client.begins_to_connect("2");
    let goodbye = client.message("/meta/disconnect", json!({}));
    let goodbye = client.posts(json!([goodbye])).await;
    let (first, second) = (first.await.unwrap(), second.await.unwrap());

    assert_eq!((&first["id"], &first["successful"]), (&json!("1"), &json!(true)));
    assert_eq!(first["advice"]["interval"], 2_000);
    assert_eq!(goodbye[0]["successful"], true);
    let is_told =
        second["advice"]["reconnect"] == "none" || second["error"] == "402::Unknown client";
    assert!(is_told, "{second}");
    assert_eq!(client.connects(json!({})).await["error"], "402::Unknown client");
    rig.stop().await;
}

#[actix_web::test]
async fn who_does_not_come_again_is_forgotten_and_his_chat_expects_him_to_ask() {
    let mut config = Config::default();
    config.cometd.max_interval = 5_000;
    let rig = Rig::start_with(config, Policy::default());
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let chat = ann.chat(&created);
    rig.pass(&chat, Duration::from_secs(300)).await;
    assert!(rig.session(&chat).await.0.closed.is_none(), "while she is told she need not ask");

    let probe = json!([ann.message(CHANNEL, json!({ "data": {} }))]);
    eventually("she is forgotten", || {
        let (mut ann, probe) = (ann.clone(), probe.clone());
        async move {
            let answer = ann.posts(probe).await;
            (answer[0]["error"] == "402::Unknown client").then_some(())
        }
    })
    .await;
    // Were she still told, it would take 300 seconds more.
    for n in 0.. {
        assert!(n < 250, "her chat does not hear that she is lost");
        rig.pass(&chat, Duration::from_secs(1)).await;
        if rig.session(&chat).await.0.closed.is_some() {
            break;
        }
        tokio::task::yield_now().await;
    }
    rig.stop().await;
}

#[actix_web::test]
async fn who_acknowledges_gets_again_what_was_lost_on_its_way() {
    let rig = Rig::start();
    let mut ann = Bayeux::new(&rig);
    let answer = ann.shakes_hands(json!({ "ext": { "ack": true } })).await;
    assert_eq!(answer["ext"], json!({ "ack": true }));
    ann.acknowledged = Some(0);
    ann.connects(json!({})).await;
    let created = ann.starts_a_chat().await;
    ann.sends(&created, json!({ "operation": "sendMessage", "message": "hello" })).await;
    let before = ann.acknowledged;
    assert_eq!(lines(&ann.hears().await), ["Message: hello"]);

    ann.acknowledged = before;
    assert_eq!(lines(&ann.hears().await), ["Message: hello"], "it was lost, says the client");
    assert!(ann.hears_nothing().await);
    rig.stop().await;
}

#[actix_web::test]
async fn old_browsers_may_call_back_where_that_is_switched_on() {
    let mut config = Config::default();
    config.cometd.callback_polling = true;
    let rig = Rig::start_with(config, Policy::default());
    let handshake = json!([{
        "channel": "/meta/handshake", "version": "1.0",
        "supportedConnectionTypes": ["callback-polling"],
    }]);
    let get = async |callback: &str| {
        let query = [("message", handshake.to_string()), ("jsonp", callback.to_owned())];
        let query: Vec<_> =
            query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        rig.client.get(rig.url(&format!("{PATH}?{}", query.join("&")))).send().await.unwrap()
    };

    let response = get("jQuery1.cb").await;
    assert_eq!(response.headers()["content-type"], "text/javascript;charset=UTF-8");
    assert!(response.headers().contains_key(SET_COOKIE));
    let script = response.text().await.unwrap();
    let answer = script.strip_prefix("/**/jQuery1.cb(").unwrap().strip_suffix(')').unwrap();
    let answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer[0]["successful"], true);
    assert_eq!(get("alert(1)//").await.status(), 400);
    rig.stop().await;
}

#[actix_web::test]
async fn pages_of_other_origins_may_bring_the_cookie_of_their_browser() {
    let rig = Rig::start();
    let asked = rig.client.request(reqwest::Method::OPTIONS, rig.url("/genesys/cometd/handshake"));
    let asked = asked
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-requested-with");

    let headers = asked.send().await.unwrap().headers().clone();

    assert_eq!(headers["access-control-allow-origin"], "https://shop.example");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    rig.stop().await;
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
