//! How many messages a second a node brings to the other side while many are connected, and how soon at
//! half of that: half of the messages from customers to their agents, half from agents to customers.

use crate::Size;
use crate::client::Over;
use crate::crowd::{Crowd, attend};
use crate::desk::Desk;
use crate::ears::{Ears, Whose, ears, words};
use crate::node::{N_AGENTS, Node};
use crate::watch::{self, float, histogram, millis, quantiles};
use rand::RngExt;
use std::time::Duration;

/// Each rate that is tried is so much higher than the one before.
const STEP: f64 = 1.25;

/// What a rate may need at most to be kept up with: p99 in milliseconds, and how long after the last
/// message all must be there.
const MOST_MILLIS: f64 = 100.0;
const REST: Duration = Duration::from_secs(2);

/// How often the span of a trial is measured at half rate.
const N_SPANS: u32 = 4;

struct Stage {
    node: Node,
    crowd: Crowd,
    desks: Vec<Desk>,
    at_desks: Ears,
    at_customers: Ears,
    /// How much each customer and each agent has said in each chat.
    said: Vec<[u64; 2]>,
}

pub async fn measure(size: Size) {
    println!("### Messages while many are connected\n");
    println!(
        "| connected | over | messages a second | CPU µs each at half | customer → agent, ms p50 / p99 / \
         p99.9 at half | agent → customer |"
    );
    println!("|---|---|---|---|---|---|");
    for n in size.n_connected {
        for over in Over::ALL {
            let mut stage = Stage::set(*n, over).await;
            let highest = stage.find_highest(size).await;
            stage.reset();
            let before = stage.node.cpu();
            let n_said = stage.run(highest / 2.0, size.span * N_SPANS).await;
            assert_eq!(stage.n_heard(), n_said, "not all arrived");
            let each = float(stage.node.cpu() - before) / 1e3 / float(n_said);
            let [to_agents, to_customers] = [&stage.at_desks, &stage.at_customers]
                .map(|ears| quantiles(&ears.borrow().latency));
            let over = over.name();
            println!("| {n} | {over} | {highest:.0} | {each:.0} | {to_agents} | {to_customers} |");
            stage.end().await;
        }
    }
    println!();
}

impl Stage {
    async fn set(n: usize, over: Over) -> Self {
        let settings =
            ["settings.flex-disconnect-timeout=1728000", "settings.flex-push-timeout=864000"];
        let node = Node::start("rate", &settings);
        let (at_desks, at_customers) = (ears(Whose::Customer), ears(Whose::Agent));
        let crowd = Crowd::gather(&node, over, (0..n, ""), &at_customers).await;
        let desks = attend(&node, &crowd.chats, &at_desks).await;
        Self { node, crowd, desks, at_desks, at_customers, said: vec![[0; 2]; n] }
    }

    async fn find_highest(&mut self, size: Size) -> f64 {
        if size.share < 1.0 {
            self.keeps_up(size.first_rate, size).await;
            return size.first_rate;
        }
        let (mut rate, mut highest) = (size.first_rate, None);
        while self.keeps_up(rate, size).await || self.keeps_up(rate, size).await {
            highest = Some(rate);
            rate *= STEP;
        }
        highest.expect("not even the first rate was kept up with")
    }

    /// Tries a rate. One failure says little: the machine may have been busy with something else.
    async fn keeps_up(&mut self, rate: f64, size: Size) -> bool {
        self.reset();
        let n_said = self.run(rate, size.span).await;
        let (is_all, p99) = (self.n_heard() == n_said, self.p99());
        // What is late must be there before anything else is measured.
        self.wait_for(n_said, Duration::from_secs(60)).await;
        assert_eq!(self.n_heard(), n_said, "not all arrived");
        is_all && p99 <= MOST_MILLIS
    }

    fn reset(&mut self) {
        for ears in [&self.at_desks, &self.at_customers] {
            let mut heard = ears.borrow_mut();
            heard.latency = histogram();
            heard.n_messages = 0;
        }
    }

    /// Says so many a second for some time, waits a little for the last, and gives back how many.
    async fn run(&mut self, rate: f64, span: Duration) -> u64 {
        let begun = watch::now();
        let end = begun + watch::nanos(span);
        let (mut due, mut n_said) = (begun, 0);
        loop {
            let chance: f64 = rand::rng().random_range(f64::MIN_POSITIVE..1.0);
            due += watch::nanos(Duration::from_secs_f64(-chance.ln() / rate));
            if end < due {
                break;
            }
            until(due).await;
            self.say(rand::rng().random_range(0..self.said.len()), n_said % 2 == 0, due);
            n_said += 1;
        }
        self.wait_for(n_said, REST).await;
        n_said
    }

    fn say(&mut self, idx: usize, is_agent: bool, due: u64) {
        let (whose, side) = if is_agent { (Whose::Agent, 1) } else { (Whose::Customer, 0) };
        let chat = &self.crowd.chats[idx];
        self.said[idx][side] += 1;
        let words = words(whose, chat.number, self.said[idx][side], due);
        match whose {
            Whose::Agent => self.desks[chat.number % N_AGENTS].speak(&chat.session, &words),
            Whose::Customer => self.crowd.say(idx, &words),
        }
    }

    async fn wait_for(&self, n_said: u64, most: Duration) {
        let until = watch::now() + watch::nanos(most);
        while self.n_heard() < n_said && watch::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn n_heard(&self) -> u64 {
        self.at_desks.borrow().n_messages + self.at_customers.borrow().n_messages
    }

    fn p99(&self) -> f64 {
        let each = [&self.at_desks, &self.at_customers]
            .map(|ears| millis(ears.borrow().latency.value_at_quantile(0.99)));
        each[0].max(each[1])
    }

    async fn end(self) {
        assert!(self.desks.iter().all(|desk| desk.n_refused() == 0), "agents were refused");
        self.crowd.hang_up().await;
    }
}

/// Timers are too coarse for the last bit, and this core has nothing else to do.
async fn until(due: u64) {
    const COARSE: u64 = 3_000_000;
    while watch::now() < due {
        match due - watch::now().min(due) {
            left if COARSE < left => {
                tokio::time::sleep(Duration::from_nanos(left - COARSE)).await;
            }
            _ => tokio::task::yield_now().await,
        }
    }
}
