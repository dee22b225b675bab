//! What receivers get, against the guide's own example.

use super::*;
use crate::base::{Chance, UserData};
use crate::chat::command::Join;
use crate::chat::effect::Effect;
use crate::chat::push::{Carrier, Matter, Provider, PushPolicy};
use crate::chat::testing::{Stage, agent, customer, start};
use crate::edge::handles::ClusterKey;
use std::sync::Arc;

#[test]
fn a_push_with_payload_is_an_answer_with_one_event() {
    let mut stage = stage(&[("GCTI_GMS_PushIncludePayload", "true")]);
    stage.say("bob", "hello").unwrap();

    let document = written(&mut stage, &writer(&[PushContent::SessionId]));

    assert_eq!(document["deviceId"], "ann's phone");
    let message = &document["message"];
    assert_eq!(
        message["messages"],
        json!([{
            "from": { "nickname": "bob", "participantId": 2, "type": "Agent" },
            "index": 2_001, "type": "Message", "utcTime": 1_000_000, "text": "hello",
        }])
    );
    let rest = ["chatId", "userId", "alias", "secureKey"].map(|name| message[name].clone());
    assert_eq!(rest, ["deprecated", "deprecated", "0", ""].map(Value::from));
    assert_eq!(message["statusCode"], 0);
    assert_eq!((&message["nextPosition"], &message["chatEnded"]), (&json!(2_002), &json!(false)));
    assert!(!document.to_string().contains("chat-1"), "only reminders say whose it is");
}

#[test]
fn without_payload_only_the_device_is_named() {
    for more in [&[][..], &[("GCTI_GMS_PushResend", "true")]] {
        let mut stage = stage(more);
        stage.say("bob", "hello").unwrap();

        let document = written(&mut stage, &writer(&[PushContent::SecureKey]));

        assert_eq!(document, json!({ "deviceId": "ann's phone" }));
    }
}

#[test]
fn a_reminder_says_from_where_on_to_ask_and_who_asks() {
    let more = [("GCTI_GMS_PushIncludePayload", "true"), ("GCTI_GMS_PushResend", "true")];
    let mut stage = stage(&more);
    stage.say("bob", "hello").unwrap();
    let all =
        [PushContent::SessionId, PushContent::UserId, PushContent::AppDbid, PushContent::SecureKey];

    let mut document = written(&mut stage, &writer(&all));

    let message = document["message"]["messages"][0].take();
    let key = message["userData"]["secure-key"].as_str().unwrap();
    let bearer = keys().open(key, "chat-1", "ann").unwrap();
    assert_eq!(bearer.participant, stage.who("ann"));
    assert_eq!(
        message,
        json!({
            "from": { "nickname": "", "participantId": 0, "type": "Client" },
            "index": 0, "type": "PushUrl", "text": "PUSH-NOTIFICATION", "utcTime": 1_000_000,
            "userData": {
                "notify-attempt": "0", "notify-position": "1", "secure-key": key,
                "app-dbid": "node-a", "user-id": "ann", "session-id": "chat-1",
            },
        })
    );
    assert!(!document.to_string().contains("hello"));
}

#[test]
fn who_came_over_cometd_is_told_its_key_where_keys_are_told() {
    let written = |content: &[PushContent], channel: &str| {
        let mut stage = stage(&[
            ("GCTI_GMS_PushIncludePayload", "true"),
            ("push_notification_deviceid", "ann's phone"),
            ("GCTI_GMS_ClientChannel", channel),
        ]);
        stage.say("bob", "hello").unwrap();
        stage.pass(5);
        let key = written(&mut stage, &writer(content))["message"]["secureKey"].take();
        keys().open_alone(key.as_str().unwrap()).map(|bearer| (bearer.session.0, bearer.service))
    };
    let all = [PushContent::SecureKey];

    let (session, service) = ("chat-1".to_owned(), Some("customer-support".to_owned()));
    for channel in ["/service/chatV2/customer-support", "customer-support"] {
        assert_eq!(written(&all, channel), Some((session.clone(), service.clone())));
    }
    assert_eq!(written(&all, ""), Some((session, None)), "good on every channel");
    assert_eq!(written(&[PushContent::SessionId], "customer-support"), None);
}

#[test]
fn who_is_out_is_reminded_of_that() {
    let more = [("GCTI_GMS_PushIncludePayload", "true"), ("GCTI_GMS_PushResend", "true")];
    let mut stage = stage(&more);
    stage.leave("ann");

    let document = written(&mut stage, &writer(&[]));

    let data = &document["message"]["messages"][0]["userData"];
    assert_eq!(*data, json!({ "notify-attempt": "0", "notify-position": "-1" }));
    assert_eq!(document["message"]["chatEnded"], true);
}

/// The last push of a chat, as its receiver reads it.
fn written(stage: &mut Stage, writer: &Writer) -> Value {
    let effect = stage.effects.drain(..).rfind(|effect| matches!(effect, Effect::Push(_)));
    let Some(Effect::Push(note)) = effect else { panic!("nothing was pushed") };
    let body = writer.write(&"chat-1".into(), &note, stage.now).unwrap();
    serde_json::from_slice(&body).unwrap()
}

pub(in crate::edge::push) fn writer(content: &[PushContent]) -> Writer {
    Writer {
        content: content.to_vec(),
        keys: Some(keys()),
        alias: "node-a".into(),
        tells_monitoring: false,
    }
}

pub(in crate::edge::push) fn keys() -> Keys {
    Keys::new(&ClusterKey(Arc::new([7; 32])), Arc::new(Always(9))).unwrap()
}

pub(in crate::edge::push) fn stage(more: &[(&str, &str)]) -> Stage {
    let mut user_data = UserData::default()
        .with("GCTI_Chat_PushSubscribe", "true")
        .with("GCTI_GMS_PushDeviceId", "ann's phone")
        .with("GCTI_GMS_PushDeviceType", "customhttp");
    for (key, value) in more {
        user_data.set(*key, *value);
    }
    let mut stage = Stage { now: Millis(1_000_000), ..Stage::default() };
    let provider = Provider::new(Carrier::Http, Matter::ALL.into());
    let providers = [("default".to_owned(), provider)].into();
    let usual = [(Carrier::Http, "default".to_owned())].into();
    stage.policy.push = PushPolicy { providers, usual, ..PushPolicy::default() };
    stage.join(Join { user_data, start: Some(Box::new(start())), ..customer("ann") }).unwrap();
    stage.join(agent("bob")).unwrap();
    stage
}

struct Always(u8);

impl Chance for Always {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
