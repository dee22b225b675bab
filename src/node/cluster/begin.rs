//! Putting together what a node of a cluster has and one that is alone has not.

use crate::base::{Chance, Lane};
use crate::config::Config;
use crate::edge::agent;
use crate::edge::peer::{Mutual, PeerConfig, PeerLinks};
use crate::node::backend::{Backend, Ring};
use crate::node::certificates::Certificates;
use crate::node::clock::SteadyClock;
use crate::node::cluster::LatePeers;
use crate::node::cluster::refuge::{STORE, TellsOfStore};
use crate::node::cluster::tend::Tended;
use crate::node::houses::Houses;
use crate::node::listeners::{Addresses, Bound, Company};
use crate::node::policies;
use crate::ownership::actor::{
    CLAIMED, Doubts, Heart, HeartBirth, PeerTakers, Place, Purge, Switchboard,
};
use crate::ownership::membership::View;
use crate::ownership::restoration::Asker;
use crate::telemetry::Health;
use actix_web::web::Data;
use std::sync::Arc;

/// Whether this node listens to others: on a ring, and if it can prove who it is.
pub fn company(config: &Config, certificates: &Certificates) -> Company {
    if !config.cassandra.is_used() {
        return Company::Alone;
    }
    if certificates.peer.is_some() {
        return Company::Others;
    }
    tracing::warn!(
        "[peer] names no certificate, so there is no link to other nodes: run no more than one"
    );
    Company::Alone
}

pub fn heart(ring: &Ring, lane: &Lane, config: &Config, addresses: Addresses) -> Arc<Heart> {
    // Who listens on all addresses does not know under which of them he is found.
    let address = addresses.peer.map(|peer| match peer.ip().is_unspecified() {
        true => format!("{}:{}", config.listen.advertised_host, peer.port()),
        false => peer.to_string(),
    });
    let birth = HeartBirth {
        process: lane.process(),
        address: address.unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Arc::new(Heart::new(Arc::new(ring.members.clone()), Arc::new(SteadyClock), birth))
}

pub fn place(
    lane: &Lane,
    ring: Option<&Ring>,
    heart: Option<&Arc<Heart>>,
    (peers, config): (&Arc<LatePeers>, &Config),
) -> Place {
    let restoration = policies::restoration(&config.settings);
    let (Some(ring), Some(heart)) = (ring, heart) else {
        return Place { restoration, ..Place::alone(lane.clone()) };
    };
    let (store, me) = (ring.store.clone(), lane.process());
    let purge = if config.settings.session_restore_do_purge { Purge::Told } else { Purge::NotTold };
    Place {
        lane: Arc::new(move || store.current_lane()),
        view: heart.clone(),
        takers: Arc::new(PeerTakers { me: me.clone(), peers: peers.clone(), purge }),
        contests: Arc::default(),
        restoration,
        me,
    }
}

pub fn tended(
    backend: &Backend,
    heart: Option<&Arc<Heart>>,
    peers: &Arc<LatePeers>,
    (houses, desks, health): (&Houses, &Data<agent::Api>, &Arc<Health>),
) -> Option<Tended> {
    Some(Tended {
        heart: heart?.clone(),
        ring: backend.ring()?.store.clone(),
        peers: peers.clone(),
        sessions: houses.sessions.clone(),
        routing: houses.routing.clone(),
        desks: desks.clone(),
        health: health.clone(),
        gone: Arc::default(),
    })
}

/// Opens the links to the other nodes, if this one can prove who it is.
pub fn open_links(
    bound: &mut Bound,
    certificates: &Certificates,
    tended: &Tended,
    lane: &Lane,
    chance: &Arc<dyn Chance>,
) -> std::io::Result<()> {
    let (Some(tls), Some(socket)) = (&certificates.peer, bound.peer.take()) else { return Ok(()) };
    let (client, server) = (tls.client.clone(), tls.server.clone());
    let transport =
        Mutual::new(socket, Arc::new(move || client.clone()), Arc::new(move || server.clone()))?;
    let view: Arc<dyn View> = tended.heart.clone();
    let switchboard = Switchboard::new(lane.process())
        .with_things(&tended.sessions.for_asker(Asker::Anyone))
        .with_things(&tended.routing)
        .with_takings(&tended.sessions, view.clone())
        .with_takings(&tended.routing, view)
        .with(CLAIMED, Arc::new(Doubts(doubting(tended))))
        .with(STORE, Arc::new(TellsOfStore(tended.health.clone())))
        .with(agent::TICKETS, agent::Api::answerer(&tended.desks));
    let config = PeerConfig::new(lane.process(), Arc::new(transport), chance.clone());
    tended.peers.stand(PeerLinks::start(config, Arc::new(switchboard)));
    Ok(())
}

/// A look at the own lanes, which finds out whether a word is true.
fn doubting(tended: &Tended) -> impl Fn() + Send + Sync + use<> {
    let ring = tended.ring.clone();
    move || {
        let ring = ring.clone();
        tokio::spawn(async move { ring.doubt().await });
    }
}
