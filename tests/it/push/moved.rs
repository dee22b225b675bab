//! A chat that another node takes over while its customer is pushed what happens.

use super::sink::{SECRET, Sink, message};
use crate::support::strangers::stranger;
use crate::support::wishes::{customer_joins, says};
use holdfast::base::ThingId;
use holdfast::base::chance::token;
use holdfast::chat::Command;
use holdfast::config::{Config, PushProvider, Secret};
use holdfast::node::houses::Houses;
use holdfast::node::world::Dice;
use holdfast::store::ring::emulator::{Emulator, Seeded};
use std::path::Path;
use std::sync::Arc;

#[actix_web::test]
async fn whoever_takes_a_chat_over_goes_on_where_the_other_was_and_repeats_names() {
    let sink = Sink::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::new(Arc::new(Seeded::new(20_261_130)));
    let earlier = houses(&emulator, "node-a", folder.path(), &sink.url());
    let later = houses(&emulator, "node-b", folder.path(), &sink.url());
    let chat = ThingId(token(&Dice, 22));
    earlier.sessions.create(&chat, subscriber_joins()).await.unwrap();
    earlier.sessions.perform(&chat, says(1, "hello")).await.unwrap();
    let told = sink.until(2).await;

    later.sessions.wake(&chat).await.unwrap();
    later.sessions.perform(&chat, says(1, "are you there?")).await.unwrap();
    let all = sink.until(5).await;

    let names = |pushes: &[serde_json::Value]| {
        pushes.iter().map(|push| push["delivery"].clone()).collect::<Vec<_>>()
    };
    let all_names = names(&all);
    assert_eq!(all_names[2..4], names(&told), "what may have been lost comes once more");
    assert_eq!(message(&all[4])["text"], "are you there?");
    assert!(!all_names[..4].contains(&all_names[4]));
    earlier.stop().await;
    later.stop().await;
}

fn subscriber_joins() -> Command {
    let Command::Join(mut join) = customer_joins() else { panic!("a customer joins") };
    for (key, value) in [
        ("GCTI_Chat_PushSubscribe", "true"),
        ("GCTI_GMS_PushDeviceId", "ann's phone"),
        ("GCTI_GMS_PushDeviceType", "customhttp"),
        ("GCTI_GMS_PushIncludePayload", "true"),
        ("GCTI_GMS_NotifyRequestor", "true"),
    ] {
        join.user_data.set(key, value);
    }
    Command::Join(join)
}

/// A node that knows the receiver.
fn houses(emulator: &Emulator, node: &str, folder: &Path, url: &str) -> Houses {
    let mut config = Config::default();
    let (url, secret) = (url.to_owned(), Secret::new(SECRET));
    let provider = PushProvider { url, secret, ..PushProvider::default() };
    config.push_providers.insert("default".into(), provider);
    stranger(emulator, node, folder, config)
}
