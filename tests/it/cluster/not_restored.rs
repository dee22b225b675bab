//! A node dies where sessions are not restored: its chats are over, and nothing of them is lost.

use super::people::{Customer, ready_agent, takes_the_next_chat};
use super::until_sessions;
use crate::support::cluster::{Cluster, Plan};
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use serde_json::json;

#[actix_web::test]
async fn a_dead_nodes_chat_is_over_for_everybody_and_can_be_read() {
    let settings = &["settings.session-restoration-mode=none"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 2) });
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    let mut ada = ready_agent(cluster.agents(1), "ada").await;
    let mut chat = takes_the_next_chat(&mut ada).await;
    ann.say(cluster.customers(1), "remember me").await;
    ada.follow_until(&mut chat, "remember me").await;
    until_sessions(&cluster, 0, 1).await;

    cluster.kill(0);
    // While it is not sure that the node is gone, she is told to ask again.
    let told = eventually("Ann is told that it is over", || async {
        let (status, reply) = ann.say_once(cluster.customers(1), "and this").await?;
        (status == 200).then_some(reply)
    });
    let told = told.await;
    eventually("Ann reads all that was said", || async {
        let (_, seen) = ann.read_once(cluster.customers(1)).await?;
        let texts = seen["messages"].as_array()?.iter().filter_map(|one| one["text"].as_str());
        (seen["statusCode"] == 0 && texts.eq(["remember me"])).then_some(())
    })
    .await;
    while !chat.is_over {
        ada.follow(&mut chat).await;
    }

    assert_eq!((&told["statusCode"], &told["chatEnded"]), (&json!(2), &json!(true)), "{told}");
    let code = told["errors"][0]["code"].as_u64();
    assert!([Some(8_201), Some(8_209)].contains(&code), "{told}");
    assert_eq!(chat.texts(), ["remember me"]);
}
