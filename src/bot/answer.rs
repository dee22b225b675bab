//! What a bot answers: a list of actions, or nothing.

use crate::base::UserData;
use crate::base::loose::Loose;
use crate::chat::bots::Act;
use crate::chat::command::NoticeWish;
use serde::{Deserialize, Serialize};

/// More at a time are a bot's mistake.
const MOST_ACTIONS: usize = 20;

/// Whose rules a structured message keeps, unless the bot says otherwise.
const ORIGIN: &str = "genesys-chat";

/// What a bot does about what it was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub acts: Vec<Act>,
    /// Whether people are shown afterwards that it is writing. Nothing of it is stored.
    pub is_typing: bool,
}

/// An answer that is not carried out, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAnswer(pub String);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
enum Action {
    #[serde(rename_all = "camelCase")]
    Say {
        text: String,
        #[serde(default)]
        message_type: Option<String>,
        #[serde(default)]
        attributes: Loose,
        #[serde(default)]
        structured_content: Option<Structured>,
    },
    #[serde(rename_all = "camelCase")]
    Notice {
        #[serde(default)]
        url: Option<String>,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        message_type: Option<String>,
        #[serde(default)]
        data: Loose,
    },
    Typing {},
    #[serde(rename_all = "camelCase")]
    Attach {
        user_data: Loose,
    },
    HandOver {},
    Leave {
        #[serde(default)]
        result: String,
    },
}

/// A message as the customer's channel shows it; its text is for those who cannot.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Structured {
    #[serde(default)]
    origin: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    content: serde_json::Value,
}

/// Reads the body of an answer. An empty one does nothing.
pub fn read(body: &[u8]) -> Result<Reply, BadAnswer> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Ok(Reply::default());
    }
    if !body.starts_with(b"{") {
        return Err(BadAnswer("the answer is no JSON object".into()));
    }
    let Answer { actions } = serde_json::from_slice(body)
        .map_err(|error| BadAnswer(format!("the answer does not fit: {error}")))?;
    if MOST_ACTIONS < actions.len() {
        return Err(BadAnswer(format!("the answer has more than {MOST_ACTIONS} actions")));
    }
    let mut reply = Reply::default();
    for action in actions {
        // Who has spoken no longer types.
        match act(action)? {
            None => reply.is_typing = true,
            Some(act) => {
                reply.is_typing &= !matches!(act, Act::Say { .. });
                reply.acts.push(act);
            }
        }
    }
    Ok(reply)
}

/// Nothing for one that only types.
fn act(action: Action) -> Result<Option<Act>, BadAnswer> {
    Ok(Some(match action {
        Action::Typing {} => return Ok(None),
        Action::Say {
            text,
            message_type,
            attributes: Loose(mut attributes),
            structured_content,
        } => {
            if let Some(structured) = structured_content {
                if text.trim().is_empty() {
                    let why = "a structured message needs a text for those who cannot show it";
                    return Err(BadAnswer(why.into()));
                }
                attributes.set("structured-content", structured.attributes());
            }
            Act::Say { text, message_type, attributes }
        }
        Action::Notice { url: Some(url), .. } => {
            Act::Notice { notice: NoticeWish::PushUrl(url), attributes: UserData::default() }
        }
        Action::Notice { url: None, text, message_type, data: Loose(data) } => {
            let notice = NoticeWish::Custom { text, message_type, data };
            Act::Notice { notice, attributes: UserData::default() }
        }
        Action::Attach { user_data: Loose(added) } => Act::Attach(added),
        Action::HandOver {} => Act::HandOver,
        Action::Leave { result } => Act::Leave { result },
    }))
}

impl Structured {
    /// As the guide's event attributes have it.
    fn attributes(self) -> UserData {
        let content = match self.content.as_str() {
            Some(text) => text.to_owned(),
            None => self.content.to_string(),
        };
        let mut inner = UserData::default().with("content", content);
        if let Some(kind) = self.kind {
            inner.set("type", kind);
        }
        UserData::default().with(self.origin.unwrap_or_else(|| ORIGIN.to_owned()), inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_understood() {
        let answer = r#"{"actions": [
            {"do": "say", "text": "hello", "messageType": "text", "attributes": {"a": 1}},
            {"do": "say", "text": "Yes or no?", "structuredContent": {"content": {"quick": []}}},
            {"do": "notice", "url": "https://example.com"},
            {"do": "notice", "text": "ringing", "data": {"k": "v"}},
            {"do": "attach", "userData": {"Topic": "invoice"}},
            {"do": "handOver"},
            {"do": "leave", "result": "Success"}
        ]}"#;

        let Reply { acts, is_typing } = read(answer.as_bytes()).unwrap();

        let content = UserData::default().with("content", r#"{"quick":[]}"#);
        let rich = UserData::default()
            .with("structured-content", UserData::default().with("genesys-chat", content));
        let say = |text: &str, message_type: Option<&str>, attributes| Act::Say {
            text: text.into(),
            message_type: message_type.map(str::to_owned),
            attributes,
        };
        let notice = |notice| Act::Notice { notice, attributes: UserData::default() };
        let custom = NoticeWish::Custom {
            text: Some("ringing".into()),
            message_type: None,
            data: UserData::default().with("k", "v"),
        };
        assert!(!is_typing);
        assert_eq!(
            acts,
            [
                say("hello", Some("text"), UserData::default().with("a", 1_i64)),
                say("Yes or no?", None, rich),
                notice(NoticeWish::PushUrl("https://example.com".into())),
                notice(custom),
                Act::Attach(UserData::default().with("Topic", "invoice")),
                Act::HandOver,
                Act::Leave { result: "Success".into() },
            ]
        );
    }

    #[test]
    fn nothing_to_do_may_be_said_in_three_ways() {
        for empty in ["", "{}", r#"{"actions": []}"#] {
            assert_eq!(read(empty.as_bytes()), Ok(Reply::default()), "{empty}");
        }
    }

    #[test]
    fn who_types_is_shown_to_until_it_speaks() {
        let typing = r#"{"do": "typing"}"#;
        let say = r#"{"do": "say", "text": "hello"}"#;
        let attach = r#"{"do": "attach", "userData": {"Topic": "invoice"}}"#;
        let is_typing = |actions: &[&str]| {
            let answer = format!(r#"{{"actions": [{}]}}"#, actions.join(","));
            read(answer.as_bytes()).unwrap().is_typing
        };

        assert!(is_typing(&[typing]));
        assert!(is_typing(&[say, typing, attach]));
        assert!(!is_typing(&[typing, say]));
        assert!(!is_typing(&[say]));
    }

    #[test]
    fn what_is_not_understood_whole_is_not_carried_out_in_part() {
        let too_many = vec![r#"{"do": "handOver"}"#; MOST_ACTIONS + 1].join(",");
        for bad in [
            "hello",
            "[]",
            r#"{"action": []}"#,
            r#"{"actions": [{"do": "say", "text": "x"}, {"do": "dance"}]}"#,
            r#"{"actions": [{"do": "say", "text": "x", "visibilty": "INT"}]}"#,
            r#"{"actions": [{"do": "typing", "text": "x"}]}"#,
            r#"{"actions": [{"do": "say", "text": " ", "structuredContent": {"content": {}}}]}"#,
            &format!(r#"{{"actions": [{too_many}]}}"#),
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
