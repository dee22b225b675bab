//! A node that pushes, customers who ask for it, and a workflow that speaks with them.

use super::sink::SECRET;
use crate::support::accounts::cheap_hash;
use crate::support::desk_rig::PASSWORD;
use crate::support::process::{Process, free_port};
use serde_json::{Value, json};
use tempfile::TempDir;

pub struct Town {
    pub node: Process,
    esp: String,
    http: reqwest::Client,
    _folder: TempDir,
}

pub struct Customer {
    base: String,
    proof: Vec<(String, String)>,
    pub chat: String,
}

impl Town {
    /// With these providers, by name and address.
    pub fn start(providers: &[(&str, &str)], more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut settings = vec![
            format!("listen.esp=127.0.0.1:{port}"),
            format!("esp-clients.crm.password-hash={}", cheap_hash(PASSWORD)),
            "settings.flex-push-timeout=3600".to_owned(),
            "settings.flex-push-resend-delay=1".to_owned(),
            "settings.flex-push-resend-attempts=600".to_owned(),
        ];
        for (name, url) in providers {
            settings.push(format!("push.{name}.url={url}"));
            settings.push(format!("push.{name}.secret={SECRET}"));
        }
        settings.extend(more.iter().map(|one| (*one).to_owned()));
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let node = Process::start(&folder.path().join("data"), &settings);
        let esp = format!("http://127.0.0.1:{port}/esp/v1/Chat");
        // A node that was killed took its connections with it.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { node, esp, http, _folder: folder }
    }

    /// A customer who subscribes with payload, and with more or less than that.
    pub async fn customer(&self, more: &[(&str, &str)]) -> Customer {
        let usual = [
            ("GCTI_Chat_PushSubscribe", "true"),
            ("GCTI_GMS_PushDeviceId", "ann's phone"),
            ("GCTI_GMS_PushDeviceType", "customhttp"),
            ("GCTI_GMS_PushIncludePayload", "true"),
        ];
        let form = usual.iter().filter(|(key, _)| more.iter().all(|(other, _)| other != key));
        let mut form: Vec<_> = form
            .chain(more)
            .map(|(key, value)| (format!("userData[{key}]"), (*value).to_owned()))
            .collect();
        form.push(("nickname".into(), "Ann".into()));
        let base = format!("{}/genesys/2/chat/customer-support", self.node.customer);
        let begun = self.http.post(&base).form(&form).send().await.unwrap();
        let begun: Value = begun.json().await.unwrap();
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        let proof = ["userId", "secureKey"].map(|name| (name.to_owned(), text(name)));
        let chat = text("chatId");
        Customer { base: format!("{base}/{chat}"), proof: proof.into(), chat }
    }

    /// Somebody whose chat is known, and who does not ask over REST.
    pub fn customer_of(&self, chat: &str) -> Customer {
        let base = format!("{}/genesys/2/chat/customer-support/{chat}", self.node.customer);
        Customer { base, proof: vec![], chat: chat.to_owned() }
    }

    /// What a receiver asks with that was told in whose name.
    pub fn in_the_name_of(&self, told: &Value) -> Customer {
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let chat = text("session-id");
        let base = format!("{}/genesys/2/chat/customer-support/{chat}", self.node.customer);
        let proof = [("userId", "user-id"), ("secureKey", "secure-key")];
        let proof = proof.map(|(name, key)| (name.to_owned(), text(key)));
        Customer { base, proof: proof.into(), chat }
    }

    /// A workflow says something in a chat.
    pub async fn tells(&self, customer: &Customer, text: &str) {
        let body = json!({ "interactionId": customer.chat, "parameters": { "MessageText": text } });
        let asked = self.http.post(format!("{}/Message", self.esp));
        let told = asked.basic_auth("crm", Some(PASSWORD)).json(&body).send().await.unwrap();
        assert_eq!(told.status().as_u16(), 200, "{}", told.text().await.unwrap());
    }

    pub async fn says(&self, customer: &Customer, text: &str) {
        let said = self.ask(customer, "send", &[("message", text)]).await;
        assert_eq!(said["statusCode"], 0, "{said}");
    }

    pub async fn leaves(&self, customer: &Customer) {
        self.ask(customer, "disconnect", &[]).await;
    }

    /// What a customer sees from an index on.
    pub async fn fetch(&self, customer: &Customer, from: &str) -> Value {
        self.ask(customer, "refresh", &[("transcriptPosition", from)]).await
    }

    /// A figure of the node; 0 if nothing was counted.
    pub async fn figure(&self, name: &str) -> f64 {
        let page = self.http.get(format!("{}/metrics", self.node.health)).send().await.unwrap();
        let page = page.text().await.unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0.0, |rest| rest.trim().parse().unwrap())
    }

    async fn ask(&self, customer: &Customer, operation: &str, form: &[(&str, &str)]) -> Value {
        let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form: Vec<_> = customer.proof.iter().cloned().chain(form).collect();
        let sent = self.http.post(format!("{}/{operation}", customer.base)).form(&form);
        sent.send().await.unwrap().json().await.unwrap()
    }
}
