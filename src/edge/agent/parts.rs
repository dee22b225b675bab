//! What somebody is to an interaction, on the wire.

use super::wire::Visibility;
use super::wire::frame::{self, Observer};
use super::wire::request::VisibilityMode;
use crate::base::AgentId;
use crate::interaction::{Operation, Part};

pub fn observer((agent, part): &(AgentId, Part)) -> Option<Observer> {
    let visibility_mode = visibility_mode(*part)?;
    Some(Observer { agent: agent.0.clone(), visibility_mode })
}

pub fn part(mode: VisibilityMode) -> Part {
    match mode {
        VisibilityMode::Conference => Part::Conference,
        VisibilityMode::Coach => Part::Coach,
        VisibilityMode::Monitor => Part::Monitor,
    }
}

pub fn visibility_mode(part: Part) -> Option<VisibilityMode> {
    match part {
        Part::Handler => None,
        Part::Conference => Some(VisibilityMode::Conference),
        Part::Coach => Some(VisibilityMode::Coach),
        Part::Monitor => Some(VisibilityMode::Monitor),
    }
}

/// How he is to join the chat.
pub fn visibility(part: Part) -> Visibility {
    match part {
        Part::Handler | Part::Conference => Visibility::All,
        Part::Coach => Visibility::Int,
        Part::Monitor => Visibility::Vip,
    }
}

pub fn operation(operation: Operation) -> frame::Operation {
    match operation {
        Operation::RouteTo => frame::Operation::RouteTo,
        Operation::Transfer => frame::Operation::Transfer,
        Operation::Conference => frame::Operation::Conference,
        Operation::Intrude => frame::Operation::Intrude,
        Operation::Pull => frame::Operation::Pull,
    }
}
