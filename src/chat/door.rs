//! Who listens to a session from outside.

use crate::base::Position;
use crate::chat::line::Line;
use crate::chat::live::LiveNotice;
use crate::chat::participant::Participant;
use std::sync::Arc;

/// A participant's connection. It must never wait: what it cannot take at once it drops, and asks
/// for again by position. Push is a hint, the position is the truth.
pub trait Listener: Send {
    /// Which connection this is, so that the loss of an older one does not end a newer one.
    fn connection(&self) -> u64;

    fn hear(&mut self, news: News) -> Hearing;
}

/// What a listener is told; already cut down to what its participant may see.
#[derive(Clone, Debug)]
pub enum News {
    Stored {
        lines: Vec<Line>,
        upto: Position,
        /// Nothing more will come for this participant.
        is_over: bool,
    },
    Typing {
        notice: LiveNotice,
        author: Arc<Participant>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    Goes,
    /// Nobody is there any more.
    Gone,
}
