//! What every reply must look like, and in which forms requests come.

use super::{Rig, SERVICE};
use serde_json::json;

#[actix_web::test]
async fn creating_answers_everything_a_client_needs_and_shows_the_customer_joined() {
    let rig = Rig::start().await;

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
    assert_eq!(body["monitored"], json!(false));
    rig.stop().await;
}
