//! How links break, and what those who wait are told.

use super::calls::pair;
use super::memory::{ByHand, Network, hello};
use super::{Node, call, ear, process, settled, start};
use crate::edge::peer::LinkState;
use crate::edge::peer::wire::{Frame, Refusal};
use crate::ownership::membership::PROTOCOL;
use crate::ownership::peers::{CallError, PeerFuture, Peers};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_breaks_every_call_and_listening_at_once() {
    let (a, mut peer, _) = by_hand().await;
    let (outlet, mut news) = ear();
    let asked = ask(&a, "say").await;
    let listening = tokio::spawn(a.links.listen(&"node-b".into(), call("x", b""), outlet));
    let asked_first = peer.hear().await;
    let Frame::Listen(listened) = peer.hear().await else { panic!("no listening") };
    assert!(matches!(asked_first, Frame::Call(_)));
    peer.say(&Frame::Answer { id: listened.id, body: vec![] }).await;
    listening.await.unwrap().unwrap();
    let began = Instant::now();

    drop(peer);

    assert_eq!(asked.await.unwrap(), Err(CallError::Lost("node-b".into())));
    assert_eq!(news.recv().await, None);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(!a.links.is_linked(&"node-b".into()));
}

#[tokio::test(start_paused = true)]
async fn who_tells_hears_at_once_when_the_node_of_the_listener_is_gone() {
    let (a, b) = pair().await;
    let (outlet, _news) = ear();
    a.links.listen(&"node-b".into(), call("listen", b""), outlet).await.unwrap();
    let (broke, mut broken) = mpsc::unbounded_channel();
    let say = move || {
        let _ = broke.send(());
    };
    b.clerk.outlet().when_broken(Box::new(say.clone()));
    assert!(b.clerk.outlet().is_open() && broken.try_recv().is_err());

    a.links.stop().await;

    let told = timeout(Duration::from_secs(60), broken.recv()).await;
    assert_eq!(told, Ok(Some(())));
    assert!(!b.clerk.outlet().is_open());
    b.clerk.outlet().when_broken(Box::new(say));
    let told = timeout(Duration::from_secs(60), broken.recv()).await;
    assert_eq!(told, Ok(Some(())), "it is told to who asks later, too");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stands_still_is_broken_after_about_a_second() {
    let (a, _peer, _) = by_hand().await;
    let began = Instant::now();

    let answer = a.links.call(&"node-b".into(), call("say", b"")).await;

    assert_eq!(answer, Err(CallError::Lost("node-b".into())));
    let took = began.elapsed();
    assert!(Duration::from_millis(900) <= took && took <= Duration::from_millis(1_300), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_only_talks_is_broken_too() {
    let (a, mut peer, _) = by_hand().await;
    let began = Instant::now();

    let mut n = 0;
    while peer.try_say(&Frame::Ping(n)).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
        n += 1;
    }

    assert!(!a.links.is_linked(&"node-b".into()));
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_answers_pings_is_never_broken() {
    let (a, _b) = pair().await;

    tokio::time::sleep(Duration::from_secs(3_600)).await;

    assert!(a.links.is_linked(&"node-b".into()));
}

#[tokio::test(start_paused = true)]
async fn who_stood_still_itself_first_hears_what_came_meanwhile() {
    let (a, _b) = pair().await;

    tokio::time::advance(Duration::from_secs(60)).await;

    let answer = a.links.call(&"node-b".into(), call("hops", b"")).await;
    assert_eq!(answer, Ok(vec![1]));
}

#[tokio::test(start_paused = true)]
async fn a_broken_link_is_dialled_again_and_nobody_waits_meanwhile() {
    let (a, peer, mut dialled) = by_hand().await;
    drop(peer);
    let mut states = a.links.states();
    wait_for(&mut states, LinkState::Down).await;

    let meanwhile = a.links.call(&"node-b".into(), call("say", b"")).await;
    let mut peer = ByHand(dialled.recv().await.unwrap());
    peer.greet("node-b", 1).await;
    wait_for(&mut states, LinkState::Up).await;

    assert_eq!(meanwhile, Err(CallError::Broken("node-b".into())));
}

#[tokio::test(start_paused = true)]
async fn a_new_process_of_a_node_is_dialled_at_once() {
    let (a, mut peer, mut dialled) = by_hand().await;
    let began = Instant::now();

    let newer = ("another boot".into(), "node-b".to_owned());
    a.links.set_addresses(BTreeMap::from([("node-b".into(), newer)]));

    assert!(peer.is_closed().await);
    assert!(dialled.recv().await.is_some());
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_no_member_any_more_is_let_go() {
    let (a, mut peer, _) = by_hand().await;
    let asked = ask(&a, "say").await;

    a.links.set_addresses(BTreeMap::new());

    assert_eq!(asked.await.unwrap(), Err(CallError::Lost("node-b".into())));
    assert!(peer.is_closed().await);
    assert!(a.links.states().borrow().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_stops_breaks_its_links_and_takes_no_more() {
    let (a, b) = pair().await;
    let (outlet, mut news) = ear();
    a.links.listen(&"node-b".into(), call("listen", b""), outlet).await.unwrap();

    b.links.stop().await;

    while news.recv().await.is_some() {}
    let to_b = a.links.call(&"node-b".into(), call("say", b"")).await;
    let from_b = b.links.call(&"node-a".into(), call("say", b"")).await;
    assert_eq!(to_b, Err(CallError::Broken("node-b".into())));
    assert_eq!(from_b, Err(CallError::Broken("node-a".into())));
}

#[tokio::test(start_paused = true)]
async fn protocols_that_are_one_apart_understand_each_other() {
    let network = Network::default();
    let newer = crate::edge::peer::PeerConfig { protocol: 2, ..network.config("node-b") };
    let (a, b) = (start(network.config("node-a")), start(newer));
    a.knows("node-b", "node-b");
    b.knows("node-a", "node-a");

    assert!(settled(&a.links, "node-b").await);
    assert!(settled(&b.links, "node-a").await);
}

#[tokio::test(start_paused = true)]
async fn protocols_that_are_further_apart_refuse_each_other() {
    let network = Network::default();
    let newer =
        crate::edge::peer::PeerConfig { protocol: PROTOCOL + 2, ..network.config("node-b") };
    let (a, b) = (start(network.config("node-a")), start(newer));
    a.knows("node-b", "node-b");
    b.knows("node-a", "node-a");

    assert!(!settled(&a.links, "node-b").await);
    assert!(!settled(&b.links, "node-a").await);
}

#[tokio::test(start_paused = true)]
async fn another_node_at_the_address_is_refused() {
    let network = Network::default();
    let (a, _c) = (start(network.config("node-a")), start(network.config("node-c")));
    a.knows("node-b", "node-c");

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test(start_paused = true)]
async fn a_namesake_is_refused() {
    let network = Network::default();
    let _a = start(network.config("node-a"));
    let mut namesake = ByHand(network.dial("node-a").unwrap());

    namesake.say(&hello("node-a", 1)).await;

    assert_eq!(namesake.hear().await, Frame::Refused { id: 0, why: Refusal::Stranger });
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_version_says_is_skipped() {
    let (a, mut peer, _) = by_hand().await;
    let asked = ask(&a, "say").await;
    let Frame::Call(asked_by_hand) = peer.hear().await else { panic!("no call") };

    peer.say(&Frame::Unknown(77)).await;
    peer.say(&Frame::Answer { id: asked_by_hand.id, body: b"yes".to_vec() }).await;

    assert_eq!(asked.await.unwrap(), Ok(b"yes".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_by_its_reason() {
    let (a, mut peer, _) = by_hand().await;
    let node: crate::base::NodeId = "node-b".into();
    let reasons = [
        (Refusal::WrongBoot, CallError::Broken(node.clone())),
        (Refusal::Busy, CallError::Busy(node.clone())),
        (Refusal::TooLong, CallError::TimedOut(node.clone())),
        (Refusal::Unknown(99), CallError::Busy(node)),
    ];
    for (why, told) in reasons {
        let asked = ask(&a, "say").await;
        let Frame::Call(asked_by_hand) = peer.hear().await else { panic!("no call") };

        peer.say(&Frame::Refused { id: asked_by_hand.id, why }).await;

        assert_eq!(asked.await.unwrap(), Err(told));
    }
}

/// A node that is linked to a peer who is played by hand, and those that dial next.
pub async fn by_hand() -> (Node, ByHand, mpsc::UnboundedReceiver<DuplexStream>) {
    let network = Network::default();
    by_hand_with(network.clone(), start(network.config("node-a"))).await
}

pub async fn by_hand_with(
    network: Network,
    a: Node,
) -> (Node, ByHand, mpsc::UnboundedReceiver<DuplexStream>) {
    let mut dialled = network.listen("node-b");
    a.knows("node-b", "node-b");
    let mut peer = ByHand(dialled.recv().await.unwrap());
    let greeted = peer.greet("node-b", 1).await;
    assert_eq!(greeted.process, process("node-a"));
    assert!(settled(&a.links, "node-b").await);
    (a, peer, dialled)
}

/// Asks, and returns when the question is on its way.
pub async fn ask(a: &Node, kind: &str) -> tokio::task::JoinHandle<Result<Vec<u8>, CallError>> {
    let asking: PeerFuture<Vec<u8>> = a.links.call(&"node-b".into(), call(kind, b""));
    let asking = tokio::spawn(asking);
    tokio::task::yield_now().await;
    asking
}

async fn wait_for(
    states: &mut tokio::sync::watch::Receiver<BTreeMap<crate::base::NodeId, LinkState>>,
    state: LinkState,
) {
    states.wait_for(|states| states.values().all(|one| *one == state)).await.unwrap();
}
