//! `holdfast status`, `holdfast drain`, `holdfast undrain`: asks a running node over its health
//! listener.

use crate::base::error_chain::Chain;
use crate::cli::sources::SourceArguments;
use crate::cli::talk::{input, socket};
use crate::cli::{Failure, print};
use crate::edge::admin::routes::OPERATOR;
use crate::edge::admin::{Drain, Status};
use clap::Args;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often a drain is looked at while it is waited for.
const LOOK: Duration = Duration::from_secs(1);

/// A node that says nothing for so long is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A node that is told to drain may need so many looks until it does.
const LOOKS_TO_BEGIN: u32 = 5;

/// So many looks in a row may fail before it is given up.
const LOOKS_TO_FAIL: u32 = 30;

#[derive(Debug, Args)]
pub struct NodeArguments {
    /// The node's health listener, as http://host:port or https://host:port [otherwise that of the configuration]
    #[arg(long)]
    pub url: Option<String>,
    /// File of the authority that its certificate is from, if it speaks TLS [otherwise those of the
    /// system]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    pub node: NodeArguments,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DrainArguments {
    #[command(flatten)]
    pub node: NodeArguments,
    /// Hand nothing over: chats that are there end by themselves, new ones begin on other nodes or,
    /// if this one is alone, are refused
    #[arg(long)]
    pub wait: bool,
    /// Return at once instead of when the node has ended
    #[arg(long)]
    pub no_follow: bool,
}

/// Prints how a node sees its cluster.
pub fn status(arguments: &StatusArguments, sources: SourceArguments) -> Result<(), Failure> {
    let node = arguments.node.find(sources)?;
    input::run(async {
        let status = node.ask().await.map_err(|error| node.failure(&error))?;
        if arguments.json {
            let text = serde_json::to_string_pretty(&status);
            let text = text.map_err(|error| Failure::Other(error.to_string()))?;
            return print::answer(&format!("{text}\n"));
        }
        print::answer(&status.table())
    })
}

/// Tells a node to drain, and follows it until it has ended.
pub fn drain(arguments: &DrainArguments, sources: SourceArguments) -> Result<(), Failure> {
    let node = arguments.node.find(sources)?;
    let path = if arguments.wait { "/drain?wait=true" } else { "/drain" };
    input::run(async {
        node.tell(path).await?;
        if arguments.no_follow {
            return Ok(());
        }
        follow(&node).await
    })
}

/// Takes a drain back.
pub fn undrain(arguments: &NodeArguments, sources: SourceArguments) -> Result<(), Failure> {
    let node = arguments.find(sources)?;
    input::run(async { node.tell("/undrain").await })
}

/// Says how it goes until the node has ended, or the drain was taken back.
async fn follow(node: &Node) -> Result<(), Failure> {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut following = Following::default();
    let (mut told, mut n_failed) = (String::new(), 0);
    loop {
        looks.tick().await;
        let now = match node.ask().await {
            Ok(status) => {
                n_failed = 0;
                match following.see(status) {
                    Seen::Nothing => continue,
                    Seen::Drains(how) => how,
                    Seen::Ended => return print::note("the node has ended"),
                    Seen::TakenBack => {
                        return Err(Failure::Other("the drain was taken back".into()));
                    }
                }
            }
            Err(error) if is_refused(&error) => return print::note("the node has ended"),
            Err(error) if n_failed == LOOKS_TO_FAIL => return Err(node.failure(&error)),
            Err(error) => {
                n_failed += 1;
                format!("it is looked again, as {}", node.failure(&error))
            }
        };
        if now != told {
            print::note(&now)?;
            told = now;
        }
    }
}

/// What is known of a drain that is followed.
#[derive(Default)]
struct Following {
    /// Which process drains; empty as long as none was seen.
    boot: String,
    has_begun: bool,
    n_idle: u32,
}

/// What a look at the node shows.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// It has not begun yet.
    Nothing,
    Drains(String),
    Ended,
    TakenBack,
}

impl Following {
    fn see(&mut self, status: Status) -> Seen {
        if !self.boot.is_empty() && self.boot != status.boot {
            // It was started again between two looks.
            return Seen::Ended;
        }
        self.boot = status.boot;
        if let Some(drain) = status.drain.filter(|drain| !drain.is_out_of_rotation()) {
            self.has_begun = true;
            let Drain { phase, n_left, n_moved, n_failed: _ } = drain;
            return Seen::Drains(format!("{phase}: {n_left} left, {n_moved} moved"));
        }
        // A node that still starts drains as soon as it has started.
        if !self.boot.is_empty() {
            self.n_idle += 1;
        }
        let is_over = self.has_begun || LOOKS_TO_BEGIN < self.n_idle;
        if is_over { Seen::TakenBack } else { Seen::Nothing }
    }
}

/// Whether nobody listens there any more. A node that does not answer in time, or not as expected,
/// still lives.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let system = error.downcast_ref::<io::Error>();
        if system.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A running node, by its health listener.
struct Node {
    client: reqwest::Client,
    url: String,
}

impl Node {
    fn new(url: &str, authority: Option<&Path>) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/').to_owned();
        let wrong = |why: &str| {
            Failure::Usage(format!(
                "'{url}' is no address of a node ({why}); write http://host:port, or https:// if \
                 its health listener speaks TLS"
            ))
        };
        let parsed = reqwest::Url::parse(&url).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong("it begins neither with http:// nor with https://"));
        }
        // A node is asked itself: a proxy would only hide that it has ended.
        let builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        let builder = match parsed.scheme() {
            "https" => {
                let tls = socket::config(authority).map_err(Failure::Usage)?;
                builder.tls_backend_preconfigured(tls)
            }
            _ => builder,
        };
        let client = builder.build().map_err(|error| Failure::Other(error.to_string()))?;
        Ok(Self { client, url })
    }

    async fn ask(&self) -> Result<Status, reqwest::Error> {
        let response = self.client.get(format!("{}/status", self.url)).send().await?;
        response.error_for_status()?.json().await
    }

    async fn tell(&self, path: &str) -> Result<(), Failure> {
        let telling = self.client.post(format!("{}{path}", self.url)).header(OPERATOR, "holdfast");
        let response = telling.send().await.map_err(|error| self.failure(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let (code, text) = (response.status(), response.text().await.unwrap_or_default());
        Err(Failure::Other(format!("the node refused ({code}): {text}")))
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let (url, why) = (&self.url, Chain(error));
        Failure::Network(match error.is_decode() || error.is_status() {
            true => format!("{url} does not answer as a node: {why}"),
            false => format!("no node answers: {why}"),
        })
    }
}

impl NodeArguments {
    fn find(&self, sources: SourceArguments) -> Result<Node, Failure> {
        let authority = self.ca.as_deref();
        match &self.url {
            Some(url) => Node::new(url, authority),
            None => {
                let config = sources.read()?.config;
                let has_tls =
                    config.tls.get("health").is_some_and(|tls| tls.certificate_file.is_some());
                let scheme = if has_tls { "https" } else { "http" };
                Node::new(&format!("{scheme}://{}", config.listen.health), authority)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_drain_is_taken_back_only_after_it_was_seen_or_did_not_begin_for_a_while() {
        let mut following = Following::default();
        let before = following.see(idle("1"));
        let during = following.see(draining("1"));
        let after = following.see(idle("1"));
        let mut waiting = Following::default();
        let looks: Vec<_> = (0..=LOOKS_TO_BEGIN).map(|_| waiting.see(idle("1"))).collect();

        assert_eq!((before, after), (Seen::Nothing, Seen::TakenBack));
        assert_eq!(during, Seen::Drains("moving: 7 left, 5 moved".into()));
        let (last, earlier) = looks.split_last().unwrap();
        assert_eq!(*last, Seen::TakenBack);
        assert!(earlier.iter().all(|seen| *seen == Seen::Nothing), "{earlier:?}");
    }

    #[test]
    fn a_node_that_still_starts_has_not_taken_anything_back() {
        let mut following = Following::default();

        let looks: Vec<_> = (0..20).map(|_| following.see(idle(""))).collect();

        assert!(looks.iter().all(|seen| *seen == Seen::Nothing), "{looks:?}");
        assert!(matches!(following.see(draining("1")), Seen::Drains(_)));
    }

    #[test]
    fn another_process_at_the_same_address_says_that_the_node_has_ended() {
        for other in [idle("2"), draining("2"), idle("")] {
            let mut following = Following::default();
            following.see(draining("1"));

            assert_eq!(following.see(other), Seen::Ended);
        }
    }

    #[test]
    fn an_address_that_is_none_is_a_wrong_use_of_the_command() {
        for url in ["127.0.0.1:8082", "localhost:8082", "ftp://localhost", "http://", "x", ""] {
            let refused = Node::new(url, None).err().unwrap();
            assert_eq!(refused.exit_code(), 2, "{url}");
            assert!(refused.to_string().contains("write http://host:port"), "{refused}");
        }
        assert_eq!(Node::new("http://127.0.0.1:8082/", None).unwrap().url, "http://127.0.0.1:8082");
    }

    #[test]
    fn nobody_who_listens_is_told_apart_from_one_who_answers_wrongly() {
        let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = address(&TcpListener::bind("127.0.0.1:0").unwrap());
        let other = address(&silent);
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = silent.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").unwrap();
        });

        let (closed, other) = (Node::new(&closed, None).unwrap(), Node::new(&other, None).unwrap());
        let asked = input::run(async { Ok((closed.ask().await, other.ask().await)) });
        let (closed, other) = asked.unwrap();

        answering.join().unwrap();
        assert!(is_refused(&closed.unwrap_err()));
        assert!(!is_refused(&other.unwrap_err()));
    }

    fn idle(boot: &str) -> Status {
        Status { boot: boot.into(), ..Status::default() }
    }

    fn draining(boot: &str) -> Status {
        let drain = Drain { phase: "moving".into(), n_left: 7, n_moved: 5, n_failed: 0 };
        Status { drain: Some(drain), ..idle(boot) }
    }
}
