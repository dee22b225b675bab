//! The way to other nodes, held before it exists: the houses need it to be made, and the link needs
//! the houses to answer for them.

use crate::base::NodeId;
use crate::edge::peer::PeerLinks;
use crate::ownership::peers::{Call, CallError, Outlet, PeerFuture, Peers};
use std::future::ready;
use std::sync::OnceLock;

/// Until the link stands, and where there is none, nobody can be reached.
#[derive(Default)]
pub struct LatePeers(OnceLock<PeerLinks>);

impl LatePeers {
    pub fn stand(&self, links: PeerLinks) {
        // There is one link in the life of a node; a second one would be a bug that harms nobody.
        let _ = self.0.set(links);
    }

    pub fn links(&self) -> Option<&PeerLinks> {
        self.0.get()
    }
}

impl Peers for LatePeers {
    fn call(&self, to: &NodeId, call: Call) -> PeerFuture<Vec<u8>> {
        match self.0.get() {
            Some(links) => links.call(to, call),
            None => nobody(to),
        }
    }

    fn listen(&self, to: &NodeId, call: Call, news: Outlet) -> PeerFuture<Vec<u8>> {
        match self.0.get() {
            Some(links) => links.listen(to, call, news),
            None => nobody(to),
        }
    }
}

fn nobody(to: &NodeId) -> PeerFuture<Vec<u8>> {
    Box::pin(ready(Err(CallError::Broken(to.clone()))))
}
