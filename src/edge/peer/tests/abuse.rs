//! Too much, too long, too slow, out of turn.

use super::breaking::{ask, by_hand, by_hand_with};
use super::memory::{ByHand, Network};
use super::{Node, call, start};
use crate::edge::peer::wire::{Asked, Frame, Refusal};
use crate::edge::peer::{Limits, PeerConfig};
use crate::ownership::peers::{CallError, Peers};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

#[tokio::test(start_paused = true)]
async fn a_flood_of_calls_is_refused_by_who_asks() {
    let limits = Limits { most_outstanding: 3, ..Limits::default() };
    let network = Network::default();
    let a = start(PeerConfig { limits, ..network.config("node-a") });
    let (a, _peer, _) = by_hand_with(network, a).await;
    for _ in 0..3 {
        drop(ask(&a, "say").await);
    }

    let one_too_many = a.links.call(&"node-b".into(), call("say", b"")).await;

    assert_eq!(one_too_many, Err(CallError::Busy("node-b".into())));
}

#[tokio::test(start_paused = true)]
async fn bytes_that_do_not_get_away_are_bounded_by_who_asks() {
    let (a, _peer, _) = by_hand().await;

    let calls = (0..8).map(|_| a.links.call(&"node-b".into(), call("say", &vec![0; 7 << 20])));
    let answers = futures_util::future::join_all(calls).await;

    // Four times seven million fit; the rest hears at once that they do not.
    let n_busy = answers.iter().filter(|answer| matches!(answer, Err(CallError::Busy(_)))).count();
    assert_eq!(n_busy, 4);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_calls_is_refused_by_who_is_asked() {
    let limits = Limits { most_in_work: 2, most_bytes_in_work: 0, ..Limits::default() };
    let (_b, mut peer) = asked_by_hand(limits).await;

    for id in 1..=2 {
        peer.say(&asked(id, "hang", 4 << 20)).await;
    }
    peer.say(&asked(3, "say", 1)).await;
    let by_number = peer.hear().await;
    tokio::time::sleep(Duration::from_millis(10)).await;

    assert_eq!(by_number, Frame::Refused { id: 3, why: Refusal::Busy });
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_bytes_is_refused_by_who_is_asked() {
    let limits = Limits { most_bytes_in_work: 8 << 20, ..Limits::default() };
    let (_b, mut peer) = asked_by_hand(limits).await;

    peer.say(&asked(1, "hang", 5 << 20)).await;
    peer.say(&asked(2, "say", 5 << 20)).await;

    assert_eq!(peer.hear().await, Frame::Refused { id: 2, why: Refusal::Busy });
}

#[tokio::test(start_paused = true)]
async fn calls_for_another_process_are_refused_by_who_is_asked() {
    let (_b, mut peer) = asked_by_hand(Limits::default()).await;
    let mut meant = call("say", b"");
    meant.boot = Some("older".into());

    peer.say(&Frame::Call(Asked { id: 1, call: meant })).await;

    assert_eq!(peer.hear().await, Frame::Refused { id: 1, why: Refusal::WrongBoot });
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_takes_nothing_is_closed_and_the_others_are_served() {
    let limits = Limits { longest_frame: 300_000, room_for_news: 0, ..Limits::default() };
    let (b, mut peer) = asked_by_hand(limits).await;
    peer.say(&Frame::Listen(Asked { id: 1, call: call("listen", b"") })).await;
    assert!(matches!(peer.hear().await, Frame::News { id: 1, .. }));
    assert!(matches!(peer.hear().await, Frame::Answer { id: 1, .. }));

    // Nobody reads: the way is full, then the room is.
    let n_told = (0..100).take_while(|_| b.clerk.outlet().tell(vec![0; 100_000])).count();

    assert!((1..5).contains(&n_told), "{n_told}");
    assert!(!b.clerk.outlet().tell(vec![]), "once no is no for ever");
    for _ in 0..n_told {
        assert!(matches!(peer.hear().await, Frame::News { id: 1, .. }));
    }
    assert_eq!(peer.hear().await, Frame::Close { id: 1 });
    peer.say(&asked(2, "hops", 0)).await;
    assert_eq!(peer.hear().await, Frame::Answer { id: 2, body: vec![1] });
}

#[tokio::test(start_paused = true)]
async fn too_many_listenings_are_refused() {
    let limits = Limits { most_listenings: 1, ..Limits::default() };
    let (_b, mut peer) = asked_by_hand(limits).await;
    peer.say(&Frame::Listen(Asked { id: 1, call: call("listen", b"") })).await;
    peer.hear().await;
    peer.hear().await;

    peer.say(&Frame::Listen(Asked { id: 2, call: call("listen", b"") })).await;

    assert_eq!(peer.hear().await, Frame::Refused { id: 2, why: Refusal::Busy });
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_is_too_long_ends_the_connection_unread() {
    let (_b, mut peer) = asked_by_hand(Limits::default()).await;

    peer.0.write_u32(u32::MAX).await.unwrap();

    assert!(peer.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_frame_or_out_of_turn_ends_the_connection() {
    let (_b, mut garbled) = asked_by_hand(Limits::default()).await;
    garbled.0.write_all(&[0, 0, 0, 4, 2, 0, 1, 9]).await.unwrap();
    assert!(garbled.is_closed().await);

    let (_b, mut confused) = asked_by_hand(Limits::default()).await;
    confused.say(&Frame::Answer { id: 1, body: vec![] }).await;
    assert!(confused.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn who_never_greets_is_sent_away() {
    let network = Network::default();
    let _b = start(network.config("node-b"));
    let mut mute = ByHand(network.dial("node-b").unwrap());
    let began = tokio::time::Instant::now();

    assert!(mute.is_closed().await);
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn there_is_a_last_place_for_connections() {
    let limits = Limits { most_connections: 1, ..Limits::default() };
    let network = Network::default();
    let _b = start(PeerConfig { limits, ..network.config("node-b") });
    let mut first = ByHand(network.dial("node-b").unwrap());
    first.greet("node-a", 1).await;
    let mut second = ByHand(network.dial("node-b").unwrap());
    second.greet("node-c", 1).await;

    assert!(second.is_closed().await);
    first.say(&asked(1, "hops", 0)).await;
    assert_eq!(first.hear().await, Frame::Answer { id: 1, body: vec![1] });
}

/// A node that was dialled by a peer who is played by hand.
async fn asked_by_hand(limits: Limits) -> (Node, ByHand) {
    let network = Network::default();
    let b = start(PeerConfig { limits, ..network.config("node-b") });
    let mut peer = ByHand(network.dial("node-b").unwrap());
    peer.greet("node-a", 1).await;
    (b, peer)
}

fn asked(id: u64, kind: &str, n_bytes: usize) -> Frame {
    Frame::Call(Asked { id, call: call(kind, &vec![0; n_bytes]) })
}
