//! What customers and agents share: where the node is, how far the day has come, the dice.

use crate::support::accounts::cheap_hash;
use crate::support::process::Process;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub const PASSWORD: &str = "swordfish";

/// How long a client lets a node alone that did not answer.
pub const PAUSE: Duration = Duration::from_millis(5);

/// What everybody is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Talk,
    /// Customers whom somebody has served go.
    Leave,
    /// There are no customers any more.
    Home,
}

#[derive(Clone)]
pub struct World {
    pub seed: u64,
    pub customer: String,
    pub agent: SocketAddr,
    pub http: reqwest::Client,
    pub n_acknowledged: Arc<watch::Sender<u64>>,
    stage: Arc<watch::Sender<Stage>>,
}

impl World {
    pub fn around(node: &Process, seed: u64) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        Self {
            seed,
            customer: format!("{}/genesys/2/chat/customer-support", node.customer),
            agent: node.agent.trim_start_matches("http://").parse().unwrap(),
            http: http.unwrap(),
            n_acknowledged: Arc::new(watch::Sender::new(0)),
            stage: Arc::new(watch::Sender::new(Stage::Talk)),
        }
    }

    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    pub fn enter(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Notes that the node has acknowledged something.
    pub fn acknowledged(&self) {
        self.n_acknowledged.send_modify(|n_acknowledged| *n_acknowledged += 1);
    }
}

/// Accounts for the agents, each for one chat at a time, and no limits that the load would meet.
pub fn settings(n_agents: u64) -> Vec<String> {
    let mut settings = [
        "limits.send-rate=1000",
        "limits.send-burst=10000",
        "limits.create-rate=0",
        "interaction.delivering-timeout=600",
    ]
    .map(str::to_owned)
    .to_vec();
    let hash = cheap_hash(PASSWORD);
    for n in 0..n_agents {
        let name = agent_name(n);
        settings.push(format!("agents.{name}.password-hash={hash}"));
        settings.push(format!("agents.{name}.capacity-chat=1"));
    }
    settings
}

pub fn agent_name(n: u64) -> String {
    format!("agent{n}")
}

/// What `SEED` says; without it the same days are played again and again.
pub fn seed() -> u64 {
    match std::env::var_os("SEED") {
        Some(seed) => seed.to_str().unwrap().parse().unwrap(),
        None => 20_261_121,
    }
}

/// The same throws for the same seed.
pub struct Dice(StdRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub fn throw(&mut self, sides: u64) -> u64 {
        self.0.random_range(0..sides)
    }

    /// A random while in which somebody thinks.
    pub async fn think(&mut self) {
        tokio::time::sleep(Duration::from_micros(self.throw(30_000))).await;
    }
}
