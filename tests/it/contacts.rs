//! Contacts and records over the agent listener: the paper is run as it stands, and what it does not
//! show.

use crate::support::desk_rig::{DeskRig, PASSWORD};
use holdfast::base::{Millis, Position};
use holdfast::contact::door::{ContactStore, RecordSearch};
use holdfast::contact::search::Words;
use holdfast::contact::state::{Contact, NewContact};
use holdfast::contact::testing::draft;
use serde_json::Value;
use std::fs;

const OF_THIS_RUN: [&str; 5] = ["at", "begunAt", "doneAt", "exportedAt", "proofId"];

const PAPER: &str = "docs/api/contacts.md";

#[actix_web::test]
async fn every_example_of_the_paper_is_answered_as_it_says() {
    let rig = rig().await;
    let paper = fs::read_to_string(PAPER).unwrap();
    let mut n_examples = 0;

    for (example, expected) in examples(&paper) {
        let (status, mut answer) = example.send(&rig).await;
        set_times(&mut answer, &expected);
        assert_eq!(answer, expected, "{example:?}\n{answer}");
        let code = expected["code"].as_u64().unwrap_or(200);
        assert_eq!(u64::from(status), code, "{example:?}");
        n_examples += 1;
    }

    assert!(10 < n_examples, "only {n_examples} examples");
}

#[actix_web::test]
async fn a_kept_transcript_shows_agents_what_they_may_see() {
    let rig = rig().await;
    let mut whispered = draft("whispered", 40);
    whispered.content.structured_text = "<chatTranscript>\
        <message visibility=\"ALL\"><msgText>hello</msgText></message>\
        <message visibility=\"VIP\"><msgText>let him go</msgText></message></chatTranscript>"
        .into();
    rig.ground.store.save_record(&whispered.record(None, Millis(99))).await.unwrap();
    let read = async |who: &str| {
        let url = rig.url("/api/v1/records/whispered/transcript");
        let request = reqwest::Client::new().get(url).basic_auth(who, Some(PASSWORD));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
        answer.text().await.unwrap()
    };

    let (agent, supervisor) = (read("ada").await, read("sue").await);

    assert!(agent.contains("hello") && !agent.contains("let him go"), "{agent}");
    assert!(supervisor.contains("let him go"), "{supervisor}");
}

#[actix_web::test]
async fn who_brings_no_proof_learns_nothing() {
    let rig = rig().await;
    let paths = [
        "contacts/contact-of-ann",
        "contacts/contact-of-ann/interactions",
        "contacts?FirstName=Ann",
        "records/chat-1",
        "records/chat-1/transcript",
    ];

    for path in paths {
        let answer = reqwest::get(rig.url(&format!("/api/v1/{path}"))).await.unwrap();

        assert_eq!(answer.status().as_u16(), 401, "{path}");
        assert!(!answer.text().await.unwrap().contains("nn@example"), "{path}");
    }
}

/// A request of the paper.
#[derive(Debug)]
struct Example {
    method: String,
    path: String,
    who: String,
    body: Option<Value>,
}

impl Example {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (request, who) = head.trim().split_once("\nas: ").unwrap();
        let (method, path) = request.split_once(' ').unwrap();
        let body = Some(body.trim()).filter(|body| !body.is_empty());
        Self {
            method: method.into(),
            path: path.into(),
            who: who.into(),
            body: body.map(|body| serde_json::from_str(body).unwrap()),
        }
    }

    async fn send(&self, rig: &DeskRig) -> (u16, Value) {
        let method = self.method.parse().unwrap();
        let client = reqwest::Client::new();
        let mut request = client.request(method, rig.url(&self.path));
        request = request.basic_auth(&self.who, Some(PASSWORD));
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

/// Requests with their answers.
fn examples(paper: &str) -> Vec<(Example, Value)> {
    let blocks = paper.split("```http\n").skip(1);
    blocks
        .map(|block| {
            let (request, rest) = block.split_once("```\n```json\n").unwrap();
            let answer = rest.split("```").next().unwrap();
            (Example::read(request), serde_json::from_str(answer).unwrap())
        })
        .collect()
}

/// When something was done, and under which name, is that of this run.
fn set_times(answer: &mut Value, expected: &Value) {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            for (name, value) in answer {
                match expected.get(name) {
                    Some(expected) if OF_THIS_RUN.contains(&name.as_str()) => {
                        *value = expected.clone();
                    }
                    Some(expected) => set_times(value, expected),
                    None => {}
                }
            }
        }
        (Value::Array(answer), Value::Array(expected)) => {
            answer.iter_mut().zip(expected).for_each(|(one, other)| set_times(one, other));
        }
        _ => {}
    }
}

/// The store of the paper.
async fn rig() -> DeskRig {
    let rig = DeskRig::start().await;
    let store = &rig.ground.store;
    let people = [
        ("contact-of-ann", 0, &[("EmailAddress", "ann@example.org"), ("FirstName", "Ann")][..]),
        ("contact-of-anna", 1, &[("PhoneNumber", "+41 44 000")][..]),
    ];
    for (id, second, attributes) in people {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let created_at = Millis(1_700_000_000_000 + second * 1_000);
        let contact = Contact { id: id.into(), created_at, attributes: attributes.collect() };
        store.create_contact(&NewContact { origin: id.into(), contact }).await.unwrap();
    }
    for (id, started, contact) in [
        ("chat-1", 10, "contact-of-ann"),
        ("chat-2", 20, "contact-of-anna"),
        ("chat-3", 30, "contact-of-ann"),
    ] {
        let record = draft(id, started).record(Some(contact.into()), Millis(99));
        store.save_record(&record).await.unwrap();
        let supervisors = "said secretly".into();
        let words = Words { agents: "hello".into(), supervisors };
        store.index(&id.into(), Position(99), &words).await.unwrap();
    }
    rig
}
