//! Nodes on one ring that hold each other for dead: what one has, the other takes over, and both go on.

use holdfast::base::Lane;
use holdfast::config::Config;
use holdfast::node::houses::{Ground, Houses};
use holdfast::node::world::{Dice, WallClock};
use holdfast::ownership::actor::Place;
use holdfast::store::ring::RingStore;
use holdfast::store::ring::emulator::Emulator;
use holdfast::store::{EmbeddedStore, Store};
use std::path::Path;
use std::sync::Arc;

/// The houses of one of them.
pub fn stranger(emulator: &Emulator, node: &str, folder: &Path, mut config: Config) -> Houses {
    config.node.arbiters = 1;
    let config = Arc::new(config);
    let lane = Lane { node: node.into(), boot: node.into(), k: 0 };
    let rows = Arc::new(emulator.link());
    let ring = RingStore::new(rows, &lane, Arc::new(WallClock), Arc::new(Dice));
    let contacts = EmbeddedStore::open(&folder.join(node)).unwrap();
    let store = Store {
        owners: Arc::new(ring.clone()),
        sessions: Arc::new(ring.clone()),
        routing: Arc::new(ring.clone()),
        alarms: Arc::new(ring),
        contacts: Arc::new(contacts),
    };
    let ground = Ground::new(&config, store, Arc::new(Dice), Place::alone(lane));
    let houses = Houses::start(&ground, &config);
    houses.connect();
    houses
}
