//! Whether there are pushes at all, which is the operator's word.

use super::sink::{Sink, message, texts};
use super::town::Town;
use super::{COMETD, RELIABLE};
use crate::cometd::client::{Bayeux, PATH};
use crate::support::patience::eventually;
use serde_json::{Value, json};

/// After so many seconds without a request whoever has no pushes is removed.
const DISCONNECT: &str = "settings.flex-disconnect-timeout=10";
const CUSTOMERS: &str = "holdfast_participants_active{role=\"CLIENT\"}";

#[actix_web::test]
async fn pushes_go_out_to_who_asks_for_them_unless_the_operator_has_switched_them_off() {
    let on = what_is_pushed((true, true)).await;
    let off = what_is_pushed((false, true)).await;
    let not_on_join = what_is_pushed((true, false)).await;

    let texts = texts(&on);
    for text in ["to ann", "to who sleeps", "PUSH-NOTIFICATION"] {
        assert!(texts.iter().any(|one| one == text), "{text} is not pushed: {texts:?}");
    }
    assert_eq!((off, not_on_join), (vec![], vec![]));
}

/// What is pushed to three who ask for it, until the end of their chats or of their node.
async fn what_is_pushed((enabled, on_join): (bool, bool)) -> Vec<Value> {
    let sink = Sink::start(&[]).await;
    let settings = [
        &format!("settings.flex-push-enabled={enabled}"),
        &format!("settings.flex-push-on-join={on_join}"),
        DISCONNECT,
    ];
    let mut town = Town::start(&[("default", &sink.url())], &settings);
    let (ann, sure) = (town.customer(&[]).await, town.customer(&[RELIABLE]).await);
    let asleep = gone_from_cometd(&town).await;
    let asleep = town.customer_of(&asleep);

    town.tells(&ann, "to ann").await;
    town.tells(&asleep, "to who sleeps").await;
    town.tells(&sure, "to who is sure").await;
    town.leaves(&ann).await;
    if enabled && on_join {
        sink.until_one(|push| message(push)["text"] == "to who sleeps").await;
        sink.until_one(|push| push["body"]["message"]["chatEnded"] == true).await;
        let stay = || async { (town.figure(CUSTOMERS).await == 2.0).then_some(()) };
        eventually("two of them are still there", stay).await;
    } else {
        let are_gone = || async { (town.figure(CUSTOMERS).await == 0.0).then_some(()) };
        eventually("they are removed like others", are_gone).await;
    }
    // What waits goes out before a node ends, and the mark is behind it.
    assert_eq!(town.node.terminate().code(), Some(0));
    reqwest::Client::new().post(sink.url()).body(r#"{"mark":1}"#).send().await.unwrap();
    sink.until_one(|one| one["body"]["mark"] == 1).await;
    let mut heard = sink.heard();
    heard.retain(|one| one["body"]["mark"].is_null());
    heard
}

/// The chat of a customer who came over CometD, named a device, and said good bye.
async fn gone_from_cometd(town: &Town) -> String {
    let mut client = Bayeux::of(&format!("{}{PATH}", town.node.customer));
    client.meets().await;
    let mut user_data = json!({ "GCTI_GMS_PushIncludePayload": "true" });
    for (key, value) in COMETD {
        user_data[key] = json!(value);
    }
    let wish = json!({ "operation": "requestChat", "nickname": "Dot", "userData": user_data });
    client.publishes(wish).await;
    let created = client.hears().await;
    client.says_farewell(json!({})).await;
    created["chatId"].as_str().unwrap().to_owned()
}
