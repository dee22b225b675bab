//! Wishes that are refused: the caller's matter, each with a code on the wire.

use crate::base::ParticipantId;
use crate::base::user_data::UserDataFault;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rejection {
    #[error("there is no such session")]
    NotStarted,
    #[error("the session is closed")]
    Closed,
    #[error("participant {0} is not in the session")]
    NotInSession(ParticipantId),
    #[error("participant {0} has left the session")]
    HasLeft(ParticipantId),
    #[error("{0}")]
    NotAllowed(Cow<'static, str>),
    #[error("the session asks for a password, and this is not it")]
    BadPassword,
    #[error("a nickname is needed")]
    NoNickname,
    #[error("the text is {got} bytes long, at most {most} are allowed")]
    TextTooLong { got: usize, most: usize },
    #[error("a message needs a text")]
    EmptyText,
    #[error(transparent)]
    UserData(#[from] UserDataFault),
    #[error("the session has {most} events, which is the most it may have")]
    TooManyEvents { most: u64 },
    #[error("the transcript has {most} bytes, which is the most it may have")]
    TranscriptTooLarge { most: usize },
    #[error("too many requests for this session, slow down")]
    TooFast,
    #[error("the receiver is not in the session")]
    NoSuchReceiver,
    #[error("the same message id was used for another request")]
    KeyReused,
    #[error("a message id has 1 to 64 printable characters")]
    BadKey,
}

impl Rejection {
    pub fn not_allowed(why: &'static str) -> Self {
        Self::NotAllowed(Cow::Borrowed(why))
    }
}
