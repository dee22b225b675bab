//! A change of an interaction's properties.

use crate::base::UserData;
use serde::{Deserialize, Serialize};

/// A change of properties, with the guide's three lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub added: UserData,
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub changed: UserData,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.deleted.is_empty()
    }

    /// Every key that it touches.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let set = self.added.0.keys().chain(self.changed.0.keys());
        set.chain(&self.deleted).map(String::as_str)
    }

    pub fn apply_to(&self, user_data: &mut UserData) {
        user_data.merge(&self.added);
        user_data.merge(&self.changed);
        for key in &self.deleted {
            user_data.0.remove(key);
        }
    }
}
