//! Requests that cannot be carried out: what a client is told, and what nobody is told.

use super::{Chat, Rig, SERVICE};
use holdfast::chat::Policy;
use holdfast::config::Config;
use serde_json::json;
use std::time::Duration;

#[actix_web::test]
async fn a_creation_without_a_name_or_with_a_bad_address_is_refused_with_its_code() {
    let rig = Rig::start();
    let refusal = async |form: &[(&str, &str)]| rig.post(SERVICE, form).await.refusal();

    assert_eq!(refusal(&[("subject", "S")]).await, (400, 2, 161, false));
    assert_eq!(refusal(&[("nickname", " ")]).await, (400, 2, 161, false));
    assert_eq!(refusal(&[("nickname", "A"), ("emailAddress", "a.b")]).await, (400, 2, 364, false));
    assert_eq!(refusal(&[("nickname", "A"), ("endpoint", "other")]).await, (400, 2, 400, false));
    let long = "x".repeat(70_000);
    assert_eq!(refusal(&[("nickname", "A"), ("text", &long)]).await, (400, 2, 204, false));
    rig.stop().await;
}

#[actix_web::test]
async fn a_chat_that_has_nowhere_to_go_is_not_started() {
    let mut config = Config::default();
    config.endpoints.clear();
    let rig = Rig::start_with(config, Policy::default());

    let reply = rig.post(SERVICE, &[("nickname", "Ann")]).await;

    assert_eq!(reply.refusal(), (400, 2, 240, false));
    rig.stop().await;
}

#[actix_web::test]
async fn missing_and_contradicting_parameters_are_refused_by_name() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    for (operation, name) in
        [("send", "message"), ("readReceipt", "transcriptPosition"), ("pushUrl", "pushUrl")]
    {
        let reply = rig.ask(&chat, operation, &[]).await;
        assert_eq!(reply.refusal(), (400, 2, 100, false));
        assert!(reply.body["errors"][0]["message"].as_str().unwrap().contains(name), "{reply:?}");
    }
    assert_eq!(rig.ask(&chat, "updateNickname", &[]).await.refusal(), (400, 2, 161, false));
    assert_eq!(rig.ask(&chat, "updateData", &[]).await.refusal(), (400, 2, 100, false));
    assert_eq!(rig.post(&chat.path("send"), &[]).await.refusal(), (400, 2, 100, false));
    let twice = [("message", "a"), ("message", "b")];
    assert_eq!(rig.ask(&chat, "send", &twice).await.refusal(), (400, 2, 400, false));
    let json = format!(
        r#"{{"userId":"{}","secureKey":"{}","message":"a","message":"b"}}"#,
        chat.user, chat.key
    );
    let url = rig.url(&chat.path("send"));
    assert_eq!(rig.send(rig.client.post(url).body(json)).await.refusal(), (400, 2, 400, false));
    let script = [("pushUrl", "javascript:alert(1)")];
    assert_eq!(rig.ask(&chat, "pushUrl", &script).await.refusal(), (400, 2, 400, false));
    rig.stop().await;
}

#[actix_web::test]
async fn texts_and_data_and_bodies_that_are_too_large_are_refused_each_in_its_way() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let long = "x".repeat(65 * 1_024);
    let huge = "x".repeat(300 * 1_024);
    let mut many: Vec<_> = (0..101).map(|n| format!("userData[{n}]")).collect();
    let many: Vec<_> = many.iter_mut().map(|name| (name.as_str(), "v")).collect();

    assert_eq!(rig.ask(&chat, "send", &[("message", &long)]).await.refusal(), (400, 2, 204, false));
    assert_eq!(
        rig.ask(&chat, "refresh", &[("message", &long)]).await.refusal(),
        (400, 2, 204, false)
    );
    assert_eq!(rig.ask(&chat, "send", &[("message", &huge)]).await.refusal(), (413, 2, 413, false));
    assert_eq!(rig.ask(&chat, "updateData", &many).await.refusal(), (400, 2, 400, false));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    let form = [("message", "m"), ("eventAttributes", &*deep)];
    assert_eq!(rig.ask(&chat, "send", &form).await.refusal(), (400, 2, 400, false));
    rig.stop().await;
}

#[actix_web::test]
async fn a_creation_that_is_refused_leaves_nothing_behind() {
    let rig = Rig::start();
    let long = "x".repeat(200);
    let same = [("nickname", "Ann"), ("messageId", "0123456789abcdef")];

    let refused = rig.post(SERVICE, &[("nickname", &long)]).await;
    let once = [("nickname", &*long), ("messageId", "0123456789abcdef")];
    let refused_named = rig.post(SERVICE, &once).await;

    assert_eq!(refused.refusal(), (400, 2, 204, false));
    assert_eq!(refused_named.refusal(), (400, 2, 204, false));
    assert_eq!(rig.handles.sessions.n_active(), 0);
    assert_eq!(rig.post(SERVICE, &same).await.body["statusCode"], 0);
    rig.stop().await;
}

#[actix_web::test]
async fn first_words_of_which_nothing_is_left_are_none() {
    let rig = Rig::start();

    let chat = rig.create(&[("nickname", "Ann"), ("text", "\u{7} \u{1b}")]).await;
    let reply = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(reply.lines(), ["ParticipantJoined"]);
    rig.stop().await;
}

#[actix_web::test]
async fn what_is_not_utf8_is_refused_and_control_characters_go() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let body = format!("userId={}&secureKey={}&message=%C3%28", chat.user, chat.key);

    let broken = rig.send(rig.client.post(rig.url(&chat.path("send"))).body(body)).await;
    let form = [("message", "a\0b\u{1b}c"), ("transcriptPosition", "2")];
    let cleaned = rig.ask(&chat, "send", &form).await;

    assert_eq!(broken.refusal(), (400, 2, 400, false));
    assert_eq!(cleaned.lines(), ["Message: abc"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_flood_in_one_session_is_slowed_down() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    for _ in 0..20 {
        assert_eq!(rig.ask(&chat, "send", &[("message", "a")]).await.status, 200);
    }

    let refused = rig.ask(&chat, "send", &[("message", "a")]).await;
    rig.clock.turn(Duration::from_secs(1));
    let later = rig.ask(&chat, "send", &[("message", "a")]).await;

    assert_eq!(refused.refusal(), (429, 1, 429, false));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(later.status, 200);
    rig.stop().await;
}

#[actix_web::test]
async fn one_address_starts_only_so_many_chats_a_minute_and_a_trusted_gateway_any_number() {
    let mut config = Config::default();
    config.limits.create_rate = 2;
    for trusted in [false, true] {
        if trusted {
            config.listen.trusted_gateways = vec!["127.0.0.1".parse().unwrap()];
        }
        let rig = Rig::start_with(config.clone(), Policy::default());
        let mut statuses = vec![];
        for _ in 0..3 {
            statuses.push(rig.post(SERVICE, &[("nickname", "Ann")]).await.status);
        }
        assert_eq!(statuses, if trusted { [200, 200, 200] } else { [200, 200, 429] });
        rig.stop().await;
    }
}

#[actix_web::test]
async fn unknown_addresses_and_methods_are_told_as_json() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;

    assert_eq!(rig.ask(&chat, "explode", &[]).await.status, 404);
    assert_eq!(rig.post("/genesys/2/chat/nonsense", &[("nickname", "A")]).await.status, 404);
    assert_eq!(rig.post("/", &[]).await.status, 404);
    let wrong = rig.send(rig.client.get(rig.url(&chat.path("send")))).await;
    assert_eq!((wrong.status, wrong.headers["allow"].to_str().unwrap()), (405, "POST"));
    rig.stop().await;
}

#[actix_web::test]
async fn a_wrong_key_is_answered_like_a_session_that_never_was() {
    let mut config = Config::default();
    config.limits.failed_key_rate = 100;
    let rig = Rig::start_with(config, Policy::default());
    let (ann, eve) =
        (rig.create(&[("nickname", "A")]).await, rig.create(&[("nickname", "E")]).await);
    let never = Chat { id: "0".repeat(22), ..eve.clone() };
    let cases = [
        Chat { key: eve.key.clone(), ..ann.clone() },
        Chat { user: eve.user.clone(), key: eve.key.clone(), ..ann.clone() },
        Chat { user: eve.user.clone(), ..ann.clone() },
        Chat { key: ann.key[..ann.key.len() - 2].to_owned(), ..ann.clone() },
        Chat { key: "zz".repeat(40), ..ann.clone() },
    ];
    let mut unknown = rig.ask(&never, "refresh", &[]).await;
    unknown.body["chatId"] = json!(ann.id);
    assert_eq!(unknown.refusal(), (200, 2, 8_210, false));

    for forged in cases {
        let refused = rig.ask(&forged, "refresh", &[]).await;
        assert_eq!((refused.status, &refused.body), (200, &unknown.body), "{forged:?}");
        assert_eq!(rig.ask(&forged, "disconnect", &[]).await.body, unknown.body);
    }
    assert_eq!(rig.ask(&ann, "send", &[("message", "still here")]).await.status, 200);
    rig.stop().await;
}

#[actix_web::test]
async fn guessing_keys_is_slowed_down_and_good_keys_still_open() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let forged = Chat { key: "00".repeat(60), ..chat.clone() };
    for _ in 0..10 {
        assert_eq!(rig.ask(&forged, "refresh", &[]).await.refusal(), (200, 2, 8_210, false));
    }

    let refused = rig.ask(&forged, "refresh", &[]).await;
    let good = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(refused.refusal(), (429, 1, 429, false));
    assert_eq!(refused.headers["retry-after"], "6");
    assert_eq!(good.status, 200);
    rig.stop().await;
}
