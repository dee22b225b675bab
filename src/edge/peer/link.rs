//! The way to one other node: dials it, keeps the connection, and dials again when it broke. Nobody
//! waits for a node that did not answer the last time.

use super::connection::{self, Ending};
use super::greeting::{NoGreeting, greet};
use super::line::Line;
use super::outbox::Outbox;
use super::terms::PeerConfig;
use super::transport::Stream;
use super::wire::Hello;
use crate::base::error_chain::Chain;
use crate::base::{BootId, Chance, NodeId};
use crate::telemetry::{Held, meters};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is dialled for the first time at this address; calls wait for what comes of it.
    Dialling,
    Up,
    /// Calls are answered at once: the link is broken. It is dialled again from time to time.
    Down,
}

impl LinkState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// The same, with what calls need.
#[derive(Clone)]
pub enum Way {
    Dialling,
    Up(Arc<Line>),
    Down,
}

impl Way {
    pub fn state(&self) -> LinkState {
        match self {
            Self::Dialling => LinkState::Dialling,
            Self::Up(_) => LinkState::Up,
            Self::Down => LinkState::Down,
        }
    }
}

/// Where a node is said to be: which process, and its `host:port`.
pub type Address = (BootId, String);

/// What a link works with.
pub struct Link {
    pub node: NodeId,
    pub config: Arc<PeerConfig>,
    pub address: watch::Receiver<Address>,
    pub way: Arc<watch::Sender<Way>>,
    /// Called with each new state.
    pub tell: Box<dyn Fn(LinkState) + Send + Sync>,
    pub failures: Failures,
    /// Its place among the links that are counted.
    pub counted: Mutex<Option<Held>>,
}

/// How often it was dialled in vain, and what was said about it.
#[derive(Default)]
pub struct Failures {
    n: u32,
    told: Option<String>,
}

impl Link {
    /// Keeps the link for as long as it is run. Dropped, it breaks it.
    pub async fn keep(mut self) {
        self.turn(Way::Dialling);
        loop {
            let address = self.address.borrow_and_update().1.clone();
            self.failures.n = self.failures.n.saturating_add(1);
            match self.dial(&address).await {
                Ok((stream, hello)) => self.stand(stream, &hello, &address).await,
                Err(no_greeting) => self.failed(&no_greeting, &address),
            }
            self.pause().await;
        }
    }

    async fn dial(&self, address: &str) -> Result<(Box<dyn Stream>, Hello), NoGreeting> {
        let greeting = async {
            let dialled = self.config.transport.dial(&self.node, address).await;
            let mut stream = dialled.map_err(NoGreeting::Unreachable)?;
            let hello = greet(&mut *stream, &self.config, &self.node).await?;
            Ok((stream, hello))
        };
        timeout(self.config.pace.dial, greeting).await.unwrap_or(Err(NoGreeting::Late))
    }

    async fn stand(&mut self, stream: Box<dyn Stream>, hello: &Hello, address: &str) {
        let Hello { process, program, protocol } = hello;
        tracing::info!(peer = %process, program, protocol, address, "a link is up");
        self.failures.told = None;
        let (outbox, waiting) = Outbox::new(&self.config.limits);
        let line = Arc::new(Line::new(hello, outbox.clone(), &self.config.limits));
        let began = Instant::now();
        let ending = {
            let _standing = Standing::new(self, &line);
            let hear = |frame| line.hear(frame);
            tokio::select! {
                ending = connection::run(stream, (&outbox, waiting), &self.config, hear) => ending,
                () = moved(self.address.clone(), line.boot(), address) => Ending::Moved,
            }
        };
        tracing::warn!(peer = %process, why = %Chain(&ending), "a link broke");
        // One that breaks as soon as it stands is as good as none.
        if self.config.pace.silence < began.elapsed() {
            self.failures.n = 1;
        }
    }

    fn failed(&mut self, no_greeting: &NoGreeting, address: &str) {
        self.turn(Way::Down);
        let why = Chain(no_greeting).to_string();
        if self.failures.told.as_ref() == Some(&why) {
            return tracing::debug!(peer = %self.node, why, address, "still no link");
        }
        tracing::warn!(peer = %self.node, why, address, "no link");
        self.failures.told = Some(why);
    }

    /// Waits before dialling again, unless the node has moved.
    async fn pause(&mut self) {
        let pace = &self.config.pace;
        let pause = plan_pause(self.failures.n, (pace.first_pause, pace.longest_pause));
        let pause = jittered(pause, &*self.config.chance);
        tokio::select! {
            () = sleep(pause) => {}
            Ok(()) = self.address.changed() => {
                self.failures = Failures::default();
                self.turn(Way::Dialling);
            }
        }
    }

    fn turn(&self, way: Way) {
        let state = way.state();
        self.way.send_replace(way);
        (self.tell)(state);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted = Some(Held::one_of(meters().peer_links.of(state.name())));
    }
}

/// A link that is up. However it ends, whoever waits is told.
struct Standing<'a> {
    link: &'a Link,
    line: &'a Line,
}

impl<'a> Standing<'a> {
    fn new(link: &'a Link, line: &'a Arc<Line>) -> Self {
        link.turn(Way::Up(line.clone()));
        Self { link, line }
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        // First the state, so that who is told that the link broke does not find it up.
        self.link.turn(Way::Down);
        self.line.end();
    }
}

/// Waits until the node is said to be elsewhere, or another process than the one on the line.
async fn moved(mut address: watch::Receiver<Address>, boot: &BootId, dialled: &str) {
    loop {
        if address.changed().await.is_err() {
            return std::future::pending().await;
        }
        let (said_boot, said_address) = &*address.borrow_and_update();
        if said_boot != boot || said_address != dialled {
            return;
        }
    }
}

fn plan_pause(n_failures: u32, (first, longest): (Duration, Duration)) -> Duration {
    let n_doubled = n_failures.saturating_sub(1).min(16);
    first.saturating_mul(1 << n_doubled).min(longest)
}

/// Between half of it and all of it, so that nodes do not dial in step.
fn jittered(pause: Duration, chance: &dyn Chance) -> Duration {
    let mut dice = [0];
    chance.fill(&mut dice);
    pause / 2 + pause / 2 * u32::from(dice[0]) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let span = (Duration::from_millis(50), Duration::from_secs(2));

        let pauses = [0, 1, 2, 3, 7, 900].map(|n| plan_pause(n, span).as_millis());

        assert_eq!(pauses, [50, 50, 100, 200, 2_000, 2_000]);
    }

    #[test]
    fn jitter_takes_away_half_at_most() {
        struct Always(u8);
        impl Chance for Always {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(self.0);
            }
        }
        let pause = Duration::from_secs(2);

        assert_eq!(jittered(pause, &Always(0)), Duration::from_secs(1));
        assert_eq!(jittered(pause, &Always(255)), pause);
    }
}
