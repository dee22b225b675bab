//! Messages that come over a WebSocket in many pieces, or in pieces without an end.

use super::client::PATH;
use crate::support::patience::eventually;
use crate::support::process::Process;
use crate::support::rig::Rig;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST: usize = 256 * 1024;

#[actix_web::test]
async fn a_message_may_have_so_much_in_pieces_and_one_that_goes_on_is_ended_with_a_reason() {
    let rig = Rig::start();
    let url = rig.url(PATH);
    for size in [64 * 1024, 1_000] {
        let mut line = Line::open(&url).await;
        let handshake = json!([{
            "channel": "/meta/handshake", "version": "1.0",
            "supportedConnectionTypes": ["websocket"],
        }]);
        let longest = format!("{handshake}{}", " ".repeat(LONGEST - handshake.to_string().len()));
        line.says_in_pieces(longest.as_bytes(), size, true).await;
        let answer: Value = serde_json::from_str(&line.text().await).unwrap();
        assert_eq!(answer[0]["successful"], true, "{answer}");

        line.says_in_pieces(longest.as_bytes(), size, false).await;
        line.is_still_there().await;
        line.goes_on(" ").await;

        assert_eq!(
            line.end().await,
            (CloseCode::Size, "frame too long".into()),
            "pieces of {size}"
        );
    }
    rig.stop().await;
}

#[actix_web::test]
async fn pieces_of_nothing_have_an_end_too_and_pings_between_pieces_are_counted() {
    let rig = Rig::start();
    let mut line = Line::open(&rig.url(PATH)).await;
    line.begins("").await;
    for _ in 0..LONGEST {
        line.stream.feed(piece("", OpCode::Data(Data::Continue), false)).await.unwrap();
    }
    line.stream.flush().await.unwrap();
    assert_eq!(line.end().await, (CloseCode::Size, "frame too long".into()));

    let mut line = Line::open(&rig.url(PATH)).await;
    line.begins("[").await;
    for _ in 0..11 {
        line.goes_on(" ").await;
        line.stream.send(Message::Ping(vec![].into())).await.unwrap();
    }
    assert_eq!(line.end().await, (CloseCode::Policy, "too many control frames".into()));
    rig.stop().await;
}

/// Whoever sends the least at a time costs no more than what he sends.
#[actix_web::test]
async fn pieces_cost_a_node_no_more_memory_than_messages_may_have() {
    const N_LINES: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &[]);
    let url = format!("{}{PATH}", node.customer);
    let bytes = "x".repeat(LONGEST - 1);
    let mut warm = Line::open(&url).await;
    warm.says_in_pieces(bytes.as_bytes(), 1_000, false).await;
    warm.is_still_there().await;
    let before = resident(&node);

    let lines = (0..N_LINES).map(async |_| {
        let mut line = Line::open(&url).await;
        line.says_in_pieces(bytes.as_bytes(), 1, false).await;
        line.is_still_there().await;
        line
    });
    let lines = join_all(lines).await;
    let each = resident(&node).saturating_sub(before) / N_LINES;

    assert_eq!(lines.len(), N_LINES);
    // Beside the message there is what was read at once and not looked at yet.
    assert!(each < 12 * LONGEST, "{each} bytes for each");
}

/// What it costs to listen to the first ones, a node keeps for the next.
#[actix_web::test]
async fn who_never_ends_his_message_is_cut_off_and_leaves_nothing_behind() {
    const N_LINES: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let node = Process::start(folder.path(), &[]);
    let url = format!("{}{PATH}", node.customer);
    let endless = async |_| {
        let mut line = Line::open(&url).await;
        line.begins("[").await;
        let text = " ".repeat(1_000);
        while line.stream.send(piece(&text, OpCode::Data(Data::Continue), false)).await.is_ok() {}
    };
    let sockets = "holdfast_cometd_sockets 0";
    let metrics = format!("{}/metrics", node.health);
    let mut after = Vec::new();
    for _ in 0..2 {
        let all = timeout(PATIENCE, join_all((0..N_LINES).map(endless))).await;
        all.expect("somebody is listened to for ever");
        eventually("all sockets are gone", || async {
            let page = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
            page.lines().any(|line| line == sockets).then_some(())
        })
        .await;
        after.push(resident(&node));
    }

    let more = after[1].saturating_sub(after[0]);
    assert!(more < N_LINES * LONGEST, "{more} bytes more");
}

struct Line {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Line {
    async fn open(url: &str) -> Self {
        let (stream, _) = connect_async(url.replacen("http", "ws", 1)).await.unwrap();
        Self { stream }
    }

    async fn begins(&mut self, text: &str) {
        self.stream.send(piece(text, OpCode::Data(Data::Text), false)).await.unwrap();
    }

    async fn goes_on(&mut self, text: &str) {
        self.stream.send(piece(text, OpCode::Data(Data::Continue), false)).await.unwrap();
    }

    /// A message in pieces of a size, with or without the last one being called so.
    async fn says_in_pieces(&mut self, text: &[u8], size: usize, is_whole: bool) {
        let n_pieces = text.len().div_ceil(size);
        for (n, part) in (1..).zip(text.chunks(size)) {
            let kind = if n == 1 { Data::Text } else { Data::Continue };
            let part = std::str::from_utf8(part).unwrap();
            let piece = piece(part, OpCode::Data(kind), is_whole && n == n_pieces);
            self.stream.feed(piece).await.unwrap();
        }
        self.stream.flush().await.unwrap();
    }

    /// What came before a ping is read when it is answered.
    async fn is_still_there(&mut self) {
        self.stream.send(Message::Ping("there?".into())).await.unwrap();
        let answered = async {
            while self.stream.next().await.unwrap().unwrap() != Message::Pong("there?".into()) {}
        };
        timeout(PATIENCE, answered).await.expect("no answer to a ping");
    }

    async fn text(&mut self) -> String {
        let text = async {
            loop {
                if let Message::Text(text) = self.stream.next().await.unwrap().unwrap() {
                    return text.to_string();
                }
            }
        };
        timeout(PATIENCE, text).await.expect("no answer")
    }

    /// The code and the words of the server's good bye.
    async fn end(&mut self) -> (CloseCode, String) {
        let end = async {
            loop {
                if let Message::Close(reason) = self.stream.next().await.unwrap().unwrap() {
                    let reason = reason.unwrap();
                    return (reason.code, reason.reason.to_string());
                }
            }
        };
        timeout(PATIENCE, end).await.expect("the socket is not closed")
    }
}

fn piece(text: &str, kind: OpCode, is_last: bool) -> Message {
    Message::Frame(Frame::message(text.to_owned(), kind, is_last))
}

/// How many bytes of memory a node has at this moment.
fn resident(node: &Process) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes * 1_024
}
