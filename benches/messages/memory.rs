//! What chats and agents hold in memory.

use crate::costs;
use crate::customer::{Ask, Customer};
use crate::desk::Desk;
use crate::load::{Errand, Schedule, run};
use crate::node::Node;
use crate::stage;

const N_CHATS: usize = 4_000;

/// Events of each chat, of which the joining is one.
const N_EVENTS: u64 = 20;

const N_DESKS: usize = 200;

/// How many do the same before the first look, so that caches and pools are full.
const WARM_CHATS: u64 = 400;
const WARM_DESKS: usize = 16;

/// Bytes each.
pub struct Memory {
    pub chat: u64,
    pub desk: u64,
}

pub async fn measure() -> Memory {
    let node = Node::start("memory");
    let mut customers = stage::alone(&node).await;
    run(&mut customers, Errand::Node(Ask::Say), Schedule::Rush { each: WARM_CHATS }).await;
    stage::settle().await;
    let before = costs::memory(node.process());
    fill(&mut customers).await;
    stage::settle().await;
    let chat = (costs::memory(node.process()) - before) / N_CHATS as u64;
    let mut desks = Vec::new();
    for n in 0..WARM_DESKS {
        desks.push(Desk::open(&node, n).await);
    }
    stage::settle().await;
    let before = costs::memory(node.process());
    for n in WARM_DESKS..WARM_DESKS + N_DESKS {
        desks.push(Desk::open(&node, n).await);
    }
    stage::settle().await;
    let after = costs::memory(node.process());
    Memory { chat, desk: after.saturating_sub(before) / N_DESKS as u64 }
}

/// Chats that share connections: a connection is no part of what is measured.
async fn fill(customers: &mut Vec<Customer>) {
    for turn in 0..N_CHATS / stage::N_CHATS {
        for customer in customers.iter_mut() {
            customer.create(turn).await;
        }
        let schedule = Schedule::Rush { each: N_EVENTS - 1 };
        let done = run(customers, Errand::Node(Ask::Say), schedule).await;
        assert_eq!(done.n_failed, 0);
    }
}
