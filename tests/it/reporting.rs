//! Programs that make reports follow everything that happens, in order and from a position on: nothing is
//! missing and nothing comes twice, whatever becomes of nodes and logs meanwhile.

use crate::support::accounts::cheap_hash;
use crate::support::desk::DeskClient;
use crate::support::desk_rig::{DeskRig, PASSWORD, Settings};
use crate::support::patience::eventually;
use crate::support::process::Process;
use futures_util::future::join_all;
use holdfast::base::{Position, ThingId};
use holdfast::interaction::Domain;
use holdfast::owned::Log;
use holdfast::store::EmbeddedStore;
use reqwest::Response;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;
use tokio::time::timeout;

const REPORTS: &str = "Basic cmVwOmNvcnJlY3QgaG9yc2U=";
const AGENT: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const SUPERVISOR: &str = "Basic c3VlOmNvcnJlY3QgaG9yc2U=";
const MEDIA_SERVER: &str = "Basic bWFpbDpjb3JyZWN0IGhvcnNl";

/// Far more than an event takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Together they do more, after the kill, than a log holds before its domain is claimed anew.
const AGENTS: [&str; 10] = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "joe"];
const KILLED_AT: usize = 20;
const N_TURNS: usize = 150;

#[actix_web::test]
async fn what_happens_is_told_in_order_with_names_of_its_own() {
    let rig = DeskRig::start().await;
    let mut ada = ready(rig.address, "ada").await;
    let mut mail = media_server(rig.address).await;
    assert_eq!(mail.ask(submission()).await["type"], "ack");
    let invite = ada.until("invite").await;
    ada.ask(json!({ "type": "accept", "ticket": invite["ticket"] })).await;

    let page: Value = events(rig.address, "", REPORTS).await.json().await.unwrap();

    let told: Vec<&str> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "agent.loggedIn",
            "agent.mediaAdded",
            "agent.ready",
            "interaction.submitted",
            "interaction.queued",
            "interaction.invited",
            "interaction.partyAdded",
        ],
        "{page}"
    );
    let added = &page["events"][6];
    assert_eq!(
        (&added["agentId"], &added["how"], &added["part"]),
        (&json!("ada"), &json!("accepted"), &json!("handler"))
    );
    assert_eq!((&page["oldest"], &page["next"]), (&json!(0), &page["last"]));
    assert_eq!(page["events"][3]["userData"]["Subject"], "hello");
}

#[actix_web::test]
async fn only_accounts_for_reports_read_them_and_they_do_nothing_else() {
    let rig = DeskRig::start().await;
    let status = async |path: &str, who: &str| get(rig.address, path, who).await.status().as_u16();

    for path in ["reporting/events", "reporting/stream"] {
        for who in [AGENT, SUPERVISOR, MEDIA_SERVER] {
            assert_eq!(status(path, who).await, 403, "{path} {who}");
        }
        assert_eq!(status(path, "Basic cmVwOndyb25n").await, 401, "{path}");
    }
    for path in ["figures", "contacts?EmailAddress=a@b.c", "interactions/1/why"] {
        assert_eq!(status(path, REPORTS).await, 403, "{path}");
    }
    for client_type in ["AgentApplication", "MediaServer"] {
        let mut client = DeskClient::open(rig.address, "rep").await;
        let answer = client.ask(json!({ "type": "register", "clientType": client_type })).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(403)), "{answer}");
    }
    for query in ["after=-1", "after=x", "most=0", "most=1001", "wait=61", "before=3"] {
        assert_eq!(status(&format!("reporting/events?{query}"), REPORTS).await, 400, "{query}");
    }
    assert_eq!(status("reporting/stream?most=3", REPORTS).await, 400);
    assert_eq!(status("reporting/events?after=1", REPORTS).await, 409, "nothing has come so far");
}

#[actix_web::test]
async fn a_page_waits_for_something_to_happen_and_no_longer_than_it_is_told() {
    let rig = DeskRig::start().await;
    let none: Value = events(rig.address, "?wait=1", REPORTS).await.json().await.unwrap();
    assert_eq!((&none["events"], &none["next"]), (&json!([]), &json!(0)));

    let waiting = events(rig.address, "?after=0&wait=60", REPORTS);
    let (page, _ada) = tokio::join!(waiting, ready(rig.address, "ada"));

    let page: Value = page.json().await.unwrap();
    assert_eq!(page["events"][0]["event"], "agent.loggedIn", "{page}");
}

#[actix_web::test]
async fn an_account_has_a_few_readers_and_each_gives_its_place_back() {
    let rig = DeskRig::start().await;
    let mut streams = vec![];
    for _ in 0..5 {
        streams.push(Stream::follow(rig.address, "", None).await);
    }

    assert_eq!(events(rig.address, "", REPORTS).await.status(), 429);
    drop(streams);

    eventually("a place is free", async || {
        (events(rig.address, "", REPORTS).await.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_stream_goes_on_where_its_client_was_and_ends_when_its_node_stops() {
    let rig = DeskRig::start().await;
    let mut ada = ready(rig.address, "ada").await;
    let mut stream = Stream::follow(rig.address, "?after=0", None).await;
    let first = [stream.next().await.unwrap(), stream.next().await.unwrap()];
    drop(stream);

    turn(&mut ada, 0).await;
    let mut stream = Stream::follow(rig.address, "?after=0", Some(first[1].position)).await;
    let then = [stream.next().await.unwrap(), stream.next().await.unwrap()];
    rig.api.send_home();

    let names = first.iter().chain(&then).map(|told| told.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["agent.loggedIn", "agent.mediaAdded", "agent.ready", "agent.notReady"]);
    let positions: Vec<u64> = first.iter().chain(&then).map(|told| told.position).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    assert_eq!(then[1].content["reason"], "0");
    // The agent is sent home as well, which may be told before the end.
    while let Some(told) = stream.next().await {
        assert_eq!(told.name, "agent.connectionLost");
    }
}

#[actix_web::test]
async fn positions_are_the_same_at_each_node_and_when_the_domain_has_moved() {
    let [a, b] = DeskRig::start_two([Settings::default(), Settings::default()]).await;
    let _ada = ready(a.address, "ada").await;
    let at_a: Value = events(a.address, "?after=0", REPORTS).await.json().await.unwrap();
    let at_b: Value = events(b.address, "?after=0", REPORTS).await.json().await.unwrap();
    assert_eq!(at_a, at_b);
    let mut stream = Stream::follow(b.address, "?after=0", None).await;
    let before = [stream.next().await.unwrap(), stream.next().await.unwrap()];

    a.ground.streets.cut(&"node-a".into());
    let _bob = ready(b.address, "bob").await;

    let moved: Value = events(b.address, "?after=0", REPORTS).await.json().await.unwrap();
    let (was, is) = (at_a["events"].as_array().unwrap(), moved["events"].as_array().unwrap());
    assert_eq!(is[..was.len()], was[..]);
    assert!(is.iter().any(|one| one["agentId"] == "bob"), "{moved}");
    let mut told = before.map(|told| told.content).to_vec();
    while told.len() < is.len() {
        told.push(stream.next().await.unwrap().content);
    }
    assert_eq!(told, *is, "the stream has gone on over the move");
}

#[actix_web::test]
async fn what_is_not_kept_any_more_is_told_with_the_position_from_which_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &settings(&["interaction.reporting-events=20"]));
    let address = address(&node);
    let mut ada = ready(address, "ada").await;
    for n in 0..40 {
        turn(&mut ada, n).await;
    }

    let gone = events(address, "?after=1", REPORTS).await;
    assert_eq!(gone.status(), 410);
    let gone: Value = gone.json().await.unwrap();
    let oldest = gone["oldest"].as_u64().unwrap();
    let page: Value =
        events(address, &format!("?after={oldest}"), REPORTS).await.json().await.unwrap();
    assert_eq!(page["events"].as_array().unwrap().len(), 20, "{page}");
    assert_eq!(page["events"][0]["position"], oldest + 1);
    let mut stream = Stream::follow(address, "?after=1", None).await;
    let end = stream.next().await.unwrap();
    assert_eq!((end.name.as_str(), &end.content["oldest"]), ("end", &json!(oldest)));
    assert!(stream.next().await.is_none());
}

/// Agents are not ready for one reason after the other; each counts on. In the middle their node is killed;
/// afterwards so much happens that the log of the domain is cut short while all goes on.
#[actix_web::test]
async fn a_kill_and_a_renewal_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &settings(&[]));
    let address = address(&node);
    let reading = actix_web::rt::spawn(read_to_the_end(address));
    let streaming = actix_web::rt::spawn(follow_to_the_end(address));
    let mut agents = join_all(AGENTS.map(|name| ready(address, name))).await;
    join_all(agents.iter_mut().map(|agent| turns(agent, 0..KILLED_AT))).await;
    // One more of each is on its way when the node dies: it has happened or not.
    for agent in &mut agents {
        agent.send(&turned(KILLED_AT)).await;
    }
    node.kill();
    node = node.restart();
    let upto_restart = upto(address).await;
    let mut agents = join_all(AGENTS.map(|name| ready(address, name))).await;
    join_all(agents.iter_mut().map(|agent| turns(agent, KILLED_AT + 1..N_TURNS))).await;
    turn(&mut agents[0], usize::MAX).await;

    let (pages, streamed) = (reading.await.unwrap(), streaming.await.unwrap());

    let positions: Vec<u64> = pages.iter().map(|one| one["position"].as_u64().unwrap()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "not in order, or twice");
    for name in AGENTS {
        let his = pages.iter().filter(|one| one["agentId"] == name && is_turn(one));
        let told = his.filter_map(|one| one["reason"].as_str()?.parse().ok());
        let told: Vec<usize> = told.filter(|n| *n != KILLED_AT && *n != usize::MAX).collect();
        let all = (0..N_TURNS).filter(|n| *n != KILLED_AT);
        assert!(told.iter().copied().eq(all), "of {name} was told: {told:?}");
    }
    assert_eq!(pages, streamed);
    node.kill();
    let header = header_of(folder.path()).await;
    assert!(upto_restart + 900 < header, "renewed: {upto_restart} at the restart, {header} later");
}

fn is_turn(event: &Value) -> bool {
    event["event"] == "agent.notReady" || event["event"] == "agent.reasonChanged"
}

/// Reads page after page, tries again while nobody answers, and stops after the last turn.
async fn read_to_the_end(address: SocketAddr) -> Vec<Value> {
    let (mut read, mut next) = (vec![], 0);
    loop {
        let url = url(address, &format!("reporting/events?after={next}&most=50&wait=5"));
        let asked = reqwest::Client::new().get(url).header("authorization", REPORTS).send().await;
        let page = match asked {
            Ok(answer) if answer.status() == 200 => answer.json::<Value>().await,
            Ok(answer) => {
                assert!([502, 503, 504, 409].contains(&answer.status().as_u16()), "{answer:?}");
                continue;
            }
            Err(_) => continue,
        };
        let Ok(mut page) = page else { continue };
        next = page["next"].as_u64().unwrap();
        read.append(page["events"].as_array_mut().unwrap());
        if read.last().is_some_and(is_last) {
            return read;
        }
    }
}

/// The same by a stream that is opened anew, with the last id, whenever it ends.
async fn follow_to_the_end(address: SocketAddr) -> Vec<Value> {
    let (mut read, mut last) = (vec![], None);
    loop {
        let Some(mut stream) = Stream::try_follow(address, "?after=0", last).await else {
            continue;
        };
        while let Some(told) = stream.next().await {
            last = Some(told.position);
            read.push(told.content);
            if read.last().is_some_and(is_last) {
                return read;
            }
        }
    }
}

fn is_last(event: &Value) -> bool {
    event["reason"].as_str().and_then(|n| n.parse().ok()) == Some(usize::MAX)
}

async fn upto(address: SocketAddr) -> u64 {
    let page: Value = events(address, "?most=1", REPORTS).await.json().await.unwrap();
    page["last"].as_u64().unwrap()
}

/// Up to where the snapshot at the head of the domain's log goes.
async fn header_of(folder: &std::path::Path) -> u64 {
    let store = EmbeddedStore::open(folder).unwrap();
    let domain = ThingId::from("routing:Environment");
    let history = Log::<Domain>::read(&store, &domain).await.unwrap();
    history.header.map_or(Position::NONE, |header| header.upto).0
}

fn settings(more: &[&'static str]) -> Vec<&'static str> {
    let hash: &'static str = cheap_hash(PASSWORD).leak();
    let of = |name: &str| -> &'static str { format!("agents.{name}.password-hash={hash}").leak() };
    let agents = AGENTS.into_iter().map(of);
    let accounts = agents.chain([of("rep"), "agents.rep.reporting=true"]);
    accounts.chain(more.iter().copied()).collect()
}

fn address(node: &Process) -> SocketAddr {
    node.agent.trim_start_matches("http://").parse().unwrap()
}

fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}/api/v1/{path}")
}

async fn get(address: SocketAddr, path: &str, who: &str) -> Response {
    let request = reqwest::Client::new().get(url(address, path)).header("authorization", who);
    request.send().await.unwrap()
}

async fn events(address: SocketAddr, query: &str, who: &str) -> Response {
    get(address, &format!("reporting/events{query}"), who).await
}

async fn ready(address: SocketAddr, name: &str) -> DeskClient {
    let mut client = DeskClient::start(address, name).await;
    let media = json!([{ "media": "email", "state": "ready" }]);
    let answer = client.ask(json!({ "type": "agentLogin", "media": media })).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    client
}

async fn media_server(address: SocketAddr) -> DeskClient {
    DeskClient::start_with(address, "mail", json!({ "clientType": "MediaServer" })).await
}

fn submission() -> Value {
    json!({
        "type": "submit", "media": "email", "tenant": "Environment", "queue": "mail",
        "userData": { "Subject": "hello" },
    })
}

fn turned(n: usize) -> Value {
    json!({ "type": "notReady", "media": "email", "reason": n.to_string(), "ref": 1_000_000 })
}

/// Not ready for the n-th reason.
async fn turn(agent: &mut DeskClient, n: usize) {
    let answer = agent.ask(turned(n)).await;
    assert_eq!(answer["type"], "ack", "{answer}");
}

async fn turns(agent: &mut DeskClient, reasons: Range<usize>) {
    for n in reasons {
        turn(agent, n).await;
    }
}

/// A stream as a program reads it.
struct Stream {
    answer: Response,
    text: String,
}

struct Told {
    position: u64,
    name: String,
    content: Value,
}

impl Stream {
    async fn follow(address: SocketAddr, query: &str, last: Option<u64>) -> Self {
        Self::try_follow(address, query, last).await.unwrap()
    }

    async fn try_follow(address: SocketAddr, query: &str, last: Option<u64>) -> Option<Self> {
        let url = url(address, &format!("reporting/stream{query}"));
        let mut request = reqwest::Client::new().get(url).header("authorization", REPORTS);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.ok().filter(|answer| answer.status() == 200)?;
        Some(Self { answer, text: String::new() })
    }

    /// The next event; nothing when the stream has ended, in whatever way.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                let Some(content) = field("data: ") else { continue };
                return Some(Told {
                    position: field("id: ").map_or(0, |id| id.parse().unwrap()),
                    name: field("event: ").unwrap(),
                    content: serde_json::from_str(&content).unwrap(),
                });
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await.unwrap().ok()??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}
