//! The ways from node to node: they take their time, stall, and are cut in one direction or in both.
//! Like a real link, one that does not answer for a second is broken, with everything on it.

use super::dice::Dice;
use super::host::{Host, State};
use super::plant::Plant;
use holdfast::base::NodeId;
use holdfast::ownership::peers::{Call, CallError, Callee, NewsOutlet, Outlet, PeerFuture, Peers};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How often it is looked whether a link still answers, and how often it may not.
const PING: Duration = Duration::from_millis(250);
const MOST_SILENT: u32 = 4;

/// How much news may be on its way to one listener.
const MOST_NEWS: usize = 64;

/// Clones are the same net.
#[derive(Clone)]
pub struct Net(Arc<Inner>);

struct Inner {
    dice: Dice,
    plant: Plant,
    doors: Mutex<BTreeMap<NodeId, Door>>,
    /// From whom to whom nothing goes.
    cut: Mutex<BTreeSet<(NodeId, NodeId)>>,
}

#[derive(Clone)]
struct Door {
    host: Host,
    callee: Arc<dyn Callee>,
}

/// The ways of one node.
pub struct Ways {
    pub me: NodeId,
    pub net: Net,
}

impl Net {
    pub fn new(dice: Dice, plant: Plant) -> Self {
        Self(Arc::new(Inner { dice, plant, doors: Mutex::default(), cut: Mutex::default() }))
    }

    /// Whoever calls the node reaches this process from now on.
    pub fn open(&self, node: &NodeId, host: Host, callee: Arc<dyn Callee>) {
        self.0.doors.lock().unwrap().insert(node.clone(), Door { host, callee });
    }

    pub fn cut(&self, from: &NodeId, to: &NodeId) {
        self.0.cut.lock().unwrap().insert((from.clone(), to.clone()));
    }

    pub fn mend(&self, one: &NodeId, other: &NodeId) {
        let mut cut = self.0.cut.lock().unwrap();
        cut.remove(&(one.clone(), other.clone()));
        cut.remove(&(other.clone(), one.clone()));
    }

    pub fn mend_all(&self) {
        self.0.cut.lock().unwrap().clear();
    }

    /// Whether both ends hear each other.
    pub fn is_whole(&self, one: &NodeId, other: &NodeId) -> bool {
        let cut = self.0.cut.lock().unwrap();
        let is_cut = cut.contains(&(one.clone(), other.clone()))
            || cut.contains(&(other.clone(), one.clone()));
        let runs = |node| self.door(node).is_some_and(|door| door.host.state() == State::Runs);
        !is_cut && runs(one) && runs(other)
    }

    fn door(&self, node: &NodeId) -> Option<Door> {
        self.0.doors.lock().unwrap().get(node).cloned()
    }

    /// Now and then a packet has to be sent again.
    async fn travel(&self) {
        let dice = &self.0.dice;
        let stall = if dice.one_in(40) { dice.millis(1, 1_500) } else { Duration::ZERO };
        sleep(dice.millis(0, 4) + stall).await;
    }

    /// Waits for something that the link between two nodes brings.
    async fn bring<R>(
        &self,
        (one, other): (&NodeId, &NodeId),
        coming: impl Future<Output = Option<R>>,
    ) -> Result<R, CallError> {
        let broken = || CallError::Broken(other.clone());
        let mut coming = pin!(coming);
        let mut n_silent = 0;
        while n_silent < MOST_SILENT {
            if let Ok(brought) = timeout(PING, &mut coming).await {
                return brought.ok_or_else(broken);
            }
            n_silent = if self.is_whole(one, other) { 0 } else { n_silent + 1 };
        }
        Err(broken())
    }

    async fn ask(
        self,
        (from, to): (NodeId, NodeId),
        call: Call,
        news: Option<Outlet>,
    ) -> Result<Vec<u8>, CallError> {
        let between = (&from, &to);
        self.bring(between, self.clone().cross(&from, &to)).await?;
        let Some(Door { host, callee }) = self.door(&to) else {
            return Err(CallError::Broken(to));
        };
        let caller = from.clone();
        let news = news.map(|outlet| self.wire(&to, &from, outlet));
        let told = host.ask(move || match news {
            Some(wire) => callee.listened(&caller, call, wire),
            None => callee.called(&caller, call),
        });
        // Once it is on its way there, nobody knows what has become of it.
        let answer = async {
            let told = self.bring(between, told).await?;
            self.bring(between, self.clone().cross(&to, &from)).await?;
            Ok(told)
        };
        let lost = |_: CallError| CallError::Lost(to.clone());
        answer.await.map_err(lost)
    }

    /// What is sent into a cut waits until it is mended; the link may be broken by then.
    async fn cross(self, from: &NodeId, to: &NodeId) -> Option<()> {
        self.travel().await;
        while self.0.cut.lock().unwrap().contains(&(from.clone(), to.clone())) {
            sleep(PING).await;
        }
        Some(())
    }

    /// A listening that goes over a link: in order, and with the link it ends.
    fn wire(&self, from: &NodeId, to: &NodeId, outlet: Outlet) -> Outlet {
        let (queue, waiting) = mpsc::channel(MOST_NEWS);
        tokio::spawn(self.clone().carry((from.clone(), to.clone()), waiting, outlet));
        Arc::new(Wire { queue, plant: self.0.plant, dice: self.0.dice.clone() })
    }

    async fn carry(
        self,
        (from, to): (NodeId, NodeId),
        mut waiting: mpsc::Receiver<Vec<u8>>,
        outlet: Outlet,
    ) {
        while let Ok(news) = self.bring((&to, &from), waiting.recv()).await {
            let crossed = self.bring((&to, &from), self.clone().cross(&from, &to)).await;
            let Some(door) = self.door(&to).filter(|_| crossed.is_ok()) else { return };
            let outlet = outlet.clone();
            if door.host.ask(move || async move { outlet.tell(news) }).await != Some(true) {
                return;
            }
        }
    }
}

impl Ways {
    fn asking(&self, to: &NodeId, call: Call, news: Option<Outlet>) -> PeerFuture<Vec<u8>> {
        let until = Instant::now() + call.within;
        let asking = self.net.clone().ask((self.me.clone(), to.clone()), call, news);
        let to = to.clone();
        Box::pin(
            async move { timeout_at(until, asking).await.unwrap_or(Err(CallError::TimedOut(to))) },
        )
    }
}

impl Peers for Ways {
    fn call(&self, to: &NodeId, call: Call) -> PeerFuture<Vec<u8>> {
        self.asking(to, call, None)
    }

    fn listen(&self, to: &NodeId, call: Call, news: Outlet) -> PeerFuture<Vec<u8>> {
        self.asking(to, call, Some(news))
    }
}

struct Wire {
    queue: mpsc::Sender<Vec<u8>>,
    plant: Plant,
    dice: Dice,
}

impl NewsOutlet for Wire {
    fn tell(&self, news: Vec<u8>) -> bool {
        if self.plant == Plant::NewsLost && self.dice.one_in(10) {
            return true;
        }
        self.queue.try_send(news).is_ok()
    }
}
