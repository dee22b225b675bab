//! What goes to clients, as text. A message is written once, where it is made, and only put together
//! with others afterwards.

use crate::edge::cometd::bayeux::channel::{Channel, Meta};
use crate::edge::cometd::bayeux::message::{Incoming, Subscription};
use crate::edge::cometd::bayeux::terms::Terms;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// One message as it goes out.
pub type Text = Arc<str>;

/// The answer to one message. What is empty is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply<'a> {
    pub channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a Json>,
    pub successful: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supported_connection_types: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<&'a Subscription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Json>,
}

/// What a client is to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Advice {
    pub reconnect: Reconnect,
    /// Milliseconds to wait before that.
    pub interval: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    #[serde(rename = "maxInterval", skip_serializing_if = "Option::is_none")]
    pub max_interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiple_clients: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reconnect {
    #[default]
    Retry,
    Handshake,
    None,
}

impl<'a> Reply<'a> {
    pub fn done(message: &'a Incoming) -> Self {
        Self { successful: true, ..Self::to(message) }
    }

    /// A refusal, in words of the form `code:arguments:text`.
    pub fn refused(message: &'a Incoming, error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::to(message) }
    }

    /// The client is not known here, or not any more. Only where a client acts upon it is it told what
    /// to do: advice counts from then on, and a late answer to something else would spoil the next
    /// handshake.
    pub fn unknown_client(message: &'a Incoming) -> Self {
        let is_connect = Channel::of(&message.channel) == Channel::Meta(Meta::Connect);
        let advice = is_connect.then(|| Advice::handshake(Duration::ZERO));
        Self { advice, ..Self::refused(message, "402::Unknown client") }
    }

    fn to(message: &'a Incoming) -> Self {
        Self { channel: &message.channel, id: message.id.as_ref(), ..Self::default() }
    }

    pub fn into_text(self) -> Text {
        text_of(&self)
    }
}

impl Advice {
    /// What is agreed.
    pub fn of(terms: &Terms) -> Self {
        Self {
            reconnect: Reconnect::Retry,
            interval: millis(terms.interval),
            timeout: Some(millis(terms.timeout)),
            max_interval: Some(millis(terms.max_interval)),
            multiple_clients: None,
        }
    }

    /// Another client of the same browser is waiting already.
    pub fn multiple_clients(terms: &Terms) -> Self {
        let interval = millis(terms.multi_session_interval);
        Self { interval, multiple_clients: Some(true), ..Self::of(terms) }
    }

    pub fn handshake(interval: Duration) -> Self {
        Self { reconnect: Reconnect::Handshake, interval: millis(interval), ..Self::default() }
    }

    pub fn none() -> Self {
        Self { reconnect: Reconnect::None, ..Self::default() }
    }
}

/// Something new on a channel.
pub fn delivery(channel: &str, data: &impl Serialize) -> Text {
    text_of(&json!({ "channel": channel, "data": data }))
}

/// Messages as one list.
pub fn list(messages: &[Text]) -> String {
    let n_bytes = messages.iter().map(|one| one.len() + 1).sum::<usize>();
    let mut text = String::with_capacity(n_bytes + 2);
    text.push('[');
    for (idx, message) in messages.iter().enumerate() {
        if 0 < idx {
            text.push(',');
        }
        text.push_str(message);
    }
    text.push(']');
    text
}

/// What is written here are texts, numbers and lists of them, which always can be.
fn text_of(message: &impl Serialize) -> Text {
    serde_json::to_string(message).unwrap_or_default().into()
}

pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
