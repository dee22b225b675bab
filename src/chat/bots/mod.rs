//! Bots that the gateway brings into a session: what they were engaged for, whose turn it is, what
//! each has answered. All of it is folded from the log, so that a bot goes on where it was on whatever
//! node the session lives next.
//!
//! ```text
//! BotWish --decide/bots--> joined, said, noticed, left --Bots::fold--> floor, answered, wanted
//!                                    Telling::due --BotReport--> the gateway --BotWish::Turn--> …
//! ```
//!
//! Invariants: a bot that customers see has turns only while it has the floor; what a bot did gives no
//! bot a turn; a turn counts once, by the position that it answers, however often it was asked for; a
//! bot sees nothing that is less visible than itself.
//!
//! What happened to bots stands in the log as forms that were there before: joinings, words, leavings,
//! and system commands with the names below, which nobody may send (decision 0034).

mod memory;
mod note;
mod telling;

pub use memory::{Bot, Bots};
pub use note::{Ending, is_reserved};
pub(super) use note::{data, ended, floor};
pub use telling::{BotReport, Occasion, Telling};

use crate::base::{ParticipantId, Position, UserData, UserId};
pub use crate::chat::engagement::Engagement;
use crate::chat::participant::Visibility;
use crate::chat::wish::{NoticeWish, Once};
use serde::{Deserialize, Serialize};

/// What is wished of bots, or by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BotWish {
    Start(StartBot),
    Stop(StopBot),
    Send(SendData),
    /// An agent takes the chat back.
    Take {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        once: Option<Once>,
        asker: ParticipantId,
    },
    Turn(Turn),
    /// It gave no answer that could be carried out.
    Fail {
        who: ParticipantId,
        after: Position,
        reason: Failure,
    },
}

/// A bot is to come. One that an agent asks for gets the floor, also if it is there already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartBot {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    /// Whose names of requests these are, if it is no participant.
    pub client: String,
    /// Made up for this joining.
    #[serde(default = "no_user_id", skip_serializing_if = "is_no_user_id")]
    pub user_id: UserId,
    /// The agent who hands the chat over.
    pub asker: Option<ParticipantId>,
    pub nickname: String,
    pub visibility: Visibility,
    pub engagement: Engagement,
}

/// Which bot of a session is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopBot {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub client: String,
    pub which: Which,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendData {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    pub client: String,
    pub which: Which,
    pub data: UserData,
}

/// What a bot does about everything up to a position. It is carried out whole or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub who: ParticipantId,
    /// What was answered before it. If that has changed, this answer comes too late.
    pub after: Position,
    pub upto: Position,
    pub acts: Vec<Act>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act {
    Say {
        text: String,
        message_type: Option<String>,
        attributes: UserData,
    },
    Notice {
        notice: NoticeWish,
        attributes: UserData,
    },
    Attach(UserData),
    /// Gives the floor to the agents. If there are none, it ends, so that its workflow looks for one.
    HandOver,
    Leave {
        result: String,
    },
}

/// Why a bot has no turns any more, though nobody asked it to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// Not in time, however often it was asked.
    NoAnswer,
    /// One that makes no sense, or that the session does not allow.
    BadAnswer,
    /// This node knows no such bot.
    NotConfigured,
}

/// A bot session as it is looked at from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BotSeen {
    pub which: Which,
    pub has_floor: bool,
    /// How it ended; nothing while it is there.
    pub ending: Option<Ending>,
}

impl Engagement {
    pub fn which(&self) -> Which {
        Which { id: self.id.clone(), name: self.name.clone() }
    }
}

impl BotWish {
    /// Its author's name for it, with whoever it belongs to.
    pub fn key(&self) -> Option<String> {
        let outside = |client: &str, once: &Option<Once>| {
            Some(format!("outside/{client}/{}", once.as_ref()?.id))
        };
        let inside =
            |who: &ParticipantId, once: &Option<Once>| Some(format!("{who}/{}", once.as_ref()?.id));
        match self {
            Self::Start(StartBot { asker: Some(asker), once, .. }) => inside(asker, once),
            Self::Start(StartBot { client, once, .. }) => outside(client, once),
            Self::Stop(StopBot { client, once, .. }) => outside(client, once),
            Self::Send(SendData { client, once, .. }) => outside(client, once),
            Self::Take { once, asker } => inside(asker, once),
            // Bots have no names for their words: the position that they answer is one.
            Self::Turn(turn) => Some(format!("{}/turn.{}", turn.who, turn.upto.0)),
            Self::Fail { .. } => None,
        }
    }

    /// The name that a client gave it.
    pub fn once(&self) -> Option<&Once> {
        match self {
            Self::Start(StartBot { once, .. })
            | Self::Stop(StopBot { once, .. })
            | Self::Send(SendData { once, .. })
            | Self::Take { once, .. } => once.as_ref(),
            Self::Turn(_) | Self::Fail { .. } => None,
        }
    }

    /// What was wished, without what was made up for it.
    pub fn as_asked(&mut self) {
        match self {
            Self::Start(start) => {
                start.once = None;
                start.user_id = no_user_id();
            }
            Self::Stop(stop) => stop.once = None,
            Self::Send(send) => send.once = None,
            Self::Take { once, .. } => *once = None,
            Self::Turn(_) | Self::Fail { .. } => {}
        }
    }

    /// What its words answer, if it is a turn.
    pub fn answers(&self) -> Option<Position> {
        match self {
            Self::Turn(turn) => Some(turn.upto),
            Self::Start(_)
            | Self::Stop(_)
            | Self::Send(_)
            | Self::Take { .. }
            | Self::Fail { .. } => None,
        }
    }
}

fn no_user_id() -> UserId {
    UserId(String::new())
}

fn is_no_user_id(user_id: &UserId) -> bool {
    user_id.0.is_empty()
}
