//! Contacts and records over the agent listener: the paper is run as it stands, and what it does not
//! show.

use crate::support::accounts::cheap_hash;
use crate::support::desk_rig::{DeskRig, PASSWORD, Settings};
use crate::support::patience::eventually;
use crate::support::process::Process;
use holdfast::base::{Millis, Position};
use holdfast::contact::door::{ContactStore, RecordSearch};
use holdfast::contact::response::{Library, Sheet};
use holdfast::contact::state::Words;
use holdfast::contact::state::{Contact, NewContact};
use holdfast::contact::testing::draft;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::sync::Arc;

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
async fn what_makes_no_sense_is_refused_in_one_way_and_to_those_who_are_known() {
    let rig = rig().await;
    let remarks = "/api/v1/records/chat-3/remarks";
    let large = format!("{{\"note\":\"{}\"}}", "x".repeat(70_000));
    let table = [
        ("GET", "/api/v1/contacts/contact-of-ann/interactions?limit=abc", "", 400),
        ("GET", "/api/v1/contacts/contact-of-ann/interactions?limit=0", "", 400),
        ("GET", "/api/v1/records?limit=0", "", 400),
        ("GET", "/api/v1/records?text=!!!", "", 400),
        ("GET", "/api/v1/interactions/chat-3/why?as=foo", "", 400),
        ("GET", "/api/v1/interactions/chat-3/transcript?as=foo", "", 400),
        ("GET", "/api/v1/standard-responses?colour=red", "", 400),
        ("POST", remarks, large.as_str(), 413),
        ("POST", remarks, "{", 400),
        ("DELETE", remarks, "", 405),
        ("GET", "/api/v1/nothing", "", 404),
    ];

    for (method, path, body, expected) in table {
        let request = || {
            let method = method.parse().unwrap();
            let request = reqwest::Client::new().request(method, rig.url(path));
            request.header("content-type", "application/json").body(body.to_owned())
        };
        let answer = request().basic_auth("sue", Some(PASSWORD)).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
        let told: Value = answer.json().await.unwrap();
        assert_eq!(told["code"], expected, "{path}: {told}");
        assert!(told["text"].is_string(), "{path}: {told}");
        if expected == 400 && path.contains('?') {
            let stranger = request().send().await.unwrap();
            assert_eq!(stranger.status(), 401, "{path}");
        }
    }
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

#[actix_web::test]
async fn a_chat_is_found_by_its_words_and_forgotten_with_its_customer() {
    let folder = tempfile::tempdir().unwrap();
    let hash = format!("agents.sue.password-hash={}", cheap_hash(PASSWORD));
    let node = Process::start(folder.path(), &[&hash, "agents.sue.role=supervisor"]);
    let ask = async |method: &str, path: &str| -> Value {
        let url = format!("{}/api/v1/{path}", node.agent);
        let request = reqwest::Client::new().request(method.parse().unwrap(), url);
        let answer = request.basic_auth("sue", Some(PASSWORD)).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let id = a_chat(&node, "where is my giraffe?").await;

    let found = eventually("the record is found", || async {
        let found = ask("GET", "records?text=giraffe&status=Stopped").await;
        let first = found["interactions"][0].clone();
        first["contactId"].is_string().then_some(first)
    })
    .await;
    let contact = found["contactId"].as_str().unwrap();
    let export = command(&node, &["export", contact]);
    let proof = command(&node, &["erase", contact]);

    assert_eq!((&found["interactionId"], &found["subject"]), (&json!(id), &json!("Africa")));
    let transcript = export["records"][0]["structuredText"].as_str().unwrap();
    assert!(transcript.contains("where is my giraffe?"), "{export}");
    assert_eq!(export["contacts"][0]["attributes"]["EmailAddress"], "ann@example.org");
    assert_eq!((&proof["records"], &proof["contacts"]), (&json!(1), &json!(1)), "{proof}");
    assert!(!proof.to_string().contains("ann@"), "{proof}");
    let gone = ask("GET", "records?text=giraffe").await;
    assert_eq!(gone, json!({ "interactions": [] }));
    assert_eq!(ask("GET", &format!("contacts/{contact}")).await["code"], 404);
    assert_eq!(ask("GET", "contacts?EmailAddress=ann@example.org").await["contacts"], json!([]));
}

/// What `holdfast contact` prints for a supervisor.
fn command(node: &Process, words: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.arg("contact").args(words).args(["--url", &node.agent, "--name", "sue"]);
    let output = command.env("HOLDFAST_AGENT_PASSWORD", PASSWORD).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaint}"))
}

/// A whole chat of somebody who says who he is; its id.
async fn a_chat(node: &Process, text: &str) -> String {
    let service = format!("{}/genesys/2/chat/customer-support", node.customer);
    let post = async |url: String, form: &[(&str, &str)]| -> Value {
        let answer = reqwest::Client::new().post(url).form(form).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let who = [("nickname", "Ann"), ("emailAddress", "ann@example.org"), ("subject", "Africa")];
    let begun = post(service.clone(), &who).await;
    let of = |name: &str| begun[name].as_str().unwrap().to_owned();
    let (id, user, key) = (of("chatId"), of("userId"), of("secureKey"));
    let proof = [("userId", user.as_str()), ("secureKey", key.as_str()), ("alias", "1")];
    let said = [&proof[..], &[("message", text)]].concat();
    assert_eq!(post(format!("{service}/{id}/send"), &said).await["statusCode"], 0);
    assert_eq!(post(format!("{service}/{id}/disconnect"), &proof).await["statusCode"], 0);
    id
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
    let paper = fs::read_to_string(PAPER).unwrap();
    let (_, toml) = paper.split_once("```toml\n").unwrap();
    let text = toml.split("```").next().unwrap().to_owned();
    let responses = Arc::new(Library::read(&[Sheet { name: PAPER.into(), text }]).unwrap());
    let rig = DeskRig::start_with(Settings { responses, ..Settings::default() }).await;
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
