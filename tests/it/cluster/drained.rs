//! A node is told to stop while everybody talks: nobody notices.

use super::people::{Customer, ready_agent, takes_the_next_chat};
use super::until_sessions;
use crate::support::accounts::cheap_hash;
use crate::support::cluster::{Cluster, Plan};
use crate::support::desk::{DeskClient, Seen};
use crate::support::lateness::Lateness;
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use serde_json::Value;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

const N_CUSTOMERS: usize = 12;

/// A drain of so few takes far less.
const MOST: Duration = Duration::from_secs(60);

/// A machine that lets somebody wait so much too long has stood still. Nodes on it may have found each
/// other silent, or Cassandra, and the balancer may have found all of them silent.
const STANDSTILL: Duration = Duration::from_millis(300);

#[actix_web::test]
async fn nothing_is_refused_nobody_is_said_to_leave_and_the_node_ends_with_0() {
    let settings = &["cluster.lb-delay=2"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let balancer = cluster.balancer();
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    let mut ada = ready_agent(cluster.agents(0), "ada").await;
    let mut chat = takes_the_next_chat(&mut ada).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let lateness = Rc::new(Lateness::watch());
    let mut talking = JoinSet::new();
    for n in 0..N_CUSTOMERS {
        let (node, balancer) = (cluster.customers(n % 3).to_owned(), balancer.customers.clone());
        let (is_over, lateness) = (is_over.clone(), lateness.clone());
        talking.spawn_local(talk(n, (node, balancer), is_over, lateness));
    }
    ann.say(&balancer.customers, "before").await;
    ada.follow_until(&mut chat, "before").await;

    let told = Instant::now();
    cluster.node(0).tell_to_stop();
    let token = ada.resume_token.clone();
    let code = ada.close_code().await;
    let mut ada = DeskClient::resume(balancer.agents, "ada", &token, &[&chat]).await;
    ann.say(&balancer.customers, "after").await;
    ada.follow_until(&mut chat, "after").await;
    let status = loop {
        if let Some(status) = cluster.node_mut(0).has_ended() {
            break status;
        }
        assert!(told.elapsed() < MOST, "the node does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    is_over.store(true, Ordering::Relaxed);
    let said = talking.join_all().await;

    assert_eq!(status.code(), Some(0));
    assert_eq!(code, Some(1012), "the socket was not closed as one that is to come back");
    assert_no_comings_and_goings(&chat);
    for (customer, said) in said {
        customer.sees(cluster.customers(1), &said).await;
    }
    ann.sees(cluster.customers(2), &["before", "after"]).await;
}

#[actix_web::test]
async fn a_drain_is_taken_back() {
    let settings = &["cluster.lb-delay=600"][..];
    let cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 2) });
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    ann.say(cluster.customers(0), "before").await;

    let drained = cluster.tell(0, &["drain", "--no-follow"]);
    until_readiness(&cluster, 0, 503).await;
    ann.say(cluster.customers(0), "meanwhile").await;
    let elsewhere = Customer::begin(cluster.customers(0), "Ben").await;
    until_sessions(&cluster, 1, 1).await;
    let undrained = cluster.tell(0, &["undrain"]);
    until_readiness(&cluster, 0, 200).await;

    assert_eq!((drained.0, undrained.0), (Some(0), Some(0)), "{drained:?} {undrained:?}");
    ann.sees(cluster.customers(1), &["before", "meanwhile"]).await;
    elsewhere.say(cluster.customers(0), "hello").await;
}

/// Whoever was set out of rotation is so again after a drain; it lets nobody go any more.
#[actix_web::test]
async fn a_drain_that_is_taken_back_leaves_no_trace_at_a_node_out_of_rotation() {
    let hash = format!("node-clients.ops.password-hash={}", cheap_hash("long and made up"));
    let settings = &["cluster.move-rate=1", &hash][..];
    let cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 2) });
    for n in 0..10 {
        Customer::begin(cluster.customers(0), &format!("customer {n}")).await;
    }
    until_sessions(&cluster, 0, 10).await;
    let offline = "/genesys/1/admin/node/changestatus/OFFLINE";
    let offline = reqwest::Client::new().post(format!("{}{offline}", cluster.node(0).health));

    assert_eq!(cluster.tell(0, &["drain", "--no-follow"]).0, Some(0));
    until_phase(&cluster, 0, "moving").await;
    let set = offline.basic_auth("ops", Some("long and made up")).send().await.unwrap();
    assert_eq!(cluster.tell(0, &["undrain"]).0, Some(0));
    until_phase(&cluster, 0, "offline").await;

    assert_eq!(set.status(), 200);
    ready_agent(cluster.agents(0), "ada").await;
    assert_eq!(cluster.metric(0, "holdfast_drain_left").await, 0.0);
}

async fn until_phase(cluster: &Cluster, idx: usize, wanted: &str) {
    eventually(&format!("the drain of node {idx} is {wanted}"), || async {
        (cluster.status(idx).await["drain"]["phase"] == wanted).then_some(())
    })
    .await;
}

async fn until_readiness(cluster: &Cluster, idx: usize, wanted: u16) {
    eventually(&format!("node {idx} answers {wanted} to whether it is ready"), || async {
        (cluster.readiness(idx).await == wanted).then_some(())
    })
    .await;
}

/// Talks through a balancer, and takes no for no answer.
async fn talk(
    n: usize,
    (node, balancer): (String, String),
    is_over: Arc<AtomicBool>,
    lateness: Rc<Lateness>,
) -> (Customer, Vec<String>) {
    let customer = Customer::begin(&node, &format!("customer {n}")).await;
    let mut said = vec![];
    while !is_over.load(Ordering::Relaxed) {
        let text = format!("{n} says {}", said.len());
        is_answered(&format!("'{text}'"), &lateness, || customer.say_once(&balancer, &text)).await;
        said.push(text);
        is_answered("reading", &lateness, || customer.read_once(&balancer)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (customer, said)
}

/// Asks once. Only where the machine stood still meanwhile, the same is asked again.
async fn is_answered<F: Future<Output = Option<(u16, Value)>>>(
    what: &str,
    lateness: &Lateness,
    ask: impl Fn() -> F,
) {
    let began = Instant::now();
    let mut again = interval(Duration::from_millis(20));
    loop {
        again.tick().await;
        let answer = ask().await;
        if matches!(answer, Some((200, _))) {
            return;
        }
        let (late, took) = (lateness.longest_since(began), began.elapsed());
        let may_be = matches!(answer, Some((503, _)) | None) && STANDSTILL < late && took < MOST;
        assert!(
            may_be,
            "{what} was refused after {took:?}, the machine late by {late:?}: {answer:?}"
        );
    }
}

fn assert_no_comings_and_goings(chat: &Seen) {
    assert_eq!((chat.count("newParty"), chat.count("partyLeft")), (2, 0), "{:?}", chat.events);
}
