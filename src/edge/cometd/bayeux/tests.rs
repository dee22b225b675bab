//! What a client is told, told by the client's side.

use super::client::Patience;
use super::{Client, Incoming, Looked, Offered, Terms, Text};
use crate::base::Millis;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

const TERMS: Terms = Terms {
    timeout: Duration::from_secs(30),
    interval: Duration::ZERO,
    max_interval: Duration::from_secs(10),
    multi_session_interval: Duration::from_secs(2),
    max_sessions_per_browser: 1,
    max_queue: 4,
    max_queue_bytes: 100,
};

#[test]
fn what_a_client_itself_wished_for_has_room_beyond_what_others_have() {
    let mut client = Told::connected(json!({ "ext": { "ack": true } }));
    let text: Text = "a".into();
    for _ in 0..4 {
        client.is_sent("a");
    }
    assert_eq!(client.client.offer(&text, &TERMS), Offered::Full);
    assert!(!client.client.is_choked(&TERMS));

    for n in 5..=8 {
        assert_eq!(client.client.offer_own(&text), Offered::Taken(n));
    }
    assert!(client.client.is_choked(&TERMS));
}

#[test]
fn what_is_sent_with_a_good_bye_counts_as_heard_by_nobody() {
    for ext in [json!({}), json!({ "ext": { "ack": true } })] {
        let mut client = Told::connected(ext);
        client.is_sent("a");
        assert_eq!(client.client.take_last().len(), 1);
        assert_eq!((client.client.n_delivered(), client.client.n_heard()), (0, 0));
    }
}

#[test]
fn who_does_not_acknowledge_has_heard_what_was_sent_before_he_went_on() {
    let mut client = Told::connected(json!({}));
    let connect = client.begins(json!({}));
    client.is_sent("a");
    assert_eq!(client.looks(&connect), Ok(vec!["a".into(), "connect".into()]));
    client.is_sent("b");

    assert_eq!(client.client.n_heard(), 0, "it was sent, and nobody knows where it is");
    client.client.heard(u64::MAX);
    assert_eq!(client.client.n_heard(), 1);
    client.client.heard(0);
    assert_eq!(client.client.n_heard(), 1);

    // What went over a socket that is there no more is not vouched for by the next one.
    assert_eq!(client.client.take().len(), 1);
    client.client.came_another_way();
    client.client.heard(u64::MAX);
    assert_eq!(client.client.n_heard(), 1);
    client.is_sent("c");
    assert_eq!(client.client.take().len(), 1);
    client.client.heard(u64::MAX);
    assert_eq!(client.client.n_heard(), 3);
}

#[test]
fn the_first_connect_is_answered_at_once_and_the_next_one_waits_until_something_is_there() {
    let mut client = Told::new(json!({}));
    assert_eq!(client.connects(json!({})), ["connect"]);

    let second = client.begins(json!({}));
    assert_eq!(client.looks(&second), Err(30_000));
    client.now = Millis(2_000);
    assert_eq!(client.looks(&second), Err(28_000));
    client.is_sent("a");
    client.is_sent("b");

    assert_eq!(client.looks(&second), Ok(vec!["a".into(), "b".into(), "connect".into()]));
}

#[test]
fn a_connect_is_answered_when_its_time_is_over_and_the_client_may_ask_for_less_but_not_for_more() {
    let mut client = Told::connected(json!({}));
    let connect = client.begins(json!({ "advice": { "timeout": 5_000 } }));
    assert_eq!(client.looks(&connect), Err(5_000));
    client.now = Millis(5_000);
    assert_eq!(client.looks(&connect), Ok(vec!["connect".into()]));

    let connect = client.begins(json!({ "advice": { "timeout": 999_000 } }));
    assert_eq!(client.looks(&connect), Err(30_000));
}

#[test]
fn a_second_connect_takes_the_place_of_the_first_which_is_told_to_take_its_time() {
    let mut client = Told::connected(json!({}));
    let first = client.begins(json!({ "id": "1" }));
    let second = client.begins(json!({ "id": "2" }));

    let answer = client.answer(&first);
    assert_eq!(
        (&answer["id"], &answer["successful"], &answer["advice"]["interval"]),
        (&json!("1"), &json!(true), &json!(2_000))
    );
    assert_eq!(client.looks(&second), Err(30_000));
    client.is_sent("a");
    let answer = client.answer(&second);
    assert_eq!(answer["advice"]["interval"], 0, "what is agreed holds again: {answer}");
}

#[test]
fn a_client_beside_others_of_its_browser_does_not_wait_and_hears_why() {
    let mut client = Told::connected(json!({}));
    let connect = client.begins_with(json!({}), Patience::Crowded);

    let answer = client.answer(&connect);

    assert_eq!(answer["advice"]["multiple-clients"], true);
    assert_eq!(answer["advice"]["interval"], 2_000);
    client.now = Millis(11_999);
    assert!(!client.client.is_expired(client.now));
    client.now = Millis(12_000);
    assert!(client.client.is_expired(client.now));

    let alone = client.begins(json!({}));
    assert_eq!(client.answer(&alone)["advice"]["interval"], 0);
    let next = client.begins(json!({}));
    assert_eq!(client.looks(&next), Err(30_000));
}

#[test]
fn who_is_silent_is_forgotten_and_who_waits_is_not() {
    let mut client = Told::new(json!({}));
    assert!(!client.client.is_expired(Millis(9_999)) && client.client.is_expired(Millis(10_000)));

    client.connects(json!({}));
    let connect = client.begins(json!({}));
    assert!(!client.client.is_expired(Millis(1_000_000)));
    client.now = Millis(20_000);
    client.client.abandon(connect.0, (&TERMS, client.now));
    assert!(!client.client.is_expired(Millis(29_999)) && client.client.is_expired(Millis(30_000)));
}

#[test]
fn so_much_waits_and_no_more_and_one_message_of_any_length_always_may() {
    let mut client = Told::connected(json!({}));
    let long = "x".repeat(500);
    assert_eq!(client.is_sent(&long), Offered::Taken(1));
    assert_eq!(client.is_sent("a"), Offered::Full);
    assert_eq!(client.client.take().len(), 1);

    let offered: Vec<_> = (0..5).map(|_| client.is_sent("a")).collect();

    assert_eq!(offered[3..], [Offered::Taken(5), Offered::Full]);
    client.client.leave();
    assert_eq!(client.is_sent("a"), Offered::Gone);
}

#[test]
fn who_acknowledges_is_sent_again_what_he_does_not_have_and_in_order() {
    let mut client = Told::connected(json!({ "ext": { "ack": true } }));
    let connect = client.begins(json!({ "ext": { "ack": 0 } }));
    client.is_sent("a");
    assert_eq!(client.looks(&connect), Ok(vec!["a".into(), "connect 1".into()]));
    client.is_sent("b");
    assert_eq!(client.client.take(), Vec::<Text>::new(), "only with a connect");

    assert_eq!(client.connects(json!({ "ext": { "ack": 0 } })), ["a", "b", "connect 2"]);
    let connect = client.begins(json!({ "ext": { "ack": 2 } }));
    assert_eq!(client.looks(&connect), Err(30_000));
    client.is_sent("c");
    assert_eq!(client.looks(&connect), Ok(vec!["c".into(), "connect 3".into()]));
}

#[test]
fn who_counts_from_below_zero_on_is_sent_the_first_batch_again_too() {
    let mut client = Told::new(json!({ "ext": { "ack": true } }));
    client.connects(json!({ "ext": { "ack": -1 } }));
    client.is_sent("a");
    assert_eq!(client.connects(json!({ "ext": { "ack": -1 } })), ["a", "connect 1"]);

    assert_eq!(client.connects(json!({ "ext": { "ack": -1 } })), ["a", "connect 2"]);
}

#[test]
fn what_is_not_acknowledged_takes_room_and_who_says_nothing_has_got_it() {
    let mut client = Told::connected(json!({ "ext": { "ack": true } }));
    for _ in 0..4 {
        client.is_sent("a");
    }
    assert_eq!(client.connects(json!({ "ext": { "ack": 0 } })).len(), 5);
    assert_eq!(client.is_sent("a"), Offered::Full);

    client.begins(json!({}));

    assert_eq!(client.is_sent("a"), Offered::Taken(5));
}

#[test]
fn it_is_known_how_many_messages_are_with_a_client() {
    let delivered = |ext: Value| {
        let mut client = Told::connected(ext);
        client.is_sent("a");
        client.is_sent("b");
        let waiting = client.client.n_delivered();
        client.connects(json!({ "ext": { "ack": 0 } }));
        client.is_sent("c");
        let sent = client.client.n_delivered();
        client.begins(json!({ "ext": { "ack": 1 } }));
        [waiting, sent, client.client.n_delivered()]
    };

    assert_eq!(delivered(json!({})), [0, 2, 2], "what is sent");
    assert_eq!(delivered(json!({ "ext": { "ack": true } })), [0, 0, 2], "what it says to have");
}

#[test]
fn who_leaves_or_is_sent_on_hears_it_with_what_still_waited() {
    let mut client = Told::connected(json!({}));
    let connect = client.begins(json!({}));
    client.is_sent("a");
    client.client.send_on(Duration::from_millis(700));

    let Looked::Answer(messages) = client.look(&connect) else { panic!() };
    let answer: Value = serde_json::from_str(&messages[1]).unwrap();
    assert_eq!(answer["error"], "402::Unknown client");
    assert_eq!(answer["advice"], json!({ "reconnect": "handshake", "interval": 700 }));

    let mut client = Told::connected(json!({}));
    let connect = client.begins(json!({}));
    client.client.leave();
    assert_eq!(client.answer(&connect)["advice"]["reconnect"], "none");
}

/// What may happen to a client.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sent,
    Answered,
    /// The answer does not arrive.
    Lost,
}

proptest! {
    #[test]
    fn whatever_is_lost_who_acknowledges_gets_everything_once_and_in_order(
        steps in prop::collection::vec(
            prop_oneof![Just(Step::Sent), Just(Step::Answered), Just(Step::Lost)],
            0..200,
        ),
    ) {
        let mut client = Told::connected(json!({ "ext": { "ack": true } }));
        let (mut sent, mut got, mut acknowledged) = (0, Vec::new(), 0);
        let settled = [Step::Answered, Step::Answered];
        for step in steps.into_iter().chain(settled) {
            if let Step::Sent = step {
                let offered = client.is_sent(&sent.to_string());
                sent += usize::from(matches!(offered, Offered::Taken(_)));
                continue;
            }
            let message = json!({ "advice": { "timeout": 0 }, "ext": { "ack": acknowledged } });
            let connect = client.begins(message);
            let Looked::Answer(mut messages) = client.look(&connect) else { panic!("it waits") };
            let answer: Value = serde_json::from_str(&messages.pop().unwrap()).unwrap();
            if let Step::Answered = step {
                got.extend(messages.iter().map(|text| text.parse::<usize>().unwrap()));
                acknowledged = answer["ext"]["ack"].as_u64().unwrap();
            }
        }
        prop_assert_eq!(got, (0..sent).collect::<Vec<_>>());
    }
}

/// A client and its clock.
struct Told {
    client: Client,
    now: Millis,
}

impl Told {
    fn new(handshake: Value) -> Self {
        let handshake: Incoming = serde_json::from_value(handshake).unwrap();
        let now = Millis(0);
        Self { client: Client::new("c".into(), None, &handshake, (&TERMS, now)), now }
    }

    fn connected(handshake: Value) -> Self {
        let mut told = Self::new(handshake);
        told.connects(json!({ "ext": { "ack": 0 } }));
        told
    }

    fn begins(&mut self, message: Value) -> (u64, Incoming) {
        self.begins_with(message, Patience::AsAgreed)
    }

    fn begins_with(&mut self, message: Value, patience: Patience) -> (u64, Incoming) {
        let message: Incoming = serde_json::from_value(message).unwrap();
        (self.client.connect(&message, patience, (&TERMS, self.now)), message)
    }

    fn look(&mut self, (number, message): &(u64, Incoming)) -> Looked {
        self.client.look((*number, message), (&TERMS, self.now))
    }

    /// What comes, or for how many milliseconds nothing does.
    fn looks(&mut self, connect: &(u64, Incoming)) -> Result<Vec<String>, u64> {
        match self.look(connect) {
            Looked::Answer(messages) => Ok(messages.iter().map(|one| in_short(one)).collect()),
            Looked::Wait(span) => Err(u64::try_from(span.as_millis()).unwrap()),
        }
    }

    fn answer(&mut self, connect: &(u64, Incoming)) -> Value {
        let Looked::Answer(messages) = self.look(connect) else { panic!("it waits") };
        serde_json::from_str(messages.last().unwrap()).unwrap()
    }

    fn connects(&mut self, message: Value) -> Vec<String> {
        let connect = self.begins(message);
        self.looks(&connect).unwrap()
    }

    fn is_sent(&mut self, text: &str) -> Offered {
        self.client.offer(&text.into(), &TERMS)
    }
}

fn in_short(message: &str) -> String {
    let Ok(Value::Object(reply)) = serde_json::from_str(message) else { return message.to_owned() };
    match reply.get("ext") {
        Some(ext) => format!("connect {}", ext["ack"]),
        None => "connect".to_owned(),
    }
}
