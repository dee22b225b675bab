//! The cost of a message by rungs, each of which does a little more than the one before; climbed in
//! turns, so that whatever else the machine does meets them all.

use crate::costs::{self, Cpu, Parts};
use crate::customer::{Ask, Customer};
use crate::desk::Ears;
use crate::load::{Done, Errand, Schedule, histogram, run};
use crate::node::Node;
use crate::reference::Reference;
use crate::stage;
use hdrhistogram::Histogram;
use std::time::Duration;

/// How often the ladder is climbed, at each pace.
const N_ROUNDS: usize = 5;

/// How long each rung takes at a fixed rate.
const SPAN: Duration = Duration::from_millis(1_500);

/// How many requests each customer makes one after the other when there is no rate.
const RUSH: u64 = 150;

/// The search for the highest rate.
const FIRST_RATE: f64 = 2_000.0;
const NEXT_RATE: f64 = 1.2;
const MOST_LATENCY: u64 = 100_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// A bare server takes and answers the same bytes.
    Reference,
    /// The node reads the request, opens the key, and refuses.
    Refused,
    /// It asks the session as well.
    Look,
    /// It stores a message that nobody hears.
    Alone,
    /// An agent hears it.
    Delivered,
}

impl Rung {
    pub const ALL: [Self; 5] =
        [Self::Reference, Self::Refused, Self::Look, Self::Alone, Self::Delivered];
}

/// How requests follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// By schedule, at half of the highest rate.
    Half,
    /// As fast as it goes, each customer waiting for one answer: the node is never idle.
    FlatOut,
}

pub struct Ladder<'a> {
    node: &'a Node,
    reference: &'a Reference,
    knocking: Vec<Customer>,
    alone: Vec<Customer>,
    attended: Vec<Customer>,
    ears: Ears,
}

/// One rung in one round.
#[derive(Clone, Debug)]
pub struct Step {
    pub rung: Rung,
    pub pace: Pace,
    /// Nanoseconds of CPU per request.
    pub each: f64,
    /// The same from the ticks of the whole process.
    pub each_by_ticks: f64,
    pub parts: Parts,
    pub n_requests: u64,
    /// Requests a second that were carried out.
    pub rate: f64,
    /// Cores that were busy with something else.
    pub foreign: f64,
    pub acknowledged: Histogram<u64>,
    pub delivered: Histogram<u64>,
}

impl<'a> Ladder<'a> {
    pub async fn prepare(node: &'a Node, reference: &'a Reference) -> Self {
        let alone = stage::alone(node).await;
        let (attended, ears) = stage::attended(node, 0).await;
        let mut knocking = Vec::new();
        for customer in &alone {
            let mut knocker = Customer::connect(reference.address).await;
            knocker.chat = customer.chat.clone();
            // A connection that asks for nothing would soon be closed.
            assert!(knocker.knock(0).await);
            knocking.push(knocker);
        }
        Self { node, reference, knocking, alone, attended, ears }
    }

    /// The highest rate of delivered messages that the node keeps up with for a second.
    pub async fn find_highest_rate(&mut self) -> f64 {
        let mut highest = FIRST_RATE;
        let mut rate = FIRST_RATE;
        let mut n_misses = 0;
        while n_misses < 3 {
            let schedule = Schedule::Random { per_second: rate, span: Duration::from_secs(1) };
            let done = run(&mut self.attended, Errand::Node(Ask::Say), schedule).await;
            stage::settle().await;
            let is_late = MOST_LATENCY < done.latency.value_at_quantile(0.99);
            if is_late || Duration::from_millis(1_050) < done.taken {
                // Once or twice may be somebody else's fault.
                n_misses += 1;
            } else {
                n_misses = 0;
                highest = rate;
                rate *= NEXT_RATE;
            }
        }
        highest
    }

    pub async fn climb(&mut self, rate: f64) -> Vec<Step> {
        let mut steps = Vec::new();
        for round in 0..=N_ROUNDS {
            let schedule = Schedule::Random { per_second: rate, span: SPAN };
            let paces = [(Pace::Half, schedule), (Pace::FlatOut, Schedule::Rush { each: RUSH })];
            for (rung, pace) in Rung::ALL.iter().flat_map(|rung| paces.map(|pace| (*rung, pace))) {
                let step = self.step(rung, pace).await;
                // The first round warms up.
                if 0 < round {
                    steps.push(step);
                }
            }
        }
        steps
    }

    async fn step(&mut self, rung: Rung, (pace, schedule): (Pace, Schedule)) -> Step {
        let (customers, errand, process) = match rung {
            Rung::Reference => (&mut self.knocking, Errand::Reference, self.reference.process()),
            Rung::Refused => (&mut self.alone, Errand::Node(Ask::SayNothing), self.node.process()),
            Rung::Look => (&mut self.alone, Errand::Node(Ask::Look), self.node.process()),
            Rung::Alone => (&mut self.alone, Errand::Node(Ask::Say), self.node.process()),
            Rung::Delivered => (&mut self.attended, Errand::Node(Ask::Say), self.node.process()),
        };
        let heard_before = self.ears.lock().unwrap().n_messages;
        self.ears.lock().unwrap().latency.reset();
        let all_before = (costs::machine(), Cpu::of(std::process::id()).ticks);
        let before = Cpu::of(process);
        let done = run(customers, errand, schedule).await;
        stage::settle().await;
        let spent = Cpu::of(process).since(&before);
        let own = Cpu::of(std::process::id()).ticks - all_before.1;
        let foreign = (costs::machine() - all_before.0).saturating_sub(own + spent.ticks);
        let heard = self.ears.lock().unwrap().n_messages - heard_before;
        let expected = if rung == Rung::Delivered { done.n_requests } else { 0 };
        assert_eq!((done.n_failed, heard), (0, expected), "{rung:?}: failed or not delivered");
        let delivered = self.ears.lock().unwrap().latency.clone();
        let step = Step { rung, pace, delivered, ..told(&done, &spent) };
        Step { foreign: float(foreign) / done.taken.as_nanos() as f64, ..step }
    }
}

fn told(done: &Done, spent: &Cpu) -> Step {
    Step {
        rung: Rung::Reference,
        pace: Pace::Half,
        foreign: 0.0,
        delivered: histogram(),
        rate: float(done.n_requests) / done.taken.as_secs_f64(),
        each: float(spent.total()) / float(done.n_requests),
        each_by_ticks: float(spent.ticks) / float(done.n_requests),
        parts: spent.by_part(),
        n_requests: done.n_requests,
        acknowledged: done.latency.clone(),
    }
}

/// For figures: far more digits than are told.
pub fn float(number: u64) -> f64 {
    number as f64
}
