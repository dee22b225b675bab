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
use std::net::SocketAddr;
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
    pub cut: Cut,
}

/// Who can be kept from whom.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Cut {
    #[default]
    Nobody,
    /// Each node from Cassandra, by a gate; the ring must have one node.
    FromCassandra,
    /// Each node from every other: they do not trust each other until they are introduced.
    NodeFromNode,
}

pub struct Cluster {
    /// In their order, `node-a` first. One that was not started yet is missing.
    nodes: Vec<Option<Process>>,
    plans: Vec<NodePlan>,
    keyspace: String,
    folder: TempDir,
}

/// What a node is started with.
struct NodePlan {
    name: String,
    settings: Vec<String>,
    /// The folder of the authorities that it believes.
    trusted: PathBuf,
    gate: Option<Gate>,
}

impl<'a> Plan<'a> {
    /// In which nobody can be cut off.
    pub fn over(ring: &'a Ring, n_nodes: usize) -> Self {
        Self { ring, n_nodes, settings: &[], cut: Cut::Nobody }
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
        let keyspace = Ring::new_keyspace();
        let shared = shared_settings((plan, &keyspace), folder.path());
        let arguments: Vec<_> = shared.iter().flat_map(|one| ["--set", one.as_str()]).collect();
        // One node of Cassandra keeps one copy.
        let n_copies = plan.ring.contact_points().len().to_string();
        let apply = ["schema", "apply", "--replication-factor", n_copies.as_str()];
        let (code, said, complaints) = holdfast(&[&arguments[..], &apply[..]].concat(), &[]);
        assert_eq!(code, Some(0), "{said}{complaints}");
        let authority = Authority::new("the cluster's authority");
        fs::write(folder.path().join("authority.crt"), &authority.certificate).unwrap();
        let names = ('a'..).take(plan.n_nodes).map(|letter| format!("node-{letter}"));
        let plans =
            names.map(|name| NodePlan::new(plan, &shared, name, (&authority, folder.path())));
        let plans: Vec<_> = plans.collect();
        Self { nodes: plans.iter().map(|_| None).collect(), plans, keyspace, folder }
    }

    /// Where all nodes keep everything.
    pub fn keyspace(&self) -> &str {
        &self.keyspace
    }

    /// Starts one node, for the first time or after its end.
    pub fn start_node(&mut self, idx: usize) {
        match &mut self.nodes[idx] {
            Some(node) => node.start_again(),
            empty => *empty = Some(self.plans[idx].start(self.folder.path())),
        }
    }

    /// Starts all nodes that were started before, at the same time.
    pub fn start_all_again(&mut self) {
        thread::scope(|scope| {
            for node in self.nodes.iter_mut().flatten() {
                scope.spawn(|| node.start_again());
            }
        });
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

    /// The gate of a node on its way to Cassandra.
    pub fn gate(&self, idx: usize) -> &Gate {
        self.plans[idx].gate.as_ref().unwrap()
    }

    /// Lets nodes trust each other that did not.
    pub fn introduce(&self) {
        for (plan, node) in self.plans.iter().zip(self.nodes.iter().flatten()) {
            fs::copy(self.folder.path().join("authority.crt"), plan.trusted.join("all.crt"))
                .unwrap();
            node.tell_to_reload();
        }
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
        let trusted = folder.join(format!("trusted-by-{name}"));
        let stranger = Authority::new("nobody's authority");
        trust(
            &trusted,
            &[match plan.cut {
                Cut::Nobody | Cut::FromCassandra => &authority.certificate,
                Cut::NodeFromNode => &stranger.certificate,
            }],
        );
        let mut settings = shared.to_vec();
        settings.extend([
            format!("node.name={name}"),
            format!("listen.peer=127.0.0.1:{}", free_port()),
            format!("peer.certificate-file={}", shown.certificate.display()),
            format!("peer.private-key-file={}", shown.key.display()),
            format!("peer.trusted-cert-dir={}", trusted.display()),
        ]);
        let gate = (plan.cut == Cut::FromCassandra).then(|| {
            let gate = Gate::before(&plan.ring.contact_points()[0]);
            settings.push(format!("cassandra.contact-points={}", gate.address));
            gate
        });
        settings.extend(plan.settings.iter().map(|setting| (*setting).to_owned()));
        Self { name, settings, trusted, gate }
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
fn shared_settings((plan, keyspace): (&Plan<'_>, &str), folder: &Path) -> Vec<String> {
    let Plan { ring, .. } = plan;
    let secret = folder.join("cluster.secret");
    fs::write(&secret, "5a".repeat(32)).unwrap();
    let mut settings = vec![
        format!("cassandra.contact-points={}", ring.contact_points().join(",")),
        format!("cassandra.keyspace={keyspace}"),
        format!("cassandra.datacenter={}", ring.datacenter()),
        "cassandra.consistency=local_quorum".to_owned(),
        format!("cluster.key=${{file:{}}}", secret.display()),
        "cluster.lb-delay=0".to_owned(),
        "limits.create-rate=0".to_owned(),
        "cometd.handshake-rate=0".to_owned(),
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
