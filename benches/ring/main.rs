//! What a conversation costs on a ring: the real protocol over the real driver, against three nodes of
//! Cassandra on this machine. `benches/README.md` says how to read the figures and keeps those of the
//! last run.
//!
//! The machine may be shared, so what is compared is measured in turn, in every round anew, and told
//! as ratios within a round and as CPU time of the three nodes.

#![expect(clippy::unwrap_used, reason = "a measurement that goes wrong has to stop")]
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

mod append;
#[path = "../apart/clock.rs"]
mod clock;
mod counted;
mod length;
mod owner;
mod ring;
mod session;
mod spread;
mod take_over;

use ring::Ring;

fn main() {
    tokio::runtime::Runtime::new().unwrap().block_on(measure());
}

async fn measure() {
    let ring = Ring::connect().await;
    println!("An idle ring has {:.2} cores.\n", ring.idle_cores().await);
    append::measure(&ring).await;
    length::measure(&ring).await;
    take_over::measure(&ring).await;
}
