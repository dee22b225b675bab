//! The figures of the day as a supervisor's wallboard gets them: once, and as a stream of changes.

use crate::support::desk::DeskClient;
use crate::support::desk_rig::DeskRig;
use reqwest::Response;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const SUPERVISOR: &str = "Basic c3VlOmNvcnJlY3QgaG9yc2U=";
const AGENT: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";

/// Far more than an event takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[actix_web::test]
async fn a_supervisor_sees_what_waits_and_what_everybody_does() {
    let rig = DeskRig::start().await;
    let _ada = ready(&rig, "ada").await;
    let mut mail =
        DeskClient::start_with(rig.address, "mail", json!({ "clientType": "MediaServer" })).await;
    let submission = json!({
        "type": "submit", "media": "email", "tenant": "Environment", "queue": "mail"
    });
    assert_eq!(mail.ask(submission).await["type"], "ack");

    let mut stream = Stream::follow(&rig, "?interval=1").await;
    let board = stream.until(|board| board["queues"][0]["offered"] == 1).await;

    let (queue, ada) = (&board["queues"][0], agent(&board, "ada"));
    assert_eq!((&queue["waiting"], &queue["entered"]), (&json!(1), &json!(1)), "{board}");
    assert!(queue["waitingSince"].is_string(), "{board}");
    assert_eq!(ada["isLoggedIn"], true, "{board}");
    let mails = &ada["media"][0];
    assert_eq!((&mails["media"], &mails["offered"]), (&json!("email"), &json!(1)), "{board}");
    assert!(mails["ready"]["since"].is_string(), "{board}");
    let once: Value = get(&rig, "", SUPERVISOR).await.json().await.unwrap();
    assert_eq!(once["queues"], board["queues"]);
    let sales = &once["groups"][0];
    assert_eq!((&sales["group"], &sales["loggedIn"]), (&json!("sales"), &json!(1)), "{once}");
    assert_eq!(
        (&sales["media"][0]["ready"], &sales["media"][0]["offered"]),
        (&json!(1), &json!(1))
    );
    let desk = &once["places"][0];
    assert_eq!((&desk["place"], &desk["agents"]), (&json!("desk of ada"), &json!(["ada"])));
    assert_eq!(desk["media"][0]["offered"], 1, "{once}");
    assert!(desk["occupied"]["since"].is_string(), "{once}");
    assert_eq!(once["views"], json!([]), "there is no workflow");
}

#[actix_web::test]
async fn a_stream_tells_what_has_changed_and_nothing_else() {
    let rig = DeskRig::start().await;
    let mut ada = ready(&rig, "ada").await;
    let _bob = ready(&rig, "bob").await;
    let mut stream = Stream::follow(&rig, "?interval=1").await;
    let (kind, whole) = stream.next().await.unwrap();
    assert_eq!((kind.as_str(), whole["agents"].as_array().unwrap().len()), ("figures", 2));

    let away = json!({ "type": "notReady", "media": "email", "reason": "lunch" });
    assert_eq!(ada.ask(away).await["type"], "ack");
    let (kind, changed) = stream.next().await.unwrap();

    assert_eq!(kind, "changes");
    assert_eq!(changed["agents"].as_array().unwrap().len(), 1, "{changed}");
    assert!(agent(&changed, "ada")["media"][0]["notReady"]["lunch"]["since"].is_string());
    assert_eq!(changed["queues"], json!([]));
}

#[actix_web::test]
async fn figures_are_for_supervisors_and_intervals_have_bounds() {
    let rig = DeskRig::start().await;

    let status = async |path: &str, who: &str| get(&rig, path, who).await.status().as_u16();

    assert_eq!(status("", "Basic YWRhOndyb25n").await, 401);
    assert_eq!(status("", AGENT).await, 403);
    assert_eq!(status("/changes", AGENT).await, 403);
    for query in ["?interval=0", "?interval=301", "?interval=soon", "?every=5"] {
        assert_eq!(status(&format!("/changes{query}"), SUPERVISOR).await, 400, "{query}");
    }
}

#[actix_web::test]
async fn a_stream_ends_when_its_node_stops() {
    let rig = DeskRig::start().await;
    let mut stream = Stream::follow(&rig, "?interval=300").await;
    assert!(stream.next().await.is_some());

    rig.api.send_home();

    assert_eq!(stream.next().await, None);
}

async fn get(rig: &DeskRig, path: &str, who: &str) -> Response {
    let request = reqwest::Client::new().get(rig.url(&format!("/api/v1/figures{path}")));
    request.header("authorization", who).send().await.unwrap()
}

async fn ready(rig: &DeskRig, name: &str) -> DeskClient {
    let mut client = DeskClient::start(rig.address, name).await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    let place = format!("desk of {name}");
    let login = json!({ "type": "agentLogin", "media": media, "place": place });
    let answer = client.ask(login).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    client
}

fn agent<'a>(figures: &'a Value, name: &str) -> &'a Value {
    let agents = figures["agents"].as_array().unwrap();
    agents.iter().find(|one| one["agent"] == name).unwrap_or(&Value::Null)
}

/// A stream as a wallboard reads it.
struct Stream {
    answer: Response,
    text: String,
}

impl Stream {
    async fn follow(rig: &DeskRig, query: &str) -> Self {
        let answer = get(rig, &format!("/changes{query}"), SUPERVISOR).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new() }
    }

    /// The next event and its content; nothing when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some((name, content)) = event.split_once('\n') {
                    let name = name.strip_prefix("event: ").unwrap().to_owned();
                    let content = content.strip_prefix("data: ").unwrap();
                    return Some((name, serde_json::from_str(content).unwrap()));
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await.unwrap().unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// What a board shows as soon as it shows this.
    async fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        timeout(PATIENCE, self.show(is_wanted)).await.unwrap()
    }

    async fn show(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let (_, mut board) = self.next().await.unwrap();
        while !is_wanted(&board) {
            let (_, changes) = self.next().await.unwrap();
            for (rows, key) in [("queues", "queue"), ("agents", "agent")] {
                for row in changes[rows].as_array().unwrap() {
                    let shown = board[rows].as_array_mut().unwrap();
                    shown.retain(|old| old[key] != row[key]);
                    shown.push(row.clone());
                }
            }
        }
        board
    }
}
