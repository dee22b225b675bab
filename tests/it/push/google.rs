//! Google's token endpoint and Firebase, as strict as they are documented.

use super::provider::{Asked, Judge, Provider, Verdict};
use super::token::Signer;
use holdfast::base::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

pub const PROJECT: &str = "example-chat";
const EMAIL: &str = "chat@example-chat.iam.example.com";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LARGEST: usize = 4_096;
const HOUR: u64 = 3_600;

pub struct Google {
    pub provider: Provider,
    signer: Arc<Signer>,
    office: Arc<Office>,
}

#[derive(Default)]
struct Office {
    /// When each token ends.
    tokens: Arc<Mutex<BTreeMap<String, u64>>>,
    taken: Mutex<Vec<Value>>,
    refused: Mutex<Vec<String>>,
    planned: Mutex<VecDeque<Verdict>>,
    /// What the token endpoint answers next.
    planned_tokens: Mutex<VecDeque<Verdict>>,
    gone: Mutex<Vec<String>>,
    token_url: OnceLock<String>,
}

impl Google {
    pub async fn start(clock: &Arc<dyn Clock>) -> Self {
        let signer = Arc::new(Signer::of_google("key-1"));
        Self::knowing((signer, Office::default()), clock).await
    }

    /// Another one that takes the tokens which this one gives.
    pub async fn beside(&self, clock: &Arc<dyn Clock>) -> Self {
        let office = Office { tokens: self.office.tokens.clone(), ..Office::default() };
        Self::knowing((self.signer.clone(), office), clock).await
    }

    async fn knowing((signer, office): (Arc<Signer>, Office), clock: &Arc<dyn Clock>) -> Self {
        let office = Arc::new(office);
        let (judging, checking, clock) = (office.clone(), signer.clone(), clock.clone());
        let judge: Judge = Arc::new(move |asked: &Asked| {
            let now = clock.now().seconds();
            let judged = match asked.path.as_str() {
                "/token" => judging.grant(asked, &checking, now),
                _ => judging.send(asked, now),
            };
            judged.unwrap_or_else(|(status, code)| {
                judging.refused.lock().unwrap().push(code.to_owned());
                refusal(status, code)
            })
        });
        let provider = Provider::start(judge).await;
        office.token_url.set(format!("{}/token", provider.url)).unwrap();
        Self { provider, signer, office }
    }

    /// The file of the service account, with the key of this one.
    pub fn account(&self, key_of: &Self) -> String {
        let account = json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": self.signer.id,
            "private_key": key_of.signer.pem,
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": format!("{}/token", self.provider.url),
        });
        account.to_string()
    }

    /// The next message is answered so, even if nothing is wrong with it.
    pub fn plans(&self, verdict: Verdict) {
        self.office.planned.lock().unwrap().push_back(verdict);
    }

    /// The next wish for a token is answered so.
    pub fn plans_for_token(&self, verdict: Verdict) {
        self.office.planned_tokens.lock().unwrap().push_back(verdict);
    }

    /// No token that was given holds any more.
    pub fn revokes_tokens(&self) {
        self.office.tokens.lock().unwrap().values_mut().for_each(|ends| *ends = 0);
    }

    pub fn n_tokens(&self) -> usize {
        self.office.tokens.lock().unwrap().len()
    }

    pub fn forgets(&self, device: &str) {
        self.office.gone.lock().unwrap().push(device.to_owned());
    }

    /// Messages that were taken.
    pub fn taken(&self) -> Vec<Value> {
        self.office.taken.lock().unwrap().clone()
    }

    pub fn refused(&self) -> Vec<String> {
        self.office.refused.lock().unwrap().clone()
    }
}

pub fn refusal(status: u16, code: &str) -> Verdict {
    let detail = json!({
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": code,
    });
    Verdict::of(
        status,
        json!({ "error": { "code": status, "message": code, "details": [detail] } }),
    )
}

/// That there was too much for one device.
pub fn too_much_for_the_device() -> Verdict {
    let mut refusal = refusal(429, "QUOTA_EXCEEDED");
    let failure = json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{ "subject": "device", "description": "Device message rate exceeded" }],
    });
    if let Some(details) =
        refusal.body.as_mut().and_then(|body| body["error"]["details"].as_array_mut())
    {
        details.push(failure);
    }
    refusal
}

type No = (u16, &'static str);

impl Office {
    fn grant(&self, asked: &Asked, signer: &Signer, now: u64) -> Result<Verdict, No> {
        let no = (400, "invalid_grant");
        if asked.method != "POST"
            || asked.header("content-type") != Some("application/x-www-form-urlencoded")
        {
            return Err((400, "invalid_request"));
        }
        if let Some(planned) = self.planned_tokens.lock().unwrap().pop_front() {
            return Ok(planned);
        }
        let body = String::from_utf8(asked.body.clone()).map_err(|_| no)?;
        let grant = format!("grant_type={}&assertion=", GRANT.replace(':', "%3A"));
        let assertion = body.strip_prefix(&grant).ok_or((400, "unsupported_grant_type"))?;
        let claims = signer.claims(assertion).ok_or(no)?;
        let (iat, exp) = (claims["iat"].as_u64().ok_or(no)?, claims["exp"].as_u64().ok_or(no)?);
        let is_for_us = claims["aud"].as_str() == self.token_url.get().map(String::as_str);
        let is_his = claims["iss"] == EMAIL && claims["scope"] == SCOPE;
        if !is_for_us || !is_his || now < iat || exp <= now || iat + HOUR < exp {
            return Err(no);
        }
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("token-{}", tokens.len() + 1);
        tokens.insert(token.clone(), now + HOUR);
        let granted = json!({ "access_token": token, "expires_in": HOUR, "token_type": "Bearer" });
        Ok(Verdict::of(200, granted))
    }

    fn send(&self, asked: &Asked, now: u64) -> Result<Verdict, No> {
        if asked.method != "POST" || asked.path != format!("/v1/projects/{PROJECT}/messages:send") {
            return Err((404, "NOT_FOUND"));
        }
        let bearer = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let ends = bearer.and_then(|token| self.tokens.lock().unwrap().get(token).copied());
        if ends.is_none_or(|ends| ends <= now) {
            return Err((401, "UNAUTHENTICATED"));
        }
        if asked.header("content-type") != Some("application/json") || LARGEST < asked.body.len() {
            return Err((400, "INVALID_ARGUMENT"));
        }
        let body = asked.json().filter(is_message).ok_or((400, "INVALID_ARGUMENT"))?;
        if let Some(planned) = self.planned.lock().unwrap().pop_front() {
            return Ok(planned);
        }
        let device = body["message"]["token"].as_str().unwrap_or_default();
        if self.gone.lock().unwrap().iter().any(|one| one == device) {
            return Err((404, "UNREGISTERED"));
        }
        self.taken.lock().unwrap().push(body["message"].clone());
        let name = format!("projects/{PROJECT}/messages/1");
        Ok(Verdict::of(200, json!({ "name": name })))
    }
}

/// Whether nothing is in it that is not documented, or in another form.
fn is_message(body: &Value) -> bool {
    let has_only = |value: &Value, names: &[&str]| {
        let object = value.as_object();
        object.is_some_and(|object| object.keys().all(|name| names.contains(&name.as_str())))
    };
    let message = &body["message"];
    let (android, apns) = (&message["android"], &message["apns"]);
    let ttl = android["ttl"].as_str().and_then(|ttl| ttl.strip_suffix('s')?.parse::<u64>().ok());
    let is_data = message["data"].as_object().is_some_and(|data| {
        data.iter().all(|(key, value)| {
            let reserved = key == "from" || key == "message_type";
            !reserved
                && !key.starts_with("google.")
                && !key.starts_with("gcm.")
                && value.is_string()
        })
    });
    let is_notification = message["notification"].is_null()
        || has_only(&message["notification"], &["title", "body"])
            && message["notification"]["body"].is_string()
            && !message["notification"]
                .as_object()
                .is_some_and(|all| all.values().any(Value::is_null));
    let headers = &apns["headers"];
    has_only(body, &["message"])
        && has_only(message, &["token", "data", "notification", "android", "apns"])
        && message["token"].as_str().is_some_and(|token| !token.is_empty())
        && has_only(android, &["priority", "ttl", "collapse_key", "notification"])
        && matches!(android["priority"].as_str(), Some("HIGH" | "NORMAL"))
        && ttl.is_some_and(|ttl| ttl <= 2_419_200)
        && has_only(apns, &["headers", "payload"])
        && headers.as_object().is_some_and(|all| all.values().all(Value::is_string))
        && (headers["apns-push-type"] == "alert") == message["notification"].is_object()
        && is_data
        && is_notification
}
