//! The chat that is stored: a customer comes, and then says some 200 bytes at a time.

use holdfast::base::{Millis, ParticipantId, Position, UserData, UserId};
use holdfast::chat::event::{Event, Fact, Key, Started, Words};
use holdfast::chat::participant::{ClientVersion, Joined, Protocol, Role, Style, Visibility};
use std::sync::Arc;

const CUSTOMER: ParticipantId = ParticipantId(1);

/// The event at a position.
pub fn event(position: u64) -> Arc<Event> {
    let fact = if position == 1 { joined() } else { said() };
    let id = format!("1/message-{position}");
    Arc::new(Event {
        position: Position(position),
        at: Millis(1_790_000_000_000 + position),
        visibility: Visibility::All,
        receiver: None,
        key: Some(Box::new(Key { id, print: "5".repeat(64), answers: None })),
        fact,
    })
}

pub fn events(positions: impl Iterator<Item = u64>) -> Vec<Arc<Event>> {
    positions.map(event).collect()
}

fn said() -> Fact {
    let words = Words { text: "m".repeat(200), ..Words::default() };
    Fact::Said { who: CUSTOMER, words, attributes: UserData::default() }
}

fn joined() -> Fact {
    let joined = Joined {
        id: CUSTOMER,
        user_id: UserId::from("0123456789ABCDEF"),
        person: None,
        nickname: "Ada".to_owned(),
        role: Role::Client,
        style: Style::Human,
        visibility: Visibility::All,
        protocol: Protocol::Flex,
        client_version: ClientVersion::DEFAULT,
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default(),
        bot: None,
    };
    let started = Started {
        subject: "A question".to_owned(),
        tenant: "Environment".to_owned(),
        service: "support".to_owned(),
        queue: "chat-in".to_owned(),
        media_type: "chat".to_owned(),
        user_data: UserData::default(),
        salt: "0".repeat(64),
        password: None,
    };
    Fact::Joined { joined: Box::new(joined), started: Some(Box::new(started)) }
}
