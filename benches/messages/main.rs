//! What a message costs: a node on one core, the customers and agents of this program on another.
//! `benches/README.md` says how to read the figures and keeps those of the last run.
//!
//! The load is an open loop: messages are due by a schedule that does not wait for the node, and
//! each latency counts from when its message was due. Costs are CPU time of the node's process, not
//! of the wall: the machine may be shared.

#![expect(clippy::unwrap_used, reason = "a measurement that goes wrong has to stop")]
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

#[path = "../apart/mod.rs"]
mod apart;
mod costs;
mod customer;
mod desk;
mod growth;
mod ladder;
mod load;
mod memory;
mod node;
mod reference;
mod stage;
mod summary;

use apart::program;
use ladder::{Ladder, Pace};
use node::Node;

fn main() {
    if std::env::args().any(|argument| argument == reference::ARGUMENT) {
        return reference::serve();
    }
    program::pin(std::process::id(), program::OWN_CORE);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    summary::machine();
    let node = Node::start("costs");
    let reference = reference::start();
    let mut ladder = Ladder::prepare(&node, &reference).await;
    let highest = ladder.find_highest_rate().await;
    summary::highest(highest);
    let rungs = ladder.climb(highest / 2.0).await;
    summary::rungs(&rungs, Pace::FlatOut);
    summary::rungs(&rungs, Pace::Half);
    summary::latency(&rungs, highest / 2.0);
    drop(ladder);
    summary::growth(&growth::measure(&node, highest / 2.0).await);
    drop(node);
    summary::memory(&memory::measure().await);
}
