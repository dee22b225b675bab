//! Calls, answers and news between two nodes that behave.

use super::memory::Network;
use super::{Node, call, ear, settled, start};
use crate::ownership::peers::{CallError, Peers};

#[tokio::test(start_paused = true)]
async fn calls_are_answered_both_ways_and_many_at_once() {
    let (a, b) = pair().await;

    let calls = (0..100).map(|n| {
        let body = n.to_string();
        a.links.call(&"node-b".into(), call("say", body.as_bytes()))
    });
    let answers = futures_util::future::join_all(calls).await;
    let back = b.links.call(&"node-a".into(), call("say", b"hello")).await;

    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), format!("node-a asked thing: {n}").into_bytes());
    }
    assert_eq!(back.unwrap(), b"node-b asked thing: hello");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_while_the_link_is_dialled_waits_for_it() {
    let network = Network::default();
    let (a, _b) = (start(network.config("node-a")), start(network.config("node-b")));
    a.knows("node-b", "node-b");

    let answer = a.links.call(&"node-b".into(), call("hops", b"")).await;

    assert_eq!(answer, Ok(vec![1]));
}

#[tokio::test(start_paused = true)]
async fn long_answers_come_whole() {
    let (a, _b) = pair().await;

    let answer = a.links.call(&"node-b".into(), call("long", &[3; 2_000_000])).await;

    assert_eq!(answer.unwrap().len(), 3_000_000);
    assert!(a.links.is_linked(&"node-b".into()));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_is_refused_and_the_link_stands() {
    let (a, _b) = pair().await;
    let b = "node-b".into();

    let asked = a.links.call(&b, call("say", &vec![3; 9_000_000])).await;
    let answered = a.links.call(&b, call("too long", b"")).await;

    assert_eq!(asked, Err(CallError::Busy(b.clone())));
    assert_eq!(answered, Err(CallError::TimedOut(b.clone())));
    assert!(a.links.is_linked(&b));
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_lets_go_and_the_link_stands() {
    let (a, _b) = pair().await;

    let answer = a.links.call(&"node-b".into(), call("hang", b"")).await;

    assert_eq!(answer, Err(CallError::TimedOut("node-b".into())));
    assert!(a.links.is_linked(&"node-b".into()));
}

#[tokio::test(start_paused = true)]
async fn another_process_of_the_same_node_is_not_the_one_that_was_meant() {
    let (a, _b) = pair().await;
    let mut meant = call("say", b"");

    meant.boot = Some("boot-of-node-b".into());
    let right = a.links.call(&"node-b".into(), meant.clone()).await;
    meant.boot = Some("an-older-boot".into());
    let wrong = a.links.call(&"node-b".into(), meant).await;

    assert!(right.is_ok());
    assert_eq!(wrong, Err(CallError::Broken("node-b".into())));
}

#[tokio::test(start_paused = true)]
async fn news_come_in_order_until_the_teller_lets_go() {
    let (a, b) = pair().await;
    let (outlet, mut news) = ear();
    let answer = a.links.listen(&"node-b".into(), call("listen", b"from 7"), outlet).await;
    assert_eq!(answer.unwrap(), b"from 7");

    assert!(b.clerk.outlet().tell(b"second".to_vec()));
    b.clerk.outlets.lock().unwrap().clear();

    assert_eq!(news.recv().await.unwrap(), b"first");
    assert_eq!(news.recv().await.unwrap(), b"second");
    assert_eq!(news.recv().await, None, "the ear is dropped");
}

#[tokio::test(start_paused = true)]
async fn the_teller_hears_when_the_listener_lets_go() {
    let (a, b) = pair().await;
    let (outlet, news) = ear();
    a.links.listen(&"node-b".into(), call("listen", b""), outlet).await.unwrap();
    drop(news);

    // The first finds nobody; the word of it is back before the answer to a later call.
    b.clerk.outlet().tell(b"second".to_vec());
    b.links.call(&"node-a".into(), call("say", b"")).await.unwrap();
    a.links.call(&"node-b".into(), call("say", b"")).await.unwrap();

    assert!(!b.clerk.outlet().tell(b"third".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_listening_that_nobody_waits_for_is_let_go() {
    let (a, b) = pair().await;
    let (outlet, mut news) = ear();
    let mut asked = call("listen", b"");
    asked.within = std::time::Duration::ZERO;

    let answer = a.links.listen(&"node-b".into(), asked, outlet).await;
    a.links.call(&"node-b".into(), call("say", b"")).await.unwrap();

    assert_eq!(answer, Err(CallError::TimedOut("node-b".into())));
    assert!(!b.clerk.outlet().tell(b"second".to_vec()));
    while news.recv().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn nobody_is_reached_who_is_not_known_or_not_there() {
    let network = Network::default();
    let a = start(network.config("node-a"));
    a.knows("node-b", "nowhere");

    let unknown = a.links.call(&"node-c".into(), call("say", b"")).await;
    let absent = a.links.call(&"node-b".into(), call("say", b"")).await;

    assert_eq!(unknown, Err(CallError::Broken("node-c".into())));
    assert_eq!(absent, Err(CallError::Broken("node-b".into())));
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_calls_is_counted() {
    let (a, _b) = pair().await;
    a.links.call(&"node-b".into(), call("say", b"")).await.unwrap();
    a.links.call(&"node-c".into(), call("say", b"")).await.unwrap_err();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;

    let page = crate::telemetry::recorder::render();

    assert!(page.contains("holdfast_peer_calls_total{result=\"answered\"}"), "{page}");
    assert!(page.contains("holdfast_peer_calls_total{result=\"broken\"}"), "{page}");
    assert!(page.contains("holdfast_peer_links{state=\"up\"}"), "{page}");
    assert!(page.contains("holdfast_peer_round_trip_seconds_count"), "{page}");
}

/// Two nodes that are linked both ways.
pub async fn pair() -> (Node, Node) {
    let network = Network::default();
    let (a, b) = (start(network.config("node-a")), start(network.config("node-b")));
    a.knows("node-b", "node-b");
    b.knows("node-a", "node-a");
    assert!(settled(&a.links, "node-b").await);
    assert!(settled(&b.links, "node-a").await);
    (a, b)
}
