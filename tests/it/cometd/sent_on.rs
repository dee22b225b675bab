//! Clients that are sent on while something that they wished for is under way: they are told of it what
//! is true.

use super::by_hand::{ByHand, chat, events, publish, read};
use super::client::{CHANNEL, PATH};
use super::lines;
use crate::support::patience::eventually;
use futures_util::{SinkExt, StreamExt, poll};
use holdfast::edge::agent::moving::Moving;
use holdfast::edge::cometd::seat::Seat;
use holdfast::edge::server;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

const PATIENCE: Duration = Duration::from_secs(30);
const UNKNOWN: &str = "402::Unknown client";

#[actix_web::test]
async fn a_wish_whose_turn_comes_too_late_is_not_carried_out_and_its_client_hears_so() {
    let house = ByHand::start();
    let ann = house.meets(json!({}), None);
    let created = house.starts_a_chat(&ann).await;
    let turn = ann.turn.lock().await;
    let messages = [says(&ann, &created, "too late")];
    let mut said = pin!(house.brings(&messages));
    assert!(poll!(said.as_mut()).is_pending());

    ann.send_on(Duration::ZERO);
    drop(turn);

    assert_eq!(read(&said.await.replies)[0]["error"], UNKNOWN);
    assert_eq!(house.n_said(&created, "too late").await, 0);
}

#[actix_web::test]
async fn what_is_carried_out_is_answered_so_although_its_client_is_sent_on_meanwhile() {
    let house = ByHand::start();
    let created = house.starts_a_chat(&house.meets(json!({}), None)).await;
    // This one has not asked to be told of it yet.
    let page = house.meets(json!({}), None);
    let messages = [says(&page, &created, "in time")];
    let mut said = pin!(house.brings(&messages));
    assert!(poll!(said.as_mut()).is_pending());

    page.send_on(Duration::ZERO);

    assert_eq!(read(&said.await.replies)[0]["successful"], true);
    assert_eq!(house.n_said(&created, "in time").await, 1);
}

#[actix_web::test]
async fn whoever_cannot_hear_the_answer_to_what_changes_nothing_is_to_ask_again() {
    let house = ByHand::start();
    let created = house.starts_a_chat(&house.meets(json!({}), None)).await;
    for operation in ["refresh", "requestNotifications"] {
        let page = house.meets(json!({}), None);
        let key = &created["secureKey"];
        let data = json!({ "operation": operation, "transcriptPosition": -1, "secureKey": key });
        let messages = [publish(&page, data)];
        let mut said = pin!(house.brings(&messages));
        assert!(poll!(said.as_mut()).is_pending());
        page.send_on(Duration::ZERO);
        assert_eq!(read(&said.await.replies)[0]["error"], UNKNOWN, "{operation}");
    }
}

#[actix_web::test]
async fn a_chat_counts_as_begun_only_with_its_keys_on_their_way() {
    let house = ByHand::start();
    let request = json!({ "operation": "requestChat", "nickname": "Ann" });
    let ann = house.meets(json!({}), None);
    let messages = [publish(&ann, request.clone())];
    let mut begun = pin!(house.brings(&messages));
    assert!(poll!(begun.as_mut()).is_pending());
    ann.send_on(Duration::ZERO);
    assert_eq!(read(&begun.await.replies)[0]["error"], UNKNOWN);
    assert!(events(&ann).is_empty());

    let ben = house.meets(json!({}), None);
    let answer = house.brings(&[publish(&ben, request)]).await.replies;
    let created = events(&ben).pop().expect("the keys are not there with the answer");

    assert_eq!(read(&answer)[0]["successful"], true);
    assert_eq!(lines(&created), ["ParticipantJoined"]);
    let bob = house.rig.agent_joins(&chat(&created), "bob").await;
    house.rig.says(&chat(&created), bob, "hello").await;
    let mut heard = vec![];
    while heard.len() < 2 {
        let told = || async { Some(events(&ben)).filter(|told| !told.is_empty()) };
        heard.extend(eventually("it is told what follows", told).await.iter().flat_map(lines));
    }
    assert_eq!(heard, ["ParticipantJoined", "Message: hello"], "and nothing twice");
}

#[actix_web::test]
async fn nobody_is_sent_on_any_more_once_the_node_stays() {
    const N_CLIENTS: usize = 100;
    let house = ByHand::start();
    let seats: Vec<_> = (0..N_CLIENTS).map(|_| house.meets(json!({}), None)).collect();
    let n_here = || seats.iter().filter(|seat| seat.is_here()).count();
    let (moving, stopping) = (watch::Sender::default(), watch::Sender::default());
    house.hub.follow(moving.clone(), stopping.subscribe());

    moving.send_replace(Moving::Until(Instant::now() + Duration::from_secs(2)));
    eventually("the first ones are sent on", || async { (n_here() < N_CLIENTS).then_some(()) })
        .await;
    moving.send_replace(Moving::No);
    let n_left = n_here();
    // A good many turns.
    sleep(Duration::from_millis(600)).await;
    assert_eq!(n_here(), n_left);

    moving.send_replace(Moving::Until(Instant::now()));
    eventually("all are sent on", || async { (n_here() == 0).then_some(()) }).await;
}

#[actix_web::test]
async fn over_a_socket_what_was_begun_is_answered_before_the_good_bye() {
    let house = ByHand::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ws://{}{PATH}", listener.local_addr().unwrap());
    let server = server::serve_customers(listener, &house.rig.handles, &house.hub).unwrap();
    actix_web::rt::spawn(server);
    let (mut writing, mut socket) = connect_async(url).await.unwrap().0.split();
    let seat = house.meets(json!({}), None);
    let mut says = async |id: &str, channel: &str, data: Value| {
        let message = json!([{ "channel": channel, "clientId": seat.id, "id": id, "data": data }]);
        writing.send(Message::text(message.to_string())).await.unwrap();
    };
    says("first", "/meta/connect", json!({})).await;
    says("held", "/meta/connect", json!({})).await;
    says("marker", "/meta/subscribe", json!({})).await;
    let mut heard = vec![];
    while !heard.contains(&"marker".to_owned()) {
        heard.extend(ids(&socket.next().await.unwrap().unwrap()));
    }
    sleep(Duration::from_millis(100)).await;
    let n_idle = Arc::strong_count(&seat);
    let turn = seat.turn.lock().await;
    let data = json!({ "operation": "requestChat", "nickname": "Ann" });
    says("begun", CHANNEL, data).await;
    // Whoever carries it out holds the seat.
    let has_begun = || async { (n_idle < Arc::strong_count(&seat)).then_some(()) };
    eventually("it waits for its turn", has_begun).await;

    seat.send_on(Duration::ZERO);
    sleep(Duration::from_millis(100)).await;
    drop(turn);
    let code = async {
        loop {
            let message = socket.next().await.unwrap().unwrap();
            heard.extend(ids(&message));
            if let Message::Close(reason) = message {
                return reason.unwrap().code;
            }
        }
    };
    let code = timeout(PATIENCE, code).await.expect("no good bye comes");

    assert_eq!((&*heard.join(" "), code), ("first marker begun held", CloseCode::Restart));
}

fn ids(message: &Message) -> Vec<String> {
    let Message::Text(text) = message else { return vec![] };
    let messages: Vec<Value> = serde_json::from_str(text).unwrap();
    messages.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn says(seat: &Seat, created: &Value, text: &str) -> Value {
    let key = &created["secureKey"];
    publish(seat, json!({ "operation": "sendMessage", "message": text, "secureKey": key }))
}
