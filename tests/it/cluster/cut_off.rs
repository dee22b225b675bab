//! A node is cut off: from Cassandra, or from the other nodes.

use super::people::{Customer, ready_agent, takes_the_next_chat};
use crate::support::cluster::{Cluster, Cut, Plan};
use crate::support::desk::{DeskClient, log_in};
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use futures_util::FutureExt;
use std::time::Duration;
use tokio::time::Instant;

#[actix_web::test]
async fn a_node_without_cassandra_is_not_ready_and_others_serve_its_sessions() {
    let cut = Cut::FromCassandra;
    let cluster = Cluster::start(&Plan { cut, ..Plan::over(Ring::shared(), 3) });
    let [a, b, c] = [0, 1, 2].map(|idx| cluster.customers(idx));
    let ann = Customer::begin(a, "Ann").await;
    ann.say(a, "one").await;

    cluster.gate(0).cut();
    let cut = Instant::now();
    until_readiness(&cluster, 503).await;
    let noticed = cut.elapsed();
    ann.say(b, "two").await;
    cluster.gate(0).mend();
    until_readiness(&cluster, 200).await;
    ann.say(a, "three").await;

    // Three seconds, and what a busy machine may add.
    assert!(noticed < Duration::from_secs(15), "noticed after {noticed:?}");
    for at in [a, b, c] {
        ann.sees(at, &["one", "two", "three"]).await;
    }
}

#[actix_web::test]
async fn agents_of_a_node_without_cassandra_go_on_at_another_one() {
    let cut = Cut::FromCassandra;
    let cluster = Cluster::start(&Plan { cut, ..Plan::over(Ring::shared(), 2) });
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    let mut ada = ready_agent(cluster.agents(0), "ada").await;
    let mut chat = takes_the_next_chat(&mut ada).await;

    cluster.gate(0).cut();
    let token = ada.resume_token.clone();
    let code = ada.close_code().await;
    ann.say(cluster.customers(1), "are you there?").await;
    let mut ada = DeskClient::resume(cluster.agents(1), "ada", &token, &[&chat]).await;
    ada.follow_until(&mut chat, "are you there?").await;
    ada.say(&chat, "I am").await;
    cluster.gate(0).mend();
    until_readiness(&cluster, 200).await;

    assert_eq!(code, Some(1012), "the socket was not closed as one that is to come back");
    assert_eq!((chat.count("newParty"), chat.count("partyLeft")), (2, 0));
    ann.sees(cluster.customers(0), &["are you there?", "I am"]).await;
    eventually("the node takes agents in again", || async {
        (log_in(cluster.agents(0), "bob", PASSWORD).await.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn nobody_is_removed_for_a_silence_that_the_store_brought_about() {
    const SILENCE: Duration = Duration::from_secs(6);
    let settings = &["settings.flex-disconnect-timeout=6"][..];
    let cut = Cut::FromCassandra;
    let cluster = Cluster::start(&Plan { settings, cut, ..Plan::over(Ring::shared(), 2) });
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    ann.say(cluster.customers(0), "before").await;

    for idx in [0, 1] {
        cluster.gate(idx).cut();
    }
    tokio::time::sleep(2 * SILENCE).await;
    for idx in [0, 1] {
        cluster.gate(idx).mend();
    }
    // Whichever node has its store again first: a balancer would ask no other.
    let said = [0, 1].map(|idx| Box::pin(ann.say(cluster.customers(idx), "after")));
    let (after, _) =
        futures_util::future::select_ok(said.map(|one| one.map(Ok::<_, ()>))).await.unwrap();

    assert_eq!(after["statusCode"], 0, "{after}");
    for idx in [0, 1] {
        ann.sees(cluster.customers(idx), &["before", "after"]).await;
    }
}

#[actix_web::test]
async fn nodes_that_do_not_hear_of_each_other_lose_nothing_and_do_not_tear_at_a_session() {
    let cut = Cut::NodeFromNode;
    let cluster = Cluster::start(&Plan { cut, ..Plan::over(Ring::shared(), 2) });
    let [a, b] = [0, 1].map(|idx| cluster.customers(idx));
    let ann = Customer::begin(a, "Ann").await;
    ann.say(a, "0").await;

    let before = moves(&cluster).await;
    let begun = Instant::now();
    let mut said = vec!["0".to_owned()];
    while begun.elapsed() < Duration::from_secs(8) {
        let at = if said.len() % 2 == 0 { a } else { b };
        let text = said.len().to_string();
        ann.say(at, &text).await;
        said.push(text);
    }
    let moves = moves(&cluster).await - before;
    let nodes = cluster.status(0).await["nodes"].take();
    let n_linked = nodes.as_array().unwrap().iter().filter(|node| node["linked"] == true).count();
    cluster.introduce();
    eventually("they hear of each other", || async {
        let nodes = cluster.status(0).await["nodes"].take();
        nodes.as_array().unwrap().iter().any(|node| node["linked"] == true).then_some(())
    })
    .await;

    for at in [a, b] {
        ann.sees(at, &said).await;
    }
    assert_eq!(n_linked, 0, "they were to hear nothing of each other: {nodes}");
    // Each node claims once at once, and after that two seconds, four, eight after the other: six times
    // until the last message was taken at the latest, and the routing domain moves in the same way.
    assert!(1.0 <= moves, "whoever is asked and cannot ask the owner takes it over");
    assert!(moves <= 12.0, "{moves} moves in eight seconds for {} messages", said.len());
}

async fn moves(cluster: &Cluster) -> f64 {
    let name = "holdfast_takeovers_total";
    cluster.metric(0, name).await + cluster.metric(1, name).await
}

async fn until_readiness(cluster: &Cluster, wanted: u16) {
    eventually(&format!("the node answers {wanted} to whether it is ready"), || async {
        (cluster.readiness(0).await == wanted).then_some(())
    })
    .await;
}
