//! What a customer is told costs no look into the store: his events come out of memory, however many they
//! are and however slow he is.

use super::client::Bayeux;
use super::lines;
use crate::support::rig::Rig;
use holdfast::chat::Policy;
use holdfast::config::Config;
use serde_json::json;

const N_EVENTS: usize = 300;

#[actix_web::test]
async fn events_are_delivered_without_reading_the_store() {
    // A client that takes each event as it comes, and one that misses most and asks for what it missed.
    for max_queue in [1_000, 2] {
        let mut config = Config::default();
        config.cometd.max_queue = max_queue;
        let policy = Policy { send_rate: 1_000, send_burst: 1_000, ..Policy::default() };
        let rig = Rig::start_with(config, policy);
        let mut ann = Bayeux::connected(&rig).await;
        let created = ann.starts_a_chat().await;
        let chat = ann.chat(&created);
        let bob = rig.agent_joins(&chat, "bob").await;
        assert_eq!(lines(&ann.hears().await), ["ParticipantJoined"]);
        let n_before = rig.n_reads();
        assert!(0 < n_before, "the chat was looked for when it began");

        for n in 0..N_EVENTS {
            rig.says(&chat, bob, &n.to_string()).await;
            if max_queue == 1_000 {
                assert_eq!(lines(&ann.hears().await), [format!("Message: {n}")]);
            }
        }
        ann.sends(&created, json!({ "operation": "sendMessage", "message": "thanks" })).await;
        let heard = ann.hears_until("Message: thanks").await;

        let n_left = if max_queue == 1_000 { 1 } else { N_EVENTS + 1 };
        assert_eq!(heard.len(), n_left, "{heard:?}");
        assert_eq!(rig.n_reads(), n_before, "with room for {max_queue}");
        rig.stop().await;
    }
}
