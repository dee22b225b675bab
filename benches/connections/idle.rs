//! What a customer costs in memory who does nothing: with his chat alone, and with a connection over
//! which he waits to be told something.

use crate::Size;
use crate::client::Over;
use crate::crowd::Crowd;
use crate::ears::{Whose, ears};
use crate::node::{Node, kernel_memory};
use crate::rest::Rest;
use crate::watch::float;
use crate::wire::Http;
use std::time::Duration;

/// Customers may be silent for as long as they like.
const SETTINGS: &[&str] =
    &["settings.flex-disconnect-timeout=1728000", "settings.flex-push-timeout=864000"];

pub async fn measure(size: Size) {
    println!("### Memory of an idle customer, {} of them\n", size.n_idle);
    println!("| what | kB each, of the node | kB each, of the kernel, both ends |");
    println!("|---|---|---|");
    row("a chat, nobody connected", chats(size).await);
    for over in Over::ALL {
        row(&format!("a chat, and its customer over {}", over.name()), connected(size, over).await);
    }
    println!();
}

fn row(what: &str, (own, kernel): (f64, f64)) {
    println!("| {what} | {:.1} | {:.1} |", own / 1e3, kernel / 1e3);
}

async fn chats(size: Size) -> (f64, f64) {
    let node = Node::start("idle", SETTINGS);
    let mut http = Http::open(node.customers).await.unwrap();
    let mut begin = async |n: usize| {
        for _ in 0..n {
            Rest::begin(&mut http, "").await.unwrap();
        }
        settle().await;
        (node.memory(), kernel_memory())
    };
    let before = begin(size.n_idle / 10).await;
    let after = begin(size.n_idle).await;
    each(size, before, after)
}

async fn connected(size: Size, over: Over) -> (f64, f64) {
    let node = Node::start("idle", SETTINGS);
    let (n_before, ears) = (size.n_idle / 10, ears(Whose::Agent));
    let begin = async |numbers| {
        let crowd = Crowd::gather(&node, over, (numbers, ""), &ears).await;
        settle().await;
        (crowd, (node.memory(), kernel_memory()))
    };
    let (warm, before) = begin(0..n_before).await;
    let (crowd, after) = begin(n_before..n_before + size.n_idle).await;
    warm.hang_up().await;
    crowd.hang_up().await;
    each(size, before, after)
}

fn each(size: Size, before: (f64, f64), after: (f64, f64)) -> (f64, f64) {
    let n = float(size.n_idle as u64);
    ((after.0 - before.0) / n, (after.1 - before.1) / n)
}

/// Lets the node do what follows: tell other houses, and wait.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}
