//! What everybody in the storm shares: where the nodes are, how far the day has come, one order of all
//! that was seen and done.

use crate::support::accounts::cheap_hash;
use crate::support::desk_line::{Cut, DeskLine};
use crate::support::patience::eventually;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

pub const N_AGENTS: usize = 12;
/// What each of them may have at a time.
pub const CAPACITY: usize = 2;
/// Far more than all of them can have, after all that they finish in the storm.
pub const N_WORK: usize = 150;

/// The password of the desk rig, which clusters give their accounts too.
const PASSWORD: &str = crate::support::desk_rig::PASSWORD;

/// A node that does not come back within this is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Agents say no, finish, give back.
    Storm,
    /// Whoever gets something keeps it.
    Calm,
    Home,
}

#[derive(Clone)]
pub struct Town {
    pub http: reqwest::Client,
    pub stage: Arc<watch::Sender<Stage>>,
    doors: Arc<[SocketAddr]>,
    n_offers: Arc<watch::Sender<usize>>,
    order: Arc<AtomicU64>,
}

impl Town {
    pub fn around(doors: &[SocketAddr]) -> Self {
        Self {
            http: reqwest::Client::builder().timeout(PATIENCE).build().unwrap(),
            stage: Arc::new(watch::Sender::new(Stage::Storm)),
            doors: doors.into(),
            n_offers: Arc::default(),
            order: Arc::default(),
        }
    }

    /// Opens a connection at whichever node lets one in. Everybody begins at another one.
    pub async fn come_in(&self, name: &str, first: usize) -> DeskLine {
        let next = AtomicUsize::new(first);
        eventually("a node lets somebody in", || async {
            let node = self.doors[next.fetch_add(1, Ordering::Relaxed) % self.doors.len()];
            DeskLine::open((&self.http, node), (name, PASSWORD)).await.ok()
        })
        .await
    }

    /// The answer to a question of a supervisor, from whichever node has one.
    pub async fn ask(&self, question: &Value) -> Value {
        eventually("a supervisor is answered", || async {
            let mut line = self.come_in("sue", 0).await;
            let answer = asked(&mut line, question).await.ok()?;
            (answer["type"] != "error").then_some(answer)
        })
        .await
    }

    /// Why an interaction is not with an agent.
    pub async fn why(&self, interaction: &str) -> String {
        eventually("it is told why", || async {
            for node in &*self.doors {
                let url = format!("http://{node}/api/v1/interactions/{interaction}/why?as=text");
                let told = self.http.get(url).basic_auth("sue", Some(PASSWORD)).send().await;
                if let Ok(told) = told.and_then(reqwest::Response::error_for_status) {
                    return told.text().await.ok();
                }
            }
            None
        })
        .await
    }

    /// Notes that an agent was offered something that he had not heard of.
    pub fn offered(&self) {
        self.n_offers.send_modify(|n| *n += 1);
    }

    /// Waits until so many offers were heard of.
    pub async fn until_offers(&self, n: usize) {
        let mut heard = self.n_offers.subscribe();
        let reached = heard.wait_for(|heard| n <= *heard);
        drop(tokio::time::timeout(6 * PATIENCE, reached).await.expect("the storm abates").unwrap());
    }

    /// A later call gets a larger number.
    pub fn now(&self) -> u64 {
        self.order.fetch_add(1, Ordering::SeqCst)
    }
}

/// Registers and asks one thing.
async fn asked(line: &mut DeskLine, question: &Value) -> Result<Value, Cut> {
    line.send(json!({ "type": "register", "clientVersion": 106 })).await?;
    let reference = line.send(question.clone()).await?;
    loop {
        let frame = line.next().await?;
        if frame["ref"] == reference {
            return Ok(frame);
        }
    }
}

/// Nothing but agents and deaths moves anything: no time passes.
pub fn settings() -> Vec<String> {
    let hash = cheap_hash(PASSWORD);
    let account = |name: &str| format!("agents.{name}.password-hash={hash}");
    let mut settings = vec![
        "interaction.delivering-timeout=3600".to_owned(),
        "interaction.reoffer-after=3600".to_owned(),
        "settings.resume-window=3600".to_owned(),
        format!("capacity-rules.storm.email={CAPACITY}"),
        "interaction.capacity-rule=storm".to_owned(),
        account("mail"),
        "agents.mail.media-server=true".to_owned(),
        account("sue"),
        "agents.sue.role=supervisor".to_owned(),
    ];
    settings.extend((0..N_AGENTS).map(|n| account(&agent_name(n))));
    settings
}

pub fn agent_name(n: usize) -> String {
    format!("storm-{n}")
}

pub fn work_name(n: usize) -> String {
    format!("work-{n}")
}
