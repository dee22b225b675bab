//! What links run on: streams of bytes between nodes. On a node it is TLS over TCP
//! ([`Mutual`](super::Mutual)); a simulation brings its own.

use crate::base::NodeId;
use std::future::Future;
use std::io;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub type TransportFuture<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Makes streams to other nodes, and takes those that others make.
pub trait Transport: Send + Sync {
    /// A stream to a node at `host:port`, which has proved that it is this node.
    fn dial(&self, node: &NodeId, address: &str) -> TransportFuture<Box<dyn Stream>>;

    /// Waits for the next that dials; nobody is lost when the waiting is given up. What it has to prove is waited for by the inner future, so
    /// that one who proves nothing holds nobody up.
    fn accept(&self) -> TransportFuture<Pin<Box<dyn Future<Output = io::Result<Arrival>> + Send>>>;

    /// Takes nobody any more; who dials is refused.
    fn close(&self);
}

/// Somebody who dialled.
pub struct Arrival {
    pub stream: Box<dyn Stream>,
    pub named: Named,
    /// For people: where it comes from, and the fingerprint of its certificate.
    pub from: String,
}

/// Which nodes one who dialled may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Those in its certificate.
    Certified(Vec<String>),
    /// Nobody proves anything here: a simulation.
    Trusted,
}

impl Named {
    pub fn allows(&self, node: &NodeId) -> bool {
        match self {
            Self::Certified(names) => names.iter().any(|name| name == node.as_str()),
            Self::Trusted => true,
        }
    }
}
