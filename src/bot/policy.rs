//! Which bots there are, as plain values.

use crate::bot::retry::pause;
use crate::webhook::actor::Address;
use std::time::Duration;

/// What the work around all attempts may take.
const MARGIN: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct BotPolicy {
    /// What people see of it, unless its workflow says otherwise.
    pub nickname: String,
    pub means: Means,
}

/// How a bot is reached.
#[derive(Clone)]
pub enum Means {
    Webhook(WebhookPolicy),
    /// It is played here.
    Sample(Sample),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    Echo,
    Greeter,
}

#[derive(Clone)]
pub struct WebhookPolicy {
    pub address: Address,
    pub attempts: u32,
    pub retry_delay: Duration,
}

impl BotPolicy {
    /// After this long a report that nobody answered for is lost, and made again.
    pub fn patience(&self) -> Duration {
        match &self.means {
            Means::Webhook(webhook) => {
                let pauses = (1..webhook.attempts).map(|n| pause(n, webhook.retry_delay));
                webhook.address.timeout * webhook.attempts + pauses.sum::<Duration>() + MARGIN
            }
            Means::Sample(_) => MARGIN,
        }
    }
}
