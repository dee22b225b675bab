//! All customers lose their connections, miss a message, and come back at the same moment: how long until
//! the last of them has what he missed, once. Then the same after the node was killed and started again.

use crate::Size;
use crate::client::{Chat, Client, Over, Talker};
use crate::crowd::{Crowd, attend};
use crate::ears::{Ears, Whose, ears, words};
use crate::node::{N_AGENTS, Node};
use crate::watch::{self, float, histogram, millis, quantiles};
use futures_util::future::join_all;
use hdrhistogram::Histogram;
use rand::RngExt;
use std::cell::{Cell, RefCell};
use std::io::Result;
use std::time::Duration;

/// Whoever is not back then never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long they are listened to afterwards, lest something comes twice.
const AFTERWARDS: Duration = Duration::from_secs(1);

pub async fn measure(size: Size) {
    println!("### {} customers who come back at once\n", size.n_storm);
    println!(
        "| over | what has happened | all are back after, s | each, ms p50 / p99 / p99.9 | CPU µs of \
         the node each | tries that failed |"
    );
    println!("|---|---|---|---|---|---|");
    for over in Over::ALL {
        for is_killed in [false, true] {
            storm(size, over, is_killed).await;
        }
    }
    println!();
}

async fn storm(size: Size, over: Over, is_killed: bool) {
    let settings =
        ["settings.flex-disconnect-timeout=1728000", "settings.flex-push-timeout=864000"];
    let mut node = Node::start("storm", &settings);
    let at_customers = ears(Whose::Agent);
    let crowd = Crowd::gather(&node, over, (0..size.n_storm, ""), &at_customers).await;
    let at_desks = ears(Whose::Agent);
    let desks = attend(&node, &crowd.chats, &at_desks).await;
    let chats = crowd.hang_up().await;
    for chat in &chats {
        let words = words(Whose::Agent, chat.number, 1, watch::now());
        desks[chat.number % N_AGENTS].speak(&chat.session, &words);
    }
    let n_chats = chats.len() as u64;
    wait_until(|| at_desks.borrow().n_messages == n_chats).await;
    let begun = watch::now();
    if is_killed {
        node.kill_and_start();
    }
    let (restart, before) = (watch::now() - begun, node.cpu());
    let (crowd, taken, n_failed) = come_back(&node, over, chats, &at_customers).await;
    let spent = float(node.cpu() - before) / 1e3 / float(n_chats);
    tokio::time::sleep(AFTERWARDS).await;
    crowd.hang_up().await;
    assert_eq!(at_customers.borrow().n_messages, n_chats, "each has what he missed, once");
    let what = match is_killed {
        true => format!("node killed, started again in {:.1} s", millis(restart) / 1e3),
        false => "connections lost".to_owned(),
    };
    let (last, each) = (millis(taken.max()) / 1e3, quantiles(&taken));
    println!("| {} | {what} | {last:.1} | {each} | {spent:.0} | {n_failed} |", over.name());
}

async fn come_back(
    node: &Node,
    over: Over,
    chats: Vec<Chat>,
    ears: &Ears,
) -> (Crowd, Histogram<u64>, u64) {
    let (begun, n_failed) = (watch::now(), Cell::new(0));
    let back = RefCell::new((Crowd::new(node, ears), histogram()));
    let coming = chats.into_iter().map(async |chat| {
        loop {
            match try_to_come_back(node, over, &chat, ears).await {
                Ok(talker) => {
                    let (crowd, taken) = &mut *back.borrow_mut();
                    crowd.add(talker);
                    return taken.saturating_record(watch::now() - begun);
                }
                Err(error) => {
                    let waited = Duration::from_nanos(watch::now() - begun);
                    assert!(waited < PATIENCE, "chat {}: {error}", chat.number);
                    n_failed.set(n_failed.get() + 1);
                    let pause = rand::rng().random_range(50..250);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        }
    });
    join_all(coming).await;
    let (crowd, taken) = back.into_inner();
    (crowd, taken, n_failed.get())
}

/// Shakes hands, asks for what was missed, and hears it.
async fn try_to_come_back(node: &Node, over: Over, chat: &Chat, ears: &Ears) -> Result<Talker> {
    let client = Client::meet(node.customers, over).await?;
    let mut talker = client.go_on(chat.clone()).await?;
    while !ears.borrow().newest.contains_key(&chat.number) {
        talker.hear(ears).await?;
    }
    Ok(talker)
}

async fn wait_until(mut holds: impl FnMut() -> bool) {
    let until = watch::now() + watch::nanos(PATIENCE);
    while !holds() {
        assert!(watch::now() < until, "waited in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
