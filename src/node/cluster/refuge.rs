//! Agents do not stay with a node whose store does not answer while that of another one does. The
//! balancer gives such a node nothing new, but a socket stays where it is until somebody moves it.

use crate::base::{NodeId, ThingId};
use crate::edge::agent;
use crate::node::cluster::LatePeers;
use crate::ownership::actor::Heart;
use crate::ownership::membership::View;
use crate::ownership::peers::{Answerer, Answering, Call, Outlet, Peers};
use crate::telemetry::{Health, Phase};
use actix_web::web::Data;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// What a node is asked about its store is called among nodes.
pub const STORE: &str = "store";

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);

/// So many looks in a row must find that the own store does not answer and another one's does: where
/// all of it comes back, nobody is sent away for a second.
const PATIENCE: u32 = 3;

/// Within how long agents are let go, one after the other.
const AGENTS_WITHIN: Duration = Duration::from_secs(2);

/// Says to other nodes whether this one takes work and its store answers.
pub struct TellsOfStore(pub Arc<Health>);

impl Answerer for TellsOfStore {
    fn answer(&self, _: Call, _: Option<Outlet>) -> Answering {
        let answers = self.0.readyz().status == 200;
        Box::pin(async move { if answers { b"true".to_vec() } else { b"false".to_vec() } })
    }
}

pub struct Refuge {
    pub heart: Arc<Heart>,
    pub peers: Arc<LatePeers>,
    pub desks: Data<agent::Api>,
    pub health: Arc<Health>,
}

impl Refuge {
    pub async fn run(self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut n_silent, mut are_away) = (0_u32, false);
        loop {
            looks.tick().await;
            if !matches!(self.health.phase(), Phase::Ready | Phase::Offline) {
                // Who drains moves them himself.
                (n_silent, are_away) = (0, false);
                continue;
            }
            if self.health.store_works_since().is_some() {
                if std::mem::take(&mut are_away) {
                    self.desks.stay();
                }
                n_silent = 0;
                continue;
            }
            if are_away {
                continue;
            }
            n_silent = if self.does_another_store_answer().await { n_silent + 1 } else { 0 };
            if PATIENCE <= n_silent {
                tracing::warn!("the store answers other nodes: agents are told to go to them");
                are_away = true;
                self.desks.move_on(AGENTS_WITHIN).await;
            }
        }
    }

    async fn does_another_store_answer(&self) -> bool {
        let me = self.heart.mine().process.node;
        let accepting = self.heart.accepting().into_iter();
        let others = accepting.map(|process| process.node).filter(|node| *node != me);
        join_all(others.map(|node| self.ask(node))).await.into_iter().any(|answers| answers)
    }

    async fn ask(&self, node: NodeId) -> bool {
        let call = Call {
            kind: STORE.to_owned(),
            thing: ThingId(String::new()),
            boot: None,
            n_hops: 0,
            within: LOOK,
            body: Vec::new(),
        };
        // Who cannot be asked is no refuge.
        self.peers.call(&node, call).await.is_ok_and(|answer| answer == b"true")
    }
}
