//! From what the APIs show to lines of a history. All three ways of showing an event end here, so
//! that the same event is the same line. Pure.

use crate::cli::talk::http::Message;
use crate::cli::torture::check::{Author, Line, Micros, Party, Sight, What};
use crate::cli::torture::mark::{self, Read};
use crate::edge::agent::wire::event::EventKind;
use crate::edge::agent::wire::{Visibility, WireEvent};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Begins the names of all customers of the torture.
pub const CUSTOMER: &str = "customer-";

/// In which session something is seen, and when the run began: milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub session: &'a str,
    pub began: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Joined,
    Left,
    Said,
    Other,
}

/// An event before it is known what it means.
struct Raw<'a> {
    position: u64,
    kind: Kind,
    nickname: &'a str,
    text: &'a str,
    sight: Sight,
    /// Milliseconds since 1970.
    at: i64,
}

impl Scene<'_> {
    /// What a customer is shown; nothing for what is not stored.
    pub fn of_message(self, message: &Message) -> Option<Line> {
        let kind = match message.kind.as_str() {
            "ParticipantJoined" => Kind::Joined,
            "ParticipantLeft" => Kind::Left,
            "Message" => Kind::Said,
            "TypingStarted" | "TypingStopped" => return None,
            _ => Kind::Other,
        };
        Some(self.line(&Raw {
            position: message.index,
            kind,
            nickname: &message.from.nickname,
            text: message.text.as_deref().unwrap_or_default(),
            sight: Sight::All,
            at: i64::try_from(message.utc_time).unwrap_or_default(),
        }))
    }

    /// What an agent is shown.
    pub fn of_event(self, event: &WireEvent) -> Line {
        let kind = match event.kind {
            EventKind::NewParty => Kind::Joined,
            EventKind::PartyLeft => Kind::Left,
            EventKind::Message => Kind::Said,
            EventKind::Notice => Kind::Other,
        };
        let sight = match event.visibility {
            Visibility::All => Sight::All,
            Visibility::Int => Sight::Agents,
            Visibility::Vip => Sight::Supervisors,
        };
        self.line(&Raw {
            position: event.event_id,
            kind,
            nickname: &event.nickname,
            text: event.text.as_deref().unwrap_or_default(),
            sight,
            at: millis(&event.time),
        })
    }

    /// What stands in the document; nothing if it is no document.
    pub fn of_document(self, document: &Value) -> Option<Vec<Line>> {
        document["events"].as_array()?.iter().map(|row| self.of_row(row)).collect()
    }

    fn of_row(self, row: &Value) -> Option<Line> {
        let text = |name: &str| row[name].as_str();
        let kind = match text("type")? {
            "newParty" => Kind::Joined,
            "partyLeft" => Kind::Left,
            "message" => Kind::Said,
            _ => Kind::Other,
        };
        Some(self.line(&Raw {
            position: row["eventId"].as_u64()?,
            kind,
            nickname: text("userNick")?,
            text: text("msgText").unwrap_or_default(),
            sight: Sight::of_name(text("visibility")?)?,
            at: millis(text("at")?),
        }))
    }

    fn line(self, raw: &Raw<'_>) -> Line {
        let Raw { position, kind, nickname, text, sight, .. } = *raw;
        // Not every way of showing has words for comings and goings.
        let said = if kind == Kind::Said { text } else { "" };
        let mut hasher = DefaultHasher::new();
        (kind, nickname, said).hash(&mut hasher);
        let who = || {
            let is_customer = nickname.starts_with(CUSTOMER);
            if is_customer { Author::Customer } else { Author::Agent }
        };
        let what = match kind {
            Kind::Joined => What::Joined(Party { who: who(), at: self.since_began(raw.at) }),
            Kind::Left => What::Left(Party { who: who(), at: self.since_began(raw.at) }),
            Kind::Said => match mark::read(text) {
                Read::Genuine(mark) if mark.session == self.session => {
                    What::Said(mark.author, mark.cseq)
                }
                Read::Genuine(_) | Read::Foreign => What::Strange,
                Read::Damaged => What::Damaged,
            },
            Kind::Other => What::Other,
        };
        let sight = label(text, sight);
        Line { position, content: hasher.finish(), sight, what }
    }

    fn since_began(self, at: i64) -> Micros {
        u64::try_from(at - self.began).unwrap_or_default() * 1_000
    }
}

/// Whom a message was meant for, as it says itself: customers are shown no labels.
fn label(text: &str, shown: Sight) -> Sight {
    match mark::read(text) {
        Read::Genuine(mark) if mark.sight != Sight::All => mark.sight,
        Read::Genuine(_) | Read::Damaged | Read::Foreign => shown,
    }
}

fn millis(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::mark::Mark;
    use serde_json::json;

    const SCENE: Scene<'_> = Scene { session: "S", began: 1_767_323_045_000 };

    #[test]
    fn all_ways_of_showing_a_message_show_the_same() {
        let text = text("S", Sight::All);

        let seen = [of_customer(&text), of_agent(&text, "ALL"), of_record(&text, "ALL")];

        assert_eq!(seen[0].what, What::Said(Author::Agent, 3));
        assert_eq!([&seen[1], &seen[2]], [&seen[0], &seen[0]]);
    }

    #[test]
    fn a_whisper_is_known_as_one_even_where_no_label_is_shown() {
        let text = text("S", Sight::Agents);

        assert_eq!(of_customer(&text).sight, Sight::Agents);
        assert_eq!(of_agent(&text, "INT").sight, Sight::Agents);
    }

    #[test]
    fn what_does_not_belong_here_is_known() {
        let text = text("S", Sight::All);

        assert_eq!(of_customer(&text.replace(" 3 ", " 4 ")).what, What::Damaged);
        assert_eq!(of_customer("hello").what, What::Strange);
        assert_eq!(of_customer(&self::text("T", Sight::All)).what, What::Strange);
    }

    #[test]
    fn comings_are_timed_by_the_servers_clock() {
        let row = json!({
            "eventId": 1, "type": "newParty", "userNick": "customer-1", "visibility": "ALL",
            "at": "2026-01-02T03:04:06Z", "msgText": "hello",
        });

        let lines = SCENE.of_document(&json!({ "events": [row] })).unwrap();

        let party = Party { who: Author::Customer, at: 1_000_000 };
        assert_eq!(lines[0].what, What::Joined(party));
    }

    fn text(session: &str, sight: Sight) -> String {
        let (session, key) = (session.to_owned(), "k".to_owned());
        Mark { session, author: Author::Agent, cseq: 3, key, sight }.to_text()
    }

    fn of_customer(text: &str) -> Line {
        let message = json!({
            "from": { "nickname": "bob" }, "index": 1_001, "type": "Message", "utcTime": 5,
            "text": text,
        });
        SCENE.of_message(&serde_json::from_value(message).unwrap()).unwrap()
    }

    fn of_agent(text: &str, visibility: &str) -> Line {
        let event = json!({
            "eventId": 1_001, "type": "message", "time": "2026-01-02T03:04:06.123Z", "userId": "U",
            "participantId": 2, "nickname": "bob", "userType": "AGENT", "visibility": visibility,
            "text": text,
        });
        SCENE.of_event(&serde_json::from_value(event).unwrap())
    }

    fn of_record(text: &str, visibility: &str) -> Line {
        let row = json!({
            "eventId": 1_001, "type": "message", "userNick": "bob", "visibility": visibility,
            "at": "2026-01-02T03:04:06Z", "msgText": text,
        });
        SCENE.of_row(&row).unwrap()
    }
}
