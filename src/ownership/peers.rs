//! The door to the other nodes of a cluster. Everything that comes through it is a hint: what a
//! thing is, and who owns it, is settled by the store alone.

use crate::base::{BootId, NodeId, ThingId};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub type PeerFuture<T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send>>;

/// Ways to other nodes.
pub trait Peers: Send + Sync {
    /// Asks another process, and waits for its answer at most as long as the call allows.
    fn call(&self, to: &NodeId, call: Call) -> PeerFuture<Vec<u8>>;

    /// Asks another process, and gets its news from then on, until either end lets go: the outlet
    /// says no, or is dropped with the link. News that finds no room ends the listening: whoever
    /// wants more asks again by position.
    fn listen(&self, to: &NodeId, call: Call, news: Outlet) -> PeerFuture<Vec<u8>>;
}

/// A question to the process that owns a thing. What it says is known only to the two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What kind of thing it is: `session`, `routing`; or a matter of the nodes themselves.
    pub kind: String,
    pub thing: ThingId,
    /// The process that is meant; another start of the same node is another process.
    pub boot: Option<BootId>,
    /// How often it was handed on before.
    pub n_hops: u8,
    /// How long the caller still waits.
    pub within: Duration,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody can be reached there, or it is another process: for this request, the owner is dead.
    #[error("no link to {0}")]
    Broken(NodeId),
    /// The way there broke before the answer: the owner is held for dead, and may have carried it out.
    #[error("the link to {0} broke before it answered")]
    Lost(NodeId),
    /// The other node may have carried it out or not.
    #[error("{0} did not answer in time")]
    TimedOut(NodeId),
    /// It has too much to do.
    #[error("{0} is busy")]
    Busy(NodeId),
}

/// Whoever answers the calls of other nodes.
pub trait Callee: Send + Sync {
    fn called(&self, from: &NodeId, call: Call) -> Answering;

    /// Answers, and goes on telling news until the listener is gone.
    fn listened(&self, from: &NodeId, call: Call, news: Outlet) -> Answering;
}

/// Whoever answers calls of one kind.
pub trait Answerer: Send + Sync {
    fn answer(&self, call: Call, news: Option<Outlet>) -> Answering;
}

pub type Answering = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;

/// Where news goes that crosses from node to node, at both ends. Never waits; says no when there is
/// no room or nobody there, and then for ever.
pub trait NewsOutlet: Send + Sync {
    fn tell(&self, news: Vec<u8>) -> bool;

    /// Whether it has not yet said no, and would not have to say so now.
    fn is_open(&self) -> bool {
        true
    }

    /// Calls back when the way there breaks, at once if it is broken. Not when the other end lets go,
    /// nor when this one does.
    fn when_broken(&self, _then: Box<dyn FnOnce() + Send>) {}
}

pub type Outlet = Arc<dyn NewsOutlet>;
