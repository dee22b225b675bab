//! The protocol itself over long-polling.

use super::client::Bayeux;
use crate::support::rig::Rig;
use serde_json::json;

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
    assert_eq!(
        answer["advice"],
        json!({ "reconnect": "retry", "interval": 0, "timeout": 30_000, "maxInterval": 10_000 })
    );
    assert_eq!(client.id.len(), 32);
    assert!(client.cookie.as_ref().unwrap().starts_with("BAYEUX_BROWSER="));
    let first = client.connects(json!({ "id": "2" })).await;
    assert_eq!(first, json!({ "channel": "/meta/connect", "id": "2", "successful": true }));
    rig.stop().await;
}
