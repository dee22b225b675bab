//! What comes together, and what one client has at once.

use super::by_hand::{ByHand, connect, events, publish, read};
use crate::support::patience::eventually;
use holdfast::edge::cometd::bayeux::Looked;
use holdfast::edge::cometd::exchange::{Bringer, Carrier};
use serde_json::json;
use std::sync::atomic::Ordering;

#[actix_web::test]
async fn each_of_several_connects_in_one_request_is_answered_and_events_come_once() {
    for ext in [json!({}), json!({ "ext": { "ack": true } })] {
        for carrier in [Carrier::Polling, Carrier::Socket(1)] {
            let house = ByHand::start();
            let bringer = Bringer { browser: None, carrier, address: None };
            let ann = house.meets(ext.clone(), None);
            let first = connect(&ann, "1", json!({ "ext": { "ack": 0 } }));
            house.brings_by(&bringer, &[first]).await;
            let data = json!({ "operation": "dance" });
            house.brings_by(&bringer, &[publish(&ann, data)]).await;

            let connects =
                ["2", "3", "4"].map(|id| connect(&ann, id, json!({ "ext": { "ack": 0 } })));
            let exchanged = house.brings_by(&bringer, &connects).await;
            let mut answers = read(&exchanged.replies);
            let (last, _) = exchanged.connect.unwrap();
            let Looked::Answer(answer) = last.look() else { panic!("it waits") };
            answers.extend(read(&answer));

            let ids: Vec<_> = answers.iter().filter_map(|one| one["id"].as_str()).collect();
            assert_eq!(ids, ["2", "3", "4"], "{answers:?}");
            assert_eq!(answers.iter().filter(|one| one["data"].is_object()).count(), 1);
            assert!(answers.iter().all(|one| one["successful"] != false), "{answers:?}");
            assert_eq!(answers.last().unwrap()["advice"]["interval"], 0, "{answers:?}");
        }
    }
}

#[actix_web::test]
async fn connects_of_two_clients_in_one_request_are_both_answered() {
    let house = ByHand::start();
    let [ann, ben] = [(); 2].map(|()| house.meets(json!({}), None));
    let both = || [connect(&ann, "ann", json!({})), connect(&ben, "ben", json!({}))];
    let firsts = house.brings(&both()).await;
    assert_eq!(read(&firsts.replies)[0]["id"], "ann");
    assert!(matches!(firsts.connect.unwrap().0.look(), Looked::Answer(_)));

    // Over a socket, where they would be held.
    let bringer = Bringer { browser: None, carrier: Carrier::Socket(1), address: None };
    let held = house.brings_by(&bringer, &both()).await;

    let refused = &read(&held.replies)[0];
    assert_eq!(
        (&refused["id"], &refused["error"]),
        (&json!("ben"), &json!("400::One client at a time"))
    );
    let (held, _) = held.connect.unwrap();
    assert!(held.seat.id == ann.id && matches!(held.look(), Looked::Wait(_)));
}

#[actix_web::test]
async fn who_has_as_many_chats_as_he_may_can_still_ask_again_for_one_that_he_has() {
    let house = ByHand::start();
    let ann = house.meets(json!({}), None);
    let mut created = vec![];
    for _ in 0..8 {
        created.push(house.starts_a_chat(&ann).await);
    }
    let code = async |data| {
        house.brings(&[publish(&ann, data)]).await;
        events(&ann).iter().map(|one| one["errors"][0]["code"].clone()).collect::<Vec<_>>()
    };
    let last = |of: &serde_json::Value| {
        let key = &of["secureKey"];
        json!({ "operation": "requestNotifications", "transcriptPosition": -1, "secureKey": key })
    };

    assert_eq!(code(json!({ "operation": "requestChat", "nickname": "Ann" })).await, [json!(429)]);
    assert_eq!(code(last(&created[3])).await, [json!(null)]);
    let other = house.starts_a_chat(&house.meets(json!({}), None)).await;
    assert_eq!(code(last(&other)).await, [json!(429)]);
}

#[actix_web::test]
async fn who_asks_again_is_known_to_its_chat_by_the_former_number_until_that_tells_it_anew() {
    let house = ByHand::start();
    let ann = house.meets(json!({}), None);
    let created = house.starts_a_chat(&ann).await;
    let told =
        || ann.chats().values().map(|chat| chat.told.load(Ordering::Relaxed)).next().unwrap();
    let first = eventually("it is told", || async { Some(told()).filter(|told| 0 < *told) }).await;

    let again = json!({ "operation": "requestNotifications", "secureKey": created["secureKey"] });
    house.brings(&[publish(&ann, again)]).await;

    assert_eq!(told(), first, "nothing has come over the new one yet");
    eventually("it is told anew", || async { (first < told()).then_some(()) }).await;
}

#[actix_web::test]
async fn a_socket_with_the_cookie_of_another_browser_does_not_speak_for_a_client() {
    let house = ByHand::start();
    let ann = house.meets(json!({}), Some("hers"));
    let error = async |cookie: Option<&str>| {
        let browser = cookie.map(str::to_owned);
        let bringer = Bringer { browser, carrier: Carrier::Socket(1), address: None };
        let answered = house.brings_by(&bringer, &[connect(&ann, "1", json!({}))]).await;
        read(&answered.replies).first().map(|reply| reply["error"].clone())
    };

    assert_eq!(error(Some("mine")).await, Some(json!("402::Unknown client")));
    assert_eq!((error(Some("hers")).await, error(None).await), (None, None));
}
