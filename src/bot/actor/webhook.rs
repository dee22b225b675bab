//! Asks a bot over HTTP: the same document, signed anew, until it answers or has been asked often
//! enough.

use crate::base::Clock;
use crate::base::error_chain::Chain;
use crate::bot::answer::{self, BadAnswer, Reply};
use crate::bot::delivery::Delivery;
use crate::bot::policy::WebhookPolicy;
use crate::bot::retry::{Verdict, pause, verdict};
use crate::bot::signature::{HEADER, sign};
use crate::telemetry::meters;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect;
use std::sync::Arc;

/// Names the delivery, so that a bot may ignore what it has answered before.
const DELIVERY: &str = "Holdfast-Delivery";
const ATTEMPT: &str = "Holdfast-Attempt";

/// Longer answers are cut off and refused.
const LONGEST_ANSWER: usize = 256 * 1024;

const AGENT: &str = concat!("holdfast/", env!("CARGO_PKG_VERSION"));

/// The way to one bot.
pub struct Webhook {
    client: reqwest::Client,
    policy: WebhookPolicy,
    clock: Arc<dyn Clock>,
}

/// Why a bot did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("no answer after {attempts} attempts: {last}")]
    Silent { attempts: u32, last: String },
    #[error("the bot refused with status {0}")]
    Refused(u16),
    #[error(transparent)]
    Bad(#[from] BadAnswer),
}

/// What one attempt came to.
enum Attempt {
    Answered(Vec<u8>),
    Failed(String),
    Refused(u16),
}

impl Webhook {
    pub fn new(policy: WebhookPolicy, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(policy.timeout)
            .build()?;
        Ok(Self { client, policy, clock })
    }

    /// What the bot does about a delivery.
    pub async fn ask(&self, delivery: &Delivery) -> Result<Reply, Unanswered> {
        let body = serde_json::to_vec(delivery)
            .map_err(|error| BadAnswer(format!("the delivery cannot be written: {error}")))?;
        let attempts = self.policy.attempts.max(1);
        let mut last = String::new();
        for attempt in 1..=attempts {
            match self.attempt(&delivery.delivery, attempt, body.clone()).await {
                Attempt::Answered(body) => return Ok(answer::read(&body)?),
                Attempt::Refused(status) => return Err(Unanswered::Refused(status)),
                Attempt::Failed(why) => {
                    tracing::debug!(delivery = delivery.delivery, attempt, why, "a bot is silent");
                    last = why;
                }
            }
            if attempt < attempts {
                meters().bot_retries.increment(1);
                tokio::time::sleep(pause(attempt, self.policy.retry_delay)).await;
            }
        }
        Err(Unanswered::Silent { attempts, last })
    }

    async fn attempt(&self, delivery: &str, attempt: u32, body: Vec<u8>) -> Attempt {
        let signature = sign(&self.policy.secret, self.clock.now().seconds(), &body);
        let request = self.client.post(&self.policy.url);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header(HEADER, signature)
            .header(DELIVERY, delivery)
            .header(ATTEMPT, attempt.to_string());
        let response = match request.body(body).send().await {
            Ok(response) => response,
            Err(error) => return Attempt::Failed(why(error)),
        };
        let status = response.status().as_u16();
        match verdict(status) {
            Verdict::Again => Attempt::Failed(format!("status {status}")),
            Verdict::Refused => Attempt::Refused(status),
            Verdict::Answered => match read(response).await {
                Ok(body) => Attempt::Answered(body),
                Err(error) => Attempt::Failed(why(error)),
            },
        }
    }
}

/// The body, or more than it may have.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if LONGEST_ANSWER < body.len() {
            break;
        }
    }
    Ok(body)
}

/// Without the address: it may carry a token.
fn why(error: reqwest::Error) -> String {
    Chain(&error.without_url()).to_string()
}
