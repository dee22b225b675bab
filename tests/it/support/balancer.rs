//! A real HAProxy before real nodes, with the configuration of `cluster/`: only the addresses differ.

use super::process::{Process, free_port};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cluster/haproxy.cfg");

/// It ends when this is dropped.
pub struct Balancer {
    child: Child,
    /// As a node's: with `http://`.
    pub customers: String,
    pub agents: SocketAddr,
    /// What it thinks of the nodes, as a page.
    pub state: String,
}

impl Balancer {
    /// Starts one, and waits until it listens.
    pub fn start(nodes: &[&Process], folder: &Path) -> Self {
        Self::start_changed(nodes, folder, str::to_owned)
    }

    /// Starts one that differs from the one of `cluster/`.
    pub fn start_changed(
        nodes: &[&Process],
        folder: &Path,
        change: impl FnOnce(&str) -> String,
    ) -> Self {
        let file = folder.join("haproxy.cfg");
        let ports = [(); 3].map(|()| free_port());
        fs::write(&file, change(&configuration(nodes, ports))).unwrap();
        let child = Command::new("/usr/sbin/haproxy")
            .args(["-db", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("haproxy.log")).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("no HAProxy, tests/setup installs it: {error}"));
        let [customers, agents, state] = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let [customers, state] = [customers, state].map(|address| format!("http://{address}"));
        let balancer = Self { child, customers, agents, state };
        for _ in 0..1_000 {
            if TcpStream::connect(agents).is_ok() {
                return balancer;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{}", fs::read_to_string(folder.join("haproxy.log")).unwrap());
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file of `cluster/`, with these addresses in it and only as many nodes as there are.
fn configuration(nodes: &[&Process], ports: [u16; 3]) -> String {
    let text = fs::read_to_string(FILE).unwrap();
    let mut text = text
        .replace("127.42.0.10:8080", &format!("127.0.0.1:{}", ports[0]))
        .replace("127.42.0.10:8081", &format!("127.0.0.1:{}", ports[1]))
        .replace("127.42.0.10:8404", &format!("127.0.0.1:{}", ports[2]));
    for (idx, number) in (11..=13).enumerate() {
        for port in [8080, 8081] {
            let line = line_with(&text, &format!("127.42.0.{number}:{port}"));
            let replaced = nodes.get(idx).map_or_else(String::new, |node| {
                let listener = if port == 8080 { &node.customer } else { &node.agent };
                let [listener, health] =
                    [listener, &node.health].map(|url| &url["http://".len()..]);
                let checked = health.rsplit_once(':').unwrap().1;
                let name = line.split_whitespace().nth(1).unwrap();
                format!("    server {name} {listener} port {checked}")
            });
            text = text.replace(&line, &replaced);
        }
    }
    text
}

fn line_with(text: &str, words: &str) -> String {
    let line = text.lines().find(|line| line.contains(words));
    line.unwrap_or_else(|| panic!("cluster/haproxy.cfg has no {words}")).to_owned()
}
