//! What an interaction says of itself, as desks are shown it.

use crate::cli::centre::workflow::{INBOUND, TOPIC};
use crate::edge::agent::wire::frame::Interaction;

/// When it was placed in its queue: milliseconds since 1970.
pub fn placed_at(interaction: &Interaction) -> i64 {
    let time = interaction.placed_in_queue_at.parse::<jiff::Timestamp>();
    time.map_or(0, jiff::Timestamp::as_millisecond)
}

/// The skill that whoever is offered it must have.
pub fn skill(interaction: &Interaction) -> Option<String> {
    if interaction.queue == INBOUND { interaction.user_data.text(TOPIC) } else { None }
}

pub fn priority(interaction: &Interaction) -> i64 {
    let text = interaction.user_data.text("Priority");
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}
