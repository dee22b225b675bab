//! Requests and answers as they stand in a file, played in their order against one chat.

use super::{PASSWORD, a_chat};
use serde_json::{Value, json};
use std::fs;

const GOLDEN: &str = "tests/golden/esp.json";
/// Stands for the chat's own id.
const CHAT: &str = "<chat>";

#[actix_web::test]
async fn every_request_is_answered_as_it_is_written() {
    let (rig, systems, chat) = a_chat().await;
    let written = fs::read_to_string(GOLDEN).unwrap();
    let mut played: Vec<Value> = serde_json::from_str(&written).unwrap();
    for exchange in &mut played {
        let request = exchange["request"].to_string().replace(CHAT, &chat.id);
        let request: Value = serde_json::from_str(&request).unwrap();
        let url = format!("{}{}", systems.base, request["path"].as_str().unwrap());
        let asked = systems.client.post(url).basic_auth("crm", Some(PASSWORD));
        let told = systems.send(asked.json(&request["body"])).await;
        exchange["answer"] = json!({ "status": told.status, "body": told.body });
    }
    let played = serde_json::to_string_pretty(&played).unwrap().replace(&chat.id, CHAT) + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(GOLDEN, &played).unwrap();
    }

    let written = fs::read_to_string(GOLDEN).unwrap();

    assert!(played == written, "UPDATE_GOLDEN=1 rewrites it:\n{played}");
    rig.stop().await;
}
