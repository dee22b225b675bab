//! The document that a receiver gets: `{"message": …, "deviceId": …}`, as the guide's servers write it.

use crate::base::{Millis, SessionId};
use crate::chat::push::{PushNote, Subscription, Told};
use crate::chat::transcript::View;
use crate::config::PushContent;
use crate::edge::rest_v2::keys::{Bearer, Channel, Keys};
use crate::edge::rest_v2::wire::messages;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Where receivers once found a session and its customer.
const DEPRECATED: &str = "deprecated";

/// Writes pushes of this node.
pub struct Writer {
    /// `flex-push-content`
    pub content: Vec<PushContent>,
    /// Makes keys for those who may have them; nothing where there is no key to make them of.
    pub keys: Option<Keys>,
    /// This node, as customers name it.
    pub alias: String,
    /// `show-monitoring-to-customer`
    pub tells_monitoring: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Value>,
    device_id: &'a str,
}

impl Writer {
    pub fn write(
        &self,
        session: &SessionId,
        note: &PushNote,
        now: Millis,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let message = if note.subscription.has_payload {
            Some(self.message(session, note, now)?)
        } else {
            None
        };
        serde_json::to_vec(&Document { message, device_id: &note.subscription.device })
    }

    fn message(
        &self,
        session: &SessionId,
        note: &PushNote,
        now: Millis,
    ) -> Result<Value, serde_json::Error> {
        let messages = match &note.told {
            Told::Event(line) => serde_json::to_value(messages(&View {
                lines: vec![(**line).clone()],
                live: vec![],
                next: note.next,
                is_over: note.is_over,
                is_monitored: note.is_monitored,
            }))?,
            Told::Reminder { attempt, from, .. } => {
                let mut data = self.identity(session, note, now);
                let position = from.map_or_else(|| "-1".to_owned(), |from| from.0.to_string());
                data.insert("notify-attempt".into(), attempt.to_string().into());
                data.insert("notify-position".into(), position.into());
                json!([{
                    "from": { "nickname": "", "participantId": 0, "type": "Client" },
                    "index": 0,
                    "type": "PushUrl",
                    "text": "PUSH-NOTIFICATION",
                    "utcTime": note.at.0,
                    "userData": data,
                }])
            }
        };
        Ok(json!({
            "statusCode": 0,
            "chatId": DEPRECATED,
            "userId": DEPRECATED,
            "secureKey": self.cometd_key(session, note, now).unwrap_or_default(),
            "alias": "0",
            "messages": messages,
            "chatEnded": note.is_over,
            "nextPosition": note.next.0,
            "monitored": self.tells_monitoring && note.is_monitored,
        }))
    }

    /// What one needs to ask in the customer's name, as far as it is to be told.
    pub(super) fn identity(
        &self,
        session: &SessionId,
        note: &PushNote,
        now: Millis,
    ) -> Map<String, Value> {
        let mut data = Map::new();
        for content in &self.content {
            let (name, value) = match content {
                PushContent::SessionId => ("session-id", Some(session.0.clone())),
                PushContent::UserId => ("user-id", Some(note.user.0.clone())),
                PushContent::AppDbid => ("app-dbid", Some(self.alias.clone())),
                PushContent::SecureKey => {
                    let channel = (Channel::Rest, None);
                    ("secure-key", self.key(session, note, (channel, now)))
                }
            };
            data.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        data
    }

    /// The key of those who came over CometD, if receivers may have keys. It names its chat itself.
    pub(super) fn cometd_key(
        &self,
        session: &SessionId,
        note: &PushNote,
        now: Millis,
    ) -> Option<String> {
        let is_told = self.content.contains(&PushContent::SecureKey);
        let Subscription { has_connection, channel, .. } = &note.subscription;
        let service =
            channel.as_deref().map(|channel| channel.rsplit('/').next().unwrap_or(channel));
        let channel = (Channel::Cometd, service.map(str::to_owned));
        (is_told && *has_connection).then(|| self.key(session, note, (channel, now)))?
    }

    fn key(
        &self,
        session: &SessionId,
        note: &PushNote,
        ((channel, service), now): ((Channel, Option<String>), Millis),
    ) -> Option<String> {
        let bearer = Bearer {
            session: session.clone(),
            user: note.user.clone(),
            participant: note.who,
            channel,
            service,
        };
        self.keys.as_ref()?.seal(&bearer, now).ok()
    }
}

#[cfg(test)]
pub(in crate::edge::push) mod tests;
