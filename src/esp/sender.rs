//! Whose request it is, and the settings by which it is read.

use crate::chat::Command;
use crate::chat::command::{AskedOutside, Once};
use std::collections::BTreeMap;

/// Whose request it is, and what he calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    pub client: String,
    pub id: String,
}

impl From {
    /// A wish under the name that the client has for it.
    pub fn asks(self, wish: Command) -> Command {
        let Self { client, id } = self;
        Command::AskOutside(Box::new(AskedOutside { once: Once { id }, client, wish }))
    }
}

/// Settings that requests are read by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// In whose name something is said when nobody is named.
    pub nickname: String,
    /// The bots that there are, with the name that people see of each.
    pub bots: BTreeMap<String, String>,
}
