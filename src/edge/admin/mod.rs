//! What operators ask of a node, over the health listener: how the cluster is, and that the node
//! drain or stop draining. Asked by `holdfast status`, `drain` and `undrain`, or any HTTP client on
//! the same machine. Balancers and their scripts ask with a name and a password whether the node is in
//! rotation ([`rotation`]).
//!
//! Any other request that changes something comes from this machine (or an address that `[listen] operators`
//! names) and carries the header `Holdfast-Operator`, which no web page can send unasked, and no
//! `Origin`, which every web page sends.

pub mod gateways;
pub mod rotation;
pub mod routes;
pub mod status;

pub use rotation::Rotation;
pub use routes::configure;
pub use status::{Drain, LEAVING, NodeStatus, Sleep, Status};

use crate::config::Network;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// What an operator wants of this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    #[default]
    Serve,
    /// Have the balancer send nothing new, and go on with what is there.
    Offline,
    /// Hand everything over, and end.
    Drain,
    /// Take nothing new, and wait until what there is has ended by itself.
    DrainByWaiting,
}

impl Wish {
    /// Whether the node is to empty itself.
    pub fn drains(self) -> bool {
        matches!(self, Self::Drain | Self::DrainByWaiting)
    }
}

impl Operator {
    /// A hand on a node of which nothing can be told yet.
    pub fn new(
        status: impl Fn() -> Status + Send + Sync + 'static,
        trusted: Vec<Network>,
    ) -> (Self, watch::Receiver<Wish>) {
        let (wish, wishes) = watch::channel(Wish::Serve);
        let (status, is_out) = (Arc::new(status), Arc::default());
        (Self { wish, is_out, status, trusted: trusted.into() }, wishes)
    }

    /// What is wanted of the node at the moment.
    pub fn wish(&self) -> Wish {
        *self.wish.borrow()
    }

    /// Tells the node what is wanted of it, unless it was told the same before.
    pub fn ask(&self, wish: Wish) {
        self.wish.send_if_modified(|now| std::mem::replace(now, wish) != wish);
    }

    /// Takes the node out of rotation or puts it back. A drain goes on whatever is said here, and cannot
    /// be put back; out of rotation is what the node is after it, too. The answer is whether the node
    /// is wished to serve then.
    pub fn rotate(&self, into: Wish) -> bool {
        self.wish.send_if_modified(|now| {
            let drains = now.drains();
            if !drains || into == Wish::Offline {
                self.is_out.store(into == Wish::Offline, Ordering::Relaxed);
            }
            !drains && std::mem::replace(now, into) != into
        });
        self.wish() == Wish::Serve
    }

    /// Takes a drain back. Who was set out of rotation stays so. The answer is what is wished then.
    pub fn undrain(&self) -> Wish {
        self.wish.send_if_modified(|now| {
            let is_out = self.is_out.load(Ordering::Relaxed);
            let wish = if is_out { Wish::Offline } else { Wish::Serve };
            std::mem::replace(now, wish) != wish
        });
        self.wish()
    }
}

/// The operator's hand on this node. Cheap to clone.
#[derive(Clone)]
pub struct Operator {
    wish: watch::Sender<Wish>,
    /// Whether it is set out of rotation, also while it drains.
    is_out: Arc<AtomicBool>,
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    pub trusted: Arc<[Network]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_told_once_however_often_it_is_asked() {
        let (operator, mut wishes) = Operator::new(Status::default, Vec::new());

        operator.ask(Wish::Drain);
        let is_told = wishes.has_changed().unwrap();
        wishes.mark_unchanged();
        operator.ask(Wish::Drain);
        let is_told_again = wishes.has_changed().unwrap();
        operator.ask(Wish::Serve);

        assert_eq!((is_told, is_told_again), (true, false));
        assert_eq!((wishes.has_changed().unwrap(), *wishes.borrow()), (true, Wish::Serve));
    }

    #[test]
    fn who_was_set_out_of_rotation_stays_so_when_a_drain_is_taken_back() {
        let (operator, _wishes) = Operator::new(Status::default, Vec::new());

        operator.rotate(Wish::Offline);
        assert_eq!(operator.undrain(), Wish::Offline, "there was no drain");
        operator.ask(Wish::Drain);
        assert_eq!((operator.rotate(Wish::Serve), operator.wish()), (false, Wish::Drain));
        assert_eq!(operator.undrain(), Wish::Offline);
        assert!(operator.rotate(Wish::Serve));

        operator.ask(Wish::DrainByWaiting);
        assert_eq!(
            (operator.rotate(Wish::Offline), operator.wish()),
            (false, Wish::DrainByWaiting)
        );
        assert_eq!(operator.undrain(), Wish::Offline, "it was set while the node drained");
        operator.rotate(Wish::Serve);
        operator.ask(Wish::Drain);
        assert_eq!(operator.undrain(), Wish::Serve);
    }
}
