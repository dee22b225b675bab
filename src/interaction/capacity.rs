//! How much an agent may have at once: a number per medium.

use crate::interaction::ids::MediaType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is allowed of a medium that the rule does not name.
const MOST_OF_OTHERS: u32 = 1;

/// A capacity rule. What is offered counts like what is handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(pub BTreeMap<MediaType, u32>);

impl Capacity {
    /// The most interactions of this medium; one, if the rule does not name it.
    pub fn most(&self, media: &MediaType) -> u32 {
        self.0.get(media).copied().unwrap_or(MOST_OF_OTHERS)
    }
}

impl Default for Capacity {
    /// Three chats. The guide's own default, no chat at all, surprises everybody.
    fn default() -> Self {
        Self([(MediaType::from("chat"), 3)].into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_there_are_three_chats_and_one_of_anything_else() {
        let capacity = Capacity::default();

        assert_eq!(capacity.most(&"chat".into()), 3);
        assert_eq!(capacity.most(&"email".into()), 1);
    }
}
