//! The guide's restoring strategy, as it is shipped, on a real node: asked by name, after a wait asked
//! by name again, after another without a name, and then given up. The node dies on the way.

use super::real::Centre;
use crate::cluster::people::next_invitation;
use crate::support::desk::DeskClient;
use crate::support::patience::eventually;
use holdfast::workflow::strategy::DEFAULT;
use serde_json::json;
use std::fs;
use std::path::Path;

/// What comes in here is thought to be stuck.
const STUCK: &str = "\n[queues.stuck]\n\
     views = [{ name = \"all\", strategy = \"async-chat-stuck-strategy\" }]\n";

#[actix_web::test]
async fn what_has_no_session_is_asked_for_three_times_and_then_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut centre = start(folder.path(), DEFAULT);
    let mail = json!({ "clientType": "MediaServer" });
    let mut mail = DeskClient::start_with(centre.address(), "mail", mail).await;

    let ghost = json!({
        "type": "submit", "messageId": "m-1", "interactionId": "ghost", "media": "chat",
        "tenant": "Environment", "queue": "stuck", "userData": { "ChatServerAppName": "chat-1" }
    });
    assert_eq!(mail.ask(ghost).await["type"], "ack");
    until(&centre, "ghost", "at block wait and waits for").await;
    until(&centre, "ghost", "at block wait-more and waits for").await;
    centre.node.kill();
    centre.node = centre.node.restart();

    until(&centre, "ghost", "it was stopped: completed").await;
}

#[actix_web::test]
async fn a_chat_whose_node_has_died_is_brought_back_by_the_second_request() {
    let folder = tempfile::tempdir().unwrap();
    // As if the first request had failed by what it brought about.
    let begins = "[strategies.async-chat-stuck-strategy]\nabout";
    let start_at =
        "start = \"online\"\nfault = \"to-stop\"\n\n[strategies.async-chat-stuck-strategy.blocks]";
    assert!(DEFAULT.contains(begins) && DEFAULT.contains(start_at));
    let later = DEFAULT.replace(start_at, &start_at.replace("\"online\"", "\"wait\""));
    let mut centre = start(folder.path(), &later);

    let ann = centre.chat().await;
    until(&centre, &ann.id, "at block wait and waits for").await;
    centre.node.kill();
    centre.node = centre.node.restart();

    until(&centre, &ann.id, "nobody is logged in for chat").await;
    let mut ada = centre.agent("ada").await;
    let invite = next_invitation(&mut ada).await;
    assert_eq!(invite["interaction"]["userData"]["GCTI_Chat_AsyncStatus"], "6", "{invite}");
    assert_eq!(invite["interaction"]["queue"], "async-chat-main-queue");
    centre.says(&ann, "are you still there?").await;
}

fn start(folder: &Path, workflow: &str) -> Centre {
    let file = folder.join("centre.toml");
    fs::write(&file, format!("{workflow}{STUCK}")).unwrap();
    let file = format!("workflow.file={}", file.display());
    let endpoint = "endpoints:Environment.default=stuck";
    let settings = [file.as_str(), endpoint, "agents.mail.media-server=true"];
    Centre::start(&folder.join("data"), &settings)
}

async fn until(centre: &Centre, id: &str, words: &str) {
    eventually(words, async || centre.why_of(id).await.contains(words).then_some(())).await;
}
