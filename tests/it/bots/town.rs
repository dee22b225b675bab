//! A node with bots, a customer, and a workflow that asks over ESP.

use crate::support::accounts::cheap_hash;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::PASSWORD;
use crate::support::patience::eventually;
use crate::support::process::{Process, free_port};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

pub struct Town {
    pub node: Process,
    esp: String,
    http: reqwest::Client,
    folder: TempDir,
}

pub struct Customer {
    base: String,
    proof: Vec<(&'static str, String)>,
    pub chat: String,
}

impl Town {
    /// With a bot `faq` at an address, and the sample bots `echo` and `greeter`.
    pub fn start(bot: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let hash = cheap_hash(PASSWORD);
        let mut settings = vec![
            format!("listen.esp=127.0.0.1:{port}"),
            format!("esp-clients.crm.password-hash={hash}"),
            format!("agents.ada.password-hash={hash}"),
            // She comes into what waits, unasked.
            "agents.ada.privileges=use-chat,release,pull-from-queues".to_owned(),
            "settings.flex-disconnect-timeout=3600".to_owned(),
            format!("bots.faq.url={bot}"),
            format!("bots.faq.secret={}", super::receiver::SECRET),
            "bots.faq.nickname=Ask me".to_owned(),
            "bots.echo.sample=echo".to_owned(),
            "bots.greeter.sample=greeter".to_owned(),
            format!("bot-gateway.report-file={}", folder.path().join("reports").display()),
        ];
        settings.extend(more.iter().map(|one| (*one).to_owned()));
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let node = Process::start(&folder.path().join("data"), &settings);
        let esp = format!("http://127.0.0.1:{port}/esp/v1/ChatBot");
        // A node that was killed took its connections with it.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { node, esp, http, folder }
    }

    pub async fn customer(&self) -> Customer {
        let base = format!("{}/genesys/2/chat/customer-support", self.node.customer);
        let begun = self.http.post(&base).form(&[("nickname", "Ann")]).send().await.unwrap();
        let begun: Value = begun.json().await.unwrap();
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        let proof = vec![("userId", text("userId")), ("secureKey", text("secureKey"))];
        Customer { base: format!("{base}/{}", text("chatId")), proof, chat: text("chatId") }
    }

    pub async fn ada(&self) -> DeskClient {
        let address = self.node.agent.rsplit('/').next().unwrap();
        let mut ada = DeskClient::start(address.parse().unwrap(), "ada").await;
        // Nobody invites her: she comes by herself.
        let media = json!([{ "media": "chat", "state": "notReady", "reason": "looks on" }]);
        let there = ada.ask(json!({ "type": "agentLogin", "media": media })).await;
        assert_eq!(there["type"], "ack", "{there}");
        ada
    }

    /// Asks over ESP; gives the status, and results or the fault.
    pub async fn ask(&self, method: &str, customer: &Customer, parameters: Value) -> (u16, Value) {
        self.ask_as(method, customer, parameters, None).await
    }

    pub async fn ask_as(
        &self,
        method: &str,
        customer: &Customer,
        parameters: Value,
        name: Option<&str>,
    ) -> (u16, Value) {
        let mut body = json!({ "interactionId": customer.chat, "parameters": parameters });
        if let Some(name) = name {
            body["messageId"] = json!(name);
        }
        let asked = self.http.post(format!("{}/{method}", self.esp));
        let told = asked.basic_auth("crm", Some(PASSWORD)).json(&body).send().await.unwrap();
        let status = told.status().as_u16();
        let body: Value = told.json().await.unwrap();
        let part = if status == 200 { "parameters" } else { "fault" };
        (status, body[part].clone())
    }

    pub async fn start_bot(&self, customer: &Customer, id: &str, more: Value) {
        let mut parameters = json!({ "_umsChannel": "channel-chatbot", "ChatBotID": id });
        for (key, value) in more.as_object().unwrap() {
            parameters[key] = value.clone();
        }
        let (status, told) = self.ask("StartBot", customer, parameters).await;
        assert_eq!(status, 200, "{told}");
    }

    pub async fn says(&self, customer: &Customer, text: &str) {
        let form = [("message", text.to_owned())];
        assert_eq!(self.post(customer, "/send", &form).await["statusCode"], 0);
    }

    pub async fn leaves(&self, customer: &Customer) {
        self.post(customer, "/disconnect", &[]).await;
    }

    /// The messages that the customer sees, with who said each.
    pub async fn messages(&self, customer: &Customer) -> Vec<(String, String)> {
        let seen = self.transcript(customer).await;
        let messages = seen.into_iter().filter(|one| one["type"] == "Message");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        messages.map(|one| (text(&one["from"]["nickname"]), text(&one["text"]))).collect()
    }

    pub async fn texts(&self, customer: &Customer) -> Vec<String> {
        self.messages(customer).await.into_iter().map(|(_, text)| text).collect()
    }

    pub async fn transcript(&self, customer: &Customer) -> Vec<Value> {
        let form = [("transcriptPosition", "1".to_owned())];
        let seen = self.post(customer, "/refresh", &form).await;
        seen["messages"].as_array().unwrap().clone()
    }

    /// A metric of the node without labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let page = self.http.get(format!("{}/metrics", self.node.health)).send().await.unwrap();
        let page = page.text().await.unwrap();
        let mut lines = page.lines().rev().filter_map(|line| line.split_once(' '));
        let (_, value) = lines.find(|(known, _)| *known == name).unwrap();
        value.parse().unwrap()
    }

    /// Waits until the customer sees so many messages, and gives their texts.
    pub async fn until_messages(&self, customer: &Customer, n: usize) -> Vec<String> {
        let look = || async {
            let texts = self.texts(customer).await;
            (n <= texts.len()).then_some(texts)
        };
        eventually("the customer sees them", look).await
    }

    /// Waits until the customer sees that somebody left.
    pub async fn until_gone(&self, customer: &Customer, nickname: &str) {
        let look = || async {
            let seen = self.transcript(customer).await;
            let mut gone = seen.iter().filter(|one| one["type"] == "ParticipantLeft");
            gone.any(|one| one["from"]["nickname"] == nickname).then_some(())
        };
        eventually("somebody is gone", look).await;
    }

    /// Waits for so many records of bots' work.
    pub async fn reports(&self, n: usize) -> Vec<Value> {
        let path: PathBuf = self.folder.path().join("reports");
        let look = || async {
            let lines = std::fs::read_to_string(&path).unwrap_or_default();
            let whole = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
            let reports: Vec<Value> = whole.collect();
            (n <= reports.len()).then_some(reports)
        };
        eventually("the records are written", look).await
    }

    async fn post(&self, customer: &Customer, path: &str, form: &[(&str, String)]) -> Value {
        let form: Vec<_> = customer.proof.iter().chain(form).collect();
        let sent = self.http.post(format!("{}{path}", customer.base)).form(&form);
        sent.send().await.unwrap().json().await.unwrap()
    }
}
