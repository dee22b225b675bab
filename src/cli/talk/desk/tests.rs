//! A desk and a server that is played by hand.

use super::*;
use crate::cli::talk::line::AgentWish;
use crate::edge::agent::wire::request::AfterAction;
use serde_json::{Value, json};

#[test]
fn an_invitation_is_accepted_and_the_chat_joined() {
    let mut desk = desk(Acceptance::AtOnce);
    let deeds = logged_in(&mut desk);
    assert_eq!(kinds(&deeds), ["agentLogin"]);

    let accept = sent(&desk.hear(invite(7)));
    assert_eq!((&accept["type"], &accept["ticket"]), (&json!("accept"), &json!(7)));
    let join = sent(&hear(
        &mut desk,
        json!({"type": "ack", "ref": accept["ref"], "interactionId": "CHAT"}),
    ));
    assert_eq!((&join["type"], &join["sessionId"]), (&json!("join"), &json!("CHAT")));
    hear(&mut desk, json!({"type": "ack", "ref": join["ref"], "userId": "U1"}));

    let message = sent(&desk.wish(AgentWish::Say("hello".into())));
    assert_eq!((&message["type"], &message["text"]), (&json!("message"), &json!("hello")));
}

#[test]
fn without_being_told_to_nobody_accepts() {
    let mut desk = desk(Acceptance::ByHand);
    logged_in(&mut desk);

    assert_eq!(kinds(&desk.hear(invite(7))), Vec::<String>::new());
    assert_eq!(kinds(&desk.wish(AgentWish::Accept)), ["accept"]);
}

#[test]
fn lines_go_one_after_the_other() {
    let mut desk = in_chat();
    let first = sent(&desk.wish(AgentWish::Say("one".into())));
    assert_eq!(kinds(&desk.wish(AgentWish::Say("two".into()))), Vec::<String>::new());

    let second = sent(&hear(&mut desk, json!({"type": "ack", "ref": first["ref"]})));

    assert_eq!(second["text"], "two");
    assert_ne!(first["messageId"], second["messageId"]);
}

#[test]
fn what_was_not_acknowledged_is_sent_again_by_the_same_name() {
    let mut desk = in_chat();
    tell(&mut desk, 1_001, "hello");
    let first = sent(&desk.wish(AgentWish::Say("one".into())));
    desk.lost();
    assert_eq!(desk.wish(AgentWish::Say("two".into())), []);

    let register = sent(&desk.connected());
    assert_eq!(
        register["resume"],
        json!({
            "token": "T",
            "sessions": [{"sessionId": "CHAT", "userId": "U1", "lastEventId": 1_001}],
        })
    );
    let again = sent(&hear(&mut desk, registered(&register)));

    assert_eq!(again["messageId"], first["messageId"]);
    assert_eq!(sent(&hear(&mut desk, json!({"type": "ack", "ref": again["ref"]})))["text"], "two");
}

#[test]
fn a_joining_that_nobody_answered_is_repeated_by_the_same_name() {
    let mut desk = desk(Acceptance::AtOnce);
    logged_in(&mut desk);
    let accept = sent(&desk.hear(invite(7)));
    let accepted = json!({"type": "ack", "ref": accept["ref"], "interactionId": "CHAT"});
    let join = sent(&hear(&mut desk, accepted));

    let register = sent(&desk.connected());
    let again = sent(&hear(&mut desk, registered(&register)));

    assert_eq!(register["resume"]["sessions"], json!([]));
    assert_eq!((&again["type"], &again["messageId"]), (&json!("join"), &join["messageId"]));
}

#[test]
fn a_server_that_is_busy_is_asked_again_later() {
    let mut desk = in_chat();
    let first = sent(&desk.wish(AgentWish::Say("one".into())));
    let busy = json!({"type": "error", "ref": first["ref"], "code": 503, "text": "busy"});
    assert_eq!(hear(&mut desk, busy), [Deed::TryLater]);

    assert_eq!(sent(&desk.flush())["messageId"], first["messageId"]);
    assert_eq!(desk.flush(), []);
}

#[test]
fn every_event_is_shown_once() {
    let mut desk = in_chat();

    assert_eq!(tell(&mut desk, 1_001, "hello"), ["#1 [12:34:56] Ann: hello"]);
    assert_eq!(tell(&mut desk, 1_001, "hello"), Vec::<String>::new());
    assert_eq!(tell(&mut desk, 2_001, "are you there?"), ["#1 [12:34:56] Ann: are you there?"]);
}

#[test]
fn a_logout_for_a_lost_connection_is_answered_by_a_login() {
    let mut desk = in_chat();
    let register = sent(&desk.connected());
    hear(&mut desk, registered(&register));

    let login = sent(&hear(&mut desk, json!({"type": "loggedOut", "reason": "connection_lost"})));

    assert_eq!(login["media"], json!([{"media": "chat", "state": "ready"}]));
}

#[test]
fn what_lies_on_the_desk_is_taken_up_again_but_not_what_was_left() {
    let mut desk = in_chat();
    let release = sent(&desk.wish(AgentWish::Leave(AfterAction::KeepAlive)));
    assert_eq!(release["afterAction"], "KeepAlive");
    hear(&mut desk, json!({"type": "ack", "ref": release["ref"]}));

    assert_eq!(kinds(&desk.hear(handled("CHAT"))), Vec::<String>::new());
    assert_eq!(kinds(&desk.hear(handled("OTHER"))), ["join"]);
}

#[test]
fn who_quits_leaves_his_chats_and_logs_out() {
    let mut desk = in_chat();
    let message = sent(&desk.wish(AgentWish::Say("bye".into())));
    assert_eq!(desk.wish(AgentWish::Quit), []);

    let release = sent(&hear(&mut desk, json!({"type": "ack", "ref": message["ref"]})));
    assert_eq!(release["afterAction"], "CloseIfNoAgents");
    let logout = sent(&hear(&mut desk, json!({"type": "ack", "ref": release["ref"]})));
    assert_eq!(logout["type"], "agentLogout");

    assert_eq!(hear(&mut desk, json!({"type": "ack", "ref": logout["ref"]})), [Deed::End]);
}

#[test]
fn a_chat_that_is_over_is_forgotten() {
    let mut desk = in_chat();
    let over = json!({
        "type": "sessionInfo", "sessionId": "CHAT", "status": "OVER", "events": [], "position": 9,
    });

    assert_eq!(hear(&mut desk, over), [Deed::Note("the end of chat #1".into())]);
    let deeds = desk.wish(AgentWish::Say("hello?".into()));
    assert_eq!(deeds, [Deed::Note("you are in no chat; that was not said".into())]);
}

#[test]
fn a_token_of_another_server_is_given_up() {
    let mut desk = in_chat();
    let register = sent(&desk.connected());
    let refused = json!({"type": "error", "ref": register["ref"], "code": 403, "text": "no"});
    assert_eq!(hear(&mut desk, refused), [Deed::Reconnect]);

    assert_eq!(sent(&desk.connected())["resume"], Value::Null);
}

fn desk(acceptance: Acceptance) -> Desk {
    Desk::new("run", acceptance, TimeZone::UTC)
}

fn logged_in(desk: &mut Desk) -> Vec<Deed> {
    let register = sent(&desk.connected());
    hear(desk, registered(&register))
}

fn in_chat() -> Desk {
    let mut desk = desk(Acceptance::AtOnce);
    logged_in(&mut desk);
    let join = sent(&desk.hear(handled("CHAT")));
    hear(&mut desk, json!({"type": "ack", "ref": join["ref"], "userId": "U1"}));
    desk
}

fn registered(register: &Value) -> Value {
    json!({
        "type": "registered", "ref": register["ref"], "agent": "bob", "connectionId": "C",
        "resumeToken": "T", "resumeWindow": 15, "pingInterval": 25,
    })
}

fn interaction(id: &str) -> Value {
    json!({
        "interactionId": id, "media": "chat", "tenant": "Environment",
        "interactionType": "Inbound", "subtype": "InboundNew", "queue": "Q",
        "receivedAt": "", "placedInQueueAt": "", "submittedBy": "chat", "isOnline": true,
        "parties": [], "userData": {},
    })
}

fn invite(ticket: u64) -> Frame {
    let interaction = interaction("CHAT");
    serde_json::from_value(json!({
        "type": "invite", "ticket": ticket, "deadline": "", "remainingMs": 15_000,
        "interaction": interaction,
    }))
    .unwrap()
}

fn handled(id: &str) -> Frame {
    let handled = [interaction(id)];
    serde_json::from_value(json!({
        "type": "agentStatus", "agent": "bob", "media": [], "invitations": [], "handled": handled,
    }))
    .unwrap()
}

fn tell(desk: &mut Desk, event_id: u64, text: &str) -> Vec<String> {
    let event = json!({
        "eventId": event_id, "type": "message", "time": "2026-11-21T12:34:56.789Z", "userId": "U9",
        "participantId": 1, "nickname": "Ann", "userType": "CLIENT", "visibility": "ALL",
        "text": text,
    });
    let info = json!({
        "type": "sessionInfo", "sessionId": "CHAT", "status": "ALIVE", "events": [event],
        "position": event_id,
    });
    let deeds = hear(desk, info);
    let shown = deeds.iter().map(|deed| {
        let Deed::Show(line) = deed else { panic!("{deed:?}") };
        line.clone()
    });
    shown.collect()
}

fn hear(desk: &mut Desk, frame: Value) -> Vec<Deed> {
    desk.hear(serde_json::from_value(frame).unwrap())
}

fn frames(deeds: &[Deed]) -> Vec<Value> {
    let sent = deeds.iter().filter_map(|deed| {
        let Deed::Send(frame) = deed else { return None };
        Some(serde_json::to_value(frame).unwrap())
    });
    sent.collect()
}

/// The one frame that was sent.
fn sent(deeds: &[Deed]) -> Value {
    let frames = frames(deeds);
    assert_eq!(frames.len(), 1, "{deeds:?}");
    frames[0].clone()
}

fn kinds(deeds: &[Deed]) -> Vec<String> {
    frames(deeds).iter().map(|frame| frame["type"].as_str().unwrap().to_owned()).collect()
}
