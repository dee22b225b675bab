//! Chats over CometD: what is asked, what is told, who is told.

use super::client::{Bayeux, CHANNEL, PATH};
use super::lines;
use crate::support::rig::{Chat, Rig, SERVICE};
use holdfast::chat::{Policy, Visibility};
use holdfast::config::Config;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn every_operation_is_carried_out_and_its_event_comes_to_the_customer_too() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let bob = rig.agent_joins(&ann.chat(&created), "bob").await;
    assert_eq!(lines(&ann.hears().await), ["ParticipantJoined"]);
    let attributes = json!({ "general-properties": { "related-event-id": "3" } });
    let told = [
        (
            json!({ "operation": "sendMessage", "message": "hi", "messageType": "text", "eventAttributes": attributes }),
            "Message: hi",
        ),
        (
            json!({ "operation": "pushUrl", "pushUrl": "https://example.org/" }),
            "PushUrl: https://example.org/",
        ),
        (json!({ "operation": "updateNickname", "nickname": "Anna" }), "NicknameUpdated: Anna"),
        (
            json!({ "operation": "customNotice", "message": "note", "userData": { "k": 1 } }),
            "CustomNotice: note",
        ),
        (json!({ "operation": "readReceipt", "transcriptPosition": 1 }), "Notice: read-confirm"),
    ];
    for (data, line) in told {
        assert_eq!(ann.sends(&created, data).await["successful"], true, "{line}");
        let event = ann.hears().await;
        assert_eq!(lines(&event), [line]);
        if line.starts_with("Message") {
            assert_eq!(event["messages"][0]["eventAttributes"], attributes);
        }
    }
    for data in [
        json!({ "operation": "startTyping", "message": "I ty" }),
        json!({ "operation": "stopTyping" }),
        json!({ "operation": "updateData", "userData": { "colour": "blue" } }),
    ] {
        assert_eq!(ann.sends(&created, data).await["successful"], true);
    }
    assert!(ann.hears_nothing().await, "her own typing and data are not told to her");
    rig.types(&ann.chat(&created), bob, "let me s").await;
    assert_eq!(lines(&ann.hears().await), ["TypingStarted: let me s"]);
    rig.stop().await;
}

#[actix_web::test]
async fn what_a_customer_may_not_see_is_not_told() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let chat = ann.chat(&created);
    let bob = rig.agent_joins(&chat, "bob").await;
    ann.hears().await;

    rig.says_to(&chat, bob, "she is difficult", Visibility::Int).await;

    assert!(ann.hears_nothing().await);
    rig.says(&chat, bob, "hello").await;
    assert_eq!(lines(&ann.hears().await), ["Message: hello"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_refusal_is_told_as_an_event_and_the_message_counts_as_taken() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let no_name = json!({ "operation": "requestChat", "subject": "S" });
    assert_eq!(
        ann.publishes(no_name).await,
        json!({ "channel": CHANNEL, "id": "7", "successful": true })
    );
    let refused = ann.hears().await;
    assert_eq!((&refused["statusCode"], &refused["errors"][0]["code"]), (&json!(2), &json!(161)));

    let created = ann.starts_a_chat().await;
    let rest = rig.create(&[("nickname", "Ben")]).await;
    let key = &created["secureKey"];
    for (data, code) in [
        (json!({ "operation": "nonsense", "secureKey": key }), 400),
        (json!({ "operation": "sendMessage", "message": "x" }), 100),
        (json!({ "operation": "sendMessage", "message": "x", "secureKey": "ab" }), 8_210),
        (json!({ "operation": "sendMessage", "message": "x", "secureKey": rest.key }), 8_210),
        (
            json!({ "operation": "sendMessage", "message": "x", "secureKey": key, "chatId": rest.id }),
            8_210,
        ),
        (json!({ "operation": "sendMessage", "secureKey": key }), 100),
    ] {
        ann.publishes(data.clone()).await;
        assert_eq!(ann.hears().await["errors"][0]["code"], code, "{data}");
    }
    let no_object = ann.message(CHANNEL, json!({ "data": "text" }));
    assert_eq!(ann.posts(json!([no_object])).await[0]["error"], "400::The data is no object");
    // Nor does a key of CometD open anything over REST.
    let chat = ann.chat(&created);
    let foreign = rig.ask(&Chat { ..chat }, "refresh", &[]).await;
    assert_eq!(foreign.refusal().2, 8_210);
    rig.stop().await;
}

#[actix_web::test]
async fn the_key_alone_leads_to_the_chat_and_what_pushes_have_in_place_of_ids_is_ignored() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let key = &created["secureKey"];

    ann.publishes(json!({ "operation": "sendMessage", "message": "one", "secureKey": key })).await;
    let from_a_push = json!({ "chatId": "deprecated", "userId": "deprecated", "alias": "0" });
    let mut data = json!({ "operation": "sendMessage", "message": "two", "secureKey": key });
    data.as_object_mut().unwrap().extend(from_a_push.as_object().unwrap().clone());
    ann.publishes(data).await;

    let mut heard = lines(&ann.hears().await);
    if heard.len() == 1 {
        heard.extend(lines(&ann.hears().await));
    }
    assert_eq!(heard, ["Message: one", "Message: two"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_page_that_is_loaded_again_gets_what_it_asks_for_and_then_goes_on() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let chat = ann.chat(&created);
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says(&chat, bob, "one").await;

    let mut page = Bayeux::connected(&rig).await;
    let again = json!({ "operation": "requestNotifications", "transcriptPosition": 1 });
    page.sends(&created, again.clone()).await;
    let whole = page.hears().await;
    rig.says(&chat, bob, "two").await;

    assert_eq!(whole["chatEnded"], false);
    assert_eq!(lines(&whole), ["ParticipantJoined", "ParticipantJoined", "Message: one"]);
    assert_eq!(lines(&page.hears().await), ["Message: two"]);
    // It may ask as often as it likes, also for what it has.
    let position = whole["nextPosition"].as_u64().unwrap();
    page.sends(
        &created,
        json!({ "operation": "requestNotifications", "transcriptPosition": position }),
    )
    .await;
    assert_eq!(lines(&page.hears().await), ["Message: two"]);
    page.sends(&created, json!({ "operation": "requestNotifications", "transcriptPosition": -1 }))
        .await;
    assert_eq!(lines(&page.hears().await), ["Message: two"]);
    rig.says(&chat, bob, "three").await;
    assert_eq!(lines(&page.hears().await), ["Message: three"]);
    rig.stop().await;
}

#[actix_web::test]
async fn a_chat_tells_one_client_and_the_older_one_hears_that_it_is_told_no_more() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let mut newer = Bayeux::connected(&rig).await;
    newer.sends(&created, json!({ "operation": "requestNotifications" })).await;
    newer.hears().await;

    let told = ann.hears().await;
    newer.sends(&created, json!({ "operation": "sendMessage", "message": "hello" })).await;

    assert_eq!((&told["statusCode"], &told["errors"][0]["code"]), (&json!(2), &json!(409)));
    assert_eq!(lines(&newer.hears().await), ["Message: hello"]);
    assert!(ann.hears_nothing().await);
    rig.stop().await;
}

#[actix_web::test]
async fn a_client_that_leaves_and_says_good_bye_at_once_still_hears_the_end() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let leave = json!({ "operation": "disconnect", "secureKey": created["secureKey"] });
    let leave = ann.message(CHANNEL, json!({ "data": leave }));
    let goodbye = ann.message("/meta/disconnect", json!({}));

    let answers = ann.posts(json!([leave, goodbye])).await;

    let channels: Vec<_> = answers.iter().map(|one| one["channel"].as_str().unwrap()).collect();
    assert_eq!(channels, [CHANNEL, CHANNEL, "/meta/disconnect"]);
    let end = answers.iter().find(|one| one["data"].is_object()).unwrap();
    assert_eq!(lines(&end["data"]), ["ParticipantLeft"]);
    assert_eq!(end["data"]["chatEnded"], true);
    rig.stop().await;
}

#[actix_web::test]
async fn who_asks_for_a_chat_that_is_over_reads_its_end() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    ann.sends(&created, json!({ "operation": "disconnect" })).await;
    ann.hears().await;
    rig.houses_confirm(&ann.chat(&created)).await;

    ann.sends(&created, json!({ "operation": "requestNotifications" })).await;
    let end = ann.hears().await;
    ann.sends(&created, json!({ "operation": "sendMessage", "message": "x" })).await;
    let refused = ann.hears().await;

    assert_eq!(
        (lines(&end), &end["chatEnded"]),
        (vec!["ParticipantJoined".to_owned(), "ParticipantLeft".to_owned()], &json!(true))
    );
    assert_eq!(
        (&refused["errors"][0]["code"], &refused["chatEnded"]),
        (&json!(8_209), &json!(true))
    );
    rig.stop().await;
}

#[actix_web::test]
async fn a_slow_client_costs_a_little_and_gets_everything_once_and_in_order() {
    let mut config = Config::default();
    config.cometd.max_queue = 2;
    let policy = Policy { send_rate: 1_000, send_burst: 1_000, ..Policy::default() };
    let rig = Rig::start_with(config, policy);
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let chat = ann.chat(&created);
    let bob = rig.agent_joins(&chat, "bob").await;
    let texts: Vec<String> = (0..600).map(|n| format!("Message: {n}")).collect();
    for n in 0..600 {
        rig.says(&chat, bob, &n.to_string()).await;
    }

    let mut heard = Vec::new();
    let mut n_connects = 0;
    while heard.len() < 601 {
        heard.extend(lines(&ann.hears().await));
        n_connects += 1;
    }

    assert_eq!(heard[1..], texts);
    assert!(n_connects < 400, "what was missed came together: {n_connects}");
    rig.stop().await;
}

#[actix_web::test]
async fn a_device_that_is_pushed_to_is_not_expected_to_ask() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let data = json!({ "push_notification_deviceid": "d", "push_notification_type": "customhttp" });
    ann.publishes(json!({ "operation": "requestChat", "nickname": "Ann", "userData": data })).await;
    let created = ann.hears().await;
    let chat = ann.chat(&created);
    let goodbye = ann.message("/meta/disconnect", json!({}));
    ann.posts(json!([goodbye])).await;

    for _ in 0..5 {
        rig.pass(&chat, Duration::from_secs(100)).await;
        tokio::task::yield_now().await;
    }
    assert!(rig.session(&chat).await.0.closed.is_none());
    rig.stop().await;
}

#[actix_web::test]
async fn the_key_alone_tells_how_many_files_may_be_sent() {
    let rig = Rig::start();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let key = created["secureKey"].as_str().unwrap();
    let ask = async |form: &[(&str, &str)]| {
        let response = rig.client.post(rig.url("/genesys/2/chat-ntf")).form(form).send().await;
        let response = response.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };

    for operation in ["fileGetLimits", "fileGetsLimits"] {
        let (status, limits) = ask(&[("operation", operation), ("secureKey", key)]).await;
        let notice = &limits["messages"][0];
        assert_eq!(
            (status, &limits["chatId"], &limits["chatEnded"]),
            (200, &created["chatId"], &json!(false))
        );
        assert_eq!(
            (&notice["type"], &notice["text"]),
            (&json!("Notice"), &json!("file-client-cfg-get"))
        );
        assert!(notice.get("index").is_none());
        let limits = notice["userData"].as_object().unwrap();
        assert!(limits.len() == 10 && limits.values().all(Value::is_string), "{notice}");
    }
    // As a client asks that took its keys from a push, and whose parts have the type of the whole.
    let boundary = "cut";
    let from_a_push = [
        ("operation", "fileGetLimits"),
        ("secureKey", key),
        ("userId", "deprecated"),
        ("chatId", "deprecated"),
        ("alias", "0"),
    ];
    let mut body = String::new();
    for (name, value) in from_a_push {
        body += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
             Content-Type: multipart/form-data\r\n\r\n{value}\r\n"
        );
    }
    body += &format!("--{boundary}--\r\n");
    let request = rig.client.post(rig.url("/genesys/2/chat-ntf/"));
    let request =
        request.header("content-type", format!("multipart/form-data; boundary={boundary}"));
    let limits: Value = request.body(body).send().await.unwrap().json().await.unwrap();
    assert_eq!((&limits["statusCode"], &limits["chatId"]), (&json!(0), &created["chatId"]));
    let (status, refused) = ask(&[("operation", "fileUpload"), ("secureKey", key)]).await;
    assert_eq!((status, &refused["errors"][0]["code"]), (400, &json!(201)));
    let (_, forged) = ask(&[("operation", "fileGetLimits"), ("secureKey", "ab")]).await;
    assert_eq!(forged["errors"][0]["code"], 8_210);
    rig.stop().await;
}

#[actix_web::test]
async fn it_may_be_switched_off() {
    let mut config = Config::default();
    config.cometd.enabled = false;
    let rig = Rig::start_with(config, Policy::default());

    let response = rig.client.post(rig.url(PATH)).body("[]").send().await.unwrap();

    assert_eq!(response.status(), 404);
    rig.create(&[("nickname", "Ann")]).await;
    assert!(SERVICE.starts_with("/genesys/2/chat"));
    rig.stop().await;
}
