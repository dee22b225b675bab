//! Whether a message costs more the longer its chat is.

use crate::costs::Cpu;
use crate::customer::Ask;
use crate::ladder::float;
use crate::load::{Errand, Schedule, run};
use crate::node::Node;
use crate::stage;
use std::time::Duration;

const N_ROUNDS: usize = 3;

/// The numbers of the messages that are looked at, and how many each chat sends around each.
pub const NUMBERS: [u64; 3] = [10, 100, 2_000];
const AROUND: u64 = 20;

/// CPU per message around each number, in nanoseconds, round by round.
pub async fn measure(node: &Node, rate: f64) -> Vec<[f64; 3]> {
    let mut rounds = Vec::new();
    for round in 0..N_ROUNDS {
        let (mut customers, ears) = stage::attended(node, 16 * (round + 1)).await;
        let mut costs = [0.0; 3];
        for (cost, number) in costs.iter_mut().zip(NUMBERS) {
            let said = customers.iter().map(|customer| customer.n_said).min().unwrap();
            let each = (number - AROUND / 2) - said;
            run(&mut customers, Errand::Node(Ask::Say), Schedule::Rush { each }).await;
            stage::settle().await;
            let n_expected = AROUND * stage::N_CHATS as u64;
            let span = Duration::from_secs_f64(float(n_expected) / rate);
            let before = Cpu::of(node.process());
            let schedule = Schedule::Random { per_second: rate, span };
            let done = run(&mut customers, Errand::Node(Ask::Say), schedule).await;
            stage::settle().await;
            assert_eq!(done.n_failed, 0);
            let spent = Cpu::of(node.process()).since(&before);
            *cost = float(spent.total()) / float(done.n_requests);
        }
        let n_said: u64 = customers.iter().map(|customer| customer.n_said).sum();
        assert_eq!(ears.lock().unwrap().n_messages, n_said);
        rounds.push(costs);
    }
    rounds
}
