//! Customers and agents of a cluster. A customer asks any node, and asks again with the same name
//! when nobody could answer yet, as the answer itself invites to.

use crate::support::desk::{DeskClient, Seen};
use crate::support::patience::eventually;
use crate::support::strict;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const SERVICE: &str = "/genesys/2/chat/customer-support";

/// Longer than a node may take for an answer, whatever happens.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Customer {
    http: reqwest::Client,
    pub session: String,
    proof: [(&'static str, String); 2],
}

impl Customer {
    /// Begins a chat at a node (or a balancer).
    pub async fn begin(at: &str, nickname: &str) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        let once = format!("{nickname}-{:032x}", rand::random::<u128>()).replace(' ', "-");
        let form = [("nickname", nickname.to_owned()), ("messageId", once)];
        let url = format!("{at}{SERVICE}");
        let what = format!("{nickname} has a chat at {at}");
        let reply = insist(&what, || post(&http, &url, &form)).await;
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        let proof = [("userId", text("userId")), ("secureKey", text("secureKey"))];
        Self { http, session: text("chatId"), proof }
    }

    /// Says something until it is acknowledged. The text is its key, too.
    pub async fn say(&self, at: &str, text: &str) -> Value {
        insist(&format!("'{text}' is acknowledged by {at}"), || self.say_once(at, text)).await
    }

    /// Sends a message once: the status and the answer, unless there was none.
    pub async fn say_once(&self, at: &str, text: &str) -> Option<(u16, Value)> {
        let key = text.replace(' ', "-");
        self.ask(at, "send", &[("message", text.to_owned()), ("messageId", key)]).await
    }

    /// Everything that a node shows of the chat.
    pub async fn texts(&self, at: &str) -> Vec<String> {
        texts(&insist(&format!("{at} shows the chat"), || self.read_once(at)).await)
    }

    /// Waits until a node shows these messages and no others. A node that was the owner a moment ago
    /// may show an earlier beginning of them for about a second.
    pub async fn sees(&self, at: &str, wanted: &[impl AsRef<str>]) {
        let wanted: Vec<_> = wanted.iter().map(AsRef::as_ref).collect();
        eventually(&format!("{at} shows {wanted:?}"), || async {
            let seen = self.texts(at).await;
            assert!(
                wanted.starts_with(&seen.iter().map(String::as_str).collect::<Vec<_>>()),
                "{at} shows {seen:?}"
            );
            (seen.len() == wanted.len()).then_some(())
        })
        .await;
    }

    /// Leaves once, as [`say_once`](Self::say_once) says something.
    pub async fn leave_once(&self, at: &str) -> Option<(u16, Value)> {
        self.ask(at, "disconnect", &[]).await
    }

    /// Reads the chat once, from its beginning.
    pub async fn read_once(&self, at: &str) -> Option<(u16, Value)> {
        self.ask(at, "refresh", &[("transcriptPosition", "1".to_owned())]).await
    }

    async fn ask(
        &self,
        at: &str,
        what: &str,
        form: &[(&'static str, String)],
    ) -> Option<(u16, Value)> {
        let url = format!("{at}{SERVICE}/{}/{what}", self.session);
        post(&self.http, &url, &[&self.proof, form].concat()).await
    }
}

/// Asks until there is an answer, as a node that cannot answer yet invites to.
async fn insist<F: Future<Output = Option<(u16, Value)>>>(
    what: &str,
    ask: impl Fn() -> F,
) -> Value {
    eventually(what, || async {
        match ask().await {
            Some((200, reply)) => Some(reply),
            // Not now, or too many wait already.
            Some((503 | 429, _)) | None => None,
            Some((status, reply)) => panic!("{status}: {reply}"),
        }
    })
    .await
}

async fn post(http: &reqwest::Client, url: &str, form: &[(&str, String)]) -> Option<(u16, Value)> {
    let response = http.post(url).form(form).send().await.ok()?;
    let status = response.status().as_u16();
    let reply: Value = response.json().await.ok()?;
    if status == 200 {
        strict::check(&reply);
    }
    Some((status, reply))
}

/// The messages of a reply.
fn texts(reply: &Value) -> Vec<String> {
    let messages = reply["messages"].as_array().unwrap().iter();
    let messages = messages.filter(|message| message["type"] == "Message");
    messages.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

/// An agent who is ready for chats.
pub async fn ready_agent(at: SocketAddr, name: &str) -> DeskClient {
    let mut agent = DeskClient::start(at, name).await;
    let media = json!([{ "media": "chat", "state": "ready" }]);
    let login = json!({ "type": "agentLogin", "place": name, "media": media });
    let answer = agent.insist(login).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    agent
}

/// Accepts the next chat that is offered, and joins it.
pub async fn takes_the_next_chat(agent: &mut DeskClient) -> Seen {
    let invite = next_invitation(agent).await;
    let accept = json!({ "type": "accept", "ticket": invite["ticket"] });
    let accepted = agent.insist(accept).await;
    assert_eq!(accepted["type"], "ack", "{accepted}");
    let session = invite["interaction"]["interactionId"].as_str().unwrap();
    agent.join(session, json!({})).await
}

/// An invitation comes by itself, or with the whole desk: what waited at the login is offered before
/// the desk is shown for the first time.
pub async fn next_invitation(agent: &mut DeskClient) -> Value {
    loop {
        let mut frame = agent.next().await;
        if frame["type"] == "invite" {
            return frame;
        }
        if !frame["invitations"][0].is_null() {
            return frame["invitations"][0].take();
        }
    }
}
