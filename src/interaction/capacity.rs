//! How much an agent may have at once: for each medium a number, or a condition.

use crate::base::{Expression, MediaCounts};
use crate::interaction::ids::MediaType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Stands for every medium that a rule does not name.
const OTHERS: &str = "*";
/// What is allowed of a medium of which a rule says nothing.
static UNNAMED: Allowance = Allowance::Most(1);
/// Nobody is shown a larger number than this where a condition sets no bound.
const MOST_SHOWN: u32 = 100;

/// A capacity rule. What is offered counts like what is handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(pub BTreeMap<MediaType, Allowance>);

/// Of one medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Allowance {
    /// So many at a time.
    Most(u32),
    /// One more may be taken while this holds of what is offered and handled already.
    While(Expression),
}

/// Why one more of a medium is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Full {
    Most(u32),
    /// This does not hold.
    While(Expression),
    /// The condition cannot be evaluated, so nobody knows that it holds.
    Unknown {
        why: String,
    },
}

impl Capacity {
    /// So many at a time of each medium.
    pub fn of_numbers(numbers: impl IntoIterator<Item = (MediaType, u32)>) -> Self {
        let numbers = numbers.into_iter();
        Self(numbers.map(|(media, most)| (media, Allowance::Most(most))).collect())
    }

    /// What forbids one more of a medium to somebody who has this much, if anything does.
    pub fn forbids(&self, media: &MediaType, counts: &MediaCounts) -> Option<Full> {
        match self.allowance(media) {
            Allowance::Most(most) => (*most <= counts.of(&media.0)).then_some(Full::Most(*most)),
            Allowance::While(condition) => match condition.holds(&counts.variables()) {
                Ok(true) => None,
                Ok(false) => Some(Full::While(condition.clone())),
                Err(fault) => Some(Full::Unknown { why: fault.to_string() }),
            },
        }
    }

    /// How many of a medium there can be, with what there is of others: all that is there, and one
    /// more for as long as that is allowed. 100 at most, where a condition sets no bound.
    pub fn most(&self, media: &MediaType, counts: &MediaCounts) -> u32 {
        if let Allowance::Most(most) = self.allowance(media) {
            return *most;
        }
        let mut reached = counts.clone();
        while reached.of(&media.0) < MOST_SHOWN && self.forbids(media, &reached).is_none() {
            reached.add(&media.0);
        }
        reached.of(&media.0)
    }

    /// The number that is set for a medium, if it is one.
    pub fn number(&self, media: &MediaType) -> Option<u32> {
        match self.allowance(media) {
            Allowance::Most(most) => Some(*most),
            Allowance::While(_) => None,
        }
    }

    fn allowance(&self, media: &MediaType) -> &Allowance {
        let others = || self.0.iter().find(|(named, _)| named.0 == OTHERS).map(|(_, one)| one);
        self.0.get(media).or_else(others).unwrap_or(&UNNAMED)
    }
}

impl Default for Capacity {
    /// Three chats. The guide's own default, no chat at all, surprises everybody.
    fn default() -> Self {
        Self::of_numbers([("chat".into(), 3)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_there_are_three_chats_and_one_of_anything_else() {
        let capacity = Capacity::default();

        assert_eq!(capacity.most(&"chat".into(), &MediaCounts::default()), 3);
        assert_eq!(capacity.most(&"email".into(), &MediaCounts::default()), 1);
    }

    #[test]
    fn a_condition_is_asked_with_what_there_is_before_one_more_is_taken() {
        let capacity =
            rule(&[("chat", "chat < 3 && (email == 0 || chat < 1)"), ("email", "chat < 2")]);
        let chat = |counts: &[&str]| capacity.forbids(&"chat".into(), &having(counts)).is_none();

        assert!(chat(&[]) && chat(&["chat", "chat"]) && !chat(&["chat", "chat", "chat"]));
        assert!(chat(&["email"]) && !chat(&["email", "chat"]));
        assert_eq!(capacity.most(&"chat".into(), &having(&["email"])), 1);
        assert_eq!(capacity.most(&"chat".into(), &having(&["email", "chat", "chat"])), 2);
        assert_eq!(capacity.most(&"email".into(), &having(&["chat"])), MOST_SHOWN);
    }

    #[test]
    fn a_star_stands_for_every_medium_that_is_not_named() {
        let one_of_any = rule(&[("*", "total < 1")]);

        assert_eq!(one_of_any.forbids(&"sms".into(), &having(&[])), None);
        let condition = Expression::read("total < 1").unwrap();
        let full = one_of_any.forbids(&"chat".into(), &having(&["sms"]));
        assert_eq!(full, Some(Full::While(condition)));
    }

    #[test]
    fn a_condition_that_cannot_be_evaluated_allows_nothing() {
        let broken = rule(&[("chat", "10 / (email - 1) < 100")]);

        let full = broken.forbids(&"chat".into(), &having(&["email"]));

        let Some(Full::Unknown { why }) = full else { panic!("{full:?}") };
        assert!(why.contains("divides by zero"), "{why}");
    }

    #[test]
    fn rules_are_stored_as_they_are_written_and_numbers_as_they_ever_were() {
        let mut capacity = rule(&[("chat", "chat < 3")]);
        capacity.0.insert("email".into(), Allowance::Most(1));

        let stored = serde_json::to_string(&capacity).unwrap();

        assert_eq!(stored, r#"{"chat":"chat < 3","email":1}"#);
        assert_eq!(serde_json::from_str::<Capacity>(&stored).unwrap(), capacity);
    }

    fn rule(conditions: &[(&str, &str)]) -> Capacity {
        let allowance = |text: &str| Allowance::While(Expression::read(text).unwrap());
        Capacity(
            conditions.iter().map(|(media, text)| ((*media).into(), allowance(text))).collect(),
        )
    }

    fn having(media: &[&str]) -> MediaCounts {
        let mut counts = MediaCounts::default();
        for one in media {
            counts.add(one);
        }
        counts
    }
}
