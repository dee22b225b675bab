//! Attributes of events as everybody sees them, with those of the server's own.

use crate::base::{UserData, Value};
use crate::chat::participant::Participant;

/// Where the server's own attributes stand; nobody else may write there.
pub const SYSTEM_ATTRIBUTES: &str = "GCTI_SYSTEM";

/// Attributes of an event as everybody sees them: bots are marked in every event of theirs.
pub fn shown_attributes(author: &Participant, attributes: &UserData) -> UserData {
    let mut shown = attributes.clone();
    if author.is_bot() {
        let style = UserData::default().with("style", "BOT");
        add_system(&mut shown, "party-info", style);
    }
    shown
}

/// Puts something under `GCTI_SYSTEM`, where the server's own attributes stand.
pub fn add_system(attributes: &mut UserData, key: &str, value: impl Into<Value>) {
    let system = match attributes.get(SYSTEM_ATTRIBUTES) {
        Some(Value::List(list)) => list.clone(),
        Some(Value::Text(_) | Value::Number(_)) | None => UserData::default(),
    };
    attributes.set(SYSTEM_ATTRIBUTES, system.with(key, value));
}
