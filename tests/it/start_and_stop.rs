//! A real node begins and ends: told to stop, it answers what it has begun; it never starts on data
//! that it cannot be sure of.

use crate::support::process::Process;
use crate::support::strangers::stranger;
use futures_util::poll;
use holdfast::config::Config;
use holdfast::node::wiring::routing_domain;
use holdfast::ownership::Absent;
use holdfast::store::ring::emulator::{Emulator, Seeded};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::pin::pin;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite;

const SERVICE: &str = "/genesys/2/chat/customer-support";

#[actix_web::test]
async fn told_to_stop_it_answers_what_it_has_begun_and_ends_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    let chat = Chat::begin(&node).await;
    let (begun, rest) = chat.begin_to_send(&node, "my last words");

    node.tell_to_stop();
    until_not_ready(&node).await;
    let reply = finish(begun, &rest);

    assert_eq!(reply["statusCode"], 0, "{reply}");
    assert_eq!(node.wait().code(), Some(0));
    let node = node.restart();
    assert_eq!(chat.texts(&node).await, ["my last words"]);
    // What is over is open to every agent.
    chat.post(&node, "disconnect", &[]).await;
    assert_eq!(transcript(&node, &chat.id).await, ["newParty", "message", "partyLeft"]);
}

#[actix_web::test]
async fn told_to_stop_it_tells_agents_that_it_goes_away_and_waits_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &["node.stop-timeout=600"]);
    let url =
        node.agent.replace("http", "ws") + "/api/v1/agent/socket?ticket=" + &ticket(&node).await;
    let (mut socket, _) = tungstenite::client(url, stream(&node.agent)).unwrap();
    socket.send(tungstenite::Message::text(r#"{"type":"register"}"#)).unwrap();
    socket.read().unwrap();

    node.tell_to_stop();
    let told = loop {
        if let tungstenite::Message::Close(told) = socket.read().unwrap() {
            break told;
        }
    };

    assert_eq!(told.map(|told| u16::from(told.code)), Some(1001));
    assert_eq!(node.wait().code(), Some(0));
}

#[actix_web::test]
async fn waiting_for_its_chats_to_end_a_node_that_is_alone_takes_no_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    let chat = Chat::begin(&node).await;

    tell(&node, "/drain?wait=true").await;
    until_not_ready(&node).await;
    let refused = begin(&node).await;
    let said = chat.post(&node, "send", &[("message", "still here".into())]).await;
    tell(&node, "/undrain").await;
    until_ready(&node).await;
    let taken = begin(&node).await;
    let another = Chat::of(&taken.1);
    tell(&node, "/drain?wait=true").await;
    for chat in [&chat, &another] {
        chat.post(&node, "disconnect", &[]).await;
    }

    let (status, reply) = refused;
    assert_eq!((status, &reply["statusCode"]), (503, &json!(1)), "{reply}");
    assert_eq!(reply["errors"][0]["code"], 503, "{reply}");
    assert_eq!(said["statusCode"], 0, "{said}");
    assert_eq!(taken.0, 200, "{taken:?}");
    assert_eq!(node.wait().code(), Some(0));
}

#[actix_web::test]
async fn told_to_drain_again_and_again_it_drains_once_and_serves_again_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    let chat = Chat::begin(&node).await;

    for _ in 0..3 {
        tell(&node, "/drain?wait=true").await;
    }
    until_not_ready(&node).await;
    tell(&node, "/undrain").await;
    until_ready(&node).await;
    let said = chat.post(&node, "send", &[("message", "still here".into())]).await;

    assert_eq!(said["statusCode"], 0, "{said}");
    assert_eq!(node.terminate().code(), Some(0));
}

#[test]
fn told_to_stop_while_it_waits_for_cassandra_it_ends_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let key = "ab".repeat(32);
    let mut command = serving(folder.path());
    command.args(["--set", &format!("cassandra.contact-points={nobody}")]);
    command.args(["--set", &format!("cluster.key={key}")]);
    let mut node = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(node.stderr.take().unwrap()).lines().map_while(Result::ok);

    let waits = log.any(|line| line.contains("waiting for Cassandra"));
    let term = Command::new("kill").args(["-TERM", &node.id().to_string()]).status().unwrap();
    let tells = log.any(|line| line.contains("told to stop before it served"));

    assert!(waits && term.success() && tells, "waits {waits}, tells {tells}");
    assert_eq!(node.wait().unwrap().code(), Some(0));
}

#[actix_web::test]
async fn a_store_that_falls_silent_before_the_routing_domain_is_there_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::new(Arc::new(Seeded::new(20_261_130)));
    let houses = stranger(&emulator, "node-a", folder.path(), Config::default());
    emulator.take_down(0);
    emulator.take_down(1);

    let mut opening = pin!(houses.open_routing());
    assert!(poll!(opening.as_mut()).is_pending());
    // It waits for the same attempt, and is told what came of it.
    let first = houses.routing.wake_named(&routing_domain()).await;
    emulator.bring_up(0);
    let opened = opening.await;

    assert!(matches!(first, Err(Absent::Unavailable(_))), "{first:?}");
    assert_eq!(opened, Ok(()));
    assert!(houses.routing.is_active(&routing_domain()));
    houses.stop().await;
}

#[test]
fn it_takes_all_files_that_it_may_open_and_says_so_if_they_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serving(folder.path());
    let mut command = Command::new("prlimit");
    command.arg("--nofile=256:4096").arg(serving.get_program()).args(serving.get_args());
    let mut node = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(node.stderr.take().unwrap()).lines().map_while(Result::ok);

    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        log.find(|line| line.contains("few files may be open")).map(|line| tell.send(line))
    });
    let warns = told.recv_timeout(Duration::from_secs(60));

    let limits = std::fs::read_to_string(format!("/proc/{}/limits", node.id())).unwrap();
    node.kill().unwrap();
    node.wait().unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft = files.split_whitespace().nth(3);
    assert_eq!(soft, Some("4096"), "{files}");
    let warns = warns.expect("it does not warn");
    assert!(warns.contains("LimitNOFILE") && warns.contains("4096"), "{warns}");
}

#[actix_web::test]
async fn a_connection_of_a_customer_is_one_open_file() {
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &[]);
    let n_open = || std::fs::read_dir(format!("/proc/{}/fd", node.id())).unwrap().count();
    let before = n_open();

    let mut streams: Vec<_> = (0..100).map(|_| stream(&node.customer)).collect();
    for stream in &mut streams {
        stream.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404");
    }

    // Some more than the connections: what threads opened that had nothing to do before.
    let n_more = n_open() - before;
    assert!((100..150).contains(&n_more), "{n_more} files for 100 connections");
}

#[test]
fn a_second_process_on_the_same_data_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _node = Process::start(folder.path(), &[]);

    let second = serve(folder.path());

    let words = complaint(&second);
    assert_eq!(second.status.code(), Some(4), "{words}");
    assert!(words.contains("is in use by another process"), "{words}");
    assert!(words.contains(folder.path().to_str().unwrap()), "{words}");
}

#[test]
fn a_node_that_was_told_to_stop_leaves_nothing_to_recover() {
    let folder = folder_of_a_stopped_node();

    let log = std::fs::metadata(folder.path().join("holdfast.db-wal"));

    assert_eq!(log.map_or(0, |log| log.len()), 0);
}

#[test]
fn a_newer_file_is_refused_and_left_as_it_is() {
    let folder = folder_of_a_stopped_node();
    let file = folder.path().join("holdfast.db");
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    connection.close().unwrap();
    let before = std::fs::read(&file).unwrap();

    let refused = serve(folder.path());

    let words = complaint(&refused);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains("was written by a newer version"), "{words}");
    assert!(words.contains(file.to_str().unwrap()) && words.contains("999"), "{words}");
    assert!(before == std::fs::read(&file).unwrap(), "the file was changed");
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let folder = folder_of_a_stopped_node();
    let file = folder.path().join("holdfast.db");
    let mut damaged = std::fs::read(&file).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 4_096].fill(0xA5);
    std::fs::write(&file, &damaged).unwrap();

    let refused = serve(folder.path());

    let words = complaint(&refused);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains("is damaged"), "{words}");
    assert!(words.contains(file.to_str().unwrap()), "{words}");
    assert!(damaged == std::fs::read(&file).unwrap(), "the file was changed");
}

#[actix_web::test]
async fn its_log_warns_of_what_is_missing_and_holds_no_word_of_a_customer() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let hash = format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${}", "A".repeat(43));
    let zoe = format!("agents.zoe.password-hash={hash}");
    let settings = ["log.level=trace", zoe.as_str()];
    let file = std::fs::File::create(&log).unwrap();
    let mut node = Process::start_with_log(&folder.path().join("data"), &settings, file.into());
    let chat = Chat::begin(&node).await;
    let url = format!("{}{SERVICE}/{}/send", node.customer, chat.id);
    let said = [chat.proof.as_slice(), &[("message", "canary-4711".into())]].concat();
    assert_eq!(post(&url, &said).await["statusCode"], 0);
    node.terminate();

    let log = std::fs::read_to_string(&log).unwrap();

    assert!(log.contains("no capacity-chat is configured") && log.contains("zoe"), "{log}");
    assert!(log.contains(&chat.id), "the log at its finest knows of the chat");
    assert!(!log.contains("canary-4711") && !log.contains(&chat.proof[1].1), "{log}");
}

/// A customer's chat, over the customer API.
struct Chat {
    id: String,
    proof: Vec<(&'static str, String)>,
}

impl Chat {
    async fn begin(node: &Process) -> Self {
        Self::of(&begin(node).await.1)
    }

    /// The chat of a reply to its beginning.
    fn of(reply: &Value) -> Self {
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        let proof = vec![("userId", text("userId")), ("secureKey", text("secureKey"))];
        Self { id: text("chatId"), proof }
    }

    /// Begins to send a message: the node has the head of the request and waits for the rest.
    fn begin_to_send(&self, node: &Process, text: &str) -> (BufReader<TcpStream>, String) {
        let body =
            json!({ "userId": self.proof[0].1, "secureKey": self.proof[1].1, "message": text });
        let rest = body.to_string();
        let mut stream = stream(&node.customer);
        let head = format!(
            "POST {SERVICE}/{}/send HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nexpect: 100-continue\r\n\r\n",
            self.id,
            rest.len(),
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");
        stream.read_line(&mut line).unwrap();
        (stream, rest)
    }

    async fn post(
        &self,
        node: &Process,
        operation: &str,
        form: &[(&'static str, String)],
    ) -> Value {
        let url = format!("{}{SERVICE}/{}/{operation}", node.customer, self.id);
        post(&url, &[self.proof.as_slice(), form].concat()).await
    }

    async fn texts(&self, node: &Process) -> Vec<String> {
        let url = format!("{}{SERVICE}/{}/refresh", node.customer, self.id);
        let reply = post(&url, &self.proof).await;
        let messages = reply["messages"].as_array().unwrap().iter();
        let texts = messages.filter_map(|message| message["text"].as_str());
        texts.map(str::to_owned).collect()
    }
}

/// Sends the rest of a request, and reads the answer.
fn finish(mut begun: BufReader<TcpStream>, rest: &str) -> Value {
    begun.get_mut().write_all(rest.as_bytes()).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        begun.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    begun.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// Waits until the node says that it takes nothing new.
async fn until_not_ready(node: &Process) {
    until_readyz(node, 503).await;
}

async fn until_ready(node: &Process) {
    until_readyz(node, 200).await;
}

async fn until_readyz(node: &Process, status: u16) {
    let url = format!("{}/readyz", node.health);
    crate::support::patience::eventually("the node says how ready it is", || async {
        let answer = reqwest::get(&url).await.unwrap();
        (answer.status() == status).then_some(())
    })
    .await;
}

/// Tells a node something over its health listener.
async fn tell(node: &Process, path: &str) {
    let telling = reqwest::Client::new().post(format!("{}{path}", node.health));
    let told = telling.header("holdfast-operator", "test").send().await.unwrap();
    assert_eq!(told.status(), 202);
}

/// Asks for a new chat.
async fn begin(node: &Process) -> (u16, Value) {
    let url = format!("{}{SERVICE}", node.customer);
    let asking = reqwest::Client::new().post(url).form(&[("nickname", "Ann")]);
    let answer = asking.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn stream(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

async fn post(url: &str, form: &[(&str, String)]) -> Value {
    let answer = reqwest::Client::new().post(url).form(form).send().await.unwrap();
    answer.json().await.unwrap()
}

async fn ticket(node: &Process) -> String {
    let url = format!("{}/api/v1/agent/ticket", node.agent);
    let body = json!({ "agent": "agent", "password": node.first_password().trim() });
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    body["ticket"].as_str().unwrap().to_owned()
}

/// The kinds of events in a transcript, as people on duty see it.
async fn transcript(node: &Process, session: &str) -> Vec<String> {
    let url = format!("{}/api/v1/interactions/{session}/transcript?as=json", node.agent);
    let asking = reqwest::Client::new().get(url).bearer_auth(ticket(node).await);
    let transcript: Value = asking.send().await.unwrap().json().await.unwrap();
    let events = transcript["events"].as_array().unwrap().iter();
    events.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn folder_of_a_stopped_node() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    assert_eq!(node.terminate().code(), Some(0));
    folder
}

/// Tries to start a node, which must fail.
fn serve(folder: &Path) -> Output {
    serving(folder).output().unwrap()
}

fn serving(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.arg("serve").arg("--data-folder").arg(folder);
    for listener in ["customer", "agent", "health"] {
        command.args(["--set", &format!("listen.{listener}=127.0.0.1:0")]);
    }
    command.stdin(Stdio::null());
    command
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
