//! Several real nodes as one: processes with certificates of one authority, on a keyspace of their
//! own in a real ring, on their wish behind a real HAProxy. All ends when the cluster is dropped;
//! after a failure the ends of the nodes' logs are shown.

use super::accounts::cheap_hash;
use super::balancer::Balancer;
use super::certs::{Authority, Wanted, trust};
use super::desk_rig::PASSWORD;
use super::gate::Gate;
use super::process::{Process, free_port};
use super::ring::Ring;
use super::screen::holdfast;
use serde_json::Value;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;
use tempfile::TempDir;

/// Agents that every node knows, each with the password of the desk rig.
pub const AGENTS: [&str; 3] = ["ada", "bob", "sue"];

/// How a cluster is laid out.
pub struct Plan<'a> {
    pub ring: &'a Ring,
    pub n_nodes: usize,
    /// Of all nodes, beside what makes them a cluster.
    pub settings: &'a [&'a str],
    pub gates: Gates,
}

/// Where connections can be cut.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Gates {
    #[default]
    None,
    /// Between each node and Cassandra; the ring must have one node.
    BeforeCassandra,
    /// On the way to each node's peer link.
    BetweenNodes,
}

pub struct Cluster {
    /// In their order, `node-a` first. One that was not started yet is missing.
    nodes: Vec<Option<Process>>,
    plans: Vec<NodePlan>,
    folder: TempDir,
}

/// What a node is started with.
struct NodePlan {
    name: String,
    settings: Vec<String>,
    gate: Option<Gate>,
}

impl<'a> Plan<'a> {
    /// Without gates.
    pub fn over(ring: &'a Ring, n_nodes: usize) -> Self {
        Self { ring, n_nodes, settings: &[], gates: Gates::None }
    }
}

impl Cluster {
    /// Starts all nodes at the same time, and waits until all are ready.
    pub fn start(plan: &Plan<'_>) -> Self {
        let mut cluster = Self::prepare(plan);
        let folder = cluster.folder.path().to_owned();
        cluster.nodes = thread::scope(|scope| {
            let start = |plan| {
                let folder = &folder;
                scope.spawn(move || NodePlan::start(plan, folder))
            };
            let starting: Vec<_> = cluster.plans.iter().map(start).collect();
            starting.into_iter().map(|node| Some(node.join().unwrap())).collect()
        });
        cluster
    }

    /// Makes the tables, the certificates and the secret; starts nobody.
    pub fn prepare(plan: &Plan<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared_settings(plan, folder.path());
        let arguments: Vec<_> = shared.iter().flat_map(|one| ["--set", one.as_str()]).collect();
        // One node of Cassandra keeps one copy.
        let n_copies = plan.ring.contact_points().len().to_string();
        let apply = ["schema", "apply", "--replication-factor", n_copies.as_str()];
        let (code, said, complaints) = holdfast(&[&arguments[..], &apply[..]].concat(), &[]);
        assert_eq!(code, Some(0), "{said}{complaints}");
        let authority = Authority::new("the cluster's authority");
        trust(&folder.path().join("trusted"), &[&authority.certificate]);
        let names = ('a'..).take(plan.n_nodes).map(|letter| format!("node-{letter}"));
        let plans =
            names.map(|name| NodePlan::new(plan, &shared, name, (&authority, folder.path())));
        let plans: Vec<_> = plans.collect();
        Self { nodes: plans.iter().map(|_| None).collect(), plans, folder }
    }

    /// Starts one node, for the first time or after its end.
    pub fn start_node(&mut self, idx: usize) {
        match &mut self.nodes[idx] {
            Some(node) => node.start_again(),
            empty => *empty = Some(self.plans[idx].start(self.folder.path())),
        }
    }

    /// A node that was started; the first is 0.
    pub fn node(&self, idx: usize) -> &Process {
        self.nodes[idx].as_ref().unwrap()
    }

    pub fn node_mut(&mut self, idx: usize) -> &mut Process {
        self.nodes[idx].as_mut().unwrap()
    }

    /// Ends a node as a power failure would.
    pub fn kill(&mut self, idx: usize) {
        self.node_mut(idx).kill();
    }

    /// The gate of a node: on its way to Cassandra, or on the way of the others to it.
    pub fn gate(&self, idx: usize) -> &Gate {
        self.plans[idx].gate.as_ref().unwrap()
    }

    /// The customers' listener of a node.
    pub fn customers(&self, idx: usize) -> &str {
        &self.node(idx).customer
    }

    /// The agents' listener of a node.
    pub fn agents(&self, idx: usize) -> SocketAddr {
        self.node(idx).agent.trim_start_matches("http://").parse().unwrap()
    }

    /// A balancer before all nodes.
    pub fn balancer(&self) -> Balancer {
        let nodes: Vec<_> = self.nodes.iter().flatten().collect();
        Balancer::start(&nodes, self.folder.path())
    }

    /// What a node says of itself and the others.
    pub async fn status(&self, idx: usize) -> Value {
        let url = format!("{}/status", self.node(idx).health);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    /// The status of a node's answer to whether it is ready.
    pub async fn readiness(&self, idx: usize) -> u16 {
        let url = format!("{}/readyz", self.node(idx).health);
        reqwest::get(url).await.unwrap().status().as_u16()
    }

    /// The sum of a metric of a node, over all labels.
    pub async fn metric(&self, idx: usize, name: &str) -> f64 {
        let url = format!("{}/metrics", self.node(idx).health);
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let lines = text.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Carries out a command of the program that asks a node's health listener.
    pub fn tell(&self, idx: usize, command: &[&str]) -> (Option<i32>, String, String) {
        holdfast(&[command, &["--url", &self.node(idx).health]].concat(), &[])
    }
}

impl NodePlan {
    fn new(
        plan: &Plan<'_>,
        shared: &[String],
        name: String,
        (authority, folder): (&Authority, &Path),
    ) -> Self {
        let shown = authority.issues(Wanted::of(&name, &[&name])).write(folder, &name);
        let link = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut settings = shared.to_vec();
        settings.extend([
            format!("node.name={name}"),
            format!("listen.peer={link}"),
            format!("peer.certificate-file={}", shown.certificate.display()),
            format!("peer.private-key-file={}", shown.key.display()),
            format!("peer.trusted-cert-dir={}", folder.join("trusted").display()),
        ]);
        let mut host = link.ip();
        let gate = match plan.gates {
            Gates::None => None,
            Gates::BeforeCassandra => {
                let gate = Gate::before(&plan.ring.contact_points()[0]);
                settings.push(format!("cassandra.contact-points={}", gate.address));
                Some(gate)
            }
            Gates::BetweenNodes => {
                host = somewhere_else();
                Some(Gate::at(SocketAddr::new(host, link.port()), &link.to_string()))
            }
        };
        settings.push(format!("listen.advertised-host={host}"));
        settings.extend(plan.settings.iter().map(|setting| (*setting).to_owned()));
        Self { name, settings, gate }
    }

    fn start(&self, folder: &Path) -> Process {
        let data = folder.join(format!("data-of-{}", self.name));
        fs::create_dir_all(&data).unwrap();
        Process::start_logging_to(&self.log(folder), &data, self.settings.clone())
    }

    fn log(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.log", self.name))
    }
}

impl Drop for Cluster {
    #[expect(clippy::print_stderr, reason = "for whoever wants to know why a test failed")]
    fn drop(&mut self) {
        // Before the folder goes.
        self.nodes.clear();
        if thread::panicking() {
            for plan in &self.plans {
                let log = fs::read_to_string(plan.log(self.folder.path())).unwrap_or_default();
                let lines: Vec<_> = log.lines().collect();
                let end = lines[lines.len().saturating_sub(30)..].join("\n");
                eprintln!("--- the log of {} ends with\n{end}", plan.name);
            }
        }
    }
}

/// What all nodes and the commands about the tables are told.
fn shared_settings(plan: &Plan<'_>, folder: &Path) -> Vec<String> {
    let Plan { ring, .. } = plan;
    let secret = folder.join("cluster.secret");
    fs::write(&secret, "5a".repeat(32)).unwrap();
    let mut settings = vec![
        format!("cassandra.contact-points={}", ring.contact_points().join(",")),
        format!("cassandra.keyspace={}", Ring::new_keyspace()),
        format!("cassandra.datacenter={}", ring.datacenter()),
        "cassandra.consistency=local_quorum".to_owned(),
        format!("cluster.key=${{file:{}}}", secret.display()),
        "cluster.lb-delay=0".to_owned(),
        "limits.create-rate=0".to_owned(),
        "limits.send-rate=1000".to_owned(),
        "limits.send-burst=10000".to_owned(),
    ];
    let hash = cheap_hash(PASSWORD);
    for name in AGENTS {
        settings.push(format!("agents.{name}.password-hash={hash}"));
        settings.push(format!("agents.{name}.capacity-chat=1"));
    }
    settings
}

/// A loopback address that no other test of this machine is likely to use.
fn somewhere_else() -> IpAddr {
    let [one, two] = [0; 2].map(|_: i32| rand::random_range(1..=254));
    IpAddr::V4(Ipv4Addr::new(127, 43, one, two))
}
