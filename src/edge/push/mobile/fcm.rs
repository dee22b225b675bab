//! Firebase Cloud Messaging, HTTP v1: `POST /v1/projects/{project}/messages:send` with an access token that a
//! service account gets for a signed assertion (OAuth 2.0, RFC 7523).

use crate::base::error_chain::Chain;
use crate::base::{Clock, Millis};
use crate::edge::push::mobile::alert::Alert;
use crate::edge::push::mobile::jwt::SigningKey;
use crate::edge::push::mobile::{BadProvider, Line, client};
use crate::edge::push::outcome::{Answer, NotNow, Outcome, Whose, unreached};
use reqwest::Client;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub const URL: &str = "https://fcm.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The longest that Google lets an assertion hold.
const ASSERTION_HOLDS: u64 = 3_600;

/// A token that is younger is not thrown away when it is refused: another one would fare no better.
const RENEWED_AT_ONCE: Duration = Duration::from_secs(5 * 60);

/// A token is not used in the last moments in which it holds: it is on its way for a while.
const MARGIN: Duration = Duration::from_secs(60);

/// The least pauses that Google asks for where an answer names none.
const AFTER_TOO_MANY: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// So long nothing is tried again when a token is refused: somebody has to mend that.
const AFTER_NO_TOKEN: Duration = Duration::from_secs(60);

pub struct Fcm {
    client: Client,
    send_url: String,
    token_url: String,
    email: String,
    key: SigningKey,
    token: Mutex<Held>,
    /// Nobody is left in peace for longer than a push is worth something.
    time_to_live: Duration,
    clock: Arc<dyn Clock>,
}

/// The file that Google gives for a service account, as far as it matters.
#[derive(Deserialize)]
struct Account {
    project_id: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

/// What was granted last, or why nothing was and since when.
#[derive(Default)]
struct Held {
    token: Option<Token>,
    denied: Option<(Instant, NotNow)>,
}

#[derive(Clone)]
struct Token {
    text: String,
    made_at: Millis,
    ends: Millis,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl Fcm {
    pub fn new(line: &Line, account: &str, clock: Arc<dyn Clock>) -> Result<Self, BadProvider> {
        let account: Account = serde_json::from_str(account).map_err(BadProvider::Account)?;
        Ok(Self {
            client: client(line)?.build()?,
            send_url: format!("{}/v1/projects/{}/messages:send", line.url, account.project_id),
            key: SigningKey::rs256(&account.private_key_id, &account.private_key)?,
            token_url: account.token_uri,
            email: account.client_email,
            token: Mutex::default(),
            time_to_live: line.time_to_live,
            clock,
        })
    }

    /// Tells a device once; with a new token once more if the one at hand does not hold and is old enough
    /// for that.
    pub async fn tell(&self, device: &str, alert: &Alert) -> Outcome {
        let message = message(device, alert, self.clock.now());
        let mut spoilt = None;
        loop {
            let token = match self.token(spoilt.as_ref()).await {
                Ok(token) => token,
                Err(not_now) => return Outcome::NotNow(not_now),
            };
            let answer = match self.post(&token.text, &message).await {
                Ok(answer) => answer,
                Err(error) => return unreached(error),
            };
            let is_new =
                spoilt.is_some() || self.clock.now().since(token.made_at) < RENEWED_AT_ONCE;
            if !is_unauthenticated(&answer) || is_new {
                return outcome(&answer);
            }
            spoilt = Some(token);
        }
    }

    async fn post(&self, token: &str, message: &Value) -> Result<Answer, reqwest::Error> {
        let request = self.client.post(&self.send_url).json(message);
        Answer::read(request.header(AUTHORIZATION, format!("Bearer {token}")).send().await?).await
    }

    /// The token at hand, or a new one. Whoever else needs one waits for the same, and hears the same if
    /// there is none.
    async fn token(&self, spoilt: Option<&Token>) -> Result<Token, NotNow> {
        let mut held = self.token.lock().await;
        if let Some(denied) = held.still_denied(self.time_to_live) {
            return Err(denied.clone());
        }
        let now = self.clock.now();
        let is_good = |token: &&Token| {
            now + MARGIN < token.ends && spoilt.is_none_or(|one| one.text != token.text)
        };
        if let Some(token) = held.token.as_ref().filter(is_good) {
            return Ok(token.clone());
        }
        let granted = match self.ask_for_token(now).await {
            Ok(granted) => granted,
            Err(denied) => {
                let why = &denied.why;
                tracing::error!(why, "no access token for Firebase is to be had");
                held.denied = Some((Instant::now(), denied.clone()));
                return Err(denied);
            }
        };
        let ends = now + Duration::from_secs(granted.expires_in);
        let token = Token { text: granted.access_token, made_at: now, ends };
        *held = Held { token: Some(token.clone()), denied: None };
        Ok(token)
    }

    /// A new token, or why there is none and when it is worth to ask again.
    async fn ask_for_token(&self, now: Millis) -> Result<Granted, NotNow> {
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": now.seconds(),
            "exp": now.seconds() + ASSERTION_HOLDS,
        });
        let of_all = |why, after| NotNow { why, after, is_named: false, whose: Whose::Provider };
        let no = |why: &str| of_all(why.to_owned(), AFTER_NO_TOKEN);
        let assertion = self.key.sign(&claims).map_err(|_| no("the key does not sign"))?;
        let form = [("grant_type", GRANT), ("assertion", &assertion)];
        let unreached =
            |error: reqwest::Error| of_all(Chain(&error.without_url()).to_string(), AFTER_FAILURE);
        let response = self.client.post(&self.token_url).form(&form).send().await;
        let answer = Answer::read(response.map_err(unreached)?).await.map_err(unreached)?;
        let usual = match answer.status {
            200 => {
                let granted = serde_json::from_slice(&answer.body);
                return granted.map_err(|error| no(&error.to_string()));
            }
            429 | 500..=599 => AFTER_FAILURE,
            _ => AFTER_NO_TOKEN,
        };
        Err(answer.not_now(format!("status {}", answer.status), usual, Whose::Provider))
    }
}

impl Held {
    /// Why it is not worth to ask for a token yet; for no longer than `longest`, whatever was wished.
    fn still_denied(&self, longest: Duration) -> Option<&NotNow> {
        let (at, denied) = self.denied.as_ref()?;
        (at.elapsed() < denied.after.min(longest)).then_some(denied)
    }
}

fn message(device: &str, alert: &Alert, now: Millis) -> Value {
    let seconds = alert.ends.since(now).as_secs();
    let is_shown = alert.shown.is_some();
    let mut message = json!({
        "token": device,
        "data": alert.data,
        "android": {
            "priority": if is_shown { "HIGH" } else { "NORMAL" },
            "ttl": format!("{seconds}s"),
            "collapse_key": alert.name,
        },
        "apns": {
            "headers": {
                "apns-push-type": if is_shown { "alert" } else { "background" },
                "apns-priority": if is_shown { "10" } else { "5" },
                "apns-expiration": alert.ends.seconds().to_string(),
                "apns-collapse-id": alert.name,
            },
            "payload": { "aps": { "content-available": 1 } },
        },
    });
    if let Some(shown) = &alert.shown {
        message["notification"] = json!({ "body": shown.text });
        if let Some(title) = &shown.title {
            message["notification"]["title"] = title.as_str().into();
        }
        message["android"]["notification"] = json!({ "tag": alert.name });
        message["apns"]["payload"] = json!({ "aps": { "sound": "default" } });
    }
    json!({ "message": message })
}

/// Whether the token is what does not hold. `THIRD_PARTY_AUTH_ERROR` comes with 401 too, and speaks of a
/// certificate or key that Firebase was given for Apple or the web.
fn is_unauthenticated(answer: &Answer) -> bool {
    answer.status == 401 && code(answer) == "UNAUTHENTICATED"
}

fn outcome(answer: &Answer) -> Outcome {
    let (status, code) = (answer.status, code(answer));
    let why = format!("status {status} {code}").trim_end().to_owned();
    let not_now =
        |usual: Duration, whose| Outcome::NotNow(answer.not_now(why.clone(), usual, whose));
    match (status, code.as_str()) {
        (200, _) => Outcome::Delivered,
        // Nobody gets through without a token, and the next one is not far.
        (401, "UNAUTHENTICATED") => not_now(AFTER_NO_TOKEN, Whose::Provider),
        // That a device belongs to another sender is between the two of them.
        (403, "SENDER_ID_MISMATCH") => Outcome::Refused(why),
        (401 | 403, _) => Outcome::Misconfigured(why),
        (404, "UNREGISTERED") => Outcome::Unregistered(why),
        (429, _) if is_quota_of_device(answer) => not_now(AFTER_TOO_MANY, Whose::Device),
        // The rate of the whole project, or that it does not say.
        (429, _) => not_now(AFTER_TOO_MANY, Whose::Provider),
        (500..=599, _) => not_now(AFTER_FAILURE, Whose::Anybody),
        _ => Outcome::Refused(why),
    }
}

/// Whether an answer names the quota of the one device as the one that is used up (`google.rpc.QuotaFailure`).
fn is_quota_of_device(answer: &Answer) -> bool {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let details = body["error"]["details"].as_array().into_iter().flatten();
    let mut violations = details.filter_map(|detail| detail["violations"].as_array()).flatten();
    let names_device =
        |of: &Value| of.as_str().is_some_and(|of| of.to_lowercase().contains("device"));
    violations.any(|one| names_device(&one["subject"]) || names_device(&one["description"]))
}

/// Firebase's own word for what is wrong, or the general one.
fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = &body["error"];
    let details = error["details"].as_array().into_iter().flatten();
    let own = details.filter_map(|detail| detail["errorCode"].as_str()).next();
    own.or(error["status"].as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
