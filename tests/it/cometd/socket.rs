//! The protocol over a WebSocket.

use super::client::{Bayeux, CHANNEL, PATH};
use super::lines;
use crate::support::gate::Gate;
use crate::support::rig::{Chat, Rig};
use futures_util::{SinkExt, StreamExt};
use holdfast::chat::Policy;
use holdfast::config::Config;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(60);

struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    waiting: VecDeque<Value>,
    id: String,
}

#[actix_web::test]
async fn events_come_as_they_happen_without_a_connect_being_answered() {
    let rig = Rig::start();
    let mut ann = Socket::connected(&rig, json!({})).await;
    ann.says("/meta/connect", json!({ "id": "held" })).await;
    let data = json!({ "operation": "requestChat", "nickname": "Ann" });
    ann.says(CHANNEL, json!({ "id": "3", "data": data })).await;
    let (ack, created) = (ann.answer("3").await, ann.event().await);
    let chat = Chat {
        id: created["chatId"].as_str().unwrap().to_owned(),
        user: created["userId"].as_str().unwrap().to_owned(),
        key: String::new(),
    };
    let bob = rig.agent_joins(&chat, "bob").await;
    for n in 0..10 {
        rig.says(&chat, bob, &n.to_string()).await;
    }

    let mut heard = Vec::new();
    while heard.len() < 11 {
        heard.extend(lines(&ann.event().await));
    }

    assert_eq!(ack["successful"], true);
    assert_eq!(heard[1..], (0..10).map(|n| format!("Message: {n}")).collect::<Vec<_>>());
    assert!(ann.waiting.iter().all(|message| message["id"] != "held"), "{:?}", ann.waiting);
    ann.says("/meta/disconnect", json!({ "id": "4" })).await;
    assert_eq!(ann.answer("held").await["advice"]["reconnect"], "none");
    rig.stop().await;
}

#[actix_web::test]
async fn who_acknowledges_gets_events_with_the_answer_to_a_connect() {
    let rig = Rig::start();
    let mut ann = Socket::connected(&rig, json!({ "ext": { "ack": true } })).await;
    let data = json!({ "operation": "requestChat", "nickname": "Ann" });
    ann.says(CHANNEL, json!({ "id": "3", "data": data })).await;
    ann.answer("3").await;
    ann.says("/meta/connect", json!({ "id": "4", "ext": { "ack": 0 } })).await;

    assert_eq!(lines(&ann.event().await), ["ParticipantJoined"]);
    assert_eq!(ann.answer("4").await["ext"]["ack"], 1);
    rig.stop().await;
}

#[actix_web::test]
async fn a_client_may_name_a_subprotocol_or_none() {
    let rig = Rig::start();
    let url = url(&rig);
    for offered in ["cometd", "anything, else"] {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
        let (_, response) = connect_async(request).await.unwrap();
        let first = offered.split(',').next().unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], first);
        assert!(
            !response.headers().contains_key("sec-websocket-extensions"),
            "nothing is compressed"
        );
    }
    rig.stop().await;
}

#[actix_web::test]
async fn a_socket_that_a_balancer_led_astray_is_sent_back_for_its_cookie() {
    let rig = Rig::start();
    let mut elsewhere = Bayeux::new(&rig);
    elsewhere.shakes_hands(json!({})).await;
    let of_another_node = format!("{}{}", &elsewhere.id[..8], "x".repeat(24));
    let connect = json!([{ "channel": "/meta/connect", "id": "2", "clientId": of_another_node }]);
    let mut open = url(&rig).into_client_request().unwrap();
    let (mut first, response) = connect_async(open.clone()).await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    open.headers_mut().insert("cookie", cookie.parse().unwrap());

    first.send(Message::text(connect.to_string())).await.unwrap();
    let Message::Close(Some(reason)) = first.next().await.unwrap().unwrap() else { panic!() };
    let (second, response) = connect_async(open).await.unwrap();
    let mut second = Socket { stream: second, waiting: VecDeque::new(), id: of_another_node };
    second.says("/meta/connect", json!({ "id": "3" })).await;

    assert_eq!(reason.code, CloseCode::Restart);
    assert!(!response.headers().contains_key("set-cookie"), "it has one");
    assert_eq!(second.answer("3").await["error"], "402::Unknown client");
    let mut old = Socket::open(&rig).await;
    old.id = "0".repeat(32);
    old.says("/meta/connect", json!({ "id": "4" })).await;
    assert_eq!(old.answer("4").await["error"], "402::Unknown client", "that was long ago");
    rig.stop().await;
}

#[actix_web::test]
async fn a_page_of_an_origin_that_is_not_allowed_gets_no_socket() {
    let mut config = Config::default();
    config.listen.cors_origins = vec!["https://shop.example".into()];
    let rig = Rig::start_with(config, Policy::default());
    let open = async |origin: &str| {
        let mut request = url(&rig).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        connect_async(request).await
    };

    assert!(open("https://shop.example").await.is_ok());
    let Err(Error::Http(response)) = open("https://evil.example").await else { panic!() };
    assert_eq!(response.status(), 403);
    rig.stop().await;
}

#[actix_web::test]
async fn what_is_no_message_too_long_or_too_often_ends_the_socket_with_a_reason() {
    let rig = Rig::start();
    let bad = [
        (Message::text("["), CloseCode::Protocol),
        (Message::text(json!(vec![json!({}); 65]).to_string()), CloseCode::Protocol),
        (Message::binary(vec![1]), CloseCode::Protocol),
        (Message::text("x".repeat(70 * 1_024)), CloseCode::Size),
    ];
    for (message, code) in bad {
        let mut socket = Socket::open(&rig).await;
        socket.stream.send(message).await.unwrap();
        assert_eq!(socket.end().await, code);
    }
    let mut socket = Socket::open(&rig).await;
    for _ in 0..11 {
        socket.stream.send(Message::Ping(vec![].into())).await.unwrap();
    }
    assert_eq!(socket.end().await, CloseCode::Policy);
    rig.stop().await;
}

#[actix_web::test]
async fn a_connection_that_fell_silent_is_found_and_its_client_goes_on_over_another_one() {
    let mut config = Config::default();
    (config.cometd.ping_interval, config.cometd.max_interval) = (3_000, 5_000);
    let rig = Rig::start_with(config, Policy::default());
    let gate = Gate::before(rig.base.trim_start_matches("http://"));
    let through = format!("ws://{}{PATH}", gate.address);
    let (stream, _) = connect_async(through).await.unwrap();
    let mut ann = Socket { stream, waiting: VecDeque::new(), id: String::new() };
    ann.meets(json!({})).await;
    ann.says("/meta/connect", json!({ "id": "held" })).await;
    let data = json!({ "operation": "requestChat", "nickname": "Ann" });
    ann.says(CHANNEL, json!({ "id": "3", "data": data })).await;
    let created = ann.event().await;

    // Longer than a silence is borne, but pings are answered.
    let pings = async {
        for _ in 0..3 {
            while !matches!(ann.stream.next().await.unwrap().unwrap(), Message::Ping(_)) {}
        }
    };
    timeout(PATIENCE, pings).await.expect("no pings come");
    let mut page = Bayeux::new(&rig);
    let asks = json!([{ "channel": "/meta/subscribe", "clientId": ann.id }]);
    assert_eq!(page.posts(asks.clone()).await[0]["error"], "400::No subscription");
    gate.swallow();
    let bob = rig.agent_joins(&page.chat(&created), "bob").await;
    rig.says(&page.chat(&created), bob, "hello?").await;
    let until_forgotten =
        async { while page.posts(asks.clone()).await[0]["error"] != "402::Unknown client" {} };
    timeout(PATIENCE, until_forgotten).await.expect("the silence is not found");
    page.meets().await;
    let resume = json!({ "operation": "requestNotifications", "transcriptPosition": 2 });
    page.sends(&created, resume).await;

    assert_eq!(lines(&page.hears().await), ["ParticipantJoined", "Message: hello?"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_client_that_shakes_hands_over_a_socket_takes_the_place_of_the_former_one() {
    let rig = Rig::start();
    let mut socket = Socket::connected(&rig, json!({})).await;
    let mut page = Bayeux::new(&rig);
    let asks = json!([{ "channel": "/meta/subscribe", "clientId": socket.id }]);
    assert_eq!(page.posts(asks.clone()).await[0]["error"], "400::No subscription");

    socket.meets(json!({})).await;

    assert_eq!(page.posts(asks).await[0]["error"], "402::Unknown client");
    rig.stop().await;
}

#[actix_web::test]
async fn who_wishes_and_takes_nothing_is_answered_all_the_same() {
    let mut config = Config::default();
    config.cometd.max_queue = 1;
    let rig = Rig::start_with(config, Policy::default());
    let mut socket = Socket::connected(&rig, json!({ "ext": { "ack": true } })).await;

    for (id, error) in
        [("3", None), ("4", None), ("5", Some("503::Too much waits for this client"))]
    {
        socket.says(CHANNEL, json!({ "id": id, "data": { "operation": "dance" } })).await;
        assert_eq!(socket.answer(id).await["error"].as_str(), error, "{id}");
    }
    socket.says("/meta/connect", json!({ "id": "6" })).await;

    assert_eq!(socket.answer("6").await["successful"], true);
    assert_ne!(socket.event().await["statusCode"], 0);
    assert_ne!(socket.event().await["statusCode"], 0);
    rig.stop().await;
}

#[actix_web::test]
async fn a_ping_of_the_client_is_answered_with_its_own_words() {
    let rig = Rig::start();
    let mut socket = Socket::open(&rig).await;

    socket.stream.send(Message::Ping("still there?".into())).await.unwrap();

    assert_eq!(socket.stream.next().await.unwrap().unwrap(), Message::Pong("still there?".into()));
    rig.stop().await;
}

fn url(rig: &Rig) -> String {
    rig.url(PATH).replacen("http", "ws", 1)
}

impl Socket {
    async fn open(rig: &Rig) -> Self {
        let (stream, response) = connect_async(url(rig)).await.unwrap();
        assert!(!response.headers().contains_key("sec-websocket-protocol"));
        Self { stream, waiting: VecDeque::new(), id: String::new() }
    }

    async fn connected(rig: &Rig, more: Value) -> Self {
        let mut socket = Self::open(rig).await;
        socket.meets(more).await;
        socket
    }

    async fn meets(&mut self, more: Value) {
        let mut handshake = json!({
            "id": "1", "version": "1.0", "supportedConnectionTypes": ["websocket"],
        });
        handshake.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.says("/meta/handshake", handshake).await;
        let answer = self.answer("1").await;
        self.id = answer["clientId"].as_str().unwrap().to_owned();
        self.says("/meta/connect", json!({ "id": "2", "advice": { "timeout": 0 } })).await;
        assert_eq!(self.answer("2").await["successful"], true);
    }

    async fn says(&mut self, channel: &str, more: Value) {
        let mut message = json!({ "channel": channel, "clientId": self.id });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.stream.send(Message::text(json!([message]).to_string())).await.unwrap();
    }

    async fn answer(&mut self, id: &str) -> Value {
        self.next(|message| message["id"] == id).await
    }

    async fn event(&mut self) -> Value {
        self.next(|message| message["data"].is_object()).await["data"].clone()
    }

    /// The first message of a kind; others wait.
    async fn next(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(at) = self.waiting.iter().position(&is) {
                return self.waiting.remove(at).unwrap();
            }
            match self.stream.next().await.unwrap().unwrap() {
                Message::Text(text) => {
                    let messages: Vec<Value> = serde_json::from_str(&text).unwrap();
                    self.waiting.extend(messages);
                }
                Message::Ping(_) => {}
                Message::Binary(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {
                    panic!("no messages")
                }
            }
        }
    }

    async fn end(&mut self) -> CloseCode {
        loop {
            if let Message::Close(reason) = self.stream.next().await.unwrap().unwrap() {
                return reason.unwrap().code;
            }
        }
    }
}
