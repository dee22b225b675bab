//! Ways between nodes within one process, which can be cut, and on which answers can get lost.

use holdfast::base::{NodeId, Process};
use holdfast::ownership::actor::Switchboard;
use holdfast::ownership::membership::View;
use holdfast::ownership::peers::{Call, CallError, Callee, NewsOutlet, Outlet, PeerFuture, Peers};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

#[derive(Default)]
pub struct Streets {
    nodes: Mutex<BTreeMap<NodeId, Arc<Switchboard>>>,
    cut: Mutex<BTreeSet<NodeId>>,
    wires: Mutex<Vec<(NodeId, Arc<Wire>)>>,
    /// How long each caller so far was ready to wait.
    waits: Mutex<Vec<Duration>>,
    /// How many answers are still to get lost.
    n_to_lose: AtomicUsize,
    /// Whose way breaks before the answer to a call that was carried out there, and when.
    to_break: Mutex<Option<(NodeId, oneshot::Receiver<()>)>>,
}

impl Streets {
    pub fn add(&self, name: &NodeId, node: Arc<Switchboard>) {
        self.nodes.lock().unwrap().insert(name.clone(), node);
    }

    /// Nobody reaches this node any more, and who listened there hears nothing.
    pub fn cut(&self, name: &NodeId) {
        self.cut.lock().unwrap().insert(name.clone());
        for (to, wire) in self.wires.lock().unwrap().iter() {
            if to == name {
                drop(wire.0.lock().unwrap().take());
            }
        }
    }

    pub fn mend(&self, name: &NodeId) {
        self.cut.lock().unwrap().remove(name);
    }

    /// The next call is carried out, and its answer gets lost.
    pub fn lose_an_answer(&self) {
        self.n_to_lose.fetch_add(1, Ordering::SeqCst);
    }

    /// The next wish that goes to this node is carried out, and its answer does not get through: nobody
    /// reaches the node any more. That is noticed when the returned end is dropped.
    pub fn cut_before_the_answer_of(&self, name: &NodeId) -> oneshot::Sender<()> {
        let (noticed, then) = oneshot::channel();
        *self.to_break.lock().unwrap() = Some((name.clone(), then));
        noticed
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    fn way_to(&self, to: &NodeId, call: &Call) -> Result<Arc<Switchboard>, CallError> {
        self.waits.lock().unwrap().push(call.within);
        let nodes = self.nodes.lock().unwrap();
        let node = nodes.get(to).filter(|_| !self.cut.lock().unwrap().contains(to));
        node.cloned().ok_or_else(|| CallError::Broken(to.clone()))
    }

    fn breaks(&self, to: &NodeId, call: &Call) -> Option<oneshot::Receiver<()>> {
        if !call.body.starts_with(br#"{"perform"#) {
            return None;
        }
        let (_, noticed) = self.to_break.lock().unwrap().take_if(|(meant, _)| meant == to)?;
        self.cut(to);
        Some(noticed)
    }

    fn loses_it(&self) -> bool {
        let one_less = |n: usize| n.checked_sub(1);
        self.n_to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
    }
}

impl Peers for Streets {
    fn call(&self, to: &NodeId, call: Call) -> PeerFuture<Vec<u8>> {
        let (way, is_lost, to) = (self.way_to(to, &call), self.loses_it(), to.clone());
        let breaks = self.breaks(&to, &call);
        Box::pin(async move {
            let answer = way?.called(&"somebody".into(), call).await;
            if let Some(noticed) = breaks {
                // It is dropped to say so.
                let _ = noticed.await;
                return Err(CallError::Lost(to));
            }
            if is_lost { Err(CallError::TimedOut(to)) } else { Ok(answer) }
        })
    }

    fn listen(&self, to: &NodeId, call: Call, news: Outlet) -> PeerFuture<Vec<u8>> {
        let way = self.way_to(to, &call);
        let wire = Arc::new(Wire(Mutex::new(Some(news))));
        self.wires.lock().unwrap().push((to.clone(), wire.clone()));
        Box::pin(async move { Ok(way?.listened(&"somebody".into(), call, wire).await) })
    }
}

/// A listening that ends when the way is cut.
struct Wire(Mutex<Option<Outlet>>);

impl NewsOutlet for Wire {
    fn tell(&self, news: Vec<u8>) -> bool {
        let outlet = self.0.lock().unwrap().clone();
        outlet.is_some_and(|outlet| outlet.tell(news))
    }
}

/// Whoever is named lives: only asking shows who does not.
pub struct Everybody;

/// Whoever is named lives, and these take something new.
pub struct Only(pub Vec<Process>);

impl View for Only {
    fn is_living(&self, _: &Process) -> bool {
        true
    }

    fn accepting(&self) -> Vec<Process> {
        self.0.clone()
    }
}

impl View for Everybody {
    fn is_living(&self, _: &Process) -> bool {
        true
    }

    fn accepting(&self) -> Vec<Process> {
        vec![]
    }
}
