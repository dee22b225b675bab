//! Nothing is wrong: any node serves any chat, and there is one desk for all agents.

use super::people::{Customer, ready_agent, takes_the_next_chat};
use crate::support::cluster::{AGENTS, Cluster, Plan};
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use serde_json::json;
use std::collections::BTreeSet;

#[actix_web::test]
async fn a_chat_is_served_by_every_node_and_its_agent_may_sit_at_any() {
    let cluster = Cluster::start(&Plan::over(Ring::shared(), 3));
    let [a, b, c] = [0, 1, 2].map(|idx| cluster.customers(idx));
    let ann = Customer::begin(a, "Ann").await;
    let mut ada = ready_agent(cluster.agents(1), "ada").await;
    let mut chat = takes_the_next_chat(&mut ada).await;

    let first = ann.say(b, "hello").await;
    ada.follow_until(&mut chat, "hello").await;
    assert_eq!(ada.say(&chat, "good day").await["type"], "ack");
    ann.say(c, "a question").await;
    ada.follow_until(&mut chat, "a question").await;

    assert_eq!(chat.session, ann.session);
    for at in [a, b, c] {
        ann.sees(at, &["hello", "good day", "a question"]).await;
    }
    let again = ann.say(c, "hello").await;
    assert_eq!(again["duplicate"], true, "{again} after {first}");
    assert_eq!(chat.texts(), ["hello", "good day", "a question"]);
}

#[actix_web::test]
async fn nodes_that_start_together_have_one_desk() {
    let cluster = Cluster::start(&Plan::over(Ring::shared(), 3));
    let mut agents = vec![];
    for (idx, name) in AGENTS.iter().enumerate() {
        agents.push(ready_agent(cluster.agents(idx), name).await);
    }

    // All at one node; each agent has room for one.
    let mut begun = BTreeSet::new();
    for name in ["Ann", "Ben", "Cleo"] {
        begun.insert(Customer::begin(cluster.customers(0), name).await.session);
    }
    let mut taken = BTreeSet::new();
    for agent in &mut agents {
        taken.insert(takes_the_next_chat(agent).await.session);
    }

    assert_eq!(taken, begun);
}

#[actix_web::test]
async fn behind_a_balancer_every_step_of_a_chat_may_reach_another_node() {
    let cluster = Cluster::start(&Plan::over(Ring::shared(), 3));
    let balancer = cluster.balancer();
    let at = &balancer.customers;
    // The ticket is asked of one node, the socket comes to another.
    let mut ada = ready_agent(balancer.agents, "ada").await;
    let ann = Customer::begin(at, "Ann").await;
    let mut chat = takes_the_next_chat(&mut ada).await;

    for text in ["one", "two", "three", "four"] {
        ann.say(at, text).await;
        ada.follow_until(&mut chat, text).await;
    }

    ann.sees(at, &chat.texts()).await;
}

#[actix_web::test]
async fn the_status_of_any_node_shows_all() {
    let cluster = Cluster::start(&Plan::over(Ring::shared(), 3));

    for idx in 0..3 {
        // A node is ready as soon as it can serve; it hears of those that started with it a beat later.
        eventually("all have heard of one another", || async {
            let n_known = cluster.status(idx).await["nodes"].as_array().map(Vec::len);
            (n_known == Some(3)).then_some(())
        })
        .await;
        let (code, table, complaints) = cluster.tell(idx, &["status"]);
        assert_eq!(code, Some(0), "{complaints}");
        for name in ["node-a", "node-b", "node-c"] {
            assert!(table.contains(name), "{table}");
        }
        let status = cluster.status(idx).await;
        assert_eq!(
            (&status["store"], &status["storeAnswers"]),
            (&json!("cassandra"), &json!(true))
        );
    }
}
