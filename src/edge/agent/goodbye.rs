//! Why a socket is closed by the server, with the code and the words that the client gets.

use actix_ws::{CloseCode, CloseReason};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// The client said it first.
    Answered,
    /// The node is about to stop.
    Stopping,
    /// The node lets its clients go to another one.
    Moving,
    /// Another connection took this one's place.
    Replaced,
    /// The client does not read what it is sent.
    TooSlow,
    /// No sign of life.
    Silent,
    /// A frame or a message is too long.
    TooLarge,
    BadFrame,
    /// Too many pings.
    Flood,
    /// No `register` in time.
    NotRegistered,
}

impl Goodbye {
    pub fn reason(self) -> CloseReason {
        let (code, words) = match self {
            Self::Answered => (CloseCode::Normal, "good bye"),
            Self::Stopping => (CloseCode::Away, "the node stops, come back and resume"),
            Self::Moving => (CloseCode::Restart, "go on at another node, resume by position"),
            Self::Replaced => (CloseCode::Other(4001), "replaced by a newer connection"),
            Self::TooSlow => (CloseCode::Again, "reads too slowly, resume by position"),
            Self::Silent => (CloseCode::Other(4002), "no sign of life"),
            Self::TooLarge => (CloseCode::Size, "frame too long"),
            Self::BadFrame => (CloseCode::Protocol, "not a frame of this protocol"),
            Self::Flood => (CloseCode::Policy, "too many control frames"),
            Self::NotRegistered => (CloseCode::Other(4003), "not registered in time"),
        };
        CloseReason { code, description: Some(words.to_owned()) }
    }

    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "closed by client",
            Self::Stopping => "the node stops",
            Self::Moving => "moved on",
            Self::Replaced => "replaced",
            Self::TooSlow => "too slow",
            Self::Silent => "silent",
            Self::TooLarge => "frame too long",
            Self::BadFrame => "bad frame",
            Self::Flood => "too many control frames",
            Self::NotRegistered => "not registered",
        }
    }
}
