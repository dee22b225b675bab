//! What operators ask of a node, over the health listener: how the cluster is, and that the node
//! drain or stop draining. Asked by `holdfast status`, `drain` and `undrain`, or any HTTP client on
//! the same machine.
//!
//! A request that changes something comes from this machine (or an address that `[listen] operators`
//! names) and carries the header `Holdfast-Operator`, which no web page can send unasked.

pub mod routes;
pub mod status;

pub use routes::configure;
pub use status::{Drain, NodeStatus, Sleep, Status};

use crate::config::Network;
use std::sync::Arc;
use tokio::sync::watch;

/// What an operator wants of this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    #[default]
    Serve,
    /// Hand everything over, and end.
    Drain,
    /// Take nothing new, and wait until what there is has ended by itself.
    DrainByWaiting,
}

impl Operator {
    /// A hand on a node of which nothing can be told yet.
    pub fn new(
        status: impl Fn() -> Status + Send + Sync + 'static,
        trusted: Vec<Network>,
    ) -> (Self, watch::Receiver<Wish>) {
        let (wish, wishes) = watch::channel(Wish::Serve);
        (Self { wish, status: Arc::new(status), trusted: trusted.into() }, wishes)
    }
}

/// The operator's hand on this node. Cheap to clone.
#[derive(Clone)]
pub struct Operator {
    pub wish: watch::Sender<Wish>,
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    pub trusted: Arc<[Network]>,
}
