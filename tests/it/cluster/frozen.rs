//! A node stands still and wakes up later, sure that nothing has happened.

use super::n_sessions;
use super::people::Customer;
use crate::support::cluster::{Cluster, Plan};
use crate::support::patience::eventually;
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
        ann.sees(at, &told).await;
    }
    if let Some((200, reply)) = woken {
        assert_eq!(reply["duplicate"], true, "{reply}");
    }
    eventually("the session lives once", || async {
        let mut n = 0;
        for idx in 0..3 {
            n += n_sessions(&cluster, idx).await;
        }
        (n == 1).then_some(())
    })
    .await;
}
