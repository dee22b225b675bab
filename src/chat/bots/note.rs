//! What the log says of bots beside their words: system commands with reserved names. Nodes of before
//! read them like any other; nobody but agents sees who has the floor, and nobody sees the rest.

use crate::base::{ParticipantId, UserData, Value};
use crate::chat::bots::Failure;
use crate::chat::event::{Fact, Notice};
use serde::{Deserialize, Serialize};

const FLOOR: &str = "bot-floor";
const DATA: &str = "bot-data";
const ENDED: &str = "bot-ended";

/// Whom it is about; nobody has the number 0.
const WHO: &str = "participant";
const LIST: &str = "data";
const BY: &str = "endedBy";
const REASON: &str = "endReason";
const RESULT: &str = "endResult";

/// What a note says.
pub enum Note<'a> {
    /// A bot has the floor, or people have it.
    Floor(Option<ParticipantId>),
    Data(ParticipantId, &'a UserData),
    Ended(ParticipantId, Ending),
}

/// How a bot's work in a session ended, for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub by: String,
    pub reason: String,
    pub result: String,
}

impl Ending {
    pub fn new(by: &str, reason: &str) -> Self {
        Self { by: by.to_owned(), reason: reason.to_owned(), result: String::new() }
    }

    pub fn failed(failure: Failure) -> Self {
        Self::new("SYSTEM", failure.reason())
    }

    /// Whether it ended otherwise than anybody wished.
    pub fn is_abnormal(&self) -> bool {
        Failure::ALL.iter().any(|failure| failure.reason() == self.reason)
    }
}

impl Failure {
    const ALL: [Self; 3] = [Self::NoAnswer, Self::BadAnswer, Self::NotConfigured];

    pub fn reason(self) -> &'static str {
        match self {
            Self::NoAnswer => "NO_ANSWER",
            Self::BadAnswer => "BAD_ANSWER",
            Self::NotConfigured => "NOT_CONFIGURED",
        }
    }
}

/// Whether a system command has a name that only the rules may write.
pub fn is_reserved(command: &str) -> bool {
    [FLOOR, DATA, ENDED].contains(&command)
}

pub fn floor(by: ParticipantId, to: Option<ParticipantId>) -> Fact {
    note(by, FLOOR, about(to.unwrap_or(ParticipantId::NOBODY)))
}

pub fn data(to: ParticipantId, data: UserData) -> Fact {
    note(ParticipantId::NOBODY, DATA, about(to).with(LIST, data))
}

pub fn ended(who: ParticipantId, ending: Ending) -> Fact {
    let Ending { by, reason, result } = ending;
    let data = about(who).with(BY, by).with(REASON, reason).with(RESULT, result);
    note(ParticipantId::NOBODY, ENDED, data)
}

fn about(who: ParticipantId) -> UserData {
    UserData::default().with(WHO, i64::from(who.0))
}

fn note(who: ParticipantId, command: &str, data: UserData) -> Fact {
    let notice = Notice::System { command: command.to_owned(), data };
    Fact::Noticed { who, notice, attributes: UserData::default() }
}

/// What a fact says of bots, if it is such a note.
pub fn note_of(fact: &Fact) -> Option<Note<'_>> {
    let Fact::Noticed { notice: Notice::System { command, data }, .. } = fact else {
        return None;
    };
    let who = || match data.get(WHO) {
        Some(Value::Number(number)) => u32::try_from(*number).ok().map(ParticipantId),
        Some(Value::Text(_) | Value::List(_)) | None => None,
    };
    match command.as_str() {
        FLOOR => Some(Note::Floor(who().filter(|who| *who != ParticipantId::NOBODY))),
        DATA => match data.get(LIST) {
            Some(Value::List(list)) => Some(Note::Data(who()?, list)),
            Some(Value::Text(_) | Value::Number(_)) | None => None,
        },
        ENDED => {
            let text = |key: &str| data.text(key).unwrap_or_default();
            let ending = Ending { by: text(BY), reason: text(REASON), result: text(RESULT) };
            Some(Note::Ended(who()?, ending))
        }
        _ => None,
    }
}
