//! An open loop: requests are due by a random schedule that waits for nobody.

use crate::apart::clock;
use crate::customer::{Ask, Customer};
use hdrhistogram::Histogram;
use rand::RngExt;
use std::time::Duration;
use tokio::sync::mpsc;

/// Latencies up to a minute, in nanoseconds, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1_000, 60_000_000_000, 3).unwrap()
}

/// When requests are due.
#[derive(Clone, Copy, Debug)]
pub enum Schedule {
    /// So many a second on average, independent of each other.
    Random { per_second: f64, span: Duration },
    /// So many from each customer, each at once when the one before is answered.
    Rush { each: u64 },
}

/// What is asked of whom.
#[derive(Clone, Copy, Debug)]
pub enum Errand {
    Node(Ask),
    Reference,
}

pub struct Done {
    pub n_requests: u64,
    pub n_failed: u64,
    pub latency: Histogram<u64>,
    /// From the first request that was due to the last answer.
    pub taken: Duration,
}

/// Runs a schedule with some customers, in turn.
pub async fn run(customers: &mut Vec<Customer>, errand: Errand, schedule: Schedule) -> Done {
    let begun = clock::now();
    let mut queues = Vec::new();
    let mut working = Vec::new();
    for customer in customers.drain(..) {
        let (queue, due) = mpsc::unbounded_channel();
        queues.push(queue);
        working.push(tokio::spawn(work(customer, errand, due)));
    }
    hand_out(&queues, schedule).await;
    drop(queues);
    let (mut latency, mut n_failed) = (histogram(), 0);
    for one in working {
        let (customer, own, failed) = one.await.unwrap();
        customers.push(customer);
        latency.add(own).unwrap();
        n_failed += failed;
    }
    let taken = Duration::from_nanos(clock::now() - begun);
    Done { n_requests: latency.len(), n_failed, latency, taken }
}

async fn work(
    mut customer: Customer,
    errand: Errand,
    mut queue: mpsc::UnboundedReceiver<Option<u64>>,
) -> (Customer, Histogram<u64>, u64) {
    let (mut latency, mut n_failed) = (histogram(), 0);
    while let Some(due) = queue.recv().await {
        let due = due.unwrap_or_else(clock::now);
        let is_good = match errand {
            Errand::Node(ask) => customer.ask(ask, due).await,
            Errand::Reference => customer.knock(due).await,
        };
        latency.saturating_record(clock::now() - due);
        n_failed += u64::from(!is_good);
    }
    (customer, latency, n_failed)
}

async fn hand_out(queues: &[mpsc::UnboundedSender<Option<u64>>], schedule: Schedule) {
    match schedule {
        Schedule::Rush { each } => {
            for _ in 0..each {
                queues.iter().for_each(|queue| queue.send(None).unwrap());
            }
        }
        Schedule::Random { per_second, span } => {
            let begun = clock::now();
            let end = begun + clock::nanos(span);
            let mut random = rand::rng();
            let mut due = begun;
            let mut turns = queues.iter().cycle();
            loop {
                let chance: f64 = random.random_range(f64::MIN_POSITIVE..1.0);
                let pause = Duration::from_secs_f64(-chance.ln() / per_second);
                due += clock::nanos(pause);
                if end < due {
                    return;
                }
                // Timers are too coarse for this; the core has nothing else to do.
                while clock::now() < due {
                    tokio::task::yield_now().await;
                }
                turns.next().unwrap().send(Some(due)).unwrap();
            }
        }
    }
}
