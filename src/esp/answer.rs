//! What a method is answered with, under the guide's names.

use crate::base::time::utc;
use crate::base::{Millis, Position, UserData};
use crate::chat::bots::Ending;
use crate::chat::look::About;

/// A method that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub at: Millis,
    pub done: Done,
    /// The same request was carried out before; this is its first answer again.
    pub is_repeated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It stands there in the transcript.
    Said(Position),
    Changed,
    /// Whether the session is closed now.
    Closing(Closing),
    Described(About),
    BotCame {
        session: String,
    },
    /// It came, and has ended.
    BotEnded {
        session: String,
        ending: Ending,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    Closed,
    Alive,
}

impl Answer {
    /// Results as key-value pairs: texts and whole numbers.
    pub fn parameters(&self) -> UserData {
        let results = UserData::default().with("OccuredAt", utc(self.at));
        match &self.done {
            Done::Said(position) => results.with("ScriptPos", script_position(*position)),
            Done::Changed => results,
            Done::Closing(Closing::Closed) => results.with("IsClosed", 1_i64),
            Done::Closing(Closing::Alive) => results.with("IsClosed", 0_i64),
            Done::Described(about) => {
                let info = UserData::default()
                    .with("CreatedAt", utc(about.started_at))
                    .with("IsRestored", i64::from(about.is_restored));
                results.with("SessionInfo", info)
            }
            Done::BotCame { session } => results.with("ChatBotSessionID", session.as_str()),
            Done::BotEnded { session, ending } => results
                .with("ChatBotSessionID", session.as_str())
                .with("EndedBy", ending.by.as_str())
                .with("EndReason", ending.reason.as_str())
                .with("EndResult", ending.result.as_str()),
        }
    }
}

/// The guide counts from 0.
fn script_position(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_names_of_the_guide() {
        let text = |done: Done| {
            let answer = Answer { at: Millis(1_795_264_496_789), done, is_repeated: false };
            serde_json::to_string(&answer.parameters()).unwrap()
        };
        let about = About {
            started_at: Millis(0),
            is_closed: false,
            is_restored: true,
            is_asynchronous: false,
        };

        let at = r#""OccuredAt":"2026-11-21T12:34:56Z""#;
        assert_eq!(text(Done::Changed), format!("{{{at}}}"));
        assert_eq!(text(Done::Said(Position(1))), format!(r#"{{{at},"ScriptPos":0}}"#));
        assert_eq!(text(Done::Closing(Closing::Closed)), format!(r#"{{"IsClosed":1,{at}}}"#));
        assert_eq!(
            text(Done::Described(about)),
            format!(
                r#"{{{at},"SessionInfo":{{"CreatedAt":"1970-01-01T00:00:00Z","IsRestored":1}}}}"#
            )
        );
    }
}
