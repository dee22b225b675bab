//! What goes on beside requests on a node of a cluster: it says that it lives, looks at its lanes,
//! ends what was fenced, claims anew what lies in a crowded lane.

use crate::base::{BootId, Claim, NodeId, Process};
use crate::chat::Session;
use crate::edge::agent;
use crate::interaction::Domain;
use crate::node::cluster::LatePeers;
use crate::node::cluster::refuge::Refuge;
use crate::node::wiring::is_session;
use crate::ownership::actor::Heart;
use crate::ownership::actor::Things;
use crate::ownership::actor::heart::notice_pauses;
use crate::ownership::membership::BEAT;
use crate::store::ring::RingStore;
use crate::telemetry::Health;
use actix_web::web::Data;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How many claims of a crowded lane are made anew at each look.
const RENEWED_AT_ONCE: usize = 8;

/// What the tasks share.
#[derive(Clone)]
pub struct Tended {
    pub heart: Arc<Heart>,
    pub ring: RingStore,
    pub peers: Arc<LatePeers>,
    pub desks: Data<agent::Api>,
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    pub health: Arc<Health>,
    /// Rung when somebody is gone.
    pub gone: Arc<Notify>,
}

impl Tended {
    /// Starts all of it. Must be called within an actix system.
    pub fn start(&self) -> Vec<JoinHandle<()>> {
        vec![
            actix::spawn(self.clone().beat()),
            actix::spawn(self.clone().look_at_lanes()),
            actix::spawn(self.clone().end_what_was_fenced()),
            actix::spawn(self.clone().notice_pauses()),
            actix::spawn(self.refuge().run()),
        ]
    }

    fn refuge(&self) -> Refuge {
        Refuge {
            heart: self.heart.clone(),
            peers: self.peers.clone(),
            desks: self.desks.clone(),
            health: self.health.clone(),
        }
    }

    /// Says once that this node lives, and to whom it may speak.
    pub async fn beat_once(&self) {
        let n_sessions = self.sessions.n_active() as u64;
        let n_lanes = self.ring.n_lanes();
        self.heart.say(|mine| {
            mine.n_sessions = n_sessions;
            mine.n_lanes = n_lanes;
        });
        self.note_links();
        match self.heart.beat().await {
            Ok(gone) => {
                for process in &gone {
                    tracing::warn!(%process, "a node is gone");
                }
                if !gone.is_empty() {
                    self.gone.notify_one();
                }
                self.tell_addresses();
            }
            Err(error) => tracing::debug!(%error, "no heartbeat"),
        }
    }

    async fn beat(self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            self.beat_once().await;
        }
    }

    fn note_links(&self) {
        let Some(links) = self.peers.links() else { return };
        for (member, _) in self.heart.members() {
            let node = &member.process.node;
            self.heart.link(node, links.is_linked(node));
        }
    }

    fn tell_addresses(&self) {
        let Some(links) = self.peers.links() else { return };
        links.set_addresses(addresses(&self.heart));
    }

    /// Everything this process owns was then its own at most a second ago.
    async fn look_at_lanes(self) {
        let mut looks = interval(BEAT);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.ring.look_if_idle();
            let crowded = self.ring.crowded().into_iter();
            // What is only being opened or closed would keep the others from their turn.
            let active = crowded.filter(|claim| self.is_active(claim));
            for claim in active.take(RENEWED_AT_ONCE) {
                self.of(&claim, Things::renew, Things::renew);
            }
        }
    }

    fn is_active(&self, claim: &Claim) -> bool {
        let thing = claim.thing();
        self.sessions.is_active(thing) || self.routing.is_active(thing)
    }

    async fn end_what_was_fenced(self) {
        let mut fenced = self.ring.fenced();
        while let Some(claim) = fenced.recv().await {
            tracing::info!(thing = %claim.thing(), "somebody has claimed it");
            self.of(&claim, Things::fenced, Things::fenced);
        }
    }

    async fn notice_pauses(self) {
        notice_pauses(|_| {
            let ring = self.ring.clone();
            actix::spawn(async move { ring.doubt().await });
        })
        .await;
    }

    fn of(
        &self,
        claim: &Claim,
        session: impl FnOnce(&Things<Session>, Claim),
        domain: impl FnOnce(&Things<Domain>, Claim),
    ) {
        if is_session(claim.thing()) {
            session(&self.sessions, claim.clone());
        } else {
            domain(&self.routing, claim.clone());
        }
    }
}

/// Where the living nodes can be spoken to.
fn addresses(heart: &Heart) -> BTreeMap<NodeId, (BootId, String)> {
    let living = heart.members().into_iter().filter(|(_, lives)| *lives);
    let named = living.filter(|(member, _)| !member.address.is_empty());
    named
        .map(|(member, _)| {
            let Process { node, boot } = member.process;
            (node, (boot, member.address))
        })
        .collect()
}
