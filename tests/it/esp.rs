//! ESP over real HTTP: what other systems do in chats, what each of the people there sees of it, and what
//! becomes of those who may not or cannot ask so.

mod abuse;
mod ending;
mod golden;
mod inside;
mod nodes;
mod papers;
mod real;

use crate::support::accounts::cheap_hash;
use crate::support::patience::eventually;
use crate::support::rig::{Chat, Rig};
use actix_web::web::Data;
use holdfast::base::ParticipantId;
use holdfast::chat::event::{EndReason, EventId};
use holdfast::chat::transcript::{From, view};
use holdfast::chat::{Fact, Policy, Role, Visibility};
use holdfast::config::{Config, EspClient, Secret};
use holdfast::edge::esp::{Api, configure};
use holdfast::edge::handles::Handles;
use holdfast::edge::server::{Manners, open};
use holdfast::node::wiring::bots::Gateway;
use holdfast::node::wiring::esp::ToSessions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

const PASSWORD: &str = "battery staple";

/// The ESP listener of a node, and a client who may ask there.
struct Systems {
    base: String,
    client: reqwest::Client,
}

/// What was answered.
#[derive(Debug)]
struct Told {
    status: u16,
    retry_after: Option<String>,
    body: Value,
}

impl Systems {
    /// Opens the listener on a node that has some handles.
    fn of(handles: &Handles) -> Self {
        let handles =
            Handles { config: Arc::new(with_clients(&handles.config)), ..handles.clone() };
        let world = (handles.clock.clone(), handles.chance.clone());
        let nickname = handles.config.settings.esp_nickname.clone();
        let policy = holdfast::esp::Policy { nickname, bots: BTreeMap::new() };
        let bots = Arc::new(Gateway::new(BTreeMap::new(), handles.clock.clone(), None));
        let door = ToSessions::new(handles.sessions.clone(), world, (policy, bots));
        let door = Arc::new(door);
        let api = Data::new(Api::new(handles, door));
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let manners = Manners { n_workers: 1, ..Manners::default() };
        actix_web::rt::spawn(open(socket, manners, configure(api)).unwrap());
        Self { base, client: reqwest::Client::new() }
    }

    fn request(&self, method: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}/esp/v1/Chat/{method}", self.base))
    }

    async fn ask(&self, method: &str, body: Value) -> Told {
        self.send(self.request(method).basic_auth("crm", Some(PASSWORD)).json(&body)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Told {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
        Told { status: answer.status().as_u16(), retry_after, body: answer.json().await.unwrap() }
    }
}

impl Told {
    fn code(&self) -> u64 {
        self.body["fault"]["code"].as_u64().unwrap_or_else(|| panic!("{self:?}"))
    }

    fn result(&self, name: &str) -> &Value {
        assert_eq!(self.status, 200, "{self:?}");
        &self.body["parameters"][name]
    }
}

/// Accounts for these tests, beside what a node has.
fn with_clients(config: &Config) -> Config {
    let mut config = config.clone();
    for name in ["crm", "ivr"] {
        let password_hash = Secret::new(&cheap_hash(PASSWORD));
        config.esp_clients.insert(name.into(), EspClient { password_hash });
    }
    config
}

/// A node with one customer in a chat.
async fn a_chat() -> (Rig, Systems, Chat) {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let systems = Systems::of(&rig.handles);
    (rig, systems, chat)
}

/// A message to a chat.
fn message(chat: &Chat, text: &str) -> Value {
    json!({ "userData": { "InteractionId": chat.id }, "parameters": { "MessageText": text } })
}

/// The same, for some only.
fn message_for(chat: &Chat, text: &str, visibility: &str) -> Value {
    let parameters =
        json!({ "MessageText": text, "Visibility": visibility, "Nickname": visibility });
    json!({ "userData": { "InteractionId": chat.id }, "parameters": parameters })
}

/// The texts that somebody sees.
async fn texts(rig: &Rig, chat: &Chat, who: ParticipantId) -> Vec<String> {
    let (session, room) = rig.session(chat).await;
    let lines = view(&session, &room, who, From::Id(EventId(0))).unwrap().lines.into_iter();
    let texts = lines.filter_map(|line| {
        let Fact::Said { words, .. } = &line.event.fact else { return None };
        Some(words.text.clone())
    });
    texts.collect()
}

#[actix_web::test]
async fn a_message_reaches_the_customer_and_is_answered_with_its_place() {
    let (rig, systems, chat) = a_chat().await;

    let first = systems.ask("Message", message(&chat, "welcome")).await;
    let named = json!({ "MessageText": "soon", "Nickname": "Clock", "MessageType": "text" });
    let body = json!({ "interactionId": chat.id, "parameters": named });
    let second = systems.ask("Message", body).await;

    assert_eq!((first.result("ScriptPos"), second.result("ScriptPos")), (&json!(2), &json!(4)));
    assert_eq!(first.result("OccuredAt"), "2023-11-14T22:13:20Z");
    let seen = rig.ask(&chat, "refresh", &[("transcriptPosition", "1")]).await;
    let joined = "ParticipantJoined";
    assert_eq!(seen.lines(), [joined, joined, "Message: welcome", joined, "Message: soon"]);
    let from: Vec<_> = seen.messages().iter().map(|one| &one["from"]["nickname"]).collect();
    assert_eq!(from, ["Ann", "System", "System", "Clock", "Clock"]);
    assert_eq!(seen.messages()[1]["from"]["type"], "External");
    rig.stop().await;
}

#[actix_web::test]
async fn a_notice_shows_an_address_or_something_of_the_senders_own() {
    let (rig, systems, chat) = a_chat().await;
    let notice = |kind: &str, text: &str| {
        let parameters =
            json!({ "NoticeType": kind, "NoticeText": text, "EventAttributes": "a:1" });
        json!({ "interactionId": chat.id, "parameters": parameters })
    };

    let shown = systems.ask("Notice", notice("USER_PUSHED_URL", "https://example.com")).await;
    systems.ask("Notice", notice("USER_CUSTOM", "beep")).await;
    let bad = systems.ask("Notice", notice("USER_PUSHED_URL", "javascript:alert(1)")).await;

    assert_eq!(shown.result("ScriptPos"), &json!(2));
    assert_eq!((bad.status, bad.code()), (400, 400));
    let seen = rig.ask(&chat, "refresh", &[("transcriptPosition", "1")]).await;
    let lines = seen.lines();
    assert_eq!(lines[2..], ["PushUrl: https://example.com", "CustomNotice: beep"]);
    assert_eq!(seen.messages()[3]["eventAttributes"], json!({ "a": "1" }));
    rig.stop().await;
}

#[actix_web::test]
async fn what_is_for_agents_or_supervisors_changes_no_byte_for_the_customer() {
    let (rig, systems, chat) = a_chat().await;
    let agent = rig.agent_joins(&chat, "Bob").await;
    let monitor = rig.joins(&chat, "Sue", Role::Supervisor, Visibility::Vip).await;
    let before = rig.ask(&chat, "refresh", &[("transcriptPosition", "1")]).await;

    for (text, visibility) in [("secret one", "INT"), ("secret two", "VIP")] {
        let said = systems.ask("Message", message_for(&chat, text, visibility)).await;
        assert_eq!(said.status, 200);
    }

    let after = rig.ask(&chat, "refresh", &[("transcriptPosition", "1")]).await;
    assert_eq!(after.body["messages"], before.body["messages"]);
    assert!(!after.body.to_string().contains("secret"));
    assert_eq!(texts(&rig, &chat, agent).await, ["secret one"]);
    assert_eq!(texts(&rig, &chat, monitor).await, ["secret one", "secret two"]);
    rig.stop().await;
}

#[actix_web::test]
async fn the_same_name_of_a_request_counts_once_for_each_client() {
    let (rig, systems, chat) = a_chat().await;
    let named = |text: &str| {
        let mut body = message(&chat, text);
        body["messageId"] = json!("m1");
        body
    };

    let first = systems.ask("Message", named("welcome")).await;
    let again = systems.ask("Message", named("welcome")).await;
    let request = systems.request("Message").basic_auth("crm", Some(PASSWORD));
    let by_header = request.header("Idempotency-Key", "m1").json(&message(&chat, "welcome"));
    let by_header = systems.send(by_header).await;
    let other = systems.ask("Message", named("good bye")).await;
    let request = systems.request("Message").basic_auth("ivr", Some(PASSWORD));
    let of_another = systems.send(request.json(&named("welcome"))).await;

    for told in [&again, &by_header] {
        assert_eq!(told.body["duplicate"], true, "{told:?}");
        assert_eq!(told.result("ScriptPos"), first.result("ScriptPos"));
    }
    assert_eq!((other.status, other.code()), (409, 409));
    assert_eq!(of_another.result("ScriptPos"), &json!(3));
    rig.stop().await;
}

#[actix_web::test]
async fn the_language_of_a_chat_can_be_changed() {
    let (rig, systems, chat) = a_chat().await;
    let language = |name: &str, language: &str| json!({ "interactionId": chat.id, "parameters": { name: language } });

    let told = systems.ask("ConfigureSession", language("GCTI_LanguageName", "German")).await;
    assert_eq!(told.result("OccuredAt"), "2023-11-14T22:13:20Z");
    let nothing = systems.ask("ConfigureSession", json!({ "interactionId": chat.id })).await;
    let reset = systems.ask("ConfigureSession", language("async-idle-reset", "1")).await;

    let (session, _) = rig.session(&chat).await;
    assert_eq!(session.user_data.text("GCTI_LanguageName").as_deref(), Some("German"));
    assert_eq!((nothing.status, nothing.code()), (400, 100));
    assert_eq!((reset.status, reset.code()), (400, 400), "it is no asynchronous chat");
    rig.stop().await;
}

#[actix_web::test]
async fn a_silent_chat_is_warned_and_closed_as_a_workflow_has_set_it() {
    let (rig, systems, chat) = a_chat().await;
    let agent = rig.agent_joins(&chat, "Bob").await;
    let wanted =
        json!({ "enabled": "true", "timeout-alert": "20", "message-alert": "still there?" });
    let body = json!({ "interactionId": chat.id, "parameters": wanted });

    let told = systems.ask("IdleControlConfigure", body).await;
    let bad = json!({ "interactionId": chat.id, "parameters": { "timeout-close": "soon" } });
    let bad = systems.ask("IdleControlConfigure", bad).await;
    rig.says(&chat, agent, "one moment").await;
    rig.pass(&chat, Duration::from_secs(20)).await;

    assert_eq!(told.result("OccuredAt"), "2023-11-14T22:13:20Z");
    assert_eq!((bad.status, bad.code()), (400, 400));
    let seen = rig.ask(&chat, "refresh", &[("transcriptPosition", "-1")]).await;
    assert_eq!(seen.lines(), ["IdleAlert: still there?"]);
    let next = json!({ "next-idle-timer-type": "CLOSE", "next-idle-timer-secs": "45" });
    assert_eq!(seen.messages()[0]["userData"], next);
    rig.pass(&chat, Duration::from_secs(44)).await;
    rig.ask(&chat, "refresh", &[]).await;
    rig.pass(&chat, Duration::from_secs(1)).await;
    let (session, _) = rig.session(&chat).await;
    assert_eq!(session.closed.unwrap().reason, EndReason::Inactive);
    rig.stop().await;
}

#[actix_web::test]
async fn a_sleeping_chat_is_woken_by_what_is_said() {
    let policy = Policy {
        sleep_after: Some(Duration::from_secs(60)),
        flex_disconnect_timeout: Duration::from_secs(86_400),
        ..Policy::default()
    };
    let rig = Rig::start_with(Config::default(), policy);
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let systems = Systems::of(&rig.handles);
    rig.clock.turn(Duration::from_secs(61));
    rig.houses_hear(&chat).await;
    eventually("it sleeps", || async { rig.is_asleep(&chat).await.then_some(()) }).await;

    let said = systems.ask("Message", message(&chat, "still there?")).await;

    assert_eq!(said.result("ScriptPos"), &json!(2));
    let info = json!({ "interactionId": chat.id });
    let told = systems.ask("GetSessionInfo", info).await;
    assert_eq!(told.result("SessionInfo")["IsRestored"], 1);
    rig.stop().await;
}

#[actix_web::test]
async fn attributes_reach_the_customer_in_both_notations() {
    let (rig, systems, chat) = a_chat().await;
    let said = async |attributes: Value| {
        let mut body = message(&chat, "choose");
        body["parameters"]["{l}EventAttributes"] = attributes;
        systems.ask("Message", body).await
    };

    let content = r#"{"type":"Message"}"#;
    said(json!({ "chat": { "content": content } })).await;
    said(json!(r#"{"chat":{"content":"{\"type\":\"Message\"}"}}"#)).await;
    said(json!("chat.content: x | plain : y")).await;
    let bad = said(json!("no colon")).await;

    assert_eq!((bad.status, bad.code()), (400, 400));
    let seen = rig.post(&chat.path("refresh"), &chat.proof()).await;
    let attributes: Vec<_> =
        seen.messages()[2..].iter().map(|one| one["eventAttributes"].clone()).collect();
    let rich = json!({ "chat": { "content": content } });
    let listed = json!({ "chat": { "content": "x" }, "plain": "y" });
    assert_eq!(attributes, [rich.clone(), rich, listed]);
    rig.stop().await;
}
