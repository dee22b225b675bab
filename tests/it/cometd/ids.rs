//! Whoever knows the id of a client can speak for it if it has no cookie: ids cannot be guessed, however
//! many one has been given oneself.

use super::client::PATH;
use crate::support::process::Process;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use holdfast::base::Clock;
use holdfast::node::world::WallClock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(120);
const N_SOCKETS: usize = 4;
const N_EACH: usize = 2_500;
const AT_ONCE: usize = 50;

/// An id begins with the second of its handshake, in so many digits. What follows is chance.
const SECOND: usize = 8;

#[actix_web::test]
async fn of_ten_thousand_ids_no_two_are_alike_and_none_tells_anything_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &["cometd.handshake-rate=0"]);
    let begun = now();
    let shaking = join_all((0..N_SOCKETS).map(|_| ids(&node)));
    let ids = timeout(PATIENCE, shaking).await.expect("handshakes take for ever").concat();
    let ended = now();

    let mut tails = Vec::new();
    for id in &ids {
        let (second, tail) = id.split_at(SECOND);
        let second = u64::from_str_radix(second, 16).unwrap();
        assert!((begun..=ended).contains(&second), "{id}");
        assert!(tail.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        tails.push(tail);
    }
    let length = tails[0].len();
    let bits = 62_f64.log2() * f64::from(u32::try_from(length).unwrap());
    assert!(128.0 <= bits, "{bits}");
    assert!(tails.iter().all(|tail| tail.len() == length));
    assert_eq!(tails.iter().collect::<BTreeSet<_>>().len(), N_SOCKETS * N_EACH);
    for place in 0..length {
        are_all_as_likely(place, &tails);
    }
    have_nothing_in_common(&tails);
}

/// Each letter at a place comes about as often as any other one: 161 times. Six times the deviation that
/// chance has is far beyond what ever comes.
fn are_all_as_likely(place: usize, tails: &[&str]) {
    let mut n_of = BTreeMap::<u8, usize>::new();
    for tail in tails {
        *n_of.entry(tail.as_bytes()[place]).or_default() += 1;
    }
    assert_eq!(n_of.len(), 62, "at {place}: {n_of:?}");
    assert!(n_of.values().all(|n| (85..=237).contains(n)), "at {place}: {n_of:?}");
}

/// Neither the one that was given next, nor any other one, is like another by more than chance.
fn have_nothing_in_common(tails: &[&str]) {
    for (one, next) in tails.iter().zip(&tails[1..]) {
        let n_same = one.bytes().zip(next.bytes()).filter(|(one, next)| one == next).count();
        assert!(n_same < 10, "{one} and {next}");
    }
    let mut sorted = tails.to_vec();
    sorted.sort_unstable();
    for (one, next) in sorted.iter().zip(&sorted[1..]) {
        let n_same = one.bytes().zip(next.bytes()).take_while(|(one, next)| one == next).count();
        assert!(n_same < 10, "{one} and {next}");
    }
}

/// The ids that one socket is given, one after the other.
async fn ids(node: &Process) -> Vec<String> {
    let url = format!("{}{PATH}", node.customer).replacen("http", "ws", 1);
    let (mut socket, _) = connect_async(url).await.unwrap();
    let handshake = json!([{
        "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["websocket"],
    }]);
    let handshake = Message::text(handshake.to_string());
    let mut ids = Vec::new();
    while ids.len() < N_EACH {
        for _ in 0..AT_ONCE {
            socket.feed(handshake.clone()).await.unwrap();
        }
        socket.flush().await.unwrap();
        for _ in 0..AT_ONCE {
            let Message::Text(answer) = socket.next().await.unwrap().unwrap() else { panic!() };
            let answer: Value = serde_json::from_str(&answer).unwrap();
            ids.push(answer[0]["clientId"].as_str().unwrap().to_owned());
        }
    }
    ids
}

fn now() -> u64 {
    WallClock.now().seconds()
}
