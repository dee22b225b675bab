//! What listeners of a session hear from outside.

use crate::base::Position;
use crate::chat::line::Line;
use crate::chat::live::LiveNotice;
use crate::chat::participant::Participant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a participant's connection is told; already cut down to what he may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
