//! How this node sees its cluster, put together for whoever asks.

use crate::base::Process;
use crate::edge::admin::{Drain, NodeStatus, Sleep, Status};
use crate::node::backend::Backend;
use crate::node::cluster::LatePeers;
use crate::ownership::actor::Heart;
use crate::ownership::membership::{Member, PROTOCOL};
use crate::telemetry::{Health, Naps, Phase};
use std::sync::{Arc, Mutex, PoisonError};

/// How a drain goes; nothing while none does.
pub type Progress = Arc<Mutex<Option<Drain>>>;

/// Everything a status is made of.
pub struct Sources {
    pub me: Process,
    pub backend: Backend,
    pub health: Arc<Health>,
    pub heart: Option<Arc<Heart>>,
    pub peers: Arc<LatePeers>,
    pub progress: Progress,
    /// How many sessions are active here.
    pub n_sessions: Box<dyn Fn() -> usize + Send + Sync>,
    /// How much they have slept.
    pub naps: Naps,
}

impl Sources {
    pub fn status(&self) -> Status {
        Status {
            node: self.me.node.0.clone(),
            boot: self.me.boot.0.clone(),
            store: self.backend.name().into(),
            store_answers: self.backend.answers(),
            drain: self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            sleep: Sleep {
                n_slept: self.naps.n_slept(),
                n_woken: self.naps.n_woken(),
                n_overdue: self.naps.n_overdue(),
            },
            nodes: match &self.heart {
                Some(heart) => heart.members().iter().map(|one| self.node(one)).collect(),
                None => vec![self.alone()],
            },
        }
    }

    fn node(&self, (member, lives): &(Member, bool)) -> NodeStatus {
        let linked = self.peers.links().is_some_and(|links| links.is_linked(&member.process.node));
        NodeStatus {
            node: member.process.node.0.clone(),
            boot: member.process.boot.0.clone(),
            state: member.state.name().into(),
            lives: *lives,
            linked,
            version: member.program.clone(),
            protocol: member.version,
            sessions: member.n_sessions,
            left_to_move: member.n_left,
            address: member.address.clone(),
        }
    }

    fn alone(&self) -> NodeStatus {
        let state = match self.health.phase() {
            Phase::Starting => "starting",
            Phase::Ready => "accepting",
            Phase::Offline | Phase::Draining => "draining",
            Phase::Stopping => "leaving",
        };
        NodeStatus {
            node: self.me.node.0.clone(),
            boot: self.me.boot.0.clone(),
            state: state.into(),
            lives: true,
            version: env!("CARGO_PKG_VERSION").into(),
            protocol: PROTOCOL,
            sessions: (self.n_sessions)() as u64,
            ..NodeStatus::default()
        }
    }
}
