//! Requests of the terminal clients, and whether what came back means yes, not now or no. The
//! replies are read as leniently as a client should: what it does not know, it does not mind.

use crate::cli::talk::socket::{self, Socket};
use rustls::ClientConfig;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Error as SocketError;

/// Longest time to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request was not carried out, as far as can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answers at the address.
    Unreachable(String),
    /// It may or may not have been carried out; the same request may be sent again.
    NotNow(String),
    /// It was not carried out and never will be.
    Refused(String),
    /// The participant is out of the chat.
    Ended(String),
}

/// A reply of the customer API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reply {
    pub status_code: u8,
    pub chat_id: String,
    pub user_id: String,
    pub secure_key: String,
    pub alias: String,
    pub messages: Vec<Message>,
    pub chat_ended: bool,
    pub next_position: u64,
    pub errors: Vec<ErrorNote>,
    /// The server expects nothing to happen soon, and wants to be asked no sooner.
    #[serde(skip)]
    pub poll_after: Option<Duration>,
    /// Byte for byte what came, for whoever wants to compare it.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// An event of a chat, as customers see it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Message {
    pub from: Sender,
    pub index: u64,
    #[serde(rename = "type")]
    pub kind: String,
    pub utc_time: u64,
    pub text: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sender {
    pub nickname: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErrorNote {
    pub code: u32,
    pub message: String,
}

#[derive(Serialize)]
struct Credentials<'a> {
    agent: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct Issued {
    ticket: String,
}

#[derive(Deserialize)]
struct Denied {
    text: String,
}

/// What HTTP brought.
pub struct Answer {
    pub status: u16,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// In how long it wants to be asked for news again.
    pub poll_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// One server, by its address.
#[derive(Clone, Debug)]
pub struct Server {
    client: reqwest::Client,
    base: String,
    /// Nothing for plain HTTP.
    tls: Option<Arc<ClientConfig>>,
}

impl Server {
    /// The server of an address, and the file of the authorities that it is believed by; those of
    /// the system if there is none.
    pub fn new(url: &str, authority: Option<&Path>) -> Result<Self, String> {
        Self::with_patience(url, authority, PATIENCE)
    }

    /// One that is given up after some time without an answer.
    pub fn with_patience(
        url: &str,
        authority: Option<&Path>,
        patience: Duration,
    ) -> Result<Self, String> {
        let base = url.trim_end_matches('/').to_owned();
        let is_secure = base.starts_with("https://");
        if !is_secure && !base.starts_with("http://") {
            return Err(format!(
                "{url} begins neither with http:// nor with https://, and nothing else is known here"
            ));
        }
        let tls = if is_secure { Some(socket::config(authority)?) } else { None };
        // What a proxy would do to a socket is unknown here, so none is asked.
        let builder = reqwest::Client::builder().no_proxy().timeout(patience);
        let builder = match tls.clone() {
            Some(tls) => builder.tls_backend_preconfigured(tls),
            None => builder,
        };
        let client = builder.build().map_err(|error| format!("no request can be made: {error}"))?;
        Ok(Self { client, base, tls: tls.map(Arc::new) })
    }

    /// A request of a customer; `key` names it, so that it can be sent again.
    pub async fn customer(
        &self,
        path: &str,
        form: &[(String, String)],
        key: &str,
    ) -> Result<Reply, Trouble> {
        judge_reply(&self.ask_customer(path, form, key).await?)
    }

    /// The same, for whoever wants to judge the answer himself.
    pub async fn ask_customer(
        &self,
        path: &str,
        form: &[(String, String)],
        key: &str,
    ) -> Result<Answer, Trouble> {
        let request = self.client.post(format!("{}/genesys/2/chat/{path}", self.base));
        self.answer(request.header("Idempotency-Key", key).form(form)).await
    }

    /// Messages of CometD and their answers, with the cookie that is to be brought from then on.
    pub async fn cometd(
        &self,
        messages: &Value,
        cookie: Option<&str>,
    ) -> Result<(Vec<Value>, Option<String>), Trouble> {
        let mut request = self.client.post(format!("{}/genesys/cometd", self.base)).json(messages);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.map_err(|error| self.trouble(&error))?;
        let cookie = response.headers().get("set-cookie");
        let cookie = cookie.and_then(|value| value.to_str().ok()?.split(';').next());
        let cookie = cookie.map(str::to_owned);
        let body = response.bytes().await.map_err(|error| self.trouble(&error))?;
        Ok((read(&body)?, cookie))
    }

    /// A socket for CometD.
    pub async fn cometd_socket(&self) -> Result<Socket, SocketError> {
        let base = self.base.replacen("http", "ws", 1);
        socket::open(&format!("{base}/genesys/cometd"), self.tls.as_ref()).await
    }

    /// A ticket for an agent's socket.
    pub async fn ticket(&self, agent: &str, password: &str) -> Result<String, Trouble> {
        let request = self.client.post(format!("{}/api/v1/agent/ticket", self.base));
        let answer = self.answer(request.json(&Credentials { agent, password })).await?;
        let issued: Issued = read(&judge_status(&answer)?.body)?;
        Ok(issued.ticket)
    }

    /// Opens the socket that a ticket is for.
    pub async fn socket(&self, ticket: &str) -> Result<Socket, SocketError> {
        let base = self.base.replacen("http", "ws", 1);
        let address = format!("{base}/api/v1/agent/socket?ticket={ticket}");
        socket::open(&address, self.tls.as_ref()).await
    }

    /// The transcript of a chat in one of its forms; nothing if there is no such chat.
    pub async fn transcript(
        &self,
        id: &str,
        form: &str,
        ticket: &str,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        self.document(self.get_transcript(id, form).bearer_auth(ticket)).await
    }

    /// The same by name and password, which any node behind a balancer can check.
    pub async fn transcript_for(
        &self,
        id: &str,
        form: &str,
        (agent, password): (&str, &str),
    ) -> Result<Option<Vec<u8>>, Trouble> {
        self.document(self.get_transcript(id, form).basic_auth(agent, Some(password))).await
    }

    /// The same as JSON, by name and password of a supervisor, which any node can check.
    pub async fn why_for(
        &self,
        id: &str,
        (agent, password): (&str, &str),
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let id = percent_encoded(id);
        let path = format!("{}/api/v1/interactions/{id}/why?as=json", self.base);
        self.document(self.client.get(path).basic_auth(agent, Some(password))).await
    }

    /// The figures of the day, for a supervisor.
    pub async fn figures(&self, (agent, password): (&str, &str)) -> Result<Vec<u8>, Trouble> {
        let request = self.client.get(format!("{}/api/v1/figures", self.base));
        let answer = self.answer(request.basic_auth(agent, Some(password))).await?;
        judge_status(&answer).map(|answer| answer.body.clone())
    }

    /// Why an interaction is where it is, in words; nothing if there is no such interaction.
    pub async fn why(&self, id: &str, ticket: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let id = percent_encoded(id);
        let path = format!("{}/api/v1/interactions/{id}/why?as=text", self.base);
        self.document(self.client.get(path).bearer_auth(ticket)).await
    }

    /// A page of everything that is kept of a person, for a supervisor.
    pub async fn export_contact(
        &self,
        (id, after): (&str, Option<&str>),
        (agent, password): (&str, &str),
    ) -> Result<Value, Trouble> {
        let url = format!("{}/api/v1/contacts/{}/export", self.base, percent_encoded(id));
        let after =
            after.map_or_else(String::new, |after| format!("?after={}", percent_encoded(after)));
        let request = self.client.get(url + &after).basic_auth(agent, Some(password));
        read(&judge_status(&self.answer(request).await?)?.body)
    }

    /// Erases a person for a supervisor; the proof as it comes.
    pub async fn erase_contact(
        &self,
        id: &str,
        (agent, password): (&str, &str),
    ) -> Result<Vec<u8>, Trouble> {
        let url = format!("{}/api/v1/contacts/{}/erase", self.base, percent_encoded(id));
        let request = self.client.post(url).basic_auth(agent, Some(password));
        judge_status(&self.answer(request).await?).map(|answer| answer.body.clone())
    }

    /// Some page of the server.
    pub async fn page(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let answer = self.answer(self.client.get(format!("{}{path}", self.base))).await?;
        judge_status(&answer).map(|answer| answer.body.clone())
    }

    fn get_transcript(&self, id: &str, form: &str) -> reqwest::RequestBuilder {
        let id = percent_encoded(id);
        self.client.get(format!("{}/api/v1/interactions/{id}/transcript?as={form}", self.base))
    }

    async fn document(&self, request: reqwest::RequestBuilder) -> Result<Option<Vec<u8>>, Trouble> {
        let answer = self.answer(request).await?;
        match answer.status {
            404 => Ok(None),
            _ => judge_status(&answer).map(|answer| Some(answer.body.clone())),
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, Trouble> {
        let response = request.send().await.map_err(|error| self.trouble(&error))?;
        let status = response.status().as_u16();
        let after = |header: &str| {
            let value = response.headers().get(header)?;
            value.to_str().ok()?.parse().ok().map(Duration::from_secs)
        };
        let (retry_after, poll_after) = (after("retry-after"), after("holdfast-poll-after"));
        let body = response.bytes().await.map_err(|error| self.trouble(&error))?;
        Ok(Answer { status, retry_after, poll_after, body: body.to_vec() })
    }

    fn trouble(&self, error: &reqwest::Error) -> Trouble {
        let what = crate::base::error_chain::Chain(error);
        if error.is_builder() {
            Trouble::Refused(format!("{} is no address: {what}", self.base))
        } else if what.to_string().contains("invalid peer certificate") {
            Trouble::Refused(format!(
                "the certificate of {} is not trusted: {what}; name its authority with --ca",
                self.base
            ))
        } else if error.is_connect() {
            Trouble::Unreachable(format!("nobody answers at {}: {what}", self.base))
        } else {
            Trouble::NotNow(what.to_string())
        }
    }
}

impl Trouble {
    /// What is to be told of it.
    pub fn text(&self) -> &str {
        match self {
            Self::Unreachable(text)
            | Self::NotNow(text)
            | Self::Refused(text)
            | Self::Ended(text) => text,
        }
    }
}

/// A reply that says yes, or the trouble. Nothing in one that says "not now" is to be believed.
pub fn judge_reply(answer: &Answer) -> Result<Reply, Trouble> {
    let reply: Reply = match serde_json::from_slice(&answer.body) {
        Ok(reply) => reply,
        Err(_) => {
            judge_status(answer)?;
            return read(&answer.body);
        }
    };
    match (answer.status, reply.status_code) {
        (408 | 429 | 500.., _) | (_, 1) => Err(Trouble::NotNow(complaint(&reply, answer.status))),
        (200, 0) => {
            let body = answer.body.clone();
            Ok(Reply { poll_after: answer.poll_after, body, ..reply })
        }
        (_, _) if reply.chat_ended || is_out(&reply) => {
            Err(Trouble::Ended(complaint(&reply, answer.status)))
        }
        (_, _) => Err(Trouble::Refused(complaint(&reply, answer.status))),
    }
}

/// The codes for "not in the chat", "logged out of it" and "not the key of it".
fn is_out(reply: &Reply) -> bool {
    reply.errors.iter().any(|note| matches!(note.code, 8_201 | 8_209 | 8_210))
}

fn complaint(reply: &Reply, status: u16) -> String {
    let Some(note) = reply.errors.first() else { return format!("the answer was {status}") };
    format!("{} ({})", note.message, note.code)
}

fn judge_status(answer: &Answer) -> Result<&Answer, Trouble> {
    let text = match serde_json::from_slice(&answer.body) {
        Ok(Denied { text }) => format!("{text} ({})", answer.status),
        Err(_) => format!("the answer was {}", answer.status),
    };
    match answer.status {
        200..300 => Ok(answer),
        408 | 429 | 500.. => Err(Trouble::NotNow(text)),
        _ => Err(Trouble::Refused(text)),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    let read = serde_json::from_slice(body);
    read.map_err(|error| Trouble::Refused(format!("the answer cannot be read: {error}")))
}

/// A piece of a path, whatever is in it.
fn percent_encoded(piece: &str) -> String {
    let mut encoded = String::new();
    for byte in piece.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_yes_not_now_or_no() {
        assert_eq!(judge(200, r#"{"statusCode":0,"chatId":"C","new":1}"#).unwrap().chat_id, "C");
        let not_now = Trouble::NotNow("busy (429)".into());
        let busy = r#"{"statusCode":1,"errors":[{"code":429,"message":"busy"}]}"#;
        assert_eq!(judge(200, busy).unwrap_err(), not_now);
        assert_eq!(judge(429, busy).unwrap_err(), not_now);
        let long = r#"{"statusCode":2,"errors":[{"code":204,"message":"too long"}]}"#;
        assert_eq!(judge(400, long).unwrap_err(), Trouble::Refused("too long (204)".into()));
        let out = r#"{"statusCode":2,"chatEnded":true,"errors":[{"code":8209,"message":"out"}]}"#;
        assert_eq!(judge(200, out).unwrap_err(), Trouble::Ended("out (8209)".into()));
    }

    #[test]
    fn an_answer_of_somebody_else_in_between_is_judged_by_its_status() {
        assert!(matches!(judge(502, "<html>"), Err(Trouble::NotNow(_))));
        assert!(matches!(judge(404, "<html>"), Err(Trouble::Refused(_))));
        assert!(matches!(judge(200, "<html>"), Err(Trouble::Refused(_))));
        assert!(matches!(judge(502, "{}"), Err(Trouble::NotNow(_))));
        assert!(matches!(judge(404, "{}"), Err(Trouble::Refused(_))));
    }

    #[test]
    fn what_is_said_of_a_refusal_is_passed_on() {
        let body = br#"{"code":401,"text":"wrong name or password"}"#.to_vec();
        let refused = judge_status(&answer(401, body)).err();

        assert_eq!(refused, Some(Trouble::Refused("wrong name or password (401)".into())));
    }

    #[test]
    fn an_id_stays_one_piece_of_the_path() {
        assert_eq!(percent_encoded("a1-../?x"), "a1-..%2F%3Fx");
    }

    fn judge(status: u16, body: &str) -> Result<Reply, Trouble> {
        judge_reply(&answer(status, body.as_bytes().to_vec()))
    }

    fn answer(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, retry_after: None, poll_after: None, body }
    }
}
