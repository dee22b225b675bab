//! What a capacity rule may look at: how many interactions somebody has of each medium.

use crate::base::expression::{Kind, Variable, Variables, Vocabulary};
use crate::base::time::Millis;
use std::collections::BTreeMap;

/// Media that have a word of their own; any other is `media['its name']`.
const WORDS: [&str; 5] = ["chat", "email", "voice", "sms", "workitem"];
/// Of all media together.
const TOTAL: &str = "total";
const MEDIA: &str = "media";

/// How many interactions somebody is offered or handles, by medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaCounts(BTreeMap<String, i64>);

impl MediaCounts {
    pub fn add(&mut self, media: &str) {
        *self.0.entry(media.to_owned()).or_default() += 1;
    }

    pub fn of(&self, media: &str) -> u32 {
        let count = self.0.get(media).copied().unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The media of which there are any, with how many.
    pub fn all(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(media, count)| (media.as_str(), *count))
    }

    /// Which words a rule may use.
    pub fn vocabulary() -> Vocabulary {
        let words = WORDS.into_iter().chain([TOTAL]).map(|word| (word, Kind::Number));
        words.chain([(MEDIA, Kind::Numbers)]).collect()
    }

    /// What the words stand for. The time is no part of a rule, so that it says the same for as
    /// long as nothing happens.
    pub fn variables(&self) -> Variables<'_> {
        let of_word = |word: &str| self.0.get(word).copied().unwrap_or(0);
        let known = Variables::at(Millis(0)).with(MEDIA, Variable::Numbers(&self.0));
        let known = known.with(TOTAL, Variable::Number(self.0.values().sum()));
        WORDS
            .into_iter()
            .fold(known, |known, word| known.with(word, Variable::Number(of_word(word))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Expression;

    #[test]
    fn each_medium_can_be_named_and_all_together() {
        let mut counts = MediaCounts::default();
        for media in ["chat", "chat", "whatsappsession"] {
            counts.add(media);
        }

        let table = [
            ("chat == 2 && email == 0 && total == 3", true),
            ("media['whatsappsession'] == 1 && media['chat'] == chat", true),
            ("1 < media['facebook']", false),
        ];
        for (text, expected) in table {
            let rule = Expression::read(text).unwrap();
            rule.check(&MediaCounts::vocabulary(), Some(Kind::Flag)).unwrap();
            assert_eq!(rule.holds(&counts.variables()), Ok(expected), "{text}");
        }
    }
}
