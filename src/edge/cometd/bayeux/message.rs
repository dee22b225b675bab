//! What clients send: one message, or several at once, in whatever form it was carried. How many and
//! how deep is bounded before anything of it is understood.

use crate::chat::event::EventId;
use crate::edge::rest_v2::json::Member;
use serde::Deserialize;
use serde_json::Value as Json;
use std::time::Duration;

/// Messages at once. More are refused together.
pub const MOST_MESSAGES: usize = 64;

/// How deep lists and objects may lie in one another.
const DEEPEST: usize = 32;

const TRANSCRIPT_POSITION: &str = "transcriptPosition";

/// One message. What is not there may be needed, which whoever answers it says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Incoming {
    pub channel: String,
    /// Comes back with the answer, whatever it is.
    pub id: Option<Json>,
    pub client_id: Option<String>,
    pub version: Option<String>,
    pub supported_connection_types: Vec<String>,
    pub connection_type: Option<String>,
    pub advice: Option<ClientAdvice>,
    pub subscription: Option<Subscription>,
    pub data: Option<Member>,
    pub ext: Option<Json>,
    /// From where on a client that goes would go on; some put it among the extensions.
    pub transcript_position: Option<Json>,
}

/// What a client wishes for one connect.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientAdvice {
    /// In milliseconds.
    pub timeout: Option<f64>,
}

/// One channel or several, and the answer repeats it in the same form.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum Subscription {
    One(String),
    Many(Vec<String>),
}

/// Why nothing of it is answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("these are no Bayeux messages: {0}")]
    Malformed(String),
    #[error("lists and objects lie at most {DEEPEST} deep in one another")]
    TooDeep,
    #[error("at most {MOST_MESSAGES} messages come at once")]
    TooMany,
}

/// Reads messages in their order. A message alone needs no list around it.
pub fn read(text: &[u8]) -> Result<Vec<Incoming>, Unreadable> {
    if DEEPEST < depth(text) {
        return Err(Unreadable::TooDeep);
    }
    let malformed = |error: serde_json::Error| Unreadable::Malformed(error.to_string());
    let is_alone = text.trim_ascii_start().first() == Some(&b'{');
    let messages: Vec<Incoming> = if is_alone {
        vec![serde_json::from_slice(text).map_err(malformed)?]
    } else {
        serde_json::from_slice(text).map_err(malformed)?
    };
    if MOST_MESSAGES < messages.len() { Err(Unreadable::TooMany) } else { Ok(messages) }
}

impl Incoming {
    /// The number of the last batch that the client has, if it says so (the acknowledgement extension). Many
    /// count from -1 on, and say that until they were told a number: they have nothing yet.
    pub fn acknowledged(&self) -> Option<u64> {
        let ack = self.ext.as_ref()?.get("ack")?;
        ack.as_u64().or_else(|| ack.as_i64().map(|_| 0))
    }

    /// Whether the client asks for that extension when it shakes hands.
    pub fn wants_acknowledgements(&self) -> bool {
        let ack = self.ext.as_ref().and_then(|ext| ext.get("ack"));
        ack.is_some_and(|ack| {
            ack == &Json::Bool(true) || ack.get("enabled") == Some(&Json::Bool(true))
        })
    }

    /// What the client has seen, if it says so: apps that go to sleep do.
    pub fn seen(&self) -> Option<EventId> {
        let among = self.ext.as_ref().and_then(|ext| ext.get(TRANSCRIPT_POSITION));
        let position = among.or(self.transcript_position.as_ref())?;
        let position = match position.as_str() {
            Some(text) => text.trim().parse().ok()?,
            None => position.as_u64()?,
        };
        Some(EventId(position.saturating_sub(1)))
    }

    /// How long the client lets this connect be held at most.
    pub fn timeout(&self) -> Option<Duration> {
        let millis = self.advice?.timeout?;
        Some(Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default())
    }
}

impl Subscription {
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// How deep it gets, as far as brackets outside of texts tell.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(
            text in prop_oneof![
                "\\PC{0,60}",
                r#"[\[\]{}",:0-9a-z\\]{0,60}"#,
                r#"\[(\{"(channel|id|data|ext|advice|subscription)": ?("/meta/connect"|[0-9]{1,20}|\[\]|\{"ack":[0-9]\}|null)\},?){0,4}\]"#,
            ],
        ) {
            if let Ok(messages) = read(text.as_bytes()) {
                prop_assert!(messages.len() <= MOST_MESSAGES);
                for message in &messages {
                    let _ = (message.acknowledged(), message.timeout(), message.wants_acknowledgements());
                }
            }
        }
    }

    #[test]
    fn a_message_may_come_alone_or_among_others() {
        let alone = read(br#" {"channel": "/a", "id": 7}"#).unwrap();
        let among = read(br#"[{"channel": "/a"}, {"channel": "/b", "unknown": [1]}]"#).unwrap();

        assert_eq!((alone[0].channel.as_str(), &alone[0].id), ("/a", &Some(Json::from(7))));
        assert_eq!(among.iter().map(|one| one.channel.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
    }

    #[test]
    fn what_is_too_much_too_deep_or_no_message_is_refused_as_a_whole() {
        let many = format!("[{}{{}}]", "{},".repeat(MOST_MESSAGES));
        let deep = format!(r#"[{{"data": {}1{}}}]"#, "[".repeat(40), "]".repeat(40));
        let deep_text = format!(r#"[{{"channel": "\"{}"}}]"#, "[".repeat(40));

        assert_eq!(read(many.as_bytes()).unwrap_err(), Unreadable::TooMany);
        assert_eq!(read(deep.as_bytes()).unwrap_err(), Unreadable::TooDeep);
        assert!(read(deep_text.as_bytes()).is_ok());
        for bad in [
            "",
            "[",
            "3",
            r#"[{"channel": 3}]"#,
            r#"[{"channel": "/a", "channel": "/b"}]"#,
            "[\"\u{fffd}\"]",
        ] {
            assert!(matches!(read(bad.as_bytes()), Err(Unreadable::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn both_forms_of_the_acknowledgement_extension_are_understood() {
        let message =
            |ext: &str| read(format!(r#"[{{"ext": {ext}}}]"#).as_bytes()).unwrap().remove(0);

        assert!(message(r#"{"ack": true}"#).wants_acknowledgements());
        assert!(message(r#"{"ack": {"enabled": true}}"#).wants_acknowledgements());
        assert!(!message(r#"{"ack": false}"#).wants_acknowledgements());
        assert_eq!(message(r#"{"ack": 3}"#).acknowledged(), Some(3));
        assert_eq!(message(r#"{"ack": -1}"#).acknowledged(), Some(0), "nothing yet");
        assert_eq!(message("{}").acknowledged(), None);
    }

    #[test]
    fn a_client_that_goes_may_say_in_several_ways_what_it_has_seen() {
        for (text, seen) in [
            (r#"{"ext": {"transcriptPosition": "1002"}}"#, Some(EventId(1_001))),
            (r#"{"ext": {"transcriptPosition": 1002}}"#, Some(EventId(1_001))),
            (r#"{"transcriptPosition": "1"}"#, Some(EventId(0))),
            (r#"{"transcriptPosition": "soon", "ext": {"ack": 1}}"#, None),
            (r#"{"transcriptPosition": -1}"#, None),
            ("{}", None),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap()[0].seen(), seen, "{text}");
        }
    }

    #[test]
    fn a_client_names_its_timeout_in_milliseconds() {
        let timeout = |text: &str| {
            let message = format!(r#"[{{"advice": {{"timeout": {text}}}}}]"#);
            read(message.as_bytes()).unwrap()[0].timeout().map(|span| span.as_millis())
        };

        assert_eq!((timeout("0"), timeout("1500"), timeout("-1")), (Some(0), Some(1_500), Some(0)));
    }
}
