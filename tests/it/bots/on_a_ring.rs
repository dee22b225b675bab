//! A bot's conversation on real nodes over a real ring, in whose middle the node of the chat is killed.

use super::receiver::{Heard, Receiver, SECRET, echo};
use crate::cluster::people::Customer;
use crate::support::cluster::{Cluster, Plan};
use crate::support::desk::DeskClient;
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[actix_web::test]
async fn a_bot_goes_on_at_another_node_and_says_nothing_twice() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let bot = Receiver::start(move |heard: &Heard| {
        if down.load(Ordering::SeqCst) { (503, String::new()) } else { echo(heard) }
    });
    let settings = [
        format!("bots.faq.url={}", bot.url),
        format!("bots.faq.secret={SECRET}"),
        "bots.faq.nickname=Ask me".to_owned(),
        "agents.ada.privileges=use-chat,release,pull-from-queues".to_owned(),
        "settings.flex-disconnect-timeout=3600".to_owned(),
    ];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let plan = Plan { settings: &settings, ..Plan::over(Ring::shared(), 2) };
    let mut cluster = Cluster::start(&plan);
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    let mut ada = DeskClient::start(cluster.agents(1), "ada").await;
    let media = json!([{ "media": "chat", "state": "notReady", "reason": "looks on" }]);
    let login = json!({ "type": "agentLogin", "media": media });
    assert_eq!(ada.insist(login).await["type"], "ack");
    let mut seen = ada.join(&ann.session, json!({})).await;
    let hand = json!({
        "type": "handToBot", "sessionId": ann.session, "botId": "faq", "messageId": "hand-1"
    });
    let handed = ada.insist(hand).await;
    assert_eq!(handed["type"], "ack", "{handed}");
    ada.follow_until(&mut seen, "welcome").await;
    let first = bot.heard()[0].clone();

    is_down.store(true, Ordering::SeqCst);
    ann.say(cluster.customers(0), "hello").await;
    eventually("the bot is asked in vain", || async { (1 < bot.deliveries().len()).then_some(()) })
        .await;
    cluster.kill(0);
    is_down.store(false, Ordering::SeqCst);
    ann.say(cluster.customers(1), "are you there?").await;
    ada.follow_until(&mut seen, "you said are you there?").await;
    ann.say(cluster.customers(1), "thanks").await;
    ada.follow_until(&mut seen, "you said thanks").await;

    let of_bot = |text: &String| text == "welcome" || text.starts_with("you said");
    let said: Vec<_> = seen.texts().into_iter().filter(of_bot).collect();
    let once = ["welcome", "you said hello", "you said are you there?", "you said thanks"];
    assert_eq!(said, once, "{:?}", seen.texts());
    let turns = bot.deliveries().split_off(1);
    assert_eq!(turns[0].body["after"], first.body["upto"], "what was answered is not told again");
    assert!(turns.iter().all(|one| one.body["occasion"] == "turn"));
    assert_eq!(cluster.metric(1, "holdfast_bots_active").await, 1.0);
    ann.sees(cluster.customers(1), &seen.texts()).await;
}
