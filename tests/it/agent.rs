//! The agent API over a real socket: tickets, chats, coming back, and clients that misbehave.

use crate::support::desk::{DeskClient, Seen, log_in, open, ticket};
use crate::support::desk_rig::{DeskRig, Settings};
use holdfast::edge::agent::Pace;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::interval;

#[actix_web::test]
async fn two_agents_and_a_customer_chat_and_each_sees_what_is_for_him() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    // A supervisor, who may coach.
    let mut bob = DeskClient::start(rig.address, "sue").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut at_bob = bob.join(&ann.session.0, json!({ "visibility": "INT" })).await;

    rig.says(&ann, "hello").await;
    ada.follow_until(&mut at_ada, "hello").await;
    ada.say(&at_ada, "good day").await;
    let whisper = json!({
        "type": "message", "sessionId": at_bob.session, "text": "ask for the number",
        "visibility": "INT", "eventAttributes": { "kind": "hint" }
    });
    assert_eq!(bob.ask(whisper).await["type"], "ack");
    let direct = json!({
        "type": "message", "sessionId": at_ada.session, "text": "thanks",
        "receiverId": at_bob.user
    });
    assert_eq!(ada.ask(direct).await["type"], "ack");
    ada.say(&at_ada, "last").await;

    ada.follow_until(&mut at_ada, "last").await;
    bob.follow_until(&mut at_bob, "last").await;
    let all = ["hello", "good day", "ask for the number", "thanks", "last"];
    assert_eq!(at_ada.texts(), all);
    assert_eq!(at_bob.texts(), all);
    assert_eq!(rig.texts(&ann).await, ["hello", "good day", "last"]);
    let hint = at_ada.events.iter().find(|one| one["text"] == "ask for the number").unwrap();
    assert_eq!((&hint["visibility"], &hint["userId"]), (&json!("INT"), &json!(at_bob.user)));
    assert_eq!(hint["eventAttributes"]["kind"], "hint");
    let thanks = at_bob.events.iter().find(|one| one["text"] == "thanks").unwrap();
    assert_eq!(thanks["receiverId"], at_bob.user.as_str());
}

#[actix_web::test]
async fn a_supervisor_watches_unseen_and_an_agent_may_not() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut sue = DeskClient::start(rig.address, "sue").await;

    let vip = json!({ "type": "join", "sessionId": ann.session.0, "visibility": "VIP" });
    let refused = ada.ask(vip).await;
    let pretends = DeskClient::open(rig.address, "bob").await;
    let refused_role = register_as(pretends, "SUPERVISOR").await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;
    let at_sue = sue.join(&ann.session.0, json!({ "visibility": "VIP" })).await;

    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!(403)));
    assert_eq!(refused_role["code"], 403);
    assert_eq!(at_ada.count("newParty"), 2);
    assert_eq!(at_sue.count("newParty"), 3);
}

#[actix_web::test]
async fn the_same_message_id_is_one_message_and_one_session() {
    let rig = DeskRig::start().await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let outbound = json!({
        "type": "join", "queue": "Environment:default", "subject": "call back",
        "messageId": "new-1", "text": "calling"
    });
    let first = ada.ask(outbound.clone()).await;
    let again = ada.ask(outbound.clone()).await;
    ada.cut();
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let elsewhere = ada.ask(outbound).await;

    let message = json!({
        "type": "message", "sessionId": first["sessionId"], "text": "once", "messageId": "m1"
    });
    let said = ada.ask(message.clone()).await;
    let said_again = ada.ask(message.clone()).await;
    let mut other = message;
    other["text"] = json!("twice");
    let reused = ada.ask(other).await;

    assert_eq!(first["type"], "ack", "{first}");
    for repeated in [&again, &elsewhere] {
        assert_eq!(repeated["sessionId"], first["sessionId"]);
        assert_eq!(repeated["userId"], first["userId"]);
        assert_eq!(repeated["duplicate"], true);
    }
    assert_eq!(said["eventId"], said_again["eventId"]);
    assert_eq!(said_again["duplicate"], true);
    assert_eq!(reused["code"], 409);
}

#[actix_web::test]
async fn typing_notices_nicknames_and_confirmations_arrive() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut at_bob = bob.join(&ann.session.0, json!({})).await;

    for notice in [
        json!({ "noticeType": "TYPING_STARTED", "text": "I am thin" }),
        json!({ "noticeType": "USER_PUSHED_URL", "text": "https://example.com/" }),
        json!({ "noticeType": "USER_UPDATE_NICK", "text": "Ada L." }),
        json!({
            "noticeType": "SYS_COMMAND", "text": "read-confirm",
            "userData": { "last-event-id": "1" }
        }),
    ] {
        let mut notify = notice;
        notify["type"] = json!("notify");
        notify["sessionId"] = json!(at_ada.session);
        let answer = ada.ask(notify).await;
        assert_eq!(answer["type"], "ack", "{answer}");
    }

    let typing = bob.until("typing").await;
    assert_eq!((&typing["state"], &typing["text"]), (&json!("STARTED"), &json!("I am thin")));
    while at_bob.count("notice") < 3 {
        bob.follow(&mut at_bob).await;
    }
    let kinds = at_bob.events.iter().filter_map(|event| event["noticeType"].as_str());
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["USER_PUSHED_URL", "USER_UPDATE_NICK", "SYS_COMMAND"]);
}

#[actix_web::test]
async fn releasing_others_and_closing_ends_the_session_for_all() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut at_bob = bob.join(&ann.session.0, json!({})).await;

    let out = json!({ "type": "release", "sessionId": at_ada.session, "userId": at_bob.user });
    assert_eq!(ada.ask(out).await["type"], "ack");
    while !at_bob.is_over {
        bob.follow(&mut at_bob).await;
    }
    let end = json!({
        "type": "release", "sessionId": at_ada.session, "afterAction": "ForceClose"
    });
    assert_eq!(ada.ask(end).await["type"], "ack");
    while !at_ada.is_over {
        ada.follow(&mut at_ada).await;
    }

    let left = at_bob.events.last().unwrap();
    assert_eq!((&left["reason"]["code"], &left["askerId"]), (&json!(4), &json!(at_ada.user)));
    let late = ada.say(&at_ada, "too late").await;
    assert_eq!(late["code"], 8201);
}

#[actix_web::test]
async fn who_comes_back_in_time_has_missed_nothing_and_nobody_noticed() {
    let seed = seed();
    let mut dice = Dice(seed);
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let mut at_bob = bob.join(&ann.session.0, json!({})).await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;
    // One more, and the session would be closed for repair.
    let mut n_panics = 0;

    for n in 0..60 {
        rig.says(&ann, &format!("message {n}")).await;
        if dice.throw(3) == 0 {
            ada.follow(&mut at_ada).await;
        }
        match dice.throw(6) {
            0 => {
                let token = ada.resume_token.clone();
                ada.cut();
                ada = DeskClient::resume(rig.address, "ada", &token, &[&at_ada]).await;
            }
            // The old connection lives on until the new one takes its place.
            1 => {
                let token = ada.resume_token.clone();
                let old = ada;
                ada = DeskClient::resume(rig.address, "ada", &token, &[&at_ada]).await;
                drop(old);
            }
            2 if n_panics < 3 => {
                n_panics += 1;
                rig.panic(&ann.session).await;
            }
            _ => {}
        }
    }
    ada.follow_until(&mut at_ada, "message 59").await;
    bob.follow_until(&mut at_bob, "message 59").await;

    let expected: Vec<_> = (0..60).map(|n| format!("message {n}")).collect();
    for (name, seen) in [("ada", &at_ada), ("bob", &at_bob)] {
        assert_eq!(seen.texts(), expected, "{name}, SEED={seed}");
        assert_eq!(seen.count("partyLeft"), 0, "{name}, SEED={seed}");
        assert_eq!(seen.count("newParty"), 3, "{name}, SEED={seed}");
        assert!(seen.ids().is_sorted_by(|a, b| a < b), "{name}, SEED={seed}");
    }
}

#[actix_web::test]
async fn who_does_not_come_back_has_left_by_disconnection() {
    let resume_window = Duration::from_millis(200);
    let rig = DeskRig::start_with(Settings { resume_window, ..Settings::default() }).await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut at_bob = bob.join(&ann.session.0, json!({})).await;
    let token = ada.resume_token.clone();

    ada.cut();
    while at_bob.count("partyLeft") == 0 {
        bob.follow(&mut at_bob).await;
    }
    let mut ada = DeskClient::resume(rig.address, "ada", &token, &[&at_ada]).await;
    let mut late = at_ada.clone();
    ada.follow(&mut late).await;

    let left = at_bob.events.last().unwrap();
    assert_eq!((&left["userId"], &left["reason"]["code"]), (&json!(at_ada.user), &json!(3)));
    assert!(late.is_over, "his own leaving ends the session for him");
    assert_eq!(late.count("partyLeft"), 1);
}

#[actix_web::test]
async fn a_second_connection_takes_the_place_of_the_first() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut first = DeskClient::start(rig.address, "ada").await;
    let mut seen = first.join(&ann.session.0, json!({})).await;

    let token = first.resume_token.clone();
    let mut second = DeskClient::resume(rig.address, "ada", &token, &[&seen]).await;
    second.follow(&mut seen).await;
    second.say(&seen, "over the second").await;
    second.follow_until(&mut seen, "over the second").await;

    assert_eq!(first.close_code().await, Some(4001));
    assert_eq!((seen.count("newParty"), seen.count("partyLeft")), (2, 0));
    let forged = DeskClient::open(rig.address, "bob").await;
    let answer = resume_with(forged, &token).await;
    assert_eq!(answer["code"], 403, "another account's token");
}

#[actix_web::test]
async fn a_session_that_panics_under_its_listeners_goes_on() {
    let rig = DeskRig::start().await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut seen = ada.join(&ann.session.0, json!({})).await;

    rig.says(&ann, "before").await;
    rig.panic(&ann.session).await;
    rig.says(&ann, "after").await;
    ada.follow_until(&mut seen, "after").await;
    let said = ada.say(&seen, "still here").await;
    ada.follow_until(&mut seen, "still here").await;

    assert_eq!(said["type"], "ack");
    assert_eq!(seen.texts(), ["before", "after", "still here"]);
    assert_eq!(seen.count("partyLeft"), 0);
}

#[actix_web::test]
async fn who_does_not_read_is_cut_off_and_comes_back_by_position() {
    let patience = Duration::from_secs(2);
    let pace = Pace { patience, farewell: patience, ..Pace::default() };
    let rig = DeskRig::start_with(Settings { pace, ..Settings::default() }).await;
    let ann = rig.customer("ann").await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;
    let mut at_ada = ada.join(&ann.session.0, json!({})).await;
    let mut at_bob = bob.join(&ann.session.0, json!({})).await;
    let token = ada.resume_token.clone();

    // Enough to fill whatever the system holds back for a socket that nobody reads.
    let long = "x".repeat(60_000);
    for n in 0..150 {
        rig.says(&ann, &format!("{n} {long}")).await;
        bob.follow(&mut at_bob).await;
    }
    let mut again = interval(Duration::from_millis(20));
    while !rig.has_lost_somebody(&ann.session).await {
        again.tick().await;
        assert_eq!(bob.say(&at_bob, "still there?").await["type"], "ack");
        bob.follow(&mut at_bob).await;
    }
    rig.says(&ann, "the last").await;
    bob.follow_until(&mut at_bob, "the last").await;
    let cut = read_to_end(&mut ada, &mut at_ada).await;
    assert!(!at_ada.texts().contains(&"the last".to_owned()), "nothing was left to come back for");
    let mut ada = DeskClient::resume(rig.address, "ada", &token, &[&at_ada]).await;
    ada.follow_until(&mut at_ada, "the last").await;

    assert!(matches!(cut, None | Some(1013)), "{cut:?}");
    assert_eq!(at_ada.texts(), at_bob.texts());
}

#[actix_web::test]
async fn a_ticket_opens_one_socket_and_a_wrong_password_none() {
    let rig = DeskRig::start().await;
    let good = ticket(rig.address, "ada").await;

    assert!(open(rig.address, &good).await.is_ok());
    assert!(open(rig.address, &good).await.is_err());
    assert!(open(rig.address, "made-up").await.is_err());
    let wrong = log_in(rig.address, "ada", "wrong").await;
    let unknown = log_in(rig.address, "nobody", "wrong").await;
    assert_eq!((wrong.status(), unknown.status()), (401.try_into().unwrap(), wrong.status()));
    assert_eq!(wrong.text().await.unwrap(), unknown.text().await.unwrap());
    for _ in 0..4 {
        log_in(rig.address, "ada", "wrong").await;
    }
    assert_eq!(log_in(rig.address, "ada", "wrong").await.status(), 429);
}

#[actix_web::test]
async fn frames_that_are_none_are_refused_with_their_reference() {
    let rig = DeskRig::start().await;
    let mut ada = DeskClient::open(rig.address, "ada").await;

    let early = ada.ask(json!({ "type": "agentLogout" })).await;
    let unknown = ada.ask(json!({ "type": "dance" })).await;
    let surplus = ada.ask(json!({ "type": "accept", "ticket": 1, "colour": "red" })).await;
    let pong = ada.ask(json!({ "type": "ping" })).await;
    let stranger =
        ada.ask(json!({ "type": "message", "sessionId": "x", "text": "let me in" })).await;

    assert_eq!((&early["code"], &stranger["code"]), (&json!(401), &json!(401)));
    assert_eq!((&unknown["code"], &surplus["code"]), (&json!(400), &json!(400)));
    assert_eq!(pong["type"], "pong");
}

#[actix_web::test]
async fn silence_and_late_registration_end_a_connection() {
    let silence = Duration::from_secs(2);
    let pace = Pace { silence, ..Pace::default() };
    let rig = DeskRig::start_with(Settings { pace, ..Settings::default() }).await;
    let mut ada = DeskClient::start(rig.address, "ada").await;

    assert_eq!(ada.close_code().await, Some(4002));
}

#[actix_web::test]
async fn the_server_pings_and_a_flood_of_control_frames_is_cut_off() {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::Message;
    let ping_every = Duration::from_millis(50);
    let pace = Pace { ping_every, ..Pace::default() };
    let rig = DeskRig::start_with(Settings { pace, ..Settings::default() }).await;
    let mut ada = DeskClient::start(rig.address, "ada").await;
    let mut bob = DeskClient::start(rig.address, "bob").await;

    let ping = futures_util::StreamExt::next(&mut ada.socket).await.unwrap().unwrap();
    assert_eq!(ping.into_text().unwrap().as_str(), r#"{"type":"ping"}"#);
    for _ in 0..30 {
        // It may be closed before the last one.
        if bob.socket.send(Message::Ping(Vec::new().into())).await.is_err() {
            break;
        }
    }
    assert!(matches!(bob.close_code().await, Some(1008) | None));
}

async fn register_as(mut client: DeskClient, user_type: &str) -> Value {
    client.ask(json!({ "type": "register", "userType": user_type })).await
}

async fn resume_with(mut client: DeskClient, token: &str) -> Value {
    client.ask(json!({ "type": "register", "resume": { "token": token } })).await
}

/// Takes in what was on its way when a connection was cut; says with what code it was.
async fn read_to_end(client: &mut DeskClient, seen: &mut Seen) -> Option<u16> {
    loop {
        match client.read().await {
            Ok(frame) if frame["type"] == "sessionInfo" => seen.take(&frame),
            Ok(_) => {}
            Err(end) => return end.map(|(code, _)| code),
        }
    }
}

fn seed() -> u64 {
    match std::env::var_os("SEED") {
        Some(seed) => seed.to_str().unwrap().parse().unwrap(),
        None => 20_261_121,
    }
}

/// The same throws for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
