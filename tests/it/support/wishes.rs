//! Wishes of the chat house, as edges would make them.

use holdfast::base::{ParticipantId, UserData, UserId};
use holdfast::chat::command::{AfterAction, Command, Join, Leave, Once, Say, Start};
use holdfast::chat::participant::{ClientVersion, Protocol};
use holdfast::chat::{Role, Visibility};

/// Ann comes over the web and starts a session.
pub fn customer_joins() -> Command {
    let start = Start {
        subject: "a question".into(),
        tenant: "Environment".into(),
        service: "customer-support".into(),
        queue: "chat-inbound".into(),
        media_type: "chat".into(),
        salt: "salt".into(),
        password: None,
    };
    let known = [("FirstName", "Ann"), ("LastName", "Lee"), ("EmailAddress", "ann@example.com")];
    Command::Join(Box::new(Join {
        once: None,
        user_id: UserId::from("0123456789ABCDEF"),
        person: None,
        nickname: "Ann".into(),
        role: Role::Client,
        visibility: Visibility::All,
        protocol: Protocol::Flex,
        client_version: ClientVersion::NEWEST,
        time_zone_offset: 0,
        text: None,
        user_data: known.into_iter().collect(),
        start: Some(Box::new(start)),
    }))
}

pub fn says(who: u32, text: &str) -> Command {
    says_once(who, text, None)
}

pub fn says_once(who: u32, text: &str, key: Option<&str>) -> Command {
    Command::Say(Say {
        once: key.map(|id| Once { id: id.into() }),
        who: ParticipantId(who),
        visibility: Visibility::All,
        receiver: None,
        text: text.into(),
        message_type: None,
        treat_as: None,
        attributes: UserData::default(),
    })
}

pub fn leaves(who: u32) -> Command {
    let (asker, who) = (ParticipantId(who), ParticipantId(who));
    Command::Leave(Leave { once: None, asker, who, after: AfterAction::KeepAlive, text: None })
}
