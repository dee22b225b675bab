//! All links of a node: the way to the others that `ownership` asks for, and the listener for those
//! who ask this one.

use super::link::{Address, Failures, Link, LinkState, Way};
use super::routes;
use super::terms::PeerConfig;
use crate::base::{BootId, NodeId};
use crate::ownership::peers::{Call, CallError, Callee, Outlet, PeerFuture, Peers};
use crate::telemetry::meters;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

/// Links to the other nodes. Cheap to clone; stopped only by [`PeerLinks::stop`].
#[derive(Clone)]
pub struct PeerLinks(Arc<Inner>);

struct Inner {
    config: Arc<PeerConfig>,
    work: Mutex<Work>,
    states: Arc<watch::Sender<BTreeMap<NodeId, LinkState>>>,
}

#[derive(Default)]
struct Work {
    links: BTreeMap<NodeId, Known>,
    tasks: JoinSet<()>,
    is_stopped: bool,
}

/// A link as seen from here.
struct Known {
    address: watch::Sender<Address>,
    way: Arc<watch::Sender<Way>>,
    task: AbortHandle,
}

impl PeerLinks {
    /// Begins to take calls. Nobody is dialled before addresses are known. Must be called within a
    /// runtime, on which everything then runs.
    pub fn start(config: PeerConfig, callee: Arc<dyn Callee>) -> Self {
        let config = Arc::new(config);
        let mut work = Work::default();
        work.tasks.spawn(routes::serve(config.clone(), callee));
        let states = Arc::new(watch::Sender::new(BTreeMap::new()));
        Self(Arc::new(Inner { config, work: Mutex::new(work), states }))
    }

    /// Says where the others are. Each is dialled and its link kept, until it is left out.
    pub fn set_addresses(&self, addresses: BTreeMap<NodeId, (BootId, String)>) {
        let mut work = self.0.work();
        if work.is_stopped {
            return;
        }
        while work.tasks.try_join_next().is_some() {}
        let strangers: Vec<NodeId> =
            work.links.keys().filter(|node| !addresses.contains_key(node)).cloned().collect();
        for node in strangers {
            if let Some(known) = work.links.remove(&node) {
                known.task.abort();
            }
            self.0.states.send_if_modified(|states| states.remove(&node).is_some());
        }
        for (node, address) in addresses {
            if node == self.0.config.me.node {
                continue;
            }
            match work.links.get(&node) {
                Some(known) => {
                    known.address.send_if_modified(|told| replace(told, address));
                }
                None => self.0.begin(&mut work, node, address),
            }
        }
    }

    /// Whether a node answers just now.
    pub fn is_linked(&self, node: &NodeId) -> bool {
        self.0.states.borrow().get(node) == Some(&LinkState::Up)
    }

    /// The states of all links, as they change.
    pub fn states(&self) -> watch::Receiver<BTreeMap<NodeId, LinkState>> {
        self.0.states.subscribe()
    }

    /// Breaks all links, and takes no more calls. What is being answered is finished, and its answer
    /// is lost.
    pub async fn stop(&self) {
        let mut tasks = {
            let mut work = self.0.work();
            work.is_stopped = true;
            work.links.clear();
            std::mem::take(&mut work.tasks)
        };
        tasks.shutdown().await;
        self.0.config.transport.close();
    }

    async fn ask(self, to: NodeId, call: Call, news: Option<Outlet>) -> Result<Vec<u8>, CallError> {
        let deadline = Instant::now() + call.within.min(self.0.config.pace.longest_call);
        let way = self.0.work().links.get(&to).map(|known| known.way.subscribe());
        let Some(mut way) = way else { return Err(CallError::Broken(to)) };
        let known = way.wait_for(|way| way.state() != LinkState::Dialling);
        let way = match timeout_at(deadline, known).await {
            // It was dialled all the time, and the question never left.
            Err(_) | Ok(Err(_)) => return Err(CallError::Broken(to)),
            Ok(Ok(way)) => way.clone(),
        };
        match way {
            Way::Up(line) => line.ask(call, news, deadline).await,
            Way::Dialling | Way::Down => Err(CallError::Broken(to)),
        }
    }

    fn asking(&self, to: &NodeId, call: Call, news: Option<Outlet>) -> PeerFuture<Vec<u8>> {
        let asking = self.clone().ask(to.clone(), call, news);
        Box::pin(async move {
            let answer = asking.await;
            meters().peer_calls.of(name_of(&answer)).increment(1);
            answer
        })
    }
}

impl Peers for PeerLinks {
    fn call(&self, to: &NodeId, call: Call) -> PeerFuture<Vec<u8>> {
        self.asking(to, call, None)
    }

    fn listen(&self, to: &NodeId, call: Call, news: Outlet) -> PeerFuture<Vec<u8>> {
        self.asking(to, call, Some(news))
    }
}

impl Inner {
    fn begin(&self, work: &mut Work, node: NodeId, address: Address) {
        let (address, addresses) = watch::channel(address);
        let way = Arc::new(watch::Sender::new(Way::Dialling));
        let (states, whose) = (self.states.clone(), node.clone());
        states.send_modify(|states| {
            states.insert(node.clone(), LinkState::Dialling);
        });
        let told = way.clone();
        let tell = move |state| {
            // A link that was let go of has nothing to say any more.
            states.send_if_modified(|states| match states.get_mut(&whose) {
                Some(known) => replace(known, state),
                None => false,
            });
        };
        let link = Link {
            node: node.clone(),
            config: self.config.clone(),
            address: addresses,
            way: told,
            tell: Box::new(tell),
            failures: Failures::default(),
            counted: Mutex::default(),
        };
        let task = work.tasks.spawn(link.keep());
        work.links.insert(node, Known { address, way, task });
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a value in the place of another, and says whether it is another one.
fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let is_other = *place != value;
    *place = value;
    is_other
}

fn name_of(answer: &Result<Vec<u8>, CallError>) -> &'static str {
    match answer {
        Ok(_) => "answered",
        Err(CallError::Broken(_) | CallError::Lost(_)) => "broken",
        Err(CallError::TimedOut(_)) => "timed_out",
        Err(CallError::Busy(_)) => "busy",
    }
}
