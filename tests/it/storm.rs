//! An invitation storm in whose middle the node that holds the routing domain is killed, again and again.
//! What the agents saw over their own connections and what the log kept tell the same story: nothing is
//! lost, nothing is with two agents at once, nothing is stranded.

mod agent;
mod book;
mod judge;
mod source;
mod story;
mod town;

use crate::cassandra::{linked, section};
use crate::support::cluster::{Cluster, Plan};
use crate::support::patience::eventually;
use crate::support::process::Process;
use crate::support::ring::Ring;
use agent::Agent;
use book::Book;
use holdfast::base::{Lane, ThingId};
use holdfast::interaction::Domain;
use holdfast::node::world::{Dice, WallClock};
use holdfast::owned::{History, Log};
use holdfast::store::EmbeddedStore;
use holdfast::store::cassandra::{CassandraRows, CassandraSession};
use holdfast::store::ring::RingStore;
use serde_json::json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use story::Story;
use tokio::task::{JoinHandle, JoinSet, block_in_place};
use town::{CAPACITY, N_AGENTS, N_WORK, Stage, Town, work_name};

/// After so many offers, heard by all agents together, a node dies.
const DEATHS: [usize; 3] = [20, 45, 70];

struct Storm {
    town: Town,
    source: JoinHandle<()>,
    agents: JoinSet<Book>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_in_which_the_only_node_is_killed_loses_nothing_and_strands_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = town::settings();
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let mut node = Process::start(folder.path(), &settings);
    let door = node.agent.trim_start_matches("http://").parse().unwrap();
    let storm = Storm::begin(&[door]);
    let mut story = Story::default();

    for n_offers in DEATHS {
        storm.town.until_offers(n_offers).await;
        block_in_place(|| node.kill());
        // What follows in the log is written by the next process, which keeps of this only where all is.
        story.read(kept_in(folder.path()).await);
        node = block_in_place(|| node.restart());
    }
    let told = storm.end().await;
    block_in_place(|| node.kill());
    story.read(kept_in(folder.path()).await);

    assert!(story.is_whole && DEATHS[2] <= story.offers.len());
    let complaints = judge::check(&told, &story);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_in_which_the_domain_goes_from_node_to_node_loses_nothing_and_strands_nothing() {
    let settings = town::settings();
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let plan = Plan { settings: &settings, ..Plan::over(Ring::shared(), 2) };
    let mut cluster = Cluster::prepare(&plan);
    // Whoever is alone on the ring has the domain.
    block_in_place(|| (0..2).for_each(|idx| cluster.start_node(idx)));
    let storm = Storm::begin(&[cluster.agents(0), cluster.agents(1)]);

    storm.town.until_offers(DEATHS[0]).await;
    block_in_place(|| cluster.kill(0));
    storm.town.until_offers(DEATHS[1]).await;
    until_taken_over(&cluster, 1).await;
    block_in_place(|| cluster.start_node(0));
    storm.town.until_offers(DEATHS[2]).await;
    block_in_place(|| cluster.kill(1));
    let told = storm.end().await;
    until_taken_over(&cluster, 0).await;
    let mut story = Story::default();
    story.read(kept_on(Ring::shared(), cluster.keyspace()).await);

    let complaints = judge::check(&told, &story);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

impl Storm {
    fn begin(doors: &[SocketAddr]) -> Self {
        let town = Town::around(doors);
        let source = tokio::spawn(source::submit_all(town.clone()));
        let mut agents = JoinSet::new();
        for n in 0..N_AGENTS {
            agents.spawn(Agent::new(&town, n).work());
        }
        Self { town, source, agents }
    }

    /// Lets everybody keep what he gets, waits until nobody can get more, asks of each interaction why it
    /// is where it is, and sends all home.
    #[expect(clippy::print_stdout, reason = "shown if it is waited for in vain")]
    async fn end(self) -> (Vec<Book>, BTreeMap<String, String>) {
        let Self { town, source, agents } = self;
        town.stage.send_replace(Stage::Calm);
        source.await.unwrap();
        let found = async |state: &str| {
            let question = json!({ "type": "findInteractions", "state": state, "limit": 100 });
            let answer = town.ask(&question).await;
            answer["interactions"].as_array().unwrap().len()
        };
        let seen = Cell::default();
        eventually("everybody has what he may have", || async {
            let counted = (found("inviting").await, found("handling").await);
            if seen.replace(counted) != counted {
                println!("ringing and with somebody: {counted:?}");
            }
            (counted == (0, N_AGENTS * CAPACITY)).then_some(())
        })
        .await;
        let mut whys = BTreeMap::new();
        for name in (0..N_WORK).map(work_name) {
            let why = town.why(&name).await;
            whys.insert(name, why);
        }
        town.stage.send_replace(Stage::Home);
        (agents.join_all().await, whys)
    }
}

/// Waits until a node has taken the routing domain over, which was at the one that died; there is
/// nothing else to take over.
async fn until_taken_over(cluster: &Cluster, idx: usize) {
    eventually(&format!("node {idx} has taken the routing domain over"), || async {
        (1.0 <= cluster.metric(idx, "holdfast_takeovers_total").await).then_some(())
    })
    .await;
}

/// The log of a node that does not run.
async fn kept_in(folder: &Path) -> History<Domain> {
    let store = EmbeddedStore::open(folder).unwrap();
    store.read(&domain()).await.unwrap()
}

async fn kept_on(ring: &Ring, keyspace: &str) -> History<Domain> {
    let session = CassandraSession::over(linked(&section(ring, keyspace)).await).await.unwrap();
    let lane = Lane { node: "judge".into(), boot: "judge".into(), k: 0 };
    let rows = Arc::new(CassandraRows(session));
    RingStore::new(rows, &lane, Arc::new(WallClock), Arc::new(Dice)).read(&domain()).await.unwrap()
}

fn domain() -> ThingId {
    ThingId::from("routing:Environment")
}
