//! Apple's push service, as strict as it is documented: what is not as it should be is refused with the
//! reason that it has for that.

use super::provider::{Asked, Judge, Provider, Verdict};
use super::token::Signer;
use holdfast::base::Clock;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub const TEAM: &str = "TEAM123456";
pub const TOPIC: &str = "com.example.chat";

/// Apple takes no larger ones.
const LARGEST: usize = 4_096;
const HOUR: u64 = 3_600;
const TWENTY_MINUTES: u64 = 1_200;

pub struct Apple {
    pub provider: Provider,
    pub signer: Arc<Signer>,
    office: Arc<Office>,
}

/// What it remembers.
#[derive(Default)]
struct Office {
    /// The newest token, and when it says it was made.
    token: Mutex<Option<(String, u64)>>,
    taken: Mutex<Vec<Push>>,
    refused: Mutex<Vec<String>>,
    /// What the next requests are answered although nothing is wrong with them.
    planned: Mutex<VecDeque<Verdict>>,
    gone: Mutex<Vec<String>>,
}

/// A push as it reached a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    pub device: String,
    pub kind: String,
    pub expiration: u64,
    pub collapse_id: String,
    pub token: String,
    pub body: Value,
}

impl Apple {
    pub async fn start(clock: &Arc<dyn Clock>) -> Self {
        Self::knowing(Arc::new(Signer::of_apple("KEY1234567")), clock).await
    }

    /// Another one that the same keys are good for, as with the sandbox.
    pub async fn beside(&self, clock: &Arc<dyn Clock>) -> Self {
        Self::knowing(self.signer.clone(), clock).await
    }

    async fn knowing(signer: Arc<Signer>, clock: &Arc<dyn Clock>) -> Self {
        let office = Arc::<Office>::default();
        let (judging, checking, clock) = (office.clone(), signer.clone(), clock.clone());
        let judge: Judge = Arc::new(move |asked: &Asked| {
            let judged = judging.judge(asked, &checking, clock.now().seconds());
            judged.unwrap_or_else(|(status, reason)| {
                judging.refused.lock().unwrap().push(reason.to_owned());
                refusal(status, reason)
            })
        });
        Self { provider: Provider::start(judge).await, signer, office }
    }

    /// The next request is answered so, even if nothing is wrong with it.
    pub fn plans(&self, verdict: Verdict) {
        self.office.planned.lock().unwrap().push_back(verdict);
    }

    /// Nobody has this device any more.
    pub fn forgets(&self, device: &str) {
        self.office.gone.lock().unwrap().push(device.to_owned());
    }

    pub fn taken(&self) -> Vec<Push> {
        self.office.taken.lock().unwrap().clone()
    }

    /// Reasons of refusals, in their order.
    pub fn refused(&self) -> Vec<String> {
        self.office.refused.lock().unwrap().clone()
    }
}

pub fn refusal(status: u16, reason: &str) -> Verdict {
    Verdict::of(status, json!({ "reason": reason }))
}

type No = (u16, &'static str);

impl Office {
    fn judge(&self, asked: &Asked, signer: &Signer, now: u64) -> Result<Verdict, No> {
        if asked.method != "POST" {
            return Err((405, "MethodNotAllowed"));
        }
        let device = asked.path.strip_prefix("/3/device/").ok_or((404, "BadPath"))?;
        let token = self.check_token(asked, signer, now)?;
        let (kind, expiration, collapse_id) = check_headers(asked, now)?;
        if device.len() != 64 || !device.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err((400, "BadDeviceToken"));
        }
        let body = check_payload(asked, &kind)?;
        if let Some(planned) = self.planned.lock().unwrap().pop_front() {
            return Ok(planned);
        }
        if self.gone.lock().unwrap().iter().any(|one| one == device) {
            return Err((410, "Unregistered"));
        }
        let device = device.to_owned();
        let push = Push { device, kind, expiration, collapse_id, token, body };
        self.taken.lock().unwrap().push(push);
        Ok(Verdict { status: 200, ..Verdict::default() })
    }

    fn check_token(&self, asked: &Asked, signer: &Signer, now: u64) -> Result<String, No> {
        let header = asked.header("authorization").ok_or((403, "MissingProviderToken"))?;
        let invalid = (403, "InvalidProviderToken");
        let token = header.strip_prefix("bearer ").ok_or(invalid)?;
        let claims = signer.claims(token).ok_or(invalid)?;
        let made_at = claims["iat"].as_u64().ok_or(invalid)?;
        if claims != json!({ "iss": TEAM, "iat": made_at }) || now < made_at {
            return Err(invalid);
        }
        if HOUR < now - made_at {
            return Err((403, "ExpiredProviderToken"));
        }
        let mut known = self.token.lock().unwrap();
        if let Some((newest, at)) = &*known
            && newest != token
            && made_at < at + TWENTY_MINUTES
        {
            return Err((429, "TooManyProviderTokenUpdates"));
        }
        *known = Some((token.to_owned(), made_at));
        Ok(token.to_owned())
    }
}

fn check_headers(asked: &Asked, now: u64) -> Result<(String, u64, String), No> {
    const KNOWN: [&str; 5] =
        ["apns-topic", "apns-push-type", "apns-priority", "apns-expiration", "apns-collapse-id"];
    let names = asked.headers.keys().map(http::HeaderName::as_str);
    let strange = names.filter(|name| name.starts_with("apns-") && !KNOWN.contains(name));
    assert_eq!(strange.collect::<Vec<_>>(), [""; 0]);
    if asked.header("apns-topic").ok_or((400, "MissingTopic"))? != TOPIC {
        return Err((400, "TopicDisallowed"));
    }
    let kind = asked.header("apns-push-type").ok_or((400, "InvalidPushType"))?;
    match (kind, asked.header("apns-priority")) {
        ("alert", Some("10" | "5")) | ("background", Some("5")) => {}
        ("alert" | "background", _) => return Err((400, "BadPriority")),
        _ => return Err((400, "InvalidPushType")),
    }
    let expiration = asked.header("apns-expiration").and_then(|value| value.parse().ok());
    let expiration = expiration.filter(|at| now <= *at).ok_or((400, "BadExpirationDate"))?;
    let collapse_id = asked.header("apns-collapse-id").ok_or((400, "BadCollapseId"))?;
    if collapse_id.is_empty() || 64 < collapse_id.len() {
        return Err((400, "BadCollapseId"));
    }
    Ok((kind.to_owned(), expiration, collapse_id.to_owned()))
}

fn check_payload(asked: &Asked, kind: &str) -> Result<Value, No> {
    if LARGEST < asked.body.len() {
        return Err((413, "PayloadTooLarge"));
    }
    let body = asked.json().ok_or((400, "PayloadEmpty"))?;
    let is_shown = body["aps"]["alert"]["body"].as_str().is_some_and(|text| !text.is_empty());
    let is_background = body["aps"] == json!({ "content-available": 1 });
    let fits = if kind == "alert" { is_shown } else { is_background };
    if fits { Ok(body) } else { Err((400, "PayloadEmpty")) }
}
