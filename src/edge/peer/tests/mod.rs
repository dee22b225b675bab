//! Links against each other, and against a peer that is played by hand.

mod abuse;
mod breaking;
mod calls;
mod frames;
mod memory;
mod tls;

use super::PeerConfig;
use crate::base::{Chance, NodeId, Process};
use crate::edge::peer::{PeerLinks, Transport};
use crate::ownership::peers::{Answering, Call, Callee, NewsOutlet, Outlet};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// Answers what it was asked, by the kind of the call.
#[derive(Default)]
pub struct Clerk {
    pub outlets: Mutex<Vec<Outlet>>,
}

impl Callee for Clerk {
    fn called(&self, from: &NodeId, call: Call) -> Answering {
        let answer =
            format!("{from} asked {}: {}", call.thing, String::from_utf8_lossy(&call.body));
        match call.kind.as_str() {
            "hang" => Box::pin(std::future::pending()),
            "long" => Box::pin(async { vec![7; 3_000_000] }),
            "too long" => Box::pin(async { vec![7; 9_000_000] }),
            "hops" => Box::pin(async move { vec![call.n_hops] }),
            _ => Box::pin(async { answer.into_bytes() }),
        }
    }

    fn listened(&self, _: &NodeId, call: Call, news: Outlet) -> Answering {
        assert!(news.tell(b"first".to_vec()));
        self.outlets.lock().unwrap().push(news);
        Box::pin(async move { call.body })
    }
}

impl Clerk {
    /// The outlet of the one who listens.
    pub fn outlet(&self) -> Outlet {
        self.outlets.lock().unwrap()[0].clone()
    }
}

/// Hears news, for as long as somebody takes them.
pub struct Ear(pub mpsc::UnboundedSender<Vec<u8>>);

impl NewsOutlet for Ear {
    fn tell(&self, news: Vec<u8>) -> bool {
        self.0.send(news).is_ok()
    }
}

pub fn ear() -> (Outlet, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (sender, news) = mpsc::unbounded_channel();
    (Arc::new(Ear(sender)), news)
}

/// Always the same.
pub struct NoChance;

impl Chance for NoChance {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// One of two nodes.
pub struct Node {
    pub links: PeerLinks,
    pub clerk: Arc<Clerk>,
}

pub fn config(node: &str, transport: Arc<dyn Transport>) -> PeerConfig {
    PeerConfig::new(process(node), transport, Arc::new(NoChance))
}

pub fn process(node: &str) -> Process {
    Process { node: node.into(), boot: format!("boot-of-{node}").as_str().into() }
}

pub fn start(config: PeerConfig) -> Node {
    let clerk = Arc::new(Clerk::default());
    Node { links: PeerLinks::start(config, clerk.clone()), clerk }
}

impl Node {
    /// Tells it where another node is.
    pub fn knows(&self, node: &str, address: &str) {
        let boot = process(node).boot;
        self.links.set_addresses(BTreeMap::from([(node.into(), (boot, address.to_owned()))]));
    }
}

pub fn call(kind: &str, body: &[u8]) -> Call {
    Call {
        kind: kind.into(),
        thing: "thing".into(),
        boot: None,
        n_hops: 1,
        within: Duration::from_secs(10),
        body: body.to_vec(),
    }
}

/// Waits until a link is up or broken for the first time.
pub async fn settled(links: &PeerLinks, node: &str) -> bool {
    use crate::edge::peer::LinkState;
    let node = NodeId::from(node);
    let mut states = links.states();
    let is_settled = |states: &BTreeMap<_, _>| {
        states.get(&node).is_some_and(|state| *state != LinkState::Dialling)
    };
    states.wait_for(is_settled).await.unwrap();
    links.is_linked(&node)
}
