//! Apple Push Notification service: `POST /3/device/{token}` over HTTP/2, with a provider token.

use crate::base::{Clock, Millis};
use crate::edge::push::mobile::alert::Alert;
use crate::edge::push::mobile::jwt::SigningKey;
use crate::edge::push::mobile::{BadProvider, Line, client};
use crate::edge::push::outcome::{Answer, Outcome, Whose, unreached};
use reqwest::Client;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub const URL: &str = "https://api.push.apple.com";

/// Apple refuses a token that is older than an hour, and a new one within 20 minutes of the last.
const RENEWED: Duration = Duration::from_secs(40 * 60);
const RENEWED_AT_ONCE: Duration = Duration::from_secs(20 * 60);

const AFTER_FAILURE: Duration = Duration::from_secs(1);
const AFTER_TOO_MANY: Duration = Duration::from_secs(10);
const AFTER_TOO_MANY_TOKENS: Duration = Duration::from_secs(60);

/// Names of alerts may have so many bytes.
const LONGEST_NAME: usize = 64;

/// Devices are named by so many bytes at least, in hex digits.
const SHORTEST_DEVICE: usize = 32;
const LONGEST_DEVICE: usize = 200;

/// Whom Apple knows us as.
#[derive(Clone, Default)]
pub struct Team {
    pub id: String,
    pub key_id: String,
    /// In PEM form; never shown.
    pub key: String,
    /// The app's bundle id.
    pub topic: String,
}

pub struct Apns {
    client: Client,
    url: String,
    team_id: String,
    topic: String,
    key: SigningKey,
    token: Mutex<Option<Token>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Token {
    text: String,
    made_at: Millis,
}

impl Apns {
    pub fn new(line: &Line, team: &Team, clock: Arc<dyn Clock>) -> Result<Self, BadProvider> {
        Ok(Self {
            client: client(line)?.http2_prior_knowledge().build()?,
            url: line.url.clone(),
            team_id: team.id.clone(),
            topic: team.topic.clone(),
            key: SigningKey::es256(&team.key_id, &team.key)?,
            token: Mutex::default(),
            clock,
        })
    }

    /// Tells a device once; with a new token once more if the one at hand does not hold and is old enough
    /// for that.
    pub async fn tell(&self, device: &str, alert: &Alert) -> Outcome {
        let n_digits = device.len();
        let is_device = n_digits / 2 >= SHORTEST_DEVICE
            && n_digits <= LONGEST_DEVICE
            && device.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_device {
            return Outcome::NoDevice("not the name of a device".into());
        }
        let mut spoilt = None;
        loop {
            let Some(token) = self.token(spoilt.as_ref()) else {
                return Outcome::Failed("the key does not sign".into());
            };
            let answer = match self.post(&token.text, device, alert).await {
                Ok(answer) => answer,
                Err(error) => return unreached(error),
            };
            let is_new =
                spoilt.is_some() || self.clock.now().since(token.made_at) < RENEWED_AT_ONCE;
            if answer.status != 403 || is_new {
                return outcome(&answer);
            }
            spoilt = Some(token);
        }
    }

    async fn post(
        &self,
        token: &str,
        device: &str,
        alert: &Alert,
    ) -> Result<Answer, reqwest::Error> {
        let (kind, priority) = match alert.shown {
            Some(_) => ("alert", "10"),
            None => ("background", "5"),
        };
        let name = alert.name.as_bytes();
        let request = self
            .client
            .post(format!("{}/3/device/{device}", self.url))
            .header(AUTHORIZATION, format!("bearer {token}"))
            .header("apns-topic", &self.topic)
            .header("apns-push-type", kind)
            .header("apns-priority", priority)
            .header("apns-expiration", alert.ends.seconds().to_string())
            .header("apns-collapse-id", &name[..name.len().min(LONGEST_NAME)])
            .json(&payload(alert));
        Answer::read(request.send().await?).await
    }

    /// The token at hand, or a new one if it is old or spoilt.
    fn token(&self, spoilt: Option<&Token>) -> Option<Token> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let is_good = |token: &&Token| {
            now.since(token.made_at) < RENEWED && spoilt.is_none_or(|one| one.text != token.text)
        };
        if let Some(token) = held.as_ref().filter(is_good) {
            return Some(token.clone());
        }
        let claims = json!({ "iss": self.team_id, "iat": now.seconds() });
        let token = Token { text: self.key.sign(&claims).ok()?, made_at: now };
        *held = Some(token.clone());
        Some(token)
    }
}

fn payload(alert: &Alert) -> Value {
    let mut payload = Value::Object(alert.data.clone());
    payload["aps"] = match &alert.shown {
        None => json!({ "content-available": 1 }),
        Some(shown) => {
            let mut words = json!({ "body": shown.text });
            if let Some(title) = &shown.title {
                words["title"] = title.as_str().into();
            }
            json!({ "alert": words, "sound": "default" })
        }
    };
    payload
}

fn outcome(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = body["reason"].as_str().unwrap_or_default();
    let why = format!("status {} {reason}", answer.status).trim_end().to_owned();
    let not_now =
        |usual: Duration, whose| Outcome::NotNow(answer.not_now(why.clone(), usual, whose));
    match (answer.status, reason) {
        (200, _) => Outcome::Delivered,
        (410, _) | (400, "BadDeviceToken" | "DeviceTokenNotForTopic") => Outcome::Unregistered(why),
        (403, _) => Outcome::Misconfigured(why),
        (429, "TooManyProviderTokenUpdates") => not_now(AFTER_TOO_MANY_TOKENS, Whose::Provider),
        (429, _) => not_now(AFTER_TOO_MANY, Whose::Device),
        (500..=599, _) => not_now(AFTER_FAILURE, Whose::Anybody),
        _ => Outcome::Refused(why),
    }
}
