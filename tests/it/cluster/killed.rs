//! A node dies as in a power failure.

use super::people::{Customer, ready_agent, takes_the_next_chat};
use super::{n_sessions, until_sessions};
use crate::support::cluster::{Cluster, Plan};
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use futures_util::future::join_all;

#[actix_web::test]
async fn the_next_request_finds_everything_and_a_repeated_one_its_first_answer() {
    let mut cluster = Cluster::start(&Plan::over(Ring::shared(), 3));
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    ann.say(cluster.customers(0), "one").await;
    ann.say(cluster.customers(0), "two").await;

    cluster.kill(0);
    let again = ann.say(cluster.customers(1), "two").await;
    ann.say(cluster.customers(1), "three").await;

    assert_eq!(again["duplicate"], true, "{again}");
    for idx in [1, 2] {
        ann.sees(cluster.customers(idx), &["one", "two", "three"]).await;
    }
    cluster.start_node(0);
    ann.sees(cluster.customers(0), &["one", "two", "three"]).await;
    let n_taken = cluster.metric(0, "holdfast_takeovers_total").await;
    let n_unreached = cluster.metric(0, "holdfast_forwarded_total{result=\"broken\"}").await;
    assert!(n_taken <= n_unreached, "who comes back takes {n_taken} from others that are there");
    // Sessions are counted now and then only. Once Ben is counted, it is after Ann's last look.
    Customer::begin(cluster.customers(0), "Ben").await;
    let n_sessions = eventually("Ben is counted", || async {
        Some(n_sessions(&cluster, 0).await).filter(|n| 0 < *n)
    });
    let n_sessions = n_sessions.await;
    assert!(n_sessions as f64 <= 1.0 + n_taken, "{n_sessions} sessions, {n_taken} taken over");
}

#[actix_web::test]
async fn sessions_that_nobody_asks_for_are_taken_over_and_their_timers_go_on() {
    let settings = &["settings.flex-disconnect-timeout=12"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let ann = Customer::begin(cluster.customers(0), "Ann").await;
    let mut ada = ready_agent(cluster.agents(2), "ada").await;
    let mut chat = takes_the_next_chat(&mut ada).await;
    ann.say(cluster.customers(0), "and now I am silent").await;
    until_sessions(&cluster, 0, 1).await;

    cluster.kill(0);
    while chat.count("partyLeft") == 0 {
        ada.follow(&mut chat).await;
    }

    assert_eq!(chat.texts(), ["and now I am silent"]);
    assert_eq!(chat.count("newParty"), 2, "{:?}", chat.events);
    eventually("one of the survivors has it", || async {
        let survivors = n_sessions(&cluster, 1).await + n_sessions(&cluster, 2).await;
        (survivors == 1).then_some(())
    })
    .await;
}

/// An owner may die when it has told the end and not yet written down that nothing is left to do. Then
/// nobody asks for the chat any more; still, whoever looks back must find it.
#[actix_web::test]
async fn chats_that_end_as_their_node_dies_can_be_read() {
    const N_CHATS: usize = 16;
    let settings = &["settings.flex-disconnect-timeout=12"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let at = cluster.customers(0).to_owned();
    let mut customers = vec![];
    for n in 0..N_CHATS {
        let customer = Customer::begin(&at, &format!("customer {n}")).await;
        customer.say(&at, "hello").await;
        customers.push(customer);
    }

    // Some have ended wholly by then, some only just, and some not yet.
    let leaving = customers.iter().map(|customer| customer.leave_once(&at));
    let left = join_all(leaving).await.into_iter().flatten();
    cluster.kill(0);

    assert!(0 < left.filter(|(status, _)| *status == 200).count(), "nobody got away");
    let http = reqwest::Client::new();
    for customer in &customers {
        let agents = cluster.agents(1);
        let url = format!("http://{agents}/api/v1/interactions/{}/transcript", customer.session);
        let read = async || {
            let asked = http.get(&url).basic_auth("ada", Some(PASSWORD)).send().await.unwrap();
            let is_there = asked.status() == 200;
            let text = asked.text().await.unwrap();
            (is_there && text.contains("hello")).then_some(())
        };
        // Those who did not get away are missed after a while, and their chats end.
        eventually("the transcript can be read", read).await;
    }
}

#[actix_web::test]
async fn many_silent_sessions_are_divided_among_the_survivors() {
    const N_CHATS: u64 = 40;
    let settings = &["settings.flex-disconnect-timeout=600"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let mut customers = vec![];
    for n in 0..N_CHATS {
        let customer = Customer::begin(cluster.customers(0), &format!("customer {n}")).await;
        customer.say(cluster.customers(0), "hello").await;
        customers.push(customer);
    }
    until_sessions(&cluster, 0, N_CHATS).await;
    // Survivors look after what the routing domain knows.
    eventually("all of them wait for an agent", || async {
        let mut n_waiting = 0.0;
        for idx in 0..3 {
            n_waiting += cluster.metric(idx, "holdfast_queue_waiting").await;
        }
        (n_waiting == N_CHATS as f64).then_some(())
    })
    .await;

    cluster.kill(0);
    eventually("the survivors have all", || async {
        let survivors = n_sessions(&cluster, 1).await + n_sessions(&cluster, 2).await;
        (survivors == N_CHATS).then_some(())
    })
    .await;

    for idx in [1, 2] {
        assert_ne!(n_sessions(&cluster, idx).await, 0, "node {idx} took nothing");
    }
    for customer in customers {
        customer.sees(cluster.customers(2), &["hello"]).await;
    }
}

#[actix_web::test]
async fn agents_go_on_when_the_node_of_their_desk_dies() {
    let mut cluster = Cluster::prepare(&Plan::over(Ring::shared(), 2));
    // Whoever is alone on the ring has the desk.
    cluster.start_node(0);
    cluster.start_node(1);
    let mut ada = ready_agent(cluster.agents(1), "ada").await;
    let ann = Customer::begin(cluster.customers(1), "Ann").await;
    let mut chat = takes_the_next_chat(&mut ada).await;
    let mut bob = ready_agent(cluster.agents(1), "bob").await;

    cluster.kill(0);
    ann.say(cluster.customers(1), "still there?").await;
    ada.follow_until(&mut chat, "still there?").await;
    ada.say(&chat, "always").await;
    let ben = Customer::begin(cluster.customers(1), "Ben").await;
    let next = takes_the_next_chat(&mut bob).await;

    assert_eq!(next.session, ben.session);
    ann.sees(cluster.customers(1), &["still there?", "always"]).await;
    assert_eq!((chat.count("newParty"), chat.count("partyLeft")), (2, 0), "{:?}", chat.events);
}

#[actix_web::test]
async fn when_all_nodes_die_and_start_together_every_session_lives_again_once() {
    const N_CHATS: u64 = 30;
    let settings = &["settings.flex-disconnect-timeout=600"][..];
    let mut cluster = Cluster::start(&Plan { settings, ..Plan::over(Ring::shared(), 3) });
    let mut customers = vec![];
    for n in 0..N_CHATS {
        let at = cluster.customers(usize::try_from(n % 3).unwrap());
        let customer = Customer::begin(at, &format!("customer {n}")).await;
        customer.say(at, "before").await;
        customers.push(customer);
    }

    // Whoever comes back looks after what the routing domain knows.
    eventually("all of them wait for an agent", || async {
        let mut n_waiting = 0.0;
        for idx in 0..3 {
            n_waiting += cluster.metric(idx, "holdfast_queue_waiting").await;
        }
        (n_waiting == N_CHATS as f64).then_some(())
    })
    .await;
    for idx in 0..3 {
        cluster.kill(idx);
    }
    cluster.start_all_again();
    eventually("every session lives once", || async {
        let mut n = 0;
        for idx in 0..3 {
            n += n_sessions(&cluster, idx).await;
        }
        (n == N_CHATS).then_some(())
    })
    .await;

    for (n, customer) in customers.iter().enumerate() {
        customer.say(cluster.customers(n % 3), "after").await;
        customer.sees(cluster.customers((n + 1) % 3), &["before", "after"]).await;
    }
}
