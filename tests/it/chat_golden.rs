//! The stored forms of a chat's events. What was ever written must be read for ever; a new form is
//! added to the golden file on purpose, and a form that is written no more moves to `older`.

use holdfast::base::{Millis, ParticipantId, Position, UserData, Value};
use holdfast::chat::bots::Engagement;
use holdfast::chat::event::{
    Control, EndReason, EndedBy, Event, EventId, Fact, Key, LeaveReason, Notice, Started, TreatAs,
    Words,
};
use holdfast::chat::participant::{ClientVersion, Joined, Protocol, Role, Style, Visibility};
use serde_json::json;

const GOLDEN: &str = include_str!("../golden/chat_events.json");

#[test]
fn every_form_that_was_ever_written_is_read() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    for group in ["written", "older"] {
        for stored in golden[group].as_array().unwrap() {
            let read: Result<Event, _> = serde_json::from_value(stored.clone());
            assert!(read.is_ok(), "{stored}: {read:?}");
        }
    }
}

#[test]
fn events_are_written_as_the_golden_file_says() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let written: Vec<_> = events().iter().map(|event| json!(event)).collect();

    let as_text = serde_json::to_string_pretty(&json!(written)).unwrap();
    assert_eq!(json!(written), golden["written"], "the forms written are\n{as_text}");
    let read: Vec<Event> = serde_json::from_value(golden["written"].clone()).unwrap();
    assert_eq!(read, events());
}

/// One of each fact, each notice, each word of the enums that are stored.
fn events() -> Vec<Event> {
    let mut facts = vec![customer_starts(), agent_joins(), supervisor_joins()];
    facts.extend([Protocol::Esp, Protocol::None].map(server_joins));
    facts.extend([said_in_full(), said_in_short()]);
    facts.extend(notices().map(noticed));
    facts.push(Fact::DataChanged { who: ParticipantId(1), added: data() });
    facts.extend(reasons().map(left));
    facts.push(Fact::ContactFound { contact: "c1".into(), attributes: data() });
    facts.extend(endings().map(|(by, reason)| Fact::Closed { by, reason }));
    facts.extend(idle_notices().map(noticed));
    facts.extend([bot_joins(), said_in_short()]);
    let mut events: Vec<_> =
        (1..).zip(facts).map(|(position, fact)| event(position, fact)).collect();
    events[1].visibility = Visibility::Int;
    events[2].visibility = Visibility::Vip;
    events[5].receiver = Some(ParticipantId(2));
    events[5].key = Some(Box::new(Key { id: "1/k".into(), print: "00FF".into(), answers: None }));
    let words_of_a_bot = events.last_mut().unwrap();
    let answers = Some(Position(7));
    let key = Key { id: "5/turn.7".into(), print: "00FF".into(), answers };
    words_of_a_bot.key = Some(Box::new(key));
    events
}

fn event(position: u64, fact: Fact) -> Event {
    Event {
        position: Position(position),
        at: Millis(1_795_264_496_789),
        visibility: Visibility::All,
        receiver: None,
        key: None,
        fact,
    }
}

fn data() -> UserData {
    let list = UserData::default().with("inner", "text");
    UserData::default().with("text", "a").with("number", Value::Number(7)).with("list", list)
}

fn customer_starts() -> Fact {
    let started = Started {
        subject: "a question".into(),
        tenant: "Environment".into(),
        service: "customer-support".into(),
        queue: "chat-inbound".into(),
        media_type: "chat".into(),
        user_data: data(),
        salt: "0123".into(),
        password: Some("0123456789abcdef".into()),
    };
    let joined = Joined {
        text: Some("hello".into()),
        user_data: data(),
        time_zone_offset: 60,
        ..joined(1, Role::Client, Protocol::Flex)
    };
    Fact::Joined { joined: Box::new(joined), started: Some(Box::new(started)) }
}

fn agent_joins() -> Fact {
    let joined = Joined {
        person: Some("bob".into()),
        style: Style::Bot,
        visibility: Visibility::Int,
        ..joined(2, Role::Agent, Protocol::Basic)
    };
    Fact::Joined { joined: Box::new(joined), started: None }
}

fn bot_joins() -> Fact {
    let engagement = Engagement {
        id: "faq".into(),
        name: "German".into(),
        stops_on_agent_arrival: true,
        stops_on_customer_left: true,
        holds_up: true,
        category: "Dialog".into(),
        function: "Advisor".into(),
    };
    let joined = Joined {
        style: Style::Bot,
        bot: Some(Box::new(engagement)),
        ..joined(5, Role::Agent, Protocol::Esp)
    };
    Fact::Joined { joined: Box::new(joined), started: None }
}

fn supervisor_joins() -> Fact {
    let joined =
        Joined { visibility: Visibility::Vip, ..joined(3, Role::Supervisor, Protocol::Basic) };
    Fact::Joined { joined: Box::new(joined), started: None }
}

fn server_joins(protocol: Protocol) -> Fact {
    let role = if protocol == Protocol::Esp { Role::External } else { Role::System };
    Fact::Joined { joined: Box::new(joined(4, role, protocol)), started: None }
}

fn joined(id: u32, role: Role, protocol: Protocol) -> Joined {
    Joined {
        id: ParticipantId(id),
        user_id: "00AA".into(),
        person: None,
        nickname: "somebody".into(),
        role,
        style: Style::Human,
        visibility: Visibility::All,
        protocol,
        client_version: ClientVersion(106),
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default(),
        bot: None,
    }
}

fn said_in_full() -> Fact {
    let words = Words {
        text: "hello".into(),
        message_type: Some("text".into()),
        treat_as: Some(TreatAs::System),
    };
    Fact::Said { who: ParticipantId(1), words, attributes: data() }
}

fn said_in_short() -> Fact {
    let words = Words { text: "hello".into(), message_type: None, treat_as: None };
    Fact::Said { who: ParticipantId(1), words, attributes: UserData::default() }
}

fn noticed(notice: Notice) -> Fact {
    Fact::Noticed { who: ParticipantId(2), notice, attributes: UserData::default() }
}

fn notices() -> [Notice; 5] {
    let (text, message_type) = (Some("hey".into()), Some("text".into()));
    [
        Notice::PushUrl { url: "https://example.com".into() },
        Notice::Custom { text, message_type, data: data() },
        Notice::Nickname { nickname: "Bob".into() },
        Notice::ReadConfirm { upto: EventId(1_001) },
        Notice::System { command: "configure-session".into(), data: data() },
    ]
}

fn idle_notices() -> [Notice; 5] {
    let (regular, asynchronous) = (Control::Regular, Control::Asynchronous);
    [
        Notice::IdleAlert { text: "still there?".into(), data: data(), of: regular },
        Notice::IdleClose { text: "good night".into() },
        Notice::IdleSet { overrides: data(), of: regular },
        Notice::IdleAlert { text: "still there?".into(), data: data(), of: asynchronous },
        Notice::IdleSet { overrides: data(), of: asynchronous },
    ]
}

fn left(reason: LeaveReason) -> Fact {
    let by_other = reason == LeaveReason::RemovedByOther;
    Fact::Left {
        who: ParticipantId(1),
        asker: by_other.then_some(ParticipantId(2)),
        reason,
        text: by_other.then(|| "bye".into()),
    }
}

fn reasons() -> [LeaveReason; 9] {
    [
        LeaveReason::Normal,
        LeaveReason::CloseIfNoAgents,
        LeaveReason::ForceClose,
        LeaveReason::Disconnect,
        LeaveReason::RemovedByOther,
        LeaveReason::RemovedByServer,
        LeaveReason::BadKey,
        LeaveReason::Inactivity,
        LeaveReason::Restoration,
    ]
}

fn endings() -> [(EndedBy, EndReason); 6] {
    [
        (EndedBy::Client, EndReason::Disconnect),
        (EndedBy::Agent, EndReason::Quit),
        (EndedBy::Supervisor, EndReason::Force),
        (EndedBy::Bot, EndReason::Inactive),
        (EndedBy::System, EndReason::DbError),
        (EndedBy::System, EndReason::Other),
    ]
}
