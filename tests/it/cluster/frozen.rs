//! A node stands still and wakes up later, sure that nothing has happened.

use super::people::Customer;
use super::{n_sessions, until_sessions};
use crate::support::cluster::{Cluster, Plan};
use crate::support::ring::Ring;

#[actix_web::test]
async fn a_frozen_owner_is_replaced_and_acknowledges_nothing_when_it_wakes() {
    let cluster = Cluster::start(&Plan::over(Ring::shared(), 3));
    let [a, b, c] = [0, 1, 2].map(|idx| cluster.customers(idx).to_owned());
    let ann = Customer::begin(&a, "Ann").await;
    ann.say(&a, "one").await;

    cluster.node(0).freeze();
    // One that reaches nobody who could carry it out, before he wakes.
    let limbo = actix_web::rt::spawn({
        let (ann, a) = (ann.clone(), a.clone());
        async move { ann.say_once(&a, "limbo").await }
    });
    ann.say(&b, "two").await;
    ann.say(&c, "limbo").await;
    cluster.node(0).thaw();
    let woken = limbo.await.unwrap();
    ann.say(&a, "three").await;

    let told = ["one", "two", "limbo", "three"];
    for at in [&a, &b, &c] {
        assert_eq!(ann.texts(at).await, told, "at {at}");
    }
    if let Some((200, reply)) = woken {
        assert_eq!(reply["duplicate"], true, "{reply}");
    }
    until_sessions(&cluster, 0, 0).await;
    assert_eq!(n_sessions(&cluster, 1).await + n_sessions(&cluster, 2).await, 1);
}
