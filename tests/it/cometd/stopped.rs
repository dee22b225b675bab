//! A node that is alone and told to stop: all its clients hear at once that they are to shake hands again,
//! and come back one after the other.

use super::client::{Bayeux, PATH};
use crate::support::lateness::Lateness;
use crate::support::process::Process;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(60);
/// So much lies between the first who hears and the last, on a machine that is never late.
const AT_ONCE: Duration = Duration::from_millis(1_500);
const N_EACH: usize = 100;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[actix_web::test]
async fn all_clients_of_a_node_that_stops_hear_it_at_once_and_each_has_its_own_time_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &["cometd.handshake-rate=0"]);
    let url = format!("{}{PATH}", node.customer);
    let client = Bayeux::of(&url);
    let (mut polling, mut sockets) = (vec![], vec![]);
    for _ in 0..N_EACH {
        let mut client = client.clone();
        client.meets().await;
        polling.push(client.begins_to_connect("held"));
        sockets.push(connected(&url).await);
    }

    let lateness = Lateness::watch();
    let told = Instant::now();
    node.tell_to_stop();
    let of_polling =
        join_all(polling.into_iter().map(async |held| (held.await.unwrap(), told.elapsed())));
    let of_sockets = join_all(sockets.into_iter().map(async |mut socket| {
        let answer = answer(&mut socket, "held").await;
        let after = told.elapsed();
        (answer, after, end(&mut socket).await)
    }));
    let heard = async { tokio::join!(of_polling, of_sockets) };
    let (of_polling, of_sockets) = timeout(PATIENCE, heard).await.expect("somebody hears nothing");
    let within = AT_ONCE + 3 * lateness.longest_since(told);

    assert!(of_sockets.iter().all(|(_, _, code)| *code == CloseCode::Restart));
    let of_sockets = of_sockets.into_iter().map(|(answer, after, _)| (answer, after)).collect();
    for heard in [of_polling, of_sockets] {
        is_told_as_promised(&heard, within);
    }
    assert_eq!(node.wait().code(), Some(0));
}

fn is_told_as_promised(heard: &[(Value, Duration)], within: Duration) {
    for (answer, _) in heard {
        assert_eq!(answer["error"], "402::Unknown client", "{answer}");
        assert_eq!(answer["successful"], false, "{answer}");
        assert_eq!(answer["advice"]["reconnect"], "handshake", "{answer}");
    }
    let first = heard.iter().map(|(_, after)| after).min().unwrap();
    let last = heard.iter().map(|(_, after)| after).max().unwrap();
    assert!(*last - *first < within, "{first:?} to {last:?}, which is not within {within:?}");
    let interval = |answer: &Value| answer["advice"]["interval"].as_u64().unwrap();
    let intervals: BTreeSet<_> = heard.iter().map(|(answer, _)| interval(answer)).collect();
    // Of a hundred out of two thousand three or so come twice, and each quarter has its share.
    assert!(3 * N_EACH / 4 < intervals.len(), "{intervals:?}");
    assert!(intervals.first() < Some(&500), "{intervals:?}");
    assert!((1_501..=2_000).contains(intervals.last().unwrap()), "{intervals:?}");
}

/// A client over a socket whose connect is held.
async fn connected(url: &str) -> Stream {
    let (mut socket, _) = connect_async(url.replacen("http", "ws", 1)).await.unwrap();
    let handshake = json!({
        "channel": "/meta/handshake", "id": "1", "version": "1.0",
        "supportedConnectionTypes": ["websocket"],
    });
    says(&mut socket, handshake).await;
    let id = answer(&mut socket, "1").await["clientId"].clone();
    let connect = json!({ "channel": "/meta/connect", "clientId": id });
    let first = json!({ "id": "2", "advice": { "timeout": 0 } });
    says(&mut socket, with(&connect, &first)).await;
    assert_eq!(answer(&mut socket, "2").await["successful"], true);
    says(&mut socket, with(&connect, &json!({ "id": "held" }))).await;
    socket
}

fn with(message: &Value, more: &Value) -> Value {
    let mut message = message.clone();
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

async fn says(socket: &mut Stream, message: Value) {
    socket.send(Message::text(json!([message]).to_string())).await.unwrap();
}

async fn answer(socket: &mut Stream, id: &str) -> Value {
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            let messages: Vec<Value> = serde_json::from_str(&text).unwrap();
            if let Some(answer) = messages.into_iter().find(|message| message["id"] == id) {
                return answer;
            }
        }
    }
}

async fn end(socket: &mut Stream) -> CloseCode {
    loop {
        if let Message::Close(reason) = socket.next().await.unwrap().unwrap() {
            return reason.unwrap().code;
        }
    }
}
