//! Who looks on changes nothing: of two chats with the same words, one of them watched, the customer
//! gets the same, byte for byte, but for what differs between any two chats: times, and the names
//! and numbers of chats, people and events.

use super::{Book, Check, Terms};
use crate::cli::centre::journal::{CustomerLog, Journal};
use crate::cli::centre::plan::Act;
use crate::cli::torture::mark::{self, Read};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub fn check(journal: &Journal, terms: Terms, book: &mut Book) {
    let twin = |act: Act, pair: u32| {
        let mut twins = journal.customers.iter().filter(move |one| one.plan.act == act);
        twins.find(|one| one.plan.pair == pair && !one.answers.is_empty())
    };
    let watched = journal.customers.iter().filter(|one| one.plan.act == Act::TwinWatched);
    let mut n_compared = 0;
    for watched in watched.filter(|one| !one.answers.is_empty()) {
        let Some(alone) = twin(Act::TwinAlone, watched.plan.pair) else { continue };
        n_compared += 1;
        let (one, other) = (shown(alone), shown(watched));
        book.examined(Check::Unseen, one.len() as u64);
        if let Some(difference) = difference(&one, &other) {
            let session = watched.session.clone().unwrap_or_default();
            book.broken(Check::Unseen, || format!("{session}: {difference}"));
        }
    }
    if n_compared == 0 && !terms.is_disturbed {
        book.not_checked(Check::Unseen, "no two twins came to the end with one agent each");
    }
}

fn difference(alone: &[String], watched: &[String]) -> Option<String> {
    for (at, one) in alone.iter().enumerate() {
        match watched.get(at) {
            Some(other) if one == other => {}
            Some(other) => return Some(format!("watched, he is shown {other}, alone {one}")),
            None => return Some(format!("watched, he is not shown {one}")),
        }
    }
    watched.get(alone.len()).map(|more| format!("watched, he is also shown {more}"))
}

/// Everything a customer was shown, in a form that is the same for the same chat: first what stood
/// around the events, each kind of it once, then the events.
fn shown(customer: &CustomerLog) -> Vec<String> {
    let mut names = Names::default();
    let mut around = vec![];
    let mut events = BTreeMap::new();
    for answer in &customer.answers {
        let Ok(Value::Object(mut answer)) = serde_json::from_slice::<Value>(answer) else {
            around.push(format!("{:?}", String::from_utf8_lossy(answer)));
            continue;
        };
        // Whether he had to ask twice has nothing to do with who looks on.
        answer.remove("duplicate");
        let messages = answer.remove("messages").unwrap_or_default();
        for message in messages.as_array().cloned().unwrap_or_default() {
            let index = message["index"].as_u64().unwrap_or(0);
            events.insert(index, message);
        }
        for name in ["chatId", "userId", "secureKey", "alias", "nextPosition"] {
            answer.entry(name).and_modify(|value| *value = json!(kind_of(value)));
        }
        let text = Value::Object(answer).to_string();
        if !around.contains(&text) {
            around.push(text);
        }
    }
    around.sort();
    around.extend(events.into_values().map(|message| names.plain(message)));
    around
}

#[derive(Default)]
struct Names {
    participants: Vec<u64>,
    n_events: usize,
}

impl Names {
    /// An event without what differs between any two chats.
    fn plain(&mut self, message: Value) -> String {
        let Value::Object(mut message) = message else { return message.to_string() };
        self.n_events += 1;
        message.insert("index".to_owned(), json!(self.n_events));
        message.entry("utcTime").and_modify(|time| *time = json!(kind_of(time)));
        if let Some(Value::Object(from)) = message.get_mut("from") {
            self.number(from);
        }
        if let Some(Value::String(text)) = message.get_mut("text")
            && let Read::Genuine(mark) = mark::read(text)
        {
            *text =
                format!("word {} of {} for {}", mark.cseq, mark.author.name(), mark.sight.name());
        }
        Value::Object(message).to_string()
    }

    fn number(&mut self, from: &mut Map<String, Value>) {
        let Some(id) = from.get("participantId").and_then(Value::as_u64) else { return };
        if !self.participants.contains(&id) {
            self.participants.push(id);
        }
        let place = self.participants.iter().position(|known| *known == id);
        from.insert("participantId".to_owned(), json!(place));
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};

    #[test]
    fn twins_may_differ_in_names_and_times_alone() {
        let evidence = twins(
            r#"{"chatId":"B","messages":[{"index":4001,"utcTime":9,"from":{"participantId":3},"text":"hi"}],"chatEnded":false}"#,
        );

        assert_eq!(broken(&evidence), []);
    }

    #[test]
    fn a_changed_byte_one_more_event_and_one_more_word_around_are_found() {
        for watched in [
            r#"{"chatId":"B","messages":[{"index":1,"utcTime":9,"from":{"participantId":3},"text":"hI"}],"chatEnded":false}"#,
            r#"{"chatId":"B","messages":[{"index":1,"utcTime":9,"from":{"participantId":3},"text":"hi"},{"index":2}],"chatEnded":false}"#,
            r#"{"chatId":"B","messages":[{"index":1,"utcTime":9,"from":{"participantId":3},"text":"hi"}],"chatEnded":false,"monitored":true}"#,
        ] {
            assert_eq!(broken(&twins(watched)), [Check::Unseen], "{watched}");
        }
    }

    fn twins(watched: &str) -> crate::cli::centre::judge::Evidence {
        let mut script = Script::new(&[("ada", 1)]);
        script.customer("1").customer("2");
        let mut evidence = script.evidence();
        let alone = r#"{"chatId":"A","messages":[{"index":1,"utcTime":5,"from":{"participantId":2},"text":"hi"}],"chatEnded":false}"#;
        let answers = [(Act::TwinAlone, alone), (Act::TwinWatched, watched)];
        for (customer, (act, answer)) in evidence.journal.customers.iter_mut().zip(answers) {
            (customer.plan.act, customer.plan.pair) = (act, 1);
            customer.answers = vec![answer.as_bytes().to_vec()];
        }
        evidence
    }
}
