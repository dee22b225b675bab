//! Asks a bot over HTTP: the same document, signed anew, until it answers or has been asked often
//! enough.

use crate::base::Clock;
use crate::bot::answer::{self, BadAnswer, Reply};
use crate::bot::delivery::Delivery;
use crate::bot::policy::WebhookPolicy;
use crate::bot::retry::pause;
use crate::telemetry::meters;
use crate::webhook::{Messenger, Reaction};
use std::sync::Arc;

/// The way to one bot.
pub struct Webhook {
    messenger: Messenger,
    policy: WebhookPolicy,
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

impl Webhook {
    pub fn new(policy: WebhookPolicy, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let messenger = Messenger::new(policy.address.clone(), clock)?;
        Ok(Self { messenger, policy })
    }

    /// What the bot does about a delivery.
    pub async fn ask(&self, delivery: &Delivery) -> Result<Reply, Unanswered> {
        let body = serde_json::to_vec(delivery)
            .map_err(|error| BadAnswer(format!("the delivery cannot be written: {error}")))?;
        let attempts = self.policy.attempts.max(1);
        let mut last = String::new();
        for attempt in 1..=attempts {
            match self.messenger.tell(&delivery.delivery, attempt, body.clone()).await {
                Reaction::Answered(body) => return Ok(answer::read(&body)?),
                Reaction::Refused(status) => return Err(Unanswered::Refused(status)),
                Reaction::Failed(why) => {
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
}
