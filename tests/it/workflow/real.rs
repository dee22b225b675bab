//! Nodes as they run, with the workflow that is shipped and with one of their own.

use crate::cluster::people::next_invitation;
use crate::support::accounts::cheap_hash;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::process::Process;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

const WELCOME: &str = "Welcome! An agent will be with you shortly.";

/// Who speaks German is looked for, and a call for nobody blocks nobody.
const BY_SKILL: &str = r#"
[queues.german]
views = [{ name = "all", strategy = "german" }]
[queues.english]
views = [{ name = "all", strategy = "english" }]
[strategies.german]
start = "find"
fault = "find"
blocks = { find = { do = "route", targets = [{ skill = "Skill['German'] >= 5" }], timeout = 600, timed-out = "find", queue = "german" } }
[strategies.english]
start = "find"
fault = "find"
blocks = { find = { do = "route", targets = [{ group = "sales" }, { skill = "Skill['English'] > 0" }], timeout = 600, timed-out = "find", queue = "english" } }
"#;

/// Both strategies say something, each as its first request.
const TWO_WORDS: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "a" }]
[queues.b]
views = [{ name = "v", strategy = "b" }]
[strategies.a]
start = "say"
fault = "on"
[strategies.a.blocks]
say = { do = "esp", method = "Message", parameters = { MessageText = "first" }, ok = "on" }
on = { do = "queue", queue = "b" }
[strategies.b]
start = "say"
fault = "find"
[strategies.b.blocks]
say = { do = "esp", method = "Message", parameters = { MessageText = "second" }, ok = "find" }
find = { do = "route", targets = ["any"], timeout = 600, timed-out = "find", queue = "b" }
"#;

/// The bot is let finish; a fault is told from its end.
const AFTER_THE_BOT: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "a" }]
[strategies.a]
start = "bot"
fault = "over"
[strategies.a.blocks]
bot = { do = "start-bot", parameters = { ChatBotID = "greeter", ChatBotHoldup = "true" }, timeout = 300, ok = "find" }
find = { do = "route", targets = ["any"], timeout = 600, timed-out = "find", queue = "a" }
over = { do = "stop", reason = "the bot failed" }
"#;

pub struct Centre {
    pub node: Process,
    http: reqwest::Client,
}

pub struct Chat {
    pub id: String,
    user: String,
    key: String,
}

#[actix_web::test]
async fn the_shipped_workflow_greets_once_and_finds_an_agent_though_its_node_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = "endpoints:Environment.default=async-chat-greet-queue";
    let mut centre = Centre::start(folder.path(), &["workflow.file=default", endpoint]);

    let ann = centre.chat().await;
    eventually("the customer is greeted", async || {
        let texts = centre.texts(&ann).await;
        texts.contains(&WELCOME.to_owned()).then_some(())
    })
    .await;
    eventually("an agent is looked for", async || {
        let why = centre.why(&ann).await;
        why.contains("nobody is logged in for chat").then_some(())
    })
    .await;
    centre.node.kill();
    centre.node = centre.node.restart();
    let mut ada = centre.agent("ada").await;
    let invite = next_invitation(&mut ada).await;
    let accepted = ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;

    assert_eq!(accepted["interactionId"], json!(ann.id));
    let texts = centre.texts(&ann).await;
    assert_eq!(texts.iter().filter(|text| *text == WELCOME).count(), 1, "{texts:?}");
    assert_eq!(invite["interaction"]["queue"], "async-chat-main-queue", "{invite}");
    let why = centre.why(&ann).await;
    assert!(why.starts_with("it is with ada"), "{why}");
    assert!(why.contains("offered to ada, who was ready the longest, for strategy "), "{why}");
    assert!(why.contains("; accepted after "), "{why}");
}

#[actix_web::test]
async fn a_workflow_of_ones_own_finds_agents_by_skill_and_says_whom_it_does_not_look_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, BY_SKILL).unwrap();
    let file = format!("workflow.file={}", file.display());
    let settings = [
        file.as_str(),
        "endpoints:Environment.default=german",
        "agents.ada.skills=English=3",
        "agents.bob.skills=German=7",
    ];
    let centre = Centre::start(&folder.path().join("data"), &settings);
    let mut ada = centre.agent("ada").await;

    let ann = centre.chat().await;
    let why = eventually("it is looked for somebody", async || {
        let why = centre.why(&ann).await;
        why.contains("strategy german looks at block find").then_some(why)
    })
    .await;
    let mut bob = centre.agent("bob").await;
    let invite = next_invitation(&mut bob).await;

    assert!(why.contains("ada is not looked for"), "{why}");
    assert_eq!(invite["interaction"]["interactionId"], json!(ann.id));
    let why = centre.why(&ann).await;
    let block = "for strategy german at block find, which looked for Skill['German'] >= 5";
    assert!(why.contains(block) && why.contains("not chosen: ada (not looked for)"), "{why}");
    let busy = ada.ask(json!({ "type": "notReady", "media": "chat", "reason": "tea" })).await;
    assert_eq!(busy["type"], "ack");
}

#[actix_web::test]
async fn each_strategy_on_the_way_has_its_say() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, TWO_WORDS).unwrap();
    let file = format!("workflow.file={}", file.display());
    let settings = [file.as_str(), "endpoints:Environment.default=a"];
    let centre = Centre::start(&folder.path().join("data"), &settings);

    let ann = centre.chat().await;

    eventually("the second has spoken", async || {
        (centre.texts(&ann).await == ["first", "second"]).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_strategy_waits_for_its_bot_and_then_looks_for_an_agent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, AFTER_THE_BOT).unwrap();
    let file = format!("workflow.file={}", file.display());
    let settings =
        [file.as_str(), "endpoints:Environment.default=a", "bots.greeter.sample=greeter"];
    let centre = Centre::start(&folder.path().join("data"), &settings);

    let ann = centre.chat().await;
    let text = "Hello! Say \"agent\" to speak with a person, or \"bye\" to end this.";
    eventually("the bot greets", async || {
        centre.texts(&ann).await.contains(&text.to_owned()).then_some(())
    })
    .await;
    let why = centre.why(&ann).await;
    assert!(why.contains("waits for the answer to StartBot"), "{why}");
    centre.says(&ann, "bye").await;

    eventually("an agent is looked for", async || {
        centre.why(&ann).await.contains("nobody is logged in for chat").then_some(())
    })
    .await;
}

#[test]
fn a_workflow_with_a_fault_is_refused_at_the_start_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("centre.toml");
    fs::write(&file, BY_SKILL.replace("strategy = \"english\"", "strategy = \"french\"")).unwrap();
    let run = |command: &str| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg(command)
            .args(["--set", &format!("workflow.file={}", file.display())])
            .args(["--set", &format!("node.data-folder={}", folder.path().join("d").display())])
            .output();
        let output = program.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };

    for command in ["check-config", "serve"] {
        let (code, told) = run(command);
        assert_eq!(code, Some(3), "{command}: {told}");
        assert!(told.contains("names no strategy: 'french'"), "{command}: {told}");
    }
}

impl Centre {
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let settings = Self::settings(more);
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        Self::at(Process::start(folder, &settings))
    }

    pub fn start_logging_to(file: &Path, folder: &Path, more: &[&str]) -> Self {
        Self::at(Process::start_logging_to(file, folder, Self::settings(more)))
    }

    fn settings(more: &[&str]) -> Vec<String> {
        let hash = cheap_hash(PASSWORD);
        let mut settings: Vec<String> = more.iter().map(|one| (*one).to_owned()).collect();
        for name in ["ada", "bob", "sue", "mail"] {
            settings.push(format!("agents.{name}.password-hash={hash}"));
        }
        settings.push("agents.sue.role=supervisor".to_owned());
        settings
    }

    fn at(node: Process) -> Self {
        // A connection that is kept would be one to a node that was killed.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { node, http }
    }

    pub async fn chat(&self) -> Chat {
        let url = format!("{}/genesys/2/chat/customer-support", self.node.customer);
        let begun = self.http.post(url).form(&[("nickname", "Ann")]).send().await.unwrap();
        let begun: Value = begun.json().await.unwrap();
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        Chat { id: text("chatId"), user: text("userId"), key: text("secureKey") }
    }

    pub async fn says(&self, chat: &Chat, text: &str) {
        let Chat { id, user, key } = chat;
        let url = format!("{}/genesys/2/chat/customer-support/{id}/send", self.node.customer);
        let form = [("userId", user.as_str()), ("secureKey", key), ("message", text)];
        let said = self.http.post(url).form(&form).send().await.unwrap();
        assert_eq!(said.status(), 200);
    }

    /// The customer goes.
    pub async fn leaves(&self, chat: &Chat) {
        let Chat { id, user, key } = chat;
        let url = format!("{}/genesys/2/chat/customer-support/{id}/disconnect", self.node.customer);
        let form = [("userId", user.as_str()), ("secureKey", key)];
        let gone = self.http.post(url).form(&form).send().await.unwrap();
        assert_eq!(gone.status(), 200);
    }

    pub async fn texts(&self, chat: &Chat) -> Vec<String> {
        let Chat { id, user, key } = chat;
        let url = format!("{}/genesys/2/chat/customer-support/{id}/refresh", self.node.customer);
        let form = [("userId", user.as_str()), ("secureKey", key), ("transcriptPosition", "1")];
        let seen = self.http.post(url).form(&form).send().await.unwrap();
        let seen: Value = seen.json().await.unwrap();
        let lines = seen["messages"].as_array().unwrap().iter();
        lines.filter_map(|line| line["text"].as_str().map(str::to_owned)).collect()
    }

    async fn why(&self, chat: &Chat) -> String {
        self.why_of(&chat.id).await
    }

    pub async fn why_of(&self, id: &str) -> String {
        let url = format!("{}/api/v1/interactions/{id}/why?as=text", self.node.agent);
        let told = self.http.get(url).basic_auth("sue", Some(PASSWORD)).send().await.unwrap();
        told.text().await.unwrap()
    }

    pub async fn agent(&self, name: &str) -> DeskClient {
        let mut desk = DeskClient::start(self.address(), name).await;
        let media = json!([{ "media": "chat", "state": "ready" }]);
        let answer = desk.ask(json!({ "type": "agentLogin", "media": media })).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        desk
    }

    pub fn address(&self) -> SocketAddr {
        let url = &self.node.agent;
        let address = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        address.parse().unwrap()
    }
}
