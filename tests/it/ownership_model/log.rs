//! A history in the model: a short run of words, small enough to be copied everywhere.

use std::fmt;

/// One stored event: a part of the wish with this key. A wish may be several words long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word {
    pub key: u8,
    /// How many words of the same wish follow.
    pub more: u8,
}

/// Up to eight words, a byte each. Positions count from 0.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Log {
    n: u8,
    bytes: u64,
}

impl Log {
    /// The words of one wish.
    pub fn of_wish(key: u8, n_words: u8) -> Self {
        (0..n_words).rev().fold(Self::default(), |log, more| log.with(Word { key, more }))
    }

    pub fn len(self) -> u8 {
        self.n
    }

    pub fn with(self, word: Word) -> Self {
        assert!(self.n < 8 && word.key < 32 && word.more < 4, "the model's histories are short");
        let byte = u64::from(word.key * 4 + word.more + 1);
        Self { n: self.n + 1, bytes: self.bytes | byte << (8 * self.n) }
    }

    pub fn followed_by(self, other: Self) -> Self {
        other.words().fold(self, Self::with)
    }

    pub fn words(self) -> impl DoubleEndedIterator<Item = Word> {
        self.bytes.to_le_bytes().into_iter().take(usize::from(self.n)).map(|byte| {
            let byte = byte - 1;
            Word { key: byte / 4, more: byte % 4 }
        })
    }

    pub fn starts_with(self, head: Self) -> bool {
        let kept = if head.n == 8 { u64::MAX } else { (1 << (8 * head.n)) - 1 };
        head.n <= self.n && self.bytes & kept == head.bytes
    }

    /// The keys of the wishes that are in here to their last word.
    pub fn whole_keys(self) -> impl Iterator<Item = u8> {
        self.words().filter(|word| word.more == 0).map(|word| word.key)
    }

    pub fn holds(self, key: u8) -> bool {
        self.whole_keys().any(|other| other == key)
    }

    /// Whether some wish is in here twice.
    pub fn has_twin(self) -> bool {
        let mut seen = 0_u32;
        self.whole_keys().any(|key| {
            let before = seen;
            seen |= 1 << key;
            before == seen
        })
    }

    /// Whether it stops, or goes on with another wish, in the middle of one.
    pub fn has_half_a_wish(self) -> bool {
        let mut due: Option<Word> = None;
        for word in self.words() {
            if due.is_some_and(|due| due != word) {
                return true;
            }
            due = word.more.checked_sub(1).map(|more| Word { key: word.key, more });
        }
        due.is_some()
    }

    /// Without the words at its end whose wish did not arrive to its last word.
    pub fn cut_to_whole_wishes(self) -> Self {
        let n_cut = self.words().rev().take_while(|word| word.more != 0).count();
        self.words().take(usize::from(self.n) - n_cut).fold(Self::default(), Self::with)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words().map(|word| (word.key, word.more))).finish()
    }
}

#[test]
fn a_history_of_the_model_knows_its_wishes() {
    let pair = Log::of_wish(0, 2);
    let both = pair.followed_by(Log::of_wish(1, 1));

    assert!(both.starts_with(pair) && !pair.starts_with(both) && both.holds(1) && !both.has_twin());
    assert!(both.followed_by(pair).has_twin() && !both.has_half_a_wish());
    let half = both.with(Word { key: 2, more: 1 });
    assert!(half.has_half_a_wish() && half.cut_to_whole_wishes() == both);
    assert!(half.with(Word { key: 3, more: 0 }).has_half_a_wish());
}
