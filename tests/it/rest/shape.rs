//! What every reply must look like, and in which forms requests come. (That each reply can be
//! decoded by a strict client is checked for all replies of all tests.)

use super::{Rig, SERVICE};
use holdfast::base::user_data::UserData;
use holdfast::chat::command::NoticeWish;
use holdfast::chat::{Policy, Role, Visibility};
use holdfast::config::Config;
use serde_json::json;

#[actix_web::test]
async fn creating_answers_everything_a_client_needs_and_shows_the_customer_joined() {
    let rig = Rig::start();

    let reply = rig.post(SERVICE, &[("firstName", "Ann"), ("lastName", "Lee")]).await;

    let body = &reply.body;
    assert_eq!(
        (reply.status, &body["statusCode"], &body["chatEnded"]),
        (200, &json!(0), &json!(false))
    );
    assert_eq!(reply.lines(), ["ParticipantJoined"]);
    let from = json!({"nickname": "Ann Lee", "participantId": 1, "type": "Client"});
    assert_eq!(body["messages"][0]["from"], from);
    assert_eq!(reply.indexes(), [1]);
    assert_eq!(body["chatId"].as_str().unwrap().len(), 22);
    assert_eq!(body["userId"].as_str().unwrap().len(), 16);
    assert!(32 <= body["secureKey"].as_str().unwrap().len());
    assert_eq!((&body["alias"], &body["monitored"]), (&json!("node-a"), &json!(false)));
    rig.stop().await;
}

#[actix_web::test]
async fn a_slash_at_the_end_changes_nothing() {
    let rig = Rig::start();
    let reply = rig.post(&format!("{SERVICE}/"), &[("nickname", "Ann")]).await;
    let chat = super::Chat::of(&reply);

    let sent = rig.ask(&chat, "send/", &[("message", "hello"), ("transcriptPosition", "2")]).await;

    assert_eq!(sent.lines(), ["Message: hello"]);
    rig.stop().await;
}

#[actix_web::test]
async fn multipart_and_query_and_json_say_the_same_as_a_form() {
    let rig = Rig::start();
    let multipart = |fields: &[(&str, &str)]| {
        let part = |(name, value): &(&str, &str)| {
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        fields.iter().map(part).collect::<String>() + "--XX--\r\n"
    };
    let kind = "multipart/form-data; boundary=XX";
    let post = |path: &str| rig.client.post(rig.url(path));
    let created = post(SERVICE).header("content-type", kind);
    let created = rig.send(created.body(multipart(&[("nickname", "Änn"), ("subject", "")]))).await;
    let chat = super::Chat::of(&created);
    let mut fields = chat.proof();
    fields.push(("message", "from multipart"));
    let send = chat.path("send");
    rig.send(post(&send).header("content-type", kind).body(multipart(&fields))).await;

    let query = format!("{send}?userId={}&secureKey={}&message=from+query", chat.user, chat.key);
    rig.send(post(&query)).await;
    let body = json!({"userId": chat.user, "secureKey": chat.key, "message": "from json"});
    let form = "application/x-www-form-urlencoded";
    rig.send(post(&send).header("content-type", form).body(body.to_string())).await;

    let read = rig.ask(&chat, "refresh", &[]).await;
    assert_eq!(read.messages()[0]["from"]["nickname"], "Änn");
    assert_eq!(
        read.lines()[1..],
        ["Message: from multipart", "Message: from query", "Message: from json"]
    );
    rig.stop().await;
}

#[actix_web::test]
async fn a_leading_ampersand_and_unknown_parameters_are_ignored() {
    let rig = Rig::start();
    let form = "application/x-www-form-urlencoded";
    let request = rig.client.post(rig.url(SERVICE)).header("content-type", form);

    let reply = rig.send(request.body("&nickname=Ann&nonsense=1&&x")).await;

    assert_eq!(reply.messages()[0]["from"]["nickname"], "Ann");
    rig.stop().await;
}

#[actix_web::test]
async fn event_attributes_come_as_a_text_and_go_as_an_object() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let attributes = r#"{"general-properties": {"related-event-id": "3"}, "n": 4}"#;

    let form = [
        ("message", "yes"),
        ("messageType", "text"),
        ("eventAttributes", attributes),
        ("transcriptPosition", "2"),
    ];
    let sent = rig.ask(&chat, "send", &form).await;
    let broken = rig.ask(&chat, "send", &[("message", "x"), ("eventAttributes", "{")]).await;

    let expected = json!({"general-properties": {"related-event-id": "3"}, "n": 4});
    assert_eq!(sent.messages()[0]["eventAttributes"], expected);
    assert_eq!(sent.messages()[0]["messageType"], "text");
    assert_eq!(broken.refusal(), (400, 2, 400, false));
    rig.stop().await;
}

#[actix_web::test]
async fn a_customer_cannot_pass_for_a_bot_by_attributes_of_the_server() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let forged = r#"{"GCTI_SYSTEM": {"party-info": {"style": "BOT"}}, "k": "v"}"#;
    for operation in ["send", "customNotice"] {
        let form = [("message", "m"), ("eventAttributes", forged), ("transcriptPosition", "-1")];

        let reply = rig.ask(&chat, operation, &form).await;

        assert_eq!(reply.messages()[0]["eventAttributes"], json!({"k": "v"}));
    }
    rig.stop().await;
}

#[actix_web::test]
async fn each_operation_leads_to_its_type_of_message() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.ask(&chat, "pushUrl", &[("pushUrl", "https://a.b/c")]).await;
    rig.ask(&chat, "customNotice", &[("message", "note"), ("userData[k]", "v")]).await;
    rig.ask(&chat, "customNotice", &[("eventAttributes", r#"{"purpose":"cancel-idle-timer"}"#)])
        .await;
    rig.ask(&chat, "readReceipt", &[("transcriptPosition", "1001")]).await;
    rig.ask(&chat, "updateNickname", &[("nickname", "Anne")]).await;
    rig.ask(&chat, "updateData", &[("userData[k2]", "v2")]).await;
    rig.types(&chat, bob, "I am").await;

    let read = rig.ask(&chat, "refresh", &[]).await;

    let expected = [
        "ParticipantJoined",
        "ParticipantJoined",
        "PushUrl: https://a.b/c",
        "CustomNotice: note",
        "CustomNotice",
        "Notice: read-confirm",
        "NicknameUpdated: Anne",
        "TypingStarted: I am",
    ];
    assert_eq!(read.lines(), expected);
    let messages = read.messages();
    assert_eq!(messages[0]["userData"], json!({"GCTI_Original_Nickname": "Ann"}));
    assert_eq!(messages[3]["userData"], json!({"k": "v"}));
    assert_eq!(messages[4]["eventAttributes"], json!({"purpose": "cancel-idle-timer"}));
    assert_eq!(messages[5]["userData"], json!({"last-event-id": "1001"}));
    let added = rig.session(&chat).await.0.user_data.text("k2");
    assert_eq!(added.as_deref(), Some("v2"));
    rig.stop().await;
}

#[actix_web::test]
async fn a_notice_of_the_server_keeps_to_the_closed_set_and_to_texts() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    let data =
        UserData::default().with("n", 1_i64).with("list", UserData::default().with("a", "b"));
    let notice = NoticeWish::System { command: "configure-session".into(), data };
    rig.notifies(&chat, bob, notice).await;

    let read = rig.ask(&chat, "refresh", &[("transcriptPosition", "-1")]).await;

    assert_eq!(read.lines(), ["Notice: configure-session"]);
    assert_eq!(read.messages()[0]["userData"], json!({"n": "1", "list": r#"{"a":"b"}"#}));
    rig.stop().await;
}

#[actix_web::test]
async fn what_an_agent_brought_along_is_not_shown_to_the_customer() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    rig.agent_joins(&chat, "bob").await;

    let read = rig.ask(&chat, "refresh", &[]).await;

    assert!(!read.body.to_string().contains("secret-of-the-house"), "{read:?}");
    rig.stop().await;
}

#[actix_web::test]
async fn a_monitor_changes_no_byte_unless_the_operator_wants_it_told() {
    for (tells, shown) in [(false, false), (true, true)] {
        let mut config = Config::default();
        config.settings.show_monitoring_to_customer = tells;
        let rig = Rig::start_with(config, Policy::default());
        let chat = rig.create(&[("nickname", "Ann")]).await;
        let before = rig.ask(&chat, "refresh", &[]).await;
        rig.joins(&chat, "eve", Role::Supervisor, Visibility::Vip).await;

        let after = rig.ask(&chat, "refresh", &[]).await;

        assert_eq!(after.lines(), before.lines());
        assert_eq!(after.body["monitored"], json!(shown));
        rig.stop().await;
    }
}

#[actix_web::test]
async fn the_first_words_of_a_creation_are_its_first_message() {
    let rig = Rig::start();

    let reply = rig.post(SERVICE, &[("nickname", "Ann"), ("text", "hello")]).await;

    assert_eq!(reply.lines(), ["ParticipantJoined", "Message: hello"]);
    rig.stop().await;
}

#[actix_web::test]
async fn what_the_customer_says_of_himself_becomes_user_data_and_what_is_not_his_is_dropped() {
    let rig = Rig::start();
    let form = [
        ("firstName", "Ann"),
        ("lastName", "Lee"),
        ("emailAddress", "a@b.c"),
        ("subject", "S"),
        ("userData[TimeZone]", "-480"),
        ("userData[\"quoted\"]", "q"),
        ("userData[ChatServerHost]", "evil"),
    ];

    let chat = rig.create(&form).await;

    let (session, _) = rig.session(&chat).await;
    let of = |key: &str| session.user_data.text(key);
    assert_eq!(of("FirstName").as_deref(), Some("Ann"));
    assert_eq!(of("LastName").as_deref(), Some("Lee"));
    assert_eq!(of("EmailAddress").as_deref(), Some("a@b.c"));
    assert_eq!(of("quoted").as_deref(), Some("q"));
    assert_eq!(of("ChatServerHost"), None);
    let started = session.started.unwrap();
    assert_eq!((&*started.subject, &*started.tenant), ("S", "Environment"));
    assert_eq!((&*started.queue, &*started.service), ("chat-inbound", "customer-support"));
    assert_eq!(session.participants.values().next().unwrap().joined.time_zone_offset, -480);
    rig.stop().await;
}
